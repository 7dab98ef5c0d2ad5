//! Whether the disk of the database has room. A unit that is refused for want of it says so; only a trial of some size
//! takes that back, so that a disk that is full to the last page does not change its mind with every request. The log
//! hears of the change and not of every refusal.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What is known of the room on the disk of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room {
    /// Writes are refused for want of room, as far as is known.
    pub is_full: bool,
    /// Units that were refused for want of room since the start.
    pub refused: u64,
}

/// The same, as units change it.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    is_full: AtomicBool,
    refused: AtomicU64,
}

impl Gauge {
    /// What is known now.
    pub(super) fn room(&self) -> Room {
        Room { is_full: self.is_full.load(Ordering::Acquire), refused: self.refused.load(Ordering::Relaxed) }
    }

    /// A unit was refused for want of room.
    pub(super) fn refused(&self, why: &str) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        if !self.is_full.swap(true, Ordering::AcqRel) {
            tracing::error!(
                error = why,
                "the disk of the database is full: nothing new is kept, what is there is read; make room on it, then \
                 everything goes on by itself"
            );
        }
    }

    /// A trial was written.
    pub(super) fn found(&self) {
        if self.is_full.swap(false, Ordering::AcqRel) {
            tracing::info!("the disk of the database has room again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_stays_full_until_a_trial_is_written() {
        let gauge = Gauge::default();
        assert_eq!(gauge.room(), Room::default());
        gauge.refused("disk full");
        gauge.refused("disk full");
        assert_eq!(gauge.room(), Room { is_full: true, refused: 2 });
        gauge.found();
        assert_eq!(gauge.room(), Room { is_full: false, refused: 2 });
    }
}
