//! Figures in the words of the pages.

use iroam_protocol::{path::Path, portal::Entry};
use jiff::{Timestamp, tz::TimeZone};

/// Micro-units in one unit of the currency.
const MICROS: u64 = 1_000_000;

/// An amount of money: at least two decimals, as many as it needs. `1500000` is `1.50 EUR`.
pub(crate) fn money(micros: i64, currency: &str) -> String {
    let sign = if micros < 0 { "−" } else { "" };
    let micros = micros.unsigned_abs();
    let decimals = format!("{:06}", micros % MICROS);
    let needed = decimals.trim_end_matches('0').len().max(2);
    format!("{sign}{}.{} {currency}", micros / MICROS, &decimals[..needed])
}

/// What a minute costs.
pub(crate) fn price(micros: i64, currency: &str) -> String {
    if micros == 0 { "free".into() } else { money(micros, currency) }
}

/// A path, as a person would say it.
pub(crate) fn way(path: Path) -> &'static str {
    match path {
        Path::Lan => "Within your own network",
        Path::Direct => "Straight from home",
        Path::Relay => "Through the relay",
    }
}

/// What a line of the statement was for.
pub(crate) fn purpose(entry: &Entry) -> String {
    match (entry.kind.as_str(), entry.minute) {
        ("starter", _) => "Free minutes to start with".into(),
        ("charge", Some(minute)) => format!("Minute {} of a listening", minute + 1),
        ("charge", None) => "A minute".into(),
        ("confirmed", _) => "Your address is confirmed".into(),
        ("credit", _) => "Added by the operator".into(),
        ("courtesy", _) => "A song that could end".into(),
        ("reversal", _) => "Taken back".into(),
        (other, _) => other.to_owned(),
    }
}

/// A length of time: `1 h 05 min`, `47 min`, `30 s`.
pub(crate) fn length(ms: u64) -> String {
    let (minutes, seconds) = (ms / 60_000, ms / 1000 % 60);
    match (minutes / 60, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {:02} min", minutes % 60),
    }
}

/// A day in somebody's time zone, or in UTC: `15 January 2027`.
pub(crate) fn day(ms: i64, zone: &str) -> String {
    let Ok(stamp) = Timestamp::from_millisecond(ms) else { return String::new() };
    stamp.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC)).strftime("%-d %B %Y").to_string()
}

/// A point in time in somebody's time zone: `2027-01-15 08:00`. UTC, also in place of an unknown zone, says so.
pub(crate) fn moment(ms: i64, zone: &str) -> String {
    let Ok(stamp) = Timestamp::from_millisecond(ms) else { return String::new() };
    match TimeZone::get(zone) {
        Ok(known) if zone != "UTC" => stamp.to_zoned(known).strftime("%Y-%m-%d %H:%M").to_string(),
        _ => stamp.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string(),
    }
}

/// How long ago: `just now`, `12 minutes ago`, `3 days ago`.
pub(crate) fn ago(ms: i64, now_ms: i64) -> String {
    let minutes = (now_ms - ms).max(0) / 60_000;
    let (count, unit) = match minutes {
        0 => return "just now".into(),
        1..60 => (minutes, "minute"),
        60..1440 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_shows_the_decimals_it_needs() {
        assert_eq!(money(1_500_000, "EUR"), "1.50 EUR");
        assert_eq!(money(-1_250, "EUR"), "−0.00125 EUR");
        assert_eq!(money(0, "EUR"), "0.00 EUR");
        assert_eq!(money(i64::MIN, "EUR"), "−9223372036854.775808 EUR");
        assert_eq!(price(0, "EUR"), "free");
    }

    #[test]
    fn times_are_told_in_the_zone_of_the_person() {
        assert_eq!(moment(1_800_000_000_000, "UTC"), "2027-01-15 08:00 UTC");
        assert_eq!(moment(1_800_000_000_000, "Nowhere/Atlantis"), "2027-01-15 08:00 UTC");
        assert_eq!(moment(i64::MAX, "UTC"), "");
        assert_eq!(length(59_000), "59 s");
        assert_eq!(length(3_900_000), "1 h 05 min");
        assert_eq!(ago(0, 60_000 * 90), "1 hour ago");
        assert_eq!(ago(100, 0), "just now");
    }
}
