//! Tells the portal what was served, from the spool: the second witness of each minute.

use std::{collections::HashSet, time::Duration};

use iroam_protocol::portal::Served;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Client, backoff::Backoff, channel::Channel};
use crate::{
    entropy,
    spool::{Spool, Untold},
};

/// Between two reports: as often as a heartbeat.
const EVERY: Duration = Duration::from_secs(20);

/// Reports whenever the portal is there and the spool holds something, until `cancel`; once more then.
pub async fn run(client: Client, spool: Spool, mut channel: watch::Receiver<Channel>, cancel: CancellationToken) {
    let mut backoff = Backoff::default();
    let mut told = None;
    loop {
        let is_online = matches!(*channel.borrow_and_update(), Channel::Online { .. });
        let wait = match is_online {
            true => match report(&client, &spool).await {
                Ok(()) => {
                    backoff.reset();
                    told = None;
                    EVERY
                }
                Err(words) => {
                    // A trouble that lasts is told once.
                    if told.as_ref() != Some(&words) {
                        tracing::warn!("what was served cannot be reported; it stays in the spool: {words}");
                        told = Some(words);
                    }
                    EVERY + backoff.after_failure(entropy::fraction())
                }
            },
            false => EVERY,
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = channel.changed() => if changed.is_err() { return },
            () = cancel.cancelled() => return,
        }
    }
}

/// Reports everything that the spool holds.
///
/// # Errors
/// Words on what failed; the spool keeps what was not taken.
pub async fn report(client: &Client, spool: &Spool) -> Result<(), String> {
    loop {
        let untold = blocking(spool, Spool::untold).await?;
        if untold.is_empty() {
            return Ok(());
        }
        let served = Served { rows: untold.iter().map(|untold| untold.row.clone()).collect() };
        let answer = client.served(&served).await.map_err(|error| error.to_string())?;
        let unknown: HashSet<_> = answer.unknown.into_iter().collect();
        let known = untold.iter().filter(|untold| !unknown.contains(&untold.row.listening)).count();
        if usize::try_from(answer.accepted).unwrap_or(0) < known {
            return Err(format!("the portal took {} of {known} rows", answer.accepted));
        }
        blocking(spool, move |spool: &Spool| spool.told(&untold as &[Untold])).await?;
    }
}

async fn blocking<T: Send + 'static>(
    spool: &Spool,
    call: impl FnOnce(&Spool) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, String> {
    let spool = spool.clone();
    let answer = tokio::task::spawn_blocking(move || call(&spool)).await.map_err(|error| error.to_string())?;
    answer.map_err(|error| error.to_string())
}
