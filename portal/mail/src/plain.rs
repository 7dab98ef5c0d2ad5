//! Texts of strangers made harmless before they stand in a mail: no control characters, no direction marks that turn a
//! line round, a bounded length.

use std::borrow::Cow;

/// Characters of a name or a title at most: longer than any honest one, short enough for a subject.
const LINE_CHARS_MAX: usize = 120;
/// Characters of a note at most; the form that takes it allows 500.
const NOTE_CHARS_MAX: usize = 1_000;
/// Characters of a line that is broken here.
const WIDTH: usize = 76;
/// Lines of a note at most.
const NOTE_LINES_MAX: usize = 40;

/// One line: everything that breaks or hides a line becomes a space, and several spaces one. What is too long ends in `…`.
pub(crate) fn line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if is_harmful(c) { ' ' } else { c }).collect();
    let words: Vec<_> = visible.split_whitespace().collect();
    shortened(&words.join(" "), LINE_CHARS_MAX).into_owned()
}

/// Several lines, each [`line`]'s own; blank ones at both ends are gone.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let text = shortened(text, NOTE_CHARS_MAX);
    let lines: Vec<_> = text.lines().take(NOTE_LINES_MAX).map(line).collect();
    let Some(first) = lines.iter().position(|line| !line.is_empty()) else { return Vec::new() };
    let last = lines.iter().rposition(|line| !line.is_empty()).unwrap_or(first);
    lines.into_iter().skip(first).take(last + 1 - first).collect()
}

/// A paragraph broken into lines between its words, as long as plain mails are read well (RFC 3676 §4.2 recommends less
/// than 78 characters).
pub(crate) fn wrapped(paragraph: &str) -> String {
    let (mut text, mut column) = (String::with_capacity(paragraph.len()), 0);
    for word in paragraph.split(' ') {
        let chars = word.chars().count();
        if column > 0 {
            let fits = column + 1 + chars <= WIDTH;
            text.push(if fits { ' ' } else { '\n' });
            column = if fits { column + 1 } else { 0 };
        }
        text.push_str(word);
        column += chars;
    }
    text
}

fn shortened(text: &str, chars_max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars_max) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default().trim_end())),
    }
}

/// Control characters, line and paragraph separators, and the marks of the bidirectional algorithm (UAX #9) that embed,
/// override or isolate.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leaves_its_line() {
        assert_eq!(line("Ann\r\nBcc: all@example.org"), "Ann Bcc: all@example.org");
        assert_eq!(line("  Ann \u{2028}\u{0}  O'Neil \t"), "Ann O'Neil");
        assert_eq!(line("\u{202E}gro.elpmaxe"), "gro.elpmaxe");
        assert_eq!(line("Мария 🎵 “Ünïcode”"), "Мария 🎵 “Ünïcode”");
        let long = line(&"ä ".repeat(500));
        assert_eq!((long.chars().count(), long.ends_with('…')), (120, true), "{long}");
    }

    #[test]
    fn a_note_keeps_its_lines_and_an_end() {
        assert_eq!(lines("\n\r\nfor you\r\n\r\nthe second\u{7} one\n \n"), ["for you", "", "the second one"]);
        assert_eq!(lines(" \n\t"), Vec::<String>::new());
        assert_eq!(lines(&"\n.".repeat(400)).len(), 39);
    }

    #[test]
    fn a_paragraph_is_broken_between_words_only() {
        assert_eq!(wrapped("short"), "short");
        let text = wrapped(&"äöü ".repeat(50));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.lines().count(), 3);
        assert_eq!(wrapped(&format!("a {}", "b".repeat(99))), format!("a\n{}", "b".repeat(99)));
    }
}
