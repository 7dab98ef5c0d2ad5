//! The agent's clock: the one place that reads the machine's time. Portal time is the monotonic clock plus an offset
//! that the portal's event channel keeps right, so a machine with a wrong clock still judges grants well.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A clock that differs from the portal's by more than this is worth telling, in milliseconds: half the tolerance of
/// a grant's times.
pub const SKEW_WORTH_TELLING_MS: i64 = 30_000;

/// The clock; clones share the offset.
#[derive(Debug, Clone)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    started: Instant,
    started_unix_ms: i64,
    offset_ms: AtomicI64,
    has_portal_time: AtomicBool,
}

impl Clock {
    /// The machine's clock, with no offset yet.
    #[expect(clippy::disallowed_methods, reason = "this module is where the agent reads time")]
    pub fn system() -> Self {
        Self {
            inner: Arc::new(Inner {
                started: Instant::now(),
                started_unix_ms: machine_unix_ms(),
                offset_ms: AtomicI64::new(0),
                has_portal_time: AtomicBool::new(false),
            }),
        }
    }

    /// Milliseconds since the agent started; never falls.
    #[expect(clippy::disallowed_methods, reason = "this module is where the agent reads time")]
    pub fn uptime_ms(&self) -> u64 {
        let elapsed = Instant::now().saturating_duration_since(self.inner.started);
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// Portal time as well as it is known, Unix milliseconds: runs on undisturbed when somebody sets the machine's clock.
    pub fn now_ms(&self) -> i64 {
        self.steady_ms().saturating_add(self.inner.offset_ms.load(Ordering::Relaxed))
    }

    /// Portal time as well as it is known, Unix seconds.
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1_000)
    }

    /// Follows the portal, which says that it is `portal_ms` now.
    pub fn follow(&self, portal_ms: i64) {
        self.inner.offset_ms.store(portal_ms.saturating_sub(self.steady_ms()), Ordering::Relaxed);
        self.inner.has_portal_time.store(true, Ordering::Relaxed);
    }

    /// How far the machine's clock is behind the portal's now, in milliseconds; negative when it is ahead, 0 before
    /// the portal's time is known. A clock that was set right in the meantime is right here too.
    pub fn behind_ms(&self) -> i64 {
        let is_known = self.inner.has_portal_time.load(Ordering::Relaxed);
        if is_known { self.now_ms().saturating_sub(machine_unix_ms()) } else { 0 }
    }

    /// The machine's time at the start, and what has passed since.
    fn steady_ms(&self) -> i64 {
        self.inner.started_unix_ms.saturating_add_unsigned(self.uptime_ms())
    }
}

/// The machine's own idea of the time, Unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "this module is where the agent reads time")]
fn machine_unix_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX / 2)
}

/// What to tell a person about a clock that is `behind_ms` behind the portal's; `None` when it is right enough.
pub fn skew_words(behind_ms: i64) -> Option<String> {
    if behind_ms.saturating_abs() <= SKEW_WORTH_TELLING_MS {
        return None;
    }
    let direction = if behind_ms > 0 { "behind" } else { "ahead of" };
    let length = length_words(behind_ms.unsigned_abs() / 1_000);
    Some(format!(
        "The clock of this machine is {length} {direction} the portal's. iRoam goes by the portal's time, but please \
         set this clock right (switch on automatic time)."
    ))
}

fn length_words(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} seconds"),
        120..=7_199 => format!("{} minutes", (seconds + 30) / 60),
        _ => format!("{} minutes (about {} hours)", (seconds + 30) / 60, (seconds + 1_800) / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_portal() {
        let clock = Clock::system();
        assert_eq!(clock.behind_ms(), 0, "nobody has told the time yet");
        let portal_ms = machine_unix_ms() + 600_000;
        clock.follow(portal_ms);
        assert!((599_000..=601_000).contains(&clock.behind_ms()));
        assert!((portal_ms..portal_ms + 1_000).contains(&clock.now_ms()));
    }

    #[test]
    fn a_skew_is_told_in_minutes() {
        assert_eq!(skew_words(30_000), None);
        assert!(skew_words(7 * 60_000).unwrap().contains("7 minutes behind"));
        assert!(skew_words(-90_000).unwrap().contains("90 seconds ahead of"));
        assert!(skew_words(i64::MIN).is_some());
    }
}
