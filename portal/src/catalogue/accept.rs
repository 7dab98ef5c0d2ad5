//! The language that a browser asks for: `Accept-Language` (RFC 9110 §12.5.4), looked up as RFC 4647 §3.4 says.

use axum::http::{HeaderMap, header};
use iroam_mail::Language;

/// Bytes of the header that are read. Browsers send about a hundred.
const BYTES_MAX: usize = 1024;
/// Ranges that are read; nobody speaks more languages.
const RANGES_MAX: usize = 32;

/// The best language for a request; English where none matches.
pub(crate) fn preferred(headers: &HeaderMap) -> Language {
    wanted(headers).unwrap_or_default()
}

/// The best language for a request; `None` where none matches.
pub(crate) fn wanted(headers: &HeaderMap) -> Option<Language> {
    lookup(headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok()))
}

/// A language range with its weight in thousandths.
struct Range<'h> {
    tag: &'h str,
    weight: u16,
}

/// The first language that a range leads to, heaviest range first; `None` where none does.
fn lookup<'h>(lines: impl Iterator<Item = &'h str>) -> Option<Language> {
    let mut ranges: Vec<_> = lines.flat_map(ranges).take(RANGES_MAX).collect();
    let refused = |language: Language| ranges.iter().any(|range| range.weight == 0 && names(range, language));
    let refused: Vec<_> = Language::ALL.into_iter().filter(|language| refused(*language)).collect();
    // The sort is stable: of two that weigh the same the first counts.
    ranges.sort_by_key(|range| std::cmp::Reverse(range.weight));
    ranges.retain(|range| range.weight > 0);
    let wanted = |range: &Range<'_>| match range.tag {
        "*" => Language::ALL.into_iter().find(|language| {
            !refused.contains(language) && !ranges.iter().any(|other| truncated(other.tag) == Some(*language))
        }),
        tag => truncated(tag).filter(|language| !refused.contains(language)),
    };
    ranges.iter().find_map(wanted)
}

/// The well-formed ranges of a line within its first bytes.
fn ranges(line: &str) -> impl Iterator<Item = Range<'_>> {
    let mut read = 0;
    let parts = line.split(',').take_while(move |part| {
        read += part.len() + 1;
        read <= BYTES_MAX + 1
    });
    parts.filter_map(range)
}

fn range(part: &str) -> Option<Range<'_>> {
    let (tag, weight) = match part.split_once(';') {
        Some((tag, weight)) => (tag, thousandths(weight.trim())?),
        None => (part, 1000),
    };
    let tag = tag.trim();
    let is_subtag = |subtag: &str| {
        subtag == "*" || matches!(subtag.len(), 1..=8) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    tag.split('-').all(is_subtag).then_some(Range { tag, weight })
}

/// `q=0.8`: 800; `None` for what is no weight.
fn thousandths(weight: &str) -> Option<u16> {
    let (name, value) = weight.split_once('=')?;
    if !name.trim_end().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, decimals) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// Whether a range is a language's very tag.
fn names(range: &Range<'_>, language: Language) -> bool {
    range.tag.eq_ignore_ascii_case(language.tag())
}

/// The language that is left when subtags are taken from the end: `de-CH-1996` leads to `de`.
fn truncated(tag: &str) -> Option<Language> {
    let mut rest = tag;
    loop {
        if let Some(language) = Language::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(rest)) {
            return Some(language);
        }
        (rest, _) = rest.rsplit_once('-')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<Language> {
        lookup([line].into_iter())
    }

    #[test]
    fn the_heaviest_language_that_is_spoken_here_is_taken() {
        for german in [
            "de",
            "DE",
            "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7",
            "de-CH-1996, en;q=0.5",
            "fr, it;q=0.9, de-AT;q=0.1",
            "en;q=0.3, de;q=0.4",
            "de;q=1.000,en;q=0.999",
            "en ; q=0.5 , de ; q = 0.8",
            "de, en",
            "*, en;q=0",
            "en;q=0.1, *",
        ] {
            assert_eq!(of(german), Some(Language::German), "{german}");
        }
        for english in
            ["en-US,en;q=0.9,de;q=0.8", "en, de", "*", "fr, *;q=0.1", "de;q=0.1, *;q=0.9", "de;q=0, *", "en-GB"]
        {
            assert_eq!(of(english), Some(Language::English), "{english}");
        }
    }

    #[test]
    fn what_is_refused_or_not_spoken_or_unreadable_leads_nowhere() {
        for none in [
            "",
            ",,;,",
            "fr",
            "de;q=0",
            "de-AT, de;q=0",
            "de;q=0.000",
            "de;q=2",
            "de;q=-1",
            "de;q=0.1234",
            "de;q=",
            "de;q=1.5",
            "de;x=1",
            "de;q=0.5;q=1",
            "deutsch-undeutlich",
            "d e",
            "de_DE",
            "den",
            "de-",
            "-de",
            ";q=1",
            "*;q=0",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_bad_part_does_not_spoil_the_others_and_long_lines_have_an_end() {
        assert_eq!(of("xx;q=;, \u{1}, de;q=0.2"), Some(Language::German));
        assert_eq!(lookup(["fr", "de"].into_iter()), Some(Language::German), "several lines count as one");
        let far = format!("{}de", "fr,".repeat(RANGES_MAX));
        assert_eq!(of(&far), None);
        let long = format!("{},de", "a".repeat(BYTES_MAX));
        assert_eq!(of(&long), None);
        let million = "de;q=0.1,".repeat(100_000);
        assert_eq!(of(&million), Some(Language::German));
    }

    #[test]
    fn a_request_without_wishes_gets_english() {
        let mut headers = HeaderMap::new();
        assert_eq!(preferred(&headers), Language::English);
        headers.insert(header::ACCEPT_LANGUAGE, "de-DE".parse().unwrap());
        assert_eq!(preferred(&headers), Language::German);
        headers.insert(header::ACCEPT_LANGUAGE, axum::http::HeaderValue::from_bytes(b"de, \xff").unwrap());
        assert_eq!(preferred(&headers), Language::English, "bytes that are no text");
    }
}
