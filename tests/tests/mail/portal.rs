//! The portal as a process, with a mail server and without.

use std::{process::Command, time::Duration};

use iroam_mail::letter;
use iroam_portal::{PublicUrl, outbox};
use iroam_store::{Options, Store, Target};
use iroam_tests::{
    clock,
    mail_server::{self, MailServer},
    place, process, wait,
    world::World,
};

use crate::server;

/// How long a mail may take through a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// Writes a mail into the outbox of a serving portal, as another node would.
async fn enqueue(world: &World, to: &str) -> iroam_store::Outgoing {
    let store = Store::open(&Target::Sqlite(world.portal.database()), Options::default()).await.unwrap();
    let site = PublicUrl::parse(&world.portal.url).unwrap();
    let message =
        letter::reset(iroam_mail::Language::English, &format!("{}/reset/a-secret", world.portal.url)).unwrap();
    let mail = outbox::outgoing(&site, None, to, message, clock::unix_ms());
    store.enqueue_mail(&mail).await.unwrap();
    mail
}

fn arrived(server: &MailServer, count: usize) -> Vec<mail_server::Taken> {
    let taken = || server.taken().ok().filter(|taken| taken.len() >= count);
    wait::until("the mail to arrive", SOON, taken).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_sends_what_is_in_the_outbox_signed_and_keeps_no_secret() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    let (key, url) = (dir.path().join("dkim.pem"), dir.path().join("smtp-url"));
    let made = Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out"]).arg(&key).output().unwrap();
    assert!(made.status.success());
    std::fs::write(&url, format!("smtp://127.0.0.1:{}\n", server.port)).unwrap();
    let flags = ["--smtp-url-file", url.to_str().unwrap(), "--mail-from", "iRoam <music@example.org>"];
    let signing = ["--dkim-key", key.to_str().unwrap(), "--dkim-selector", "mail2027"];
    let world = World::with_flags(&[flags, signing].concat()).unwrap();
    let mail = enqueue(&world, "bob@example.net").await;
    let taken = arrived(&server, 1).remove(0);
    assert_eq!((taken.message_id, taken.to), (mail.message_id, vec!["bob@example.net".to_owned()]));
    assert!(taken.text.contains("/reset/a-secret"));
    assert_eq!(taken.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("dkim-signature")).count(), 1);
    wait::until("the outbox to know", SOON, || {
        let listed = world.portal.admin("outbox", &["--state", "sent"]).unwrap().stdout;
        listed.contains("bob@example.net").then_some(())
    })
    .unwrap();
    let shown = world.portal.admin("outbox", &["--show", &mail.id.to_string()]).unwrap();
    assert!(shown.code == Some(0) && !shown.stdout.contains("a-secret"), "{}", shown.stdout);
    let log = world.portal.log();
    assert!(log.contains("a mail was sent"), "{log}");
    for private in ["bob@example.net", "a-secret"] {
        assert!(!log.contains(private), "{private} in {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_of_a_portal_that_was_killed_go_out_when_it_is_back() {
    let port = server().stop().unwrap();
    let url = format!("smtp://127.0.0.1:{port}");
    let mut world = World::with_flags(&["--smtp-url", &url, "--mail-from", "music@example.org"]).unwrap();
    let mail = enqueue(&world, "bob@example.net").await;
    wait::until("a first try", SOON, || world.portal.log().contains("the mail server cannot be used").then_some(()))
        .unwrap();
    world.portal.kill().unwrap();
    let server = MailServer::start(mail_server::Options { port, ..mail_server::Options::default() }).unwrap();
    let retried = world.portal.admin("outbox", &["--retry", &mail.id.to_string()]).unwrap();
    assert_eq!(retried.code, Some(0), "{}", retried.stderr);
    world.portal.start_again().unwrap();
    assert_eq!(arrived(&server, 1)[0].message_id, mail.message_id);
    assert!(!world.portal.log().contains("bob@example.net"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_the_operator_reads_the_mail() {
    let world = World::plain().unwrap();
    let empty = world.portal.admin("outbox", &[]).unwrap();
    assert_eq!((empty.code, empty.stdout.as_str()), (Some(0), "No mail.\n"));
    let mail = enqueue(&world, "bob@example.net").await;
    let id = mail.id.to_string();
    let listed = world.portal.admin("outbox", &[]).unwrap().stdout;
    assert!(["pending", "reset", "bob@example.net", &id].iter().all(|word| listed.contains(word)), "{listed}");
    assert!(!listed.contains("a-secret"), "a list shows no links: {listed}");
    let shown = world.portal.admin("outbox", &["--show", &id]).unwrap().stdout;
    assert!(shown.contains("/reset/a-secret") && shown.contains("Subject: Choose a new password"), "{shown}");
    let json = world.portal.admin("outbox", &["--json"]).unwrap().stdout;
    let json: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
    assert_eq!((json["to"].as_str(), json["text"].as_str()), (Some("bob@example.net"), Some(mail.text.as_str())));
    assert_eq!(world.portal.admin("outbox", &["--state", "dead"]).unwrap().stdout, "No mail.\n");
    let unknown = world.portal.admin("outbox", &["--show", "0190b2c4-0000-7000-8000-000000000000"]).unwrap();
    assert!(unknown.code == Some(1) && unknown.stderr.contains("there is no mail"), "{}", unknown.stderr);
    let state = world.portal.admin("outbox", &["--state", "lost"]).unwrap();
    assert!(state.code == Some(2) && state.stderr.contains("cancelled"), "{}", state.stderr);
}

#[test]
fn flags_that_cannot_send_say_what_to_change() {
    let dir = tempfile::tempdir().unwrap();
    let rubbish = dir.path().join("rubbish");
    std::fs::write(&rubbish, "rubbish").unwrap();
    let rubbish = rubbish.to_str().unwrap();
    let from = ["--mail-from", "iRoam <music@example.org>"];
    let cases: [(&[&str], &[&str]); 7] = [
        (&["--smtp-url", "smtp://localhost"], &["--mail-from"]),
        (&["--smtp-url", "mail.example.org", from[0], from[1]], &["--smtp-url", "smtps://"]),
        (&["--smtp-url", "smtp://ann:hidden@host?tls=none", from[0], from[1]], &["--smtp-url", "open"]),
        (&["--smtp-url", "smtp://localhost", "--mail-from", "iRoam"], &["--mail-from", "iRoam <music@example.org>"]),
        (&["--smtp-url-file", "/no/file", from[0], from[1]], &["--smtp-url-file /no/file", "Check the path"]),
        (&["--smtp-url", "smtps://host", "--smtp-ca", rubbish, from[0], from[1]], &["--smtp-ca", "no certificate"]),
        (
            &["--smtp-url", "smtps://host", from[0], from[1], "--dkim-key", rubbish, "--dkim-selector", "s"],
            &["--dkim-key", "openssl genpkey"],
        ),
    ];
    let data = dir.path().join("data");
    let base = ["serve", "--listen", "127.0.0.1:0", "--public-url", "http://localhost:0", "--data"];
    for (flags, words) in cases {
        let args: Vec<&str> = base.into_iter().chain([data.to_str().unwrap()]).chain(flags.iter().copied()).collect();
        let ended = process::run(&place::portal(), &args, "").unwrap();
        assert_ne!(ended.code, Some(0), "{flags:?}");
        for word in words {
            assert!(ended.stderr.contains(word), "{word:?} in {:?}", ended.stderr);
        }
        assert!(!ended.stderr.contains("hidden"), "{}", ended.stderr);
    }
}
