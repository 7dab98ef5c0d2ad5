//! Mail from outside: a real SMTP server takes what the portal sends, refuses it, and goes away for a day.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod account;
mod delivery;
mod portal;
mod signatures;
mod trouble;

use iroam_mail::{Courier, Language, Message, Sender, Server};
use iroam_portal::{PublicUrl, outbox};
use iroam_store::{Options, Outgoing, Store, Target};
use iroam_tests::mail_server::{self, MailServer};

/// Where links lead.
const SITE: &str = "https://music.example.org";
/// When the tests begin: 15 January 2027, 08:00 UTC.
const START_MS: i64 = 1_800_000_000_000;

fn server() -> MailServer {
    MailServer::start(mail_server::Options::default()).unwrap()
}

fn courier_to(port: u16) -> Courier {
    courier_of(&format!("smtp://127.0.0.1:{port}"), None)
}

fn courier_of(url: &str, authority: Option<&[u8]>) -> Courier {
    let from = Sender::parse("iRoam <music@example.org>").unwrap();
    Courier::new(Server::parse(url).unwrap(), from, "music.example.org", authority).unwrap()
}

/// An outbox in a folder of its own.
struct Outbox {
    store: Store,
    dir: tempfile::TempDir,
}

impl Outbox {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Self::target(&dir), Options::default()).await.unwrap();
        Self { store, dir }
    }

    fn target(dir: &tempfile::TempDir) -> Target {
        Target::Sqlite(dir.path().join("portal.sqlite"))
    }

    async fn put(&self, to: &str, message: Message, now_ms: i64) -> Outgoing {
        let site = PublicUrl::parse(SITE).unwrap();
        let mail = outbox::outgoing(&site, None, to, message, now_ms);
        self.store.enqueue_mail(&mail).await.unwrap();
        mail
    }

    async fn confirm(&self, to: &str, now_ms: i64) -> Outgoing {
        let message = iroam_mail::letter::confirm(Language::English, &format!("{SITE}/confirm/secret")).unwrap();
        self.put(to, message, now_ms).await
    }

    /// One round of the worker at a given time.
    async fn deliver(&self, courier: &Courier, now_ms: i64) -> outbox::Round {
        outbox::deliver_due(&self.store, courier, || now_ms).await.unwrap()
    }
}
