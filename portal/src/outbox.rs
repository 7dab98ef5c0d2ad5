//! Mails of this portal: from their words to the outbox, and from the outbox to the mail server.
//!
//! The worker is one task of the lifecycle, there only where a mail server is configured. It looks into the outbox soon
//! after this process has changed anything, and every few seconds for what other processes wrote and for mails whose time
//! has come again. Each round claims a few mails, hands them over side by side, and writes down how that went; a round
//! that was begun is finished.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use iroam_mail::{Courier, Letter, Message, NotTaken};
use iroam_protocol::id::RowId;
use iroam_store::{Error, Mail, NotSent, Outgoing, Store, outbox::MAIL_LIFE_MS};
use tokio::{sync::watch, time::sleep};

use crate::{clock, config::PublicUrl, entropy, metrics, state::App};

/// Mails that are handed over at the same time: one slow server of a recipient does not hold up the rest.
const LANES: u32 = 4;
/// From a change in this process to the look that finds its mail; many changes at once share one look.
const LOOK_SOON: Duration = Duration::from_millis(300);
/// Between two looks for what other processes wrote.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A mail server that is away is left alone for so long.
const AWAY_PAUSE: Duration = Duration::from_secs(20);
/// The first wait after a mail was not taken; each further one doubles it.
const RETRY_FIRST_MS: i64 = 60_000;
/// The longest wait: four tries a day.
const RETRY_MAX_MS: i64 = 6 * 3_600_000;

/// A mail to `to`, ready for the outbox: [`Store::enqueue_mail`], or an operation of the store that takes it along. Change
/// `until_ms` where the link in it ends sooner, and `about` where something can withdraw it.
pub fn outgoing(site: &PublicUrl, account: Option<RowId>, to: &str, message: Message, now_ms: i64) -> Outgoing {
    let id = entropy::row_id(now_ms);
    let Message { kind, subject, text, html, list_unsubscribe } = message;
    Outgoing {
        id,
        account,
        kind: kind.as_str(),
        about: None,
        to: to.trim().to_owned(),
        message_id: format!("<{id}@{}>", site.host()),
        subject,
        text,
        html,
        list_unsubscribe,
        until_ms: now_ms.saturating_add(MAIL_LIFE_MS),
        now_ms,
    }
}

/// What a round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Mails that were due.
    pub claimed: usize,
    /// Mails that the server took.
    pub sent: usize,
    /// Whether the server could not be reached or did not let us in.
    pub away: bool,
}

/// Hands over some mails that are due, and writes down how that went.
///
/// # Errors
/// When the outbox cannot be read; a report that cannot be written leaves its mail to a later claim.
pub async fn deliver_due(store: &Store, courier: &Courier, now: impl Fn() -> i64 + Copy) -> Result<Round, Error> {
    let mails = store.claim_mails(now(), LANES).await?;
    let handed = join_all(mails.iter().map(|mail| deliver(store, courier, mail, now))).await;
    Ok(Round {
        claimed: mails.len(),
        sent: handed.iter().filter(|handed| handed.is_ok()).count(),
        away: handed.iter().any(|handed| matches!(handed, Err(NotTaken::Away(_)))),
    })
}

/// The worker: runs until the portal ends.
///
/// # Errors
/// Never at present: a database or a mail server that is away is waited for.
pub(crate) async fn run(app: App, courier: Arc<Courier>) -> anyhow::Result<()> {
    let mut changes = app.store().changes();
    while !app.cancel().is_cancelled() {
        changes.mark_unchanged();
        match deliver_due(app.store(), &courier, clock::now_ms).await {
            Ok(Round { claimed: 0, .. }) => {
                courier.rest().await;
                pause(&app, news(&mut changes)).await;
            }
            Ok(Round { away: true, .. }) => pause(&app, sleep(AWAY_PAUSE)).await,
            Ok(_) => {}
            Err(error) => {
                // The store has told of a full disk.
                if !matches!(error, Error::StorageFull(_)) {
                    tracing::warn!(%error, "the outbox cannot be read now; tried again in a moment");
                }
                pause(&app, sleep(LOOK_EVERY)).await;
            }
        }
    }
    courier.rest().await;
    Ok(())
}

async fn pause(app: &App, until: impl Future<Output = ()>) {
    tokio::select! {
        () = app.cancel().cancelled() => {}
        () = until => {}
    }
}

/// A reason to look: a change in this process, or time.
async fn news(changes: &mut watch::Receiver<u64>) {
    let changed = async {
        if changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        sleep(LOOK_SOON).await;
    };
    tokio::select! {
        () = changed => {}
        () = sleep(LOOK_EVERY) => {}
    }
}

async fn deliver(store: &Store, courier: &Courier, mail: &Mail, now: impl Fn() -> i64) -> Result<(), NotTaken> {
    let handed = courier.send(&letter(mail)).await;
    let written = match &handed {
        Ok(()) => store.mail_sent(mail.id, now()).await,
        Err(not_taken) => {
            let what = match not_taken {
                NotTaken::Never(_) => NotSent::Dead,
                NotTaken::Away(_) | NotTaken::Later(_) => {
                    NotSent::Retry { at_ms: now().saturating_add(retry_after_ms(mail.tries)) }
                }
            };
            store.mail_failed(mail, what, &not_taken.to_string(), now()).await
        }
    };
    tell(mail, &handed);
    if let Err(error) = written {
        tracing::warn!(mail = %mail.id, %error, "how a mail went cannot be written down; it may be sent once more");
    }
    handed
}

/// What a server says of one mail may hold the address, so it stays in the outbox.
fn tell(mail: &Mail, handed: &Result<(), NotTaken>) {
    let Mail { id, kind, tries, .. } = mail;
    match handed {
        Ok(()) => {
            metrics::happened("mail_sent");
            tracing::info!(mail = %id, kind, tries, "a mail was sent");
        }
        Err(NotTaken::Away(error)) => {
            metrics::happened("mail_server_away");
            tracing::warn!(mail = %id, kind, tries, error, "the mail server cannot be used; the mail waits");
        }
        Err(NotTaken::Later(_)) => {
            metrics::happened("mail_delayed");
            tracing::warn!(mail = %id, kind, tries, "a mail was not taken and waits; the outbox has the reason");
        }
        Err(NotTaken::Never(_)) => {
            metrics::happened("mail_refused");
            tracing::warn!(mail = %id, kind, tries, "a mail was refused for good; the outbox has the reason");
        }
    }
}

fn letter(mail: &Mail) -> Letter<'_> {
    Letter {
        to: &mail.to,
        message_id: &mail.message_id,
        date_ms: mail.created_ms,
        subject: &mail.subject,
        text: &mail.text,
        html: &mail.html,
        list_unsubscribe: mail.list_unsubscribe.as_deref(),
    }
}

/// How long a mail waits after so many tries.
fn retry_after_ms(tries: u64) -> i64 {
    let doubled = u32::try_from(tries.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    (RETRY_FIRST_MS << doubled).min(RETRY_MAX_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_named_after_its_site_and_lives_three_days() {
        let site = PublicUrl::parse("https://music.example.org:8443").unwrap();
        let message =
            iroam_mail::letter::confirm(iroam_mail::Language::English, "https://music.example.org:8443/confirm/x")
                .unwrap();
        let mail = outgoing(&site, None, " ann@example.org ", message, 1_800_000_000_000);
        assert_eq!(mail.message_id, format!("<{}@music.example.org>", mail.id));
        assert_eq!((mail.to.as_str(), mail.kind), ("ann@example.org", "confirm"));
        assert_eq!(mail.until_ms - mail.now_ms, 3 * 24 * 3_600_000);
    }

    #[test]
    fn waits_double_from_a_minute_to_six_hours() {
        let minutes = [1, 2, 3, 9, 10, 11, 1_000].map(|tries| retry_after_ms(tries) / 60_000);
        assert_eq!(minutes, [1, 2, 4, 256, 360, 360, 360]);
        let day: i64 = (1..=12).map(retry_after_ms).sum();
        assert!(day > 24 * 3_600_000, "a day without mail server costs a mail a dozen tries: {day}");
    }
}
