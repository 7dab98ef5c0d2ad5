//! Which row of the index a found file takes, and so which id it keeps.

use std::{collections::HashSet, fs};

use iroam_protocol::id::ItemId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::probing::Found;
use crate::{paths, walk::Stamp};

/// Rows with the same payload that are asked whether their file moved here. A payload with more copies than this is
/// noise, and one copy of it is as good as another.
const COPIES_MAX: i64 = 32;
/// How far the lengths of two encodings of one song may lie apart.
const SAME_SONG_MS: u64 = 2_000;
/// A row's lasting parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) n: i64,
    pub(super) place: i64,
    pub(super) id: ItemId,
    pub(super) added_ms: i64,
}

/// Which row a found file takes.
pub(super) enum Seat {
    /// The one it had: new tags, or a better encoding of the same song.
    Own(Row),
    /// The one of the path that it came from; whoever was at this path before leaves.
    Moved { row: Row, evicted: Option<i64> },
    /// A new one, perhaps with the id (and the time of coming in) that waited for it.
    New { evicted: Option<i64>, returned: Option<(ItemId, i64)> },
}

/// Decides which row a found file takes. `placed` rows were met in this scan.
pub(super) fn seat(db: &Connection, found: &Found, placed: &HashSet<i64>) -> rusqlite::Result<Seat> {
    let own = own(db, found)?;
    if let Some(own) = own.as_ref().filter(|own| own.same_payload) {
        return Ok(Seat::Own(own.row));
    }
    let evicted = own.as_ref().map(|own| own.row.n);
    if let Some(row) = moved_from(db, found, placed)? {
        return Ok(Seat::Moved { row, evicted });
    }
    let returned = returned(db, found)?;
    if returned.is_none()
        && let Some(own) = own.filter(|own| own.same_song)
    {
        return Ok(Seat::Own(own.row));
    }
    Ok(Seat::New { evicted, returned })
}

struct Own {
    row: Row,
    same_payload: bool,
    same_song: bool,
}

fn own(db: &Connection, found: &Found) -> rusqlite::Result<Option<Own>> {
    db.prepare_cached(
        "SELECT n, place, id, added_ms, match_key, title, artist, duration_ms FROM tracks WHERE path_hash = ?1",
    )?
    .query_row([found.path_hash], |row| {
        let duration: i64 = row.get(7)?;
        let near = duration.cast_unsigned().abs_diff(found.probed.duration_ms.unwrap_or(0)) <= SAME_SONG_MS;
        let same_names =
            row.get::<_, String>(5)? == found.title && row.get::<_, Option<String>>(6)? == found.probed.tags.artist;
        Ok(Own {
            row: row_of(row)?,
            same_payload: row.get::<_, [u8; 16]>(4)? == *found.probed.key.as_bytes(),
            same_song: near && same_names,
        })
    })
    .optional()
}

/// The row of the same payload whose own file is not where it was: first one with the same name, then any.
fn moved_from(db: &Connection, found: &Found, placed: &HashSet<i64>) -> rusqlite::Result<Option<Row>> {
    const SAME_NAME: &str = "SELECT n, place, id, added_ms, path, size_bytes, modified_ns FROM tracks
         WHERE match_key = ?1 AND name_hash = ?2 ORDER BY n LIMIT ?3";
    const ANY_NAME: &str = "SELECT n, place, id, added_ms, path, size_bytes, modified_ns FROM tracks
         WHERE match_key = ?1 AND ?2 = ?2 ORDER BY n LIMIT ?3";
    for sql in [SAME_NAME, ANY_NAME] {
        let mut statement = db.prepare_cached(sql)?;
        let mut rows = statement.query(params![found.probed.key.as_bytes(), found.name_hash, COPIES_MAX])?;
        while let Some(row) = rows.next()? {
            let candidate = row_of(row)?;
            let path = paths::from_bytes(row.get_ref(4)?.as_blob().unwrap_or_default());
            let (size, modified): (i64, i64) = (row.get(5)?, row.get(6)?);
            let as_it_was = |stamp: Stamp| stamp.size_bytes == size.cast_unsigned() && stamp.modified_ns == modified;
            let still_there = || fs::metadata(&path).is_ok_and(|meta| as_it_was(Stamp::of(&meta)));
            if path != found.path && !placed.contains(&candidate.n) && !still_there() {
                return Ok(Some(candidate));
            }
        }
    }
    Ok(None)
}

/// The id of a departed track with this payload; it is taken.
fn returned(db: &Connection, found: &Found) -> rusqlite::Result<Option<(ItemId, i64)>> {
    let key = found.probed.key.as_bytes();
    let waiting = db
        .prepare_cached("SELECT n, id, added_ms FROM departed WHERE match_key = ?1 ORDER BY n LIMIT 1")?
        .query_row([key], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((n, id, added_ms)) = waiting else { return Ok(None) };
    db.prepare_cached("DELETE FROM departed WHERE n = ?1")?.execute([n])?;
    Ok(Some((ItemId::from_bytes(id), added_ms)))
}

fn row_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row { n: row.get(0)?, place: row.get(1)?, id: ItemId::from_bytes(row.get(2)?), added_ms: row.get(3)? })
}
