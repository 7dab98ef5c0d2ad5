//! What was served and is not in the spool yet.

use std::collections::HashMap;

use crate::metering::{Growth, Minute};

/// Minutes that are kept while the disk is full, of 64 bytes each: a week of listening without a pause.
const MINUTES_MAX: usize = 10_000;

/// What was served, by minute.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    minutes: HashMap<Minute, Growth>,
}

impl Unwritten {
    /// Whether everything is written.
    pub(super) fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }

    /// Takes in what was served meanwhile. Beyond the bound it counts for the last known minute of its listening, so that
    /// the sum stays right.
    pub(super) fn add(&mut self, grown: impl IntoIterator<Item = (Minute, Growth)>) {
        for (minute, growth) in grown {
            let minute = if self.has_place(&minute) { minute } else { self.last_minute(minute) };
            self.minutes.entry(minute).or_default().join(growth);
        }
    }

    /// The rows to write.
    pub(super) fn rows(&self) -> Vec<(Minute, Growth)> {
        self.minutes.iter().map(|(minute, growth)| (*minute, *growth)).collect()
    }

    /// Says in the log what goes with this process.
    pub(super) fn tell_lost(&self) {
        if !self.is_empty() {
            let ms: u64 = self.minutes.values().map(|growth| growth.served_ms).sum();
            tracing::error!(seconds = ms / 1_000, "what was served last could not be written and is not reported");
        }
    }

    fn has_place(&self, minute: &Minute) -> bool {
        self.minutes.len() < MINUTES_MAX || self.minutes.contains_key(minute)
    }

    /// A listening of which nothing is known takes its place all the same: there are few listenings.
    fn last_minute(&self, wanted: Minute) -> Minute {
        let known = self.minutes.keys().filter(|known| known.listening == wanted.listening);
        known.max_by_key(|known| known.minute).copied().unwrap_or(wanted)
    }
}

#[cfg(test)]
mod tests {
    use iroam_protocol::id::RowId;

    use super::*;

    fn minute(listening: u8, minute: u64) -> Minute {
        Minute { listening: RowId::from_bytes([listening; 16]), minute }
    }

    #[test]
    fn what_waits_grows_by_minute_and_nothing_is_lost_beyond_the_bound() {
        let mut unwritten = Unwritten::default();
        let second = Growth { served_ms: 1_000, bytes: [0, 0, 10] };
        let minutes = u64::try_from(MINUTES_MAX).unwrap() + 500;
        for n in 0..minutes {
            unwritten.add([(minute(1, n), second), (minute(1, n), second)]);
        }
        assert_eq!(unwritten.rows().len(), MINUTES_MAX);
        unwritten.add([(minute(2, 7), second)]);
        assert_eq!(unwritten.rows().len(), MINUTES_MAX + 1, "another listening is not counted for this one");
        let sum = unwritten.rows().iter().fold(Growth::default(), |mut sum, (_, growth)| {
            sum.join(*growth);
            sum
        });
        assert_eq!(sum, Growth { served_ms: (2 * minutes + 1) * 1_000, bytes: [0, 0, (2 * minutes + 1) * 10] });
    }
}
