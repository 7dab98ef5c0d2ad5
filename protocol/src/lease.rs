//! The arithmetic of minutes, shared by the portal that charges and the home that enforces. All times are milliseconds
//! of media, cumulative over one listening.

/// One minute of media.
pub const MINUTE_MS: u64 = 60_000;
/// Media time of each minute that is free, so that an accidental click costs nothing.
pub const GRACE_MS: u64 = 3_000;
/// Media that may be served ahead of the paid minutes: enough for buffer (30 s), prefetch and crossfade, too little to
/// drain a library.
pub const AHEAD_MS: u64 = 120_000;
/// The time between two heartbeats of a playing listening.
pub const HEARTBEAT_MS: u64 = 20_000;
/// A listening without heartbeat is closed after this wall time: four missed heartbeats and a margin.
pub const SILENCE_MS: u64 = 90_000;
/// A listening that does not play is closed after this wall time.
pub const IDLE_MS: u64 = 15 * 60_000;
/// A pause longer than this wall time releases the held minute.
pub const PAUSE_HOLD_MS: u64 = 60_000;
/// Listenings of one account at the same time.
pub const LISTENINGS_MAX: usize = 3;

/// How many minutes are to be charged after `played_ms`: minute *n* (from 0) once `played_ms` > *n*·60,000 + 3,000.
pub fn minutes_due(played_ms: u64) -> u64 {
    match played_ms.checked_sub(GRACE_MS) {
        None | Some(0) => 0,
        Some(past_grace_ms) => (past_grace_ms - 1) / MINUTE_MS + 1,
    }
}

/// The media time that a home may serve in a listening of which `paid_minutes` are paid.
pub fn ceil_ms(paid_minutes: u64) -> u64 {
    paid_minutes.saturating_mul(MINUTE_MS).saturating_add(AHEAD_MS)
}

/// What a claim of `claimed_ms` is worth `elapsed_ms` of wall time after `accepted_ms` was accepted: media time never
/// falls, and never runs faster than three times the clock plus 5 s.
pub fn clamp_played(accepted_ms: u64, elapsed_ms: u64, claimed_ms: u64) -> u64 {
    const SPEED_MAX: u64 = 3;
    const SLACK_MS: u64 = 5_000;
    let most = accepted_ms.saturating_add(elapsed_ms.saturating_mul(SPEED_MAX)).saturating_add(SLACK_MS);
    claimed_ms.clamp(accepted_ms, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_due_three_seconds_after_it_began() {
        for (played_ms, due) in [(0, 0), (3_000, 0), (3_001, 1), (63_000, 1), (63_001, 2), (123_001, 3)] {
            assert_eq!(minutes_due(played_ms), due, "{played_ms} ms");
        }
        assert!(minutes_due(u64::MAX) > 0);
    }

    #[test]
    fn the_ceiling_leaves_two_minutes_ahead_of_what_is_paid() {
        assert_eq!(ceil_ms(0), 120_000);
        assert_eq!(ceil_ms(2), 240_000);
        assert_eq!(ceil_ms(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_claim_never_falls_and_never_outruns_the_clock() {
        assert_eq!(clamp_played(10_000, 20_000, 30_000), 30_000);
        assert_eq!(clamp_played(10_000, 20_000, 5_000), 10_000);
        assert_eq!(clamp_played(10_000, 20_000, 1_000_000), 75_000);
        assert_eq!(clamp_played(u64::MAX, u64::MAX, 0), u64::MAX);
    }
}
