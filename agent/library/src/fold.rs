//! Folding of texts: what looks alike sorts and searches alike.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Longest part of a text that takes part in sorting, in bytes; more would only make the index large.
const SORT_BYTES_MAX: usize = 96;

/// Sorts after every name: where a name is missing.
pub(crate) const LAST: &str = "\u{10ffff}";

/// Words that don't count at the begin of a name.
const ARTICLES: [&str; 9] = ["the ", "a ", "an ", "el ", "la ", "los ", "las ", "le ", "les "];

/// Lower case without accents: `Größe` becomes `grosse`, `Björk` `bjork`.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for character in text.nfkd().filter(|&character| !is_combining_mark(character)) {
        for lower in character.to_lowercase() {
            match lower {
                'ß' => folded.push_str("ss"),
                'æ' => folded.push_str("ae"),
                'œ' => folded.push_str("oe"),
                'ø' => folded.push('o'),
                'ł' => folded.push('l'),
                'đ' | 'ð' => folded.push('d'),
                'þ' => folded.push_str("th"),
                'ı' => folded.push('i'),
                other if !is_combining_mark(other) => folded.push(other),
                _ => {}
            }
        }
    }
    folded
}

/// What makes two spellings of a name the same: folded, with single blanks.
pub(crate) fn identity(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a name sorts by: folded, without a leading article and leading punctuation.
pub(crate) fn sort_key(text: &str) -> String {
    let folded = identity(text);
    let bare = ARTICLES
        .iter()
        .find_map(|article| folded.strip_prefix(article))
        .filter(|rest| rest.starts_with(char::is_alphanumeric))
        .unwrap_or(&folded);
    let trimmed = bare.trim_start_matches(|character: char| !character.is_alphanumeric());
    let key = if trimmed.is_empty() { bare } else { trimmed };
    key[..key.floor_char_boundary(SORT_BYTES_MAX)].to_owned()
}

/// The words of a text, folded.
pub(crate) fn words(text: &str) -> Vec<String> {
    split(&fold(text)).map(str::to_owned).collect()
}

/// The words of a folded text.
pub(crate) fn split(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A text as the search index keeps it: folded, and words with signs inside also without them (`AC/DC` is found by
/// `acdc`, `Don't` by `dont`).
pub(crate) fn indexed(text: &str) -> String {
    let mut folded = fold(text);
    let squeezed: Vec<String> = folded
        .split_whitespace()
        .filter(|chunk| split(chunk).nth(1).is_some())
        .map(|chunk| chunk.chars().filter(|character| character.is_alphanumeric()).collect())
        .collect();
    for word in squeezed {
        folded.push(' ');
        folded.push_str(&word);
    }
    folded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_and_ligatures_are_folded() {
        for (text, folded) in
            [("Größe", "grosse"), ("Björk", "bjork"), ("Sigur Rós", "sigur ros"), ("Mø", "mo"), ("Łódź", "lodz")]
        {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn articles_and_signs_at_the_begin_do_not_sort() {
        for (name, key) in [
            ("The Beatles", "beatles"),
            ("A", "a"),
            ("The The", "the"),
            ("...And Justice", "and justice"),
            ("!!!", "!!!"),
            ("Los Lobos", "lobos"),
        ] {
            assert_eq!(sort_key(name), key);
        }
    }

    #[test]
    fn words_with_signs_inside_are_found_without_them() {
        assert!(indexed("AC/DC").ends_with(" acdc"));
        assert!(indexed("Don't stop").contains(" dont"));
        assert_eq!(indexed("plain"), "plain");
    }

    proptest! {
        #[test]
        fn any_text_folds_sorts_and_splits(text in ".{0,300}") {
            let _ = (indexed(&text), words(&text));
            prop_assert!(sort_key(&text).len() <= SORT_BYTES_MAX);
        }
    }
}
