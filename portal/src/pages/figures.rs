//! Figures and times in the words of the pages.

use iroam_protocol::{path::Path, portal::Entry};
use jiff::{Timestamp, tz::TimeZone};

use crate::catalogue::{Ago, Words};

/// Micro-units in one unit of the currency.
const MICROS: u64 = 1_000_000;

/// An amount of money: at least two decimals, as many as it needs. `1500000` is `1.50 EUR`, in German `1,50 EUR`.
pub(crate) fn money(micros: i64, currency: &str, words: &Words) -> String {
    let sign = if micros < 0 { "−" } else { "" };
    let micros = micros.unsigned_abs();
    let decimals = format!("{:06}", micros % MICROS);
    let needed = decimals.trim_end_matches('0').len().max(2);
    format!("{sign}{}{}{} {currency}", micros / MICROS, words.figures.decimal_point, &decimals[..needed])
}

/// What a minute costs.
pub(crate) fn price(micros: i64, currency: &str, words: &Words) -> String {
    if micros == 0 { words.figures.free.into() } else { money(micros, currency, words) }
}

/// A path, as a person would say it.
pub(crate) fn way(path: Path, words: &Words) -> &'static str {
    match path {
        Path::Lan => words.figures.lan,
        Path::Direct => words.figures.direct,
        Path::Relay => words.figures.relay,
    }
}

/// What a line of the statement was for.
pub(crate) fn purpose(entry: &Entry, words: &Words) -> String {
    let said = &words.minutes;
    match (entry.kind.as_str(), entry.minute) {
        ("starter", _) => said.starter.into(),
        ("charge", Some(minute)) => (said.charge)(minute + 1),
        ("charge", None) => said.a_minute.into(),
        ("confirmed", _) => said.confirmed.into(),
        ("credit", _) => said.credit.into(),
        ("courtesy", _) => said.courtesy.into(),
        ("reversal", _) => said.reversal.into(),
        (other, _) => other.to_owned(),
    }
}

/// A length of time: `1 h 05 min`, `47 min`, `30 s`, in the signs of the SI, which all languages share.
pub(crate) fn length(ms: u64) -> String {
    let (minutes, seconds) = (ms / 60_000, ms / 1000 % 60);
    match (minutes / 60, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {:02} min", minutes % 60),
    }
}

/// A day in somebody's time zone, or in UTC: `15 January 2027`, in German `15. Januar 2027`.
pub(crate) fn day(ms: i64, zone: &str, words: &Words) -> String {
    let Ok(stamp) = Timestamp::from_millisecond(ms) else { return String::new() };
    let day = stamp.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC)).date();
    let month = usize::try_from(day.month()).ok().and_then(|month| words.figures.months.get(month.checked_sub(1)?));
    (words.figures.day)(day.day(), month.copied().unwrap_or_default(), day.year())
}

/// A point in time in somebody's time zone: `2027-01-15 08:00`, in German `15.01.2027 08:00`. UTC, also in place of an
/// unknown zone, says so.
pub(crate) fn moment(ms: i64, zone: &str, words: &Words) -> String {
    let Ok(stamp) = Timestamp::from_millisecond(ms) else { return String::new() };
    let said = |zone| stamp.to_zoned(zone).strftime(words.figures.moment).to_string();
    match TimeZone::get(zone) {
        Ok(known) if zone != "UTC" => said(known),
        _ => format!("{} UTC", said(TimeZone::UTC)),
    }
}

/// How long ago: `just now`, `12 minutes ago`, `3 days ago`.
pub(crate) fn ago(ms: i64, now_ms: i64, words: &Words) -> String {
    let minutes = (now_ms - ms).max(0) / 60_000;
    (words.figures.ago)(match minutes {
        0 => Ago::Now,
        1..60 => Ago::Minutes(minutes),
        60..1440 => Ago::Hours(minutes / 60),
        _ => Ago::Days(minutes / 1440),
    })
}

#[cfg(test)]
mod tests {
    use iroam_mail::Language;

    use super::*;
    use crate::catalogue;

    const FRIDAY_MS: i64 = 1_800_000_000_000;

    fn both() -> [&'static Words; 2] {
        [Language::English, Language::German].map(catalogue::words)
    }

    #[test]
    fn money_shows_the_decimals_it_needs() {
        let [en, de] = both();
        assert_eq!(money(1_500_000, "EUR", en), "1.50 EUR");
        assert_eq!(money(-1_250, "EUR", en), "−0.00125 EUR");
        assert_eq!(money(0, "EUR", en), "0.00 EUR");
        assert_eq!(money(i64::MIN, "EUR", en), "−9223372036854.775808 EUR");
        assert_eq!(money(100_000, "EUR", de), "0,10 EUR");
        assert_eq!(money(-1_250, "EUR", de), "−0,00125 EUR");
        assert_eq!([price(0, "EUR", en), price(0, "EUR", de)], ["free", "kostenlos"]);
    }

    #[test]
    fn times_are_told_in_the_zone_and_language_of_the_person() {
        let [en, de] = both();
        assert_eq!(moment(FRIDAY_MS, "UTC", en), "2027-01-15 08:00 UTC");
        assert_eq!(moment(FRIDAY_MS, "Nowhere/Atlantis", en), "2027-01-15 08:00 UTC");
        assert_eq!(moment(FRIDAY_MS, "UTC", de), "15.01.2027 08:00 UTC");
        assert_eq!(moment(i64::MAX, "UTC", en), "");
        assert_eq!(day(FRIDAY_MS, "UTC", en), "15 January 2027");
        assert_eq!(day(FRIDAY_MS, "UTC", de), "15. Januar 2027");
        assert_eq!(day(1_796_000_000_000, "UTC", en), "30 November 2026");
        assert_eq!(day(1_796_500_000_000, "UTC", de), "5. Dezember 2026");
        assert_eq!(length(59_000), "59 s");
        assert_eq!(length(3_900_000), "1 h 05 min");
    }

    #[test]
    fn how_long_ago_has_its_plural() {
        let [en, de] = both();
        for (minutes, english, german) in [
            (0, "just now", "gerade eben"),
            (1, "1 minute ago", "vor 1 Minute"),
            (59, "59 minutes ago", "vor 59 Minuten"),
            (90, "1 hour ago", "vor 1 Stunde"),
            (120, "2 hours ago", "vor 2 Stunden"),
            (1_440, "1 day ago", "vor 1 Tag"),
            (4_400, "3 days ago", "vor 3 Tagen"),
        ] {
            assert_eq!([ago(0, 60_000 * minutes, en), ago(0, 60_000 * minutes, de)], [english, german]);
        }
        assert_eq!(ago(100, 0, en), "just now");
    }
}
