//! Search: candidates from the full-text index by their place (prominent ones first), ranked here. Ranking all matches
//! in the database would cost a hundred times as much for common words.

use iroam_protocol::home::Found;
use rusqlite::{Connection, params};

use crate::{
    error::ReadError,
    fold::{fold, identity, sort_key, split, words},
    lists::{album_by_n, artist_by_n, track_by_n},
};

/// Words that are looked at; more narrow nothing any more.
const WORDS_MAX: usize = 8;
/// Longest word, in bytes.
const WORD_BYTES_MAX: usize = 48;
/// Matches that are ranked: enough that the best twenty of any real query are among them.
const CANDIDATES_MAX: u32 = 400;
/// Titles that begin with the query, looked up in the order of titles, whatever their place is.
const NAMESAKES_MAX: u32 = 60;
/// Most results of one kind.
const RESULTS_MAX: usize = 100;

/// A query, folded.
struct Query {
    words: Vec<String>,
    phrase: String,
    /// What the full-text index is asked; `None` when all words have one letter.
    pattern: Option<String>,
}

impl Query {
    fn parse(text: &str) -> Option<Self> {
        let words: Vec<String> = words(text)
            .into_iter()
            .take(WORDS_MAX)
            .map(|mut word| {
                word.truncate(word.floor_char_boundary(WORD_BYTES_MAX));
                word
            })
            .collect();
        if words.is_empty() {
            return None;
        }
        // One letter would visit a good part of the index; it narrows while ranking instead.
        let asked: Vec<String> =
            words.iter().filter(|word| word.chars().nth(1).is_some()).map(|word| format!("\"{word}\"*")).collect();
        let pattern = (!asked.is_empty()).then(|| asked.join(" AND "));
        Some(Self { words, phrase: identity(text), pattern })
    }
}

/// What the full-text index is asked for a filter; every word counts. `None` when there is no word.
pub(crate) fn pattern(text: &str) -> Option<String> {
    let query = Query::parse(text)?;
    Some(query.words.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" AND "))
}

/// The best matches of each kind.
pub(crate) fn search(db: &Connection, text: &str, limit: u32, revision: u64) -> Result<Found, ReadError> {
    let mut found = Found { tracks: Vec::new(), albums: Vec::new(), artists: Vec::new(), revision };
    let Some(query) = Query::parse(text) else { return Ok(found) };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).clamp(1, RESULTS_MAX);
    for n in best(tracks(db, &query)?, limit) {
        found.tracks.extend(track_by_n(db, n)?);
    }
    for n in best(albums(db, &query)?, limit) {
        found.albums.extend(album_by_n(db, n)?);
    }
    for n in best(artists(db, &query)?, limit) {
        found.artists.extend(artist_by_n(db, n)?);
    }
    Ok(found)
}

/// A match with its rank; among equals the earlier place wins.
struct Match {
    n: i64,
    score: u32,
    place: i64,
}

fn best(mut matches: Vec<Match>, limit: usize) -> Vec<i64> {
    matches.sort_by(|a, b| b.score.cmp(&a.score).then(a.place.cmp(&b.place)));
    let mut numbers: Vec<i64> = Vec::with_capacity(limit);
    for found in matches {
        if numbers.len() == limit {
            break;
        }
        if !numbers.contains(&found.n) {
            numbers.push(found.n);
        }
    }
    numbers
}

fn tracks(db: &Connection, query: &Query) -> Result<Vec<Match>, ReadError> {
    const BY_WORDS: &str = "SELECT t.n, t.place, t.title, t.artist, t.album_artist, t.album
         FROM (SELECT rowid AS place FROM search_tracks WHERE search_tracks MATCH ?1 ORDER BY rowid LIMIT ?2) f
         JOIN tracks t ON t.place = f.place";
    const BY_TITLE: &str = "SELECT n, place, title, artist, album_artist, album FROM tracks
         WHERE title_key >= ?1 AND title_key < ?2 ORDER BY title_key, n LIMIT ?3";
    let mut matches = Vec::new();
    let mut take = |row: &rusqlite::Row<'_>| -> rusqlite::Result<()> {
        let texts = [text(row, 2)?, text(row, 3)?, text(row, 4)?, text(row, 5)?];
        let [title, artist, of_album, album] = texts.map(|text| fold(&text));
        let fields = [(title.as_str(), TITLE), (&artist, ARTIST), (&of_album, ARTIST), (&album, ALBUM)];
        let place = row.get(1)?;
        matches.extend(score(query, &fields).map(|score| Match { n: row.get(0).unwrap_or(0), score, place }));
        Ok(())
    };
    if let Some(pattern) = &query.pattern {
        each(db, BY_WORDS, params![pattern, CANDIDATES_MAX], &mut take)?;
    }
    let (from, to) = span(&sort_key(&query.phrase));
    each(db, BY_TITLE, params![from, to, NAMESAKES_MAX], &mut take)?;
    Ok(matches)
}

fn albums(db: &Connection, query: &Query) -> Result<Vec<Match>, ReadError> {
    const BY_WORDS: &str = "SELECT a.n, a.tracks, a.title, r.name
         FROM (SELECT rowid AS n FROM search_albums WHERE search_albums MATCH ?1 ORDER BY rowid LIMIT ?2) f
         JOIN albums a ON a.n = f.n LEFT JOIN artists r ON r.n = a.artist_n WHERE a.tracks > 0";
    const BY_TITLE: &str = "SELECT a.n, a.tracks, a.title, r.name FROM albums a LEFT JOIN artists r ON r.n = a.artist_n
         WHERE a.tracks > 0 AND a.title_key >= ?1 AND a.title_key < ?2 ORDER BY a.title_key LIMIT ?3";
    let mut matches = Vec::new();
    let mut take = |row: &rusqlite::Row<'_>| -> rusqlite::Result<()> {
        let [title, artist] = [text(row, 2)?, text(row, 3)?].map(|text| fold(&text));
        // Albums with more tracks stand before singles.
        let place = -row.get::<_, i64>(1)?;
        let fields = [(title.as_str(), TITLE), (&artist, ARTIST)];
        matches.extend(score(query, &fields).map(|score| Match { n: row.get(0).unwrap_or(0), score, place }));
        Ok(())
    };
    if let Some(pattern) = &query.pattern {
        each(db, BY_WORDS, params![pattern, CANDIDATES_MAX], &mut take)?;
    }
    let (from, to) = span(&sort_key(&query.phrase));
    each(db, BY_TITLE, params![from, to, NAMESAKES_MAX], &mut take)?;
    Ok(matches)
}

fn artists(db: &Connection, query: &Query) -> Result<Vec<Match>, ReadError> {
    const BY_WORDS: &str = "SELECT r.n, r.tracks, r.name
         FROM (SELECT rowid AS n FROM search_artists WHERE search_artists MATCH ?1 ORDER BY rowid LIMIT ?2) f
         JOIN artists r ON r.n = f.n WHERE r.tracks > 0";
    const BY_NAME: &str = "SELECT n, tracks, name FROM artists
         WHERE tracks > 0 AND sort_key >= ?1 AND sort_key < ?2 ORDER BY sort_key LIMIT ?3";
    let mut matches = Vec::new();
    let mut take = |row: &rusqlite::Row<'_>| -> rusqlite::Result<()> {
        let name = fold(&text(row, 2)?);
        let place = -row.get::<_, i64>(1)?;
        matches.extend(score(query, &[(&name, TITLE)]).map(|score| Match { n: row.get(0).unwrap_or(0), score, place }));
        Ok(())
    };
    if let Some(pattern) = &query.pattern {
        each(db, BY_WORDS, params![pattern, CANDIDATES_MAX], &mut take)?;
    }
    let (from, to) = span(&sort_key(&query.phrase));
    each(db, BY_NAME, params![from, to, NAMESAKES_MAX], &mut take)?;
    Ok(matches)
}

fn each(
    db: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    take: &mut dyn FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), ReadError> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(row.get::<_, Option<String>>(column)?.unwrap_or_default())
}

/// All keys that begin with this one.
fn span(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}\u{10ffff}"))
}

/// Weight of a match in the thing's own name.
const TITLE: u32 = 6;
/// Weight of a match in its artist.
const ARTIST: u32 = 4;
/// Weight of a match in its album.
const ALBUM: u32 = 3;

/// Rank of texts with their weights; `None` when a word is in none of them. The name itself decides most: equal to the
/// query, then beginning with it; after that whole words count more than beginnings.
fn score(query: &Query, fields: &[(&str, u32)]) -> Option<u32> {
    const WHOLE_WORD: u32 = 3;
    const BEGINNING: u32 = 2;
    let mut score = 0;
    for word in &query.words {
        let of_field = |(text, weight): &(&str, u32)| {
            let found = if split(text).any(|part| part == word) {
                WHOLE_WORD
            } else if split(text).any(|part| part.starts_with(word.as_str())) || squeezed(text, word) {
                BEGINNING
            } else {
                0
            };
            found * weight
        };
        let best = fields.iter().map(of_field).max().unwrap_or(0);
        if best == 0 {
            return None;
        }
        score += best;
    }
    let whole = |(text, weight): &(&str, u32)| {
        let name = identity(text);
        let bare = sort_key(text);
        if name == query.phrase || bare == query.phrase {
            40 * weight
        } else if name.starts_with(&query.phrase) || bare.starts_with(&query.phrase) {
            20 * weight
        } else {
            0
        }
    };
    // Shorter names match more closely.
    let length = fields.first().map_or(0, |(text, _)| u32::try_from(text.len()).unwrap_or(u32::MAX));
    Some(score * 10 + fields.iter().map(whole).max().unwrap_or(0) * 10 + 9u32.saturating_sub(length / 8))
}

/// `acdc` finds `AC/DC`: the signs inside a word don't count.
fn squeezed(text: &str, word: &str) -> bool {
    text.split_whitespace()
        .filter(|chunk| split(chunk).nth(1).is_some())
        .any(|chunk| chunk.chars().filter(|c| c.is_alphanumeric()).collect::<String>().starts_with(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rank(query: &str, fields: &[(&str, u32)]) -> Option<u32> {
        let folded: Vec<(String, u32)> = fields.iter().map(|(text, weight)| (fold(text), *weight)).collect();
        let fields: Vec<(&str, u32)> = folded.iter().map(|(text, weight)| (text.as_str(), *weight)).collect();
        score(&Query::parse(query).unwrap(), &fields)
    }

    #[test]
    fn the_same_name_ranks_before_a_beginning_before_a_word_inside() {
        let title = |text| rank("love", &[(text, TITLE)]);
        assert!(title("Love") > title("Love Me Do"));
        assert!(title("Love Me Do") > title("All You Need Is Love"));
        assert!(title("All You Need Is Love") > title("Glovers"));
        assert_eq!(title("Glovers"), None);
        assert!(title("The Love") > title("Lovely"));
    }

    #[test]
    fn the_title_ranks_before_artist_before_album() {
        let at = |weight| rank("moon", &[("something else", 0), ("Dark Moon", weight)]);
        assert!(at(TITLE) > at(ARTIST));
        assert!(at(ARTIST) > at(ALBUM));
    }

    #[test]
    fn words_may_come_from_different_fields() {
        assert!(rank("bjork army", &[("Army of Me", TITLE), ("Björk", ARTIST)]).is_some());
        assert!(rank("bjork navy", &[("Army of Me", TITLE), ("Björk", ARTIST)]).is_none());
        assert!(rank("acdc", &[("AC/DC", TITLE)]).is_some());
    }

    proptest! {
        #[test]
        fn any_query_makes_a_pattern_without_syntax_of_its_own(text in "\\PC{0,60}") {
            if let Some(pattern) = pattern(&text) {
                let words: String = pattern.split(" AND ").map(|part| part.trim_matches(['"', '*'])).collect();
                prop_assert!(words.chars().all(char::is_alphanumeric));
            }
        }
    }
}
