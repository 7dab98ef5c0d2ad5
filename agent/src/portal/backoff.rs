//! How long to wait before the next try: twice as long each time, up to a cap, never two homes in step.

use std::time::Duration;

/// The first retry comes within a second, so that a portal's restart is hardly noticed.
const FIRST_MS: u64 = 800;
/// The longest wait: a person who repairs the line sees it work within half a minute.
const LONGEST_MS: u64 = 30_000;

/// Counts failures in a row.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after one more failure; `fraction` (0.0..1.0) shortens it by up to a half.
    pub fn after_failure(&mut self, fraction: f64) -> Duration {
        let longest_ms = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        Duration::from_millis(longest_ms).mul_f64(1.0 - fraction.clamp(0.0, 1.0) / 2.0)
    }

    /// It worked: the next failure is a first one.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_wait_grows_to_its_cap_and_starts_again(tries in 1_usize..100, fraction in 0.0..1.0_f64) {
            let mut backoff = Backoff::default();
            prop_assert!(backoff.after_failure(fraction) <= Duration::from_secs(1));
            for _ in 0..tries {
                let wait = backoff.after_failure(fraction);
                prop_assert!(wait <= Duration::from_millis(LONGEST_MS) && wait >= Duration::from_millis(FIRST_MS / 2));
            }
            backoff.reset();
            prop_assert!(backoff.after_failure(fraction) <= Duration::from_secs(1));
        }
    }
}
