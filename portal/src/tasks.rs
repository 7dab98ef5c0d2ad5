//! What the portal does without being asked. One task, owned by the lifecycle: it ends with the portal, and when it ends
//! by itself the portal ends too.
//!
//! While the disk is full it only looks whether there is room again, and then takes everything up where it was left.

use std::time::Duration;

use iroam_store::Error;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{account_mail, clock, hub::Call, state::App};

/// Listenings end within these seconds of their time; a full disk that has room again is seen within them, too.
const EXPIRE_EVERY: Duration = Duration::from_secs(5);
/// A forgotten password is answered by mail within this time: soon, and apart from whoever asked.
const ANSWER_EVERY: Duration = Duration::from_secs(1);
/// Rows that nobody needs are forgotten hourly.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// Looks without any write before the disk is tried: a portal that nobody uses knows of its full disk within a minute.
const QUIET_LOOKS_MAX: u32 = 12;

/// Runs until the portal ends.
///
/// # Errors
/// Never at present: a database that is away, or whose disk is full, is waited for.
pub(crate) async fn run(app: App) -> anyhow::Result<()> {
    let (mut expire, mut prune, mut answer) = (interval(EXPIRE_EVERY), interval(PRUNE_EVERY), interval(ANSWER_EVERY));
    for ticks in [&mut expire, &mut prune, &mut answer] {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let mut watch = RoomWatch { changes: app.store().changes(), quiet_looks: 0 };
    let mut listening_since_ms = clock::now_ms();
    loop {
        tokio::select! {
            () = app.cancel().cancelled() => return Ok(()),
            _ = expire.tick() => {
                if watch.has_room_again(&app).await {
                    // No heartbeat was taken meanwhile, so silence begins anew.
                    listening_since_ms = clock::now_ms();
                    prune.reset_immediately();
                }
                if has_room(&app) {
                    close_silent(&app, listening_since_ms).await;
                }
            }
            _ = prune.tick(), if has_room(&app) => forget_old(&app).await,
            _ = answer.tick(), if has_room(&app) => answer_password_requests(&app).await,
        }
    }
}

fn has_room(app: &App) -> bool {
    !app.store().room().is_full
}

/// Tries the disk when it was full, and when so long nothing was written that nobody would know.
struct RoomWatch {
    changes: watch::Receiver<u64>,
    quiet_looks: u32,
}

impl RoomWatch {
    /// One look; whether the disk was full and has room now.
    async fn has_room_again(&mut self, app: &App) -> bool {
        let was_full = !has_room(app);
        if !self.is_quiet() && !was_full {
            return false;
        }
        match app.store().try_room().await {
            Ok(()) => was_full,
            // The store has told the log, once.
            Err(Error::StorageFull(_)) => false,
            Err(error) => {
                tracing::warn!(%error, "the disk of the database cannot be tried now; tried again in a moment");
                false
            }
        }
    }

    fn is_quiet(&mut self) -> bool {
        let written = self.changes.has_changed().unwrap_or(false);
        self.changes.mark_unchanged();
        self.quiet_looks = if written { 0 } else { self.quiet_looks + 1 };
        self.quiet_looks >= QUIET_LOOKS_MAX
    }
}

/// Closes the listenings that fell silent or idle. Silence counts from `listening_since_ms`, the time since when this
/// process takes heartbeats: a portal that was away, or could not write, blames nobody for it. Their players are not told:
/// one that only slept finds out with its next heartbeat and opens another; [`Call::Closed`] means that a person stopped it.
async fn close_silent(app: &App, listening_since_ms: i64) {
    match app.store().expire(clock::now_ms(), listening_since_ms).await {
        Ok(closed) => {
            for listening in closed {
                app.hub().call(Call::Home(listening.home));
                app.hub().call(Call::Account(listening.account));
            }
        }
        Err(Error::StorageFull(_)) => {}
        Err(error) => tracing::warn!(%error, "silent listenings cannot be closed now; tried again in a moment"),
    }
}

async fn answer_password_requests(app: &App) {
    if let Err(failure) = account_mail::answer_password_requests(app).await {
        // The next look takes them up again.
        failure.log();
    }
}

async fn forget_old(app: &App) {
    match app.store().prune(clock::now_ms()).await {
        Ok(()) => tracing::debug!("old rows were forgotten"),
        // It is done as soon as there is room.
        Err(Error::StorageFull(_)) => {}
        Err(error) => tracing::warn!(%error, "old rows cannot be forgotten now; tried again in an hour"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_tried_when_nothing_was_written_for_a_minute() {
        let changes = watch::Sender::new(0_u64);
        let mut watch = RoomWatch { changes: changes.subscribe(), quiet_looks: 0 };
        for look in 1..QUIET_LOOKS_MAX {
            assert!(!watch.is_quiet(), "look {look}");
        }
        assert!(watch.is_quiet());
        changes.send_modify(|count| *count += 1);
        assert!(!watch.is_quiet(), "something was written");
        assert!(!watch.is_quiet());
    }
}
