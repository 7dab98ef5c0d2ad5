//! The meter and its spool: the shell around [`crate::metering`].

mod unwritten;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use iroam_library::sql_lacks_room;
use iroam_protocol::{id::RowId, path::Path, range::ByteRange};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::unwritten::Unwritten;
use crate::{
    clock::Clock,
    metering::{Ahead, Facts, Key, Meter, Ticket},
    room::Room,
    spool::Spool,
};

/// Additions are gathered for so long before they are written: a kill loses less than is given twice by contract.
const GATHER: Duration = Duration::from_millis(500);
/// What could not be written is tried again so often.
const RETRY: Duration = Duration::from_secs(5);
/// How often idle listenings and old rows are forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(300);

/// The meter of this process; clones share it.
#[derive(Debug, Clone)]
pub struct Meters {
    meter: Arc<Mutex<Meter>>,
    spool: Spool,
    wake: Arc<Notify>,
    clock: Clock,
    room: Room,
}

impl Meters {
    /// A meter that writes to `spool`, on the disk that `room` knows.
    pub fn new(spool: Spool, clock: Clock, room: Room) -> Self {
        Self { meter: Arc::default(), spool, wake: Arc::default(), clock, room }
    }

    /// The disk of the spool.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// The spool.
    pub fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Admits an answer; see [`Meter::admit`].
    ///
    /// # Errors
    /// [`Ahead`].
    pub async fn admit(&self, key: Key, facts: Facts, range: ByteRange, ceil_ms: u64) -> Result<Metered, Ahead> {
        self.know(key.listening).await;
        let ticket = self.lock().admit(self.clock.uptime_ms(), key, &facts, range, ceil_ms)?;
        Ok(Metered { meters: self.clone(), ticket })
    }

    /// Media milliseconds served in a listening.
    pub async fn served_ms(&self, listening: RowId) -> u64 {
        self.know(listening).await;
        self.lock().served_ms(&listening)
    }

    /// Forgets a closed listening.
    pub fn forget(&self, listening: &RowId) {
        self.lock().forget(listening);
    }

    /// A listening that this process has not seen goes on where the spool says.
    async fn know(&self, listening: RowId) {
        if self.lock().knows(&listening) {
            return;
        }
        let spool = self.spool.clone();
        let served = tokio::task::spawn_blocking(move || spool.served_ms(&listening)).await;
        let served_ms = match served {
            Ok(Ok(served_ms)) => served_ms.unwrap_or(0),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the spool cannot be read");
                0
            }
            Err(_) => 0,
        };
        self.lock().resume(listening, served_ms, self.clock.uptime_ms());
    }

    /// Writes what was served to the spool, until `cancel`; the last of it then, too. What cannot be written is kept in
    /// memory and tried again.
    pub async fn keep_writing(self, cancel: CancellationToken) {
        let mut unwritten = Unwritten::default();
        let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
        loop {
            let ends = tokio::select! {
                () = self.wake.notified(), if unwritten.is_empty() => false,
                () = tokio::time::sleep(RETRY), if !unwritten.is_empty() => false,
                _ = housekeeping.tick() => {
                    self.tidy().await;
                    false
                }
                () = cancel.cancelled() => true,
            };
            if !ends {
                let _ = tokio::time::timeout(GATHER, cancel.cancelled()).await;
            }
            unwritten = self.write(unwritten).await;
            if ends {
                unwritten.tell_lost();
                return;
            }
        }
    }

    /// Writes what has gathered; answers what could not be written.
    async fn write(&self, mut unwritten: Unwritten) -> Unwritten {
        unwritten.add(self.lock().take_grown());
        if unwritten.is_empty() {
            return unwritten;
        }
        let (meters, now_ms) = (self.clone(), self.clock.now_ms());
        let written = tokio::task::spawn_blocking(move || match meters.spool.add(&unwritten.rows(), now_ms) {
            Ok(()) => Unwritten::default(),
            Err(error) => {
                meters.not_written(&error, "what was served cannot be written; it is kept in memory");
                unwritten
            }
        });
        // A panic of the blocking call is a defect, and told as such; what it held is gone with it.
        written.await.unwrap_or_default()
    }

    /// A write to the spool failed: a full disk is told to the person, once, and anything else to the log.
    pub fn not_written(&self, error: &rusqlite::Error, words: &'static str) {
        if sql_lacks_room(error) {
            self.room.refused();
        } else {
            tracing::error!(%error, "{words}");
        }
    }

    async fn tidy(&self) {
        self.lock().forget_idle(self.clock.uptime_ms());
        let (spool, now_ms) = (self.spool.clone(), self.clock.now_ms());
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || spool.prune(now_ms)).await {
            self.not_written(&error, "old rows cannot be dropped");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Meter> {
        // The meter's steps leave it whole at every point where they could panic.
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An admitted answer. Dropped, it gives back what was not delivered.
#[derive(Debug)]
pub struct Metered {
    meters: Meters,
    ticket: Ticket,
}

impl Metered {
    /// The bytes that may be sent.
    pub fn range(&self) -> ByteRange {
        self.ticket.range
    }

    /// `bytes` from `offset` on were handed to the wire; they lie in one block.
    pub fn delivered(&self, offset: u64, bytes: u64, path: Path) {
        self.meters.lock().delivered(&self.ticket, offset, bytes, path);
        self.meters.wake.notify_one();
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        self.meters.lock().finish(&self.ticket);
    }
}
