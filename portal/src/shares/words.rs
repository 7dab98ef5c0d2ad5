//! What a sender may write: plain text, without links that a stranger would be led to.

/// Whether a text of several lines holds nothing but characters to read.
pub(crate) fn is_text(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.chars().any(|c| is_hidden(c) && c != '\n')
}

/// Whether a text is one line of characters to read.
pub(crate) fn is_line(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.chars().any(is_hidden)
}

/// Whether somebody's mail program would make a link of a part of the text.
pub(crate) fn has_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("://")
        || lower.contains("mailto:")
        || lower.split(|c: char| c.is_whitespace() || "<>()[]{}\"'|,;".contains(c)).any(is_address)
}

/// Controls, and the marks that turn the direction of what follows: they make a text read as something else.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Domains that people and mail programs know at once. "J.S.Bach" and "wait...what" are no addresses.
const ENDINGS: &[&str] = &[
    "com", "net", "org", "info", "biz", "io", "co", "me", "app", "dev", "xyz", "top", "site", "online", "shop", "link",
    "club", "live", "page", "ly", "gl", "tk", "ru", "cn", "de", "uk", "eu", "fr", "it", "es", "nl", "ch", "at", "us",
];

fn is_address(word: &str) -> bool {
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default().trim_end_matches(['.', '!', '…']);
    let mut labels = host.split('.').rev();
    let (Some(ending), Some(name)) = (labels.next(), labels.next()) else { return false };
    let is_name = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    host.starts_with("www.") || (is_name(name) && ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_however_they_are_written() {
        for text in [
            "see https://evil.example/x",
            "HTTPS://EVIL",
            "go to www.evil.example",
            "evil.com",
            "look (evil.com/path?x)!",
            "write to me@evil.org",
            "mailto:me",
            "ends with evil.net.",
            "a,evil.co.uk",
            "bank.com:8080",
        ] {
            assert!(has_link(text), "{text}");
        }
    }

    #[test]
    fn what_people_write_is_no_link() {
        for text in [
            "",
            "For you, with love...",
            "J.S.Bach, op. 12 no.3",
            "Wait...what? It's 3.5 minutes.",
            "R.E.M. and A.com-ma? no",
            "Für dich :-) um 12:30",
            "e.g. this one",
        ] {
            assert!(!has_link(text), "{text}");
        }
    }

    #[test]
    fn texts_hold_characters_to_read() {
        assert!(is_text("one\ntwo", 7) && !is_text("one\ntwo", 6));
        assert!(!is_line("one\ntwo", 99) && !is_line("a\r\nBcc: x", 99) && !is_line("a\u{202e}b", 99));
        assert!(is_line("Ünïcödé 🎵", 9));
    }
}
