//! What arrives.

use iroam_mail::{
    Language, Letter, NotTaken,
    letter::{Invitation, Shared, share_invitation},
};
use iroam_store::MailState;
use iroam_tests::{
    mail_server::{MailServer, Options, Taken, Tls},
    world::Authority,
};

use crate::{Outbox, SITE, START_MS, courier_of, courier_to, server};

fn letter(to: &str) -> Letter<'_> {
    Letter {
        to,
        message_id: "<1@music.example.org>",
        date_ms: START_MS,
        subject: "Confirm your e-mail address",
        text: "https://music.example.org/confirm/secret\n",
        html: "<p>https://music.example.org/confirm/secret</p>\n",
        list_unsubscribe: None,
    }
}

fn invitation<'a>(sender: &'a str, title: &'a str, note: &'a str) -> Invitation<'a> {
    Invitation {
        sender,
        title,
        kind: Shared::Album,
        note,
        link: "https://music.example.org/s/abc#a-secret",
        expires: "29 January 2027",
        opt_out: "https://music.example.org/opt-out/0123456789012345678901234567890123456789012",
    }
}

/// Sends an invitation through the outbox, and gives what arrived.
async fn arrived(language: Language, invitation: &Invitation<'_>) -> Taken {
    let (server, outbox) = (server(), Outbox::new().await);
    let mail = outbox.put("Bob@Example.net", share_invitation(language, invitation).unwrap(), START_MS).await;
    let round = outbox.deliver(&courier_to(server.port), START_MS + 5).await;
    assert_eq!((round.claimed, round.sent), (1, 1));
    let sent = outbox.store.mail(mail.id).await.unwrap().unwrap();
    assert_eq!((sent.state, sent.ended_ms), (MailState::Sent, Some(START_MS + 5)));
    let mut taken = server.taken().unwrap();
    assert_eq!(taken.len(), 1);
    let taken = taken.remove(0);
    assert_eq!(taken.message_id, mail.message_id);
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn text_and_html_arrive_as_they_were_written() {
    let written = invitation("Änne Müller", "Blue — “Größe” 🎵", "Für dich.\n.\nHör mal!\n\n.. und das");
    let message = share_invitation(Language::English, &written).unwrap();
    let taken = arrived(Language::English, &written).await;
    assert_eq!(taken.subject, "Änne Müller shares music with you: Blue — “Größe” 🎵");
    assert_eq!(taken.text.replace("\r\n", "\n"), message.text);
    assert_eq!(taken.html.replace("\r\n", "\n"), message.html);
    assert_eq!((taken.from.as_str(), taken.to), ("music@example.org", vec!["Bob@Example.net".to_owned()]));
    assert_eq!(taken.defects, Vec::<String>::new());
    assert_eq!(taken.hello, "music.example.org");
    let header = |name: &str| taken.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    assert_eq!(header("From"), Some("iRoam <music@example.org>"));
    assert_eq!(header("Date"), Some("Fri, 15 Jan 2027 08:00:00 +0000"));
    assert_eq!(header("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(header("List-Unsubscribe"), Some(format!("<{}>", written.opt_out).as_str()));
    assert_eq!(header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_german_mail_arrives_as_it_was_written_too() {
    let written = invitation("Änne Müller", "Größe", "Hör mal!");
    let message = share_invitation(Language::German, &written).unwrap();
    let taken = arrived(Language::German, &written).await;
    assert_eq!(taken.subject, "Änne Müller teilt Musik mit dir: Größe");
    assert_eq!(taken.text.replace("\r\n", "\n"), message.text);
    assert_eq!(taken.html.replace("\r\n", "\n"), message.html);
    assert!(taken.text.contains("Im Browser anhören, ohne Konto:") && taken.html.contains(">Für immer beenden</a>"));
    assert_eq!(taken.defects, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_a_header_or_a_recipient_with_a_name_a_title_or_a_note() {
    let evil = "Ann\"\r\nBcc: all@example.net\r\nX-Evil: 1\r\n\r\n.\r\nRCPT TO:<all@example.net>\r\n\u{0}";
    let taken = arrived(Language::English, &invitation(evil, evil, evil)).await;
    let names: Vec<_> = taken.headers.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Content-Type",
    ];
    assert!(names.iter().all(|name| expected.contains(name)), "{names:?}");
    assert_eq!(names.len(), expected.len(), "{names:?}");
    assert_eq!(taken.to, ["Bob@Example.net"]);
    assert_eq!(taken.header("To"), ["Bob@Example.net"]);
    assert!(!taken.subject.contains(['\r', '\n']), "{:?}", taken.subject);
    assert!(!taken.html.contains("<X-Evil"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_over_tls_to_the_server_that_is_meant_and_to_no_other() {
    let (authority, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    for (tls, scheme, flag) in [(Tls::Wrapped, "smtps", ""), (Tls::StartTls, "smtp", "?tls=required")] {
        let login = Some("ann@example.org:p/w");
        let server = MailServer::start(Options { login, tls: Some((&authority, tls)), ..Options::default() }).unwrap();
        let url = |login: &str, flag: &str| format!("{scheme}://{login}localhost:{}{flag}", server.port);
        let ca = std::fs::read(server.ca_file()).unwrap();
        let good = "ann%40example.org:p%2Fw@";
        courier_of(&url(good, flag), Some(&ca)).send(&letter("bob@example.net")).await.unwrap();
        let taken = server.taken().unwrap();
        assert_eq!((taken.len(), taken[0].tls, taken[0].user.as_deref()), (1, true, Some("ann@example.org")));

        let stranger = MailServer::start(Options { tls: Some((&other, tls)), ..Options::default() }).unwrap();
        let foreign_ca = std::fs::read(stranger.ca_file()).unwrap();
        for (login, ca) in [(good, Some(foreign_ca.as_slice())), (good, None), ("ann:wrong@", Some(ca.as_slice()))] {
            let refused = courier_of(&url(login, flag), ca).send(&letter("bob@example.net")).await.unwrap_err();
            assert!(matches!(refused, NotTaken::Away(_)), "no fault of the mail: {refused:?}");
        }
        assert_eq!(server.taken().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_starttls_nothing_is_said_where_it_is_asked_for() {
    let server = server();
    let courier = courier_of(&format!("smtp://localhost:{}?tls=required", server.port), None);
    let refused = courier.send(&letter("bob@example.net")).await.unwrap_err();
    assert!(matches!(&refused, NotTaken::Away(words) if words.contains("STARTTLS")), "{refused:?}");
    assert_eq!(server.taken().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_beyond_ascii_is_reached_where_the_server_knows_such() {
    let server = server();
    courier_to(server.port).send(&letter("jürgen@bücher.example")).await.unwrap();
    assert_eq!(server.taken().unwrap()[0].to, ["jürgen@bücher.example"]);
    let refused = courier_to(server.port).send(&letter("no address")).await.unwrap_err();
    assert!(matches!(refused, NotTaken::Never(_)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_mails_go_out_each_once_over_few_connections() {
    let (server, outbox) = (server(), Outbox::new().await);
    for n in 0..50 {
        outbox.confirm(&format!("guest{n}@example.net"), START_MS + n).await;
    }
    let courier = courier_to(server.port);
    let mut rounds = 0;
    while outbox.deliver(&courier, START_MS + 1_000).await.claimed > 0 {
        rounds += 1;
    }
    courier.rest().await;
    assert_eq!(rounds, 13, "four at a time");
    let mut to: Vec<_> = server.taken().unwrap().into_iter().flat_map(|mail| mail.to).collect();
    to.sort_unstable();
    to.dedup();
    assert_eq!((to.len(), server.taken().unwrap().len()), (50, 50));
    assert!(server.taken().unwrap().iter().all(|mail| mail.text.contains(SITE)));
}
