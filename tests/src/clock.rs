//! The one place of the tests that reads clocks and draws random numbers.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
pub fn now() -> Instant {
    Instant::now()
}

/// Unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
pub fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Unix seconds.
pub fn unix_s() -> i64 {
    unix_ms() / 1_000
}

/// Random bytes.
#[expect(clippy::disallowed_methods, reason = "the one place that draws them")]
pub fn random<const N: usize>() -> [u8; N] {
    std::array::from_fn(|_| rand::random())
}

/// A pause between two looks at a condition; never in place of one.
#[expect(clippy::disallowed_methods, reason = "used by waits with a condition and a deadline only")]
pub(crate) fn breathe(pause: Duration) {
    std::thread::sleep(pause);
}
