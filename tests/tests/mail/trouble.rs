//! Refusals, a day without a mail server, and a death between handing over and writing it down.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    sync::Arc,
};

use iroam_portal::outbox;
use iroam_store::{Faults, MailState, Options as StoreOptions, Store, Target, outbox::CLAIM_MS};
use iroam_tests::mail_server::{MailServer, Options};

use crate::{Outbox, START_MS, courier_of, courier_to, server};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

#[tokio::test(flavor = "multi_thread")]
async fn a_451_is_tried_again_and_a_550_is_not() {
    let (server, outbox) = (server(), Outbox::new().await);
    let courier = courier_to(server.port);
    let busy = outbox.confirm("busy2@example.net", START_MS).await;
    let nobody = outbox.confirm("nobody@example.net", START_MS).await;
    let spam = outbox.confirm("spam@example.net", START_MS).await;
    let fine = outbox.confirm("fine@example.net", START_MS).await;

    let round = outbox.deliver(&courier, START_MS).await;
    assert_eq!((round.claimed, round.sent, round.away), (4, 1, false));
    let found = async |mail: &iroam_store::Outgoing| outbox.store.mail(mail.id).await.unwrap().unwrap();
    assert_eq!(found(&fine).await.state, MailState::Sent);
    for (mail, words) in [(&nobody, "550"), (&spam, "554")] {
        let dead = found(mail).await;
        assert_eq!(dead.state, MailState::Dead);
        assert!(dead.last_error.as_ref().unwrap().contains(words), "{:?}", dead.last_error);
    }
    let waiting = found(&busy).await;
    assert_eq!((waiting.state, waiting.next_ms), (MailState::Pending, START_MS + MINUTE_MS));
    assert!(waiting.last_error.unwrap().contains("451"));

    for (at_ms, sent) in [(MINUTE_MS - 1, 0), (MINUTE_MS, 0), (3 * MINUTE_MS - 1, 0), (3 * MINUTE_MS, 1)] {
        assert_eq!(outbox.deliver(&courier, START_MS + at_ms).await.sent, sent, "{at_ms}");
    }
    let sent = found(&busy).await;
    assert_eq!((sent.state, sent.tries, sent.last_error), (MailState::Sent, 3, None));
    assert_eq!(server.taken().unwrap().len(), 2);
    for days in 1..=3 {
        assert_eq!(outbox.deliver(&courier, START_MS + days * 24 * HOUR_MS).await.claimed, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_portal_itself_kills_no_mail() {
    let server = MailServer::start(Options { login: Some("ann:right"), ..Options::default() }).unwrap();
    let outbox = Outbox::new().await;
    let mail = outbox.confirm("bob@example.net", START_MS).await;
    let wrong = courier_of(&format!("smtp://ann:wrong@127.0.0.1:{}", server.port), None);
    assert!(outbox.deliver(&wrong, START_MS).await.away);
    let none = courier_to(server.port);
    assert!(!outbox.deliver(&none, START_MS + HOUR_MS).await.away);
    let waiting = outbox.store.mail(mail.id).await.unwrap().unwrap();
    assert_eq!((waiting.state, waiting.tries), (MailState::Pending, 2), "{:?}", waiting.last_error);
    assert!(waiting.last_error.unwrap().contains("530"));
    let right = courier_of(&format!("smtp://ann:right@127.0.0.1:{}", server.port), None);
    assert_eq!(outbox.deliver(&right, START_MS + 2 * HOUR_MS).await.sent, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_a_mail_server_loses_no_mail_and_repeats_none() {
    let port = server().stop().unwrap();
    let outbox = Outbox::new().await;
    let courier = courier_to(port);
    for n in 0..3 {
        outbox.confirm(&format!("guest{n}@example.net"), START_MS + n * HOUR_MS).await;
    }
    let mut tries = 0;
    for minute in 0..24 * 60 {
        let round = outbox.deliver(&courier, START_MS + minute * MINUTE_MS).await;
        assert_eq!((round.sent, round.away), (0, round.claimed > 0));
        tries += round.claimed;
    }
    assert!((30..45).contains(&tries), "some patience is not pestering: {tries}");

    let server = MailServer::start(Options { port, ..Options::default() }).unwrap();
    let mut sent = 0;
    for minute in 24 * 60..=30 * 60 {
        sent += outbox.deliver(&courier, START_MS + minute * MINUTE_MS).await.sent;
    }
    assert_eq!((sent, server.taken().unwrap().len()), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_days_without_a_mail_server_give_a_mail_up() {
    let port = server().stop().unwrap();
    let outbox = Outbox::new().await;
    let courier = courier_to(port);
    let mail = outbox.confirm("bob@example.net", START_MS).await;
    let mut tries = 0;
    for hour in 0..4 * 24 {
        tries += outbox.deliver(&courier, START_MS + hour * HOUR_MS).await.claimed;
    }
    let dead = outbox.store.mail(mail.id).await.unwrap().unwrap();
    assert_eq!(dead.state, MailState::Dead);
    let age_ms = dead.ended_ms.unwrap() - START_MS;
    assert!((66 * HOUR_MS..=72 * HOUR_MS).contains(&age_ms), "no further try was worth it after {age_ms} ms");
    assert_eq!(u64::try_from(tries).unwrap(), dead.tries);
    assert!(dead.last_error.is_some(), "the operator sees why");
    let server = MailServer::start(Options { port, ..Options::default() }).unwrap();
    assert!(outbox.store.retry_mail(mail.id, START_MS + 100 * HOUR_MS).await.unwrap());
    assert_eq!(outbox.deliver(&courier, START_MS + 100 * HOUR_MS).await.sent, 1);
    assert_eq!(server.taken().unwrap()[0].message_id, mail.message_id);
}

/// What the child that is killed does: database file, port, time.
const ORDERS: &str = "IROAM_MAIL_CRASH_ORDERS";
const REACHED: &str = "the point is reached";

#[tokio::test(flavor = "multi_thread")]
async fn a_death_between_handing_over_and_writing_it_down_repeats_a_mail_at_most_once() {
    let (server, outbox) = (server(), Outbox::new().await);
    let mail = outbox.confirm("bob@example.net", START_MS).await;
    let orders = format!("{} {} {START_MS}", outbox.dir.path().join("portal.sqlite").display(), server.port);
    tokio::task::spawn_blocking(move || kill_before_it_is_written_down(&orders)).await.unwrap();
    assert_eq!(server.taken().unwrap().len(), 1, "it was handed over");
    assert_eq!(outbox.store.mail(mail.id).await.unwrap().unwrap().state, MailState::Pending);

    let courier = courier_to(server.port);
    assert_eq!(outbox.deliver(&courier, START_MS + CLAIM_MS - 1).await.claimed, 0, "somebody may still be at it");
    assert_eq!(outbox.deliver(&courier, START_MS + CLAIM_MS).await.sent, 1);
    for hour in 1..72 {
        assert_eq!(outbox.deliver(&courier, START_MS + hour * HOUR_MS).await.claimed, 0);
    }
    let taken = server.taken().unwrap();
    assert_eq!(taken.len(), 2);
    let same = |name: &str| taken[0].header(name) == taken[1].header(name);
    assert!(same("Message-ID") && same("Date"), "mail programs know a repeat by these");
}

/// Runs the child until it is at the point, and kills it.
fn kill_before_it_is_written_down(orders: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "trouble::the_child_that_is_killed", "--nocapture"])
        .env(ORDERS, orders)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reached = lines.map_while(Result::ok).any(|line| line.contains(REACHED));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(reached, "the child never came to the point");
}

#[derive(Debug)]
struct StopBeforeSentIsWritten;

impl Faults for StopBeforeSentIsWritten {
    fn reached(&self, unit: &'static str, point: &'static str) {
        if (unit, point) == ("mail-sent", "begin") {
            #[expect(clippy::print_stdout, reason = "the parent waits for this line")]
            {
                println!("{REACHED}");
            }
            std::io::stdout().flush().unwrap();
            loop {
                std::thread::park();
            }
        }
    }
}

/// Does nothing unless it has orders.
#[tokio::test(flavor = "multi_thread")]
async fn the_child_that_is_killed() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let words: Vec<&str> = orders.split(' ').collect();
    let [file, port, now_ms] = words[..] else { panic!("{orders}") };
    let options = StoreOptions { faults: Some(Arc::new(StopBeforeSentIsWritten)), ..StoreOptions::default() };
    let store = Store::open(&Target::Sqlite(file.into()), options).await.unwrap();
    let now_ms = now_ms.parse().unwrap();
    let round = outbox::deliver_due(&store, &courier_to(port.parse().unwrap()), || now_ms).await;
    panic!("it was not stopped: {round:?}");
}
