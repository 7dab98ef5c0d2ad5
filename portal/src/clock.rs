//! The portal's one clock.

/// Now, as Unix milliseconds; 0 when the machine's clock stands before 1970.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Now, as Unix seconds.
pub fn now_s() -> i64 {
    now_ms() / 1000
}

/// A point in time that never goes back, for measuring.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn instant() -> std::time::Instant {
    std::time::Instant::now()
}
