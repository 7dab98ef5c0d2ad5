//! Rows of the database as the home API shows them.

use iroam_protocol::{
    home::{Album, Artist, Genre, Kind, Track},
    id::ItemId,
};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::error::ReadError;

const TRACK: &str =
    "SELECT t.id, t.title, t.artist, t.album, a.id, t.album_artist, t.genre, t.track_no, t.disc_no, t.year,
        t.duration_ms, t.kind, t.media_type, t.codec, t.bitrate_kbps, t.sample_rate_hz, t.channels, t.size_bytes, c.id,
        t.added_ms
     FROM tracks t LEFT JOIN albums a ON a.n = t.album_n LEFT JOIN covers c ON c.n = t.cover_n WHERE t.n = ?1";

const ALBUM: &str = "SELECT a.id, a.title, r.name, r.id, a.year, a.tracks, a.duration_ms, c.id, a.added_ms
     FROM albums a LEFT JOIN artists r ON r.n = a.artist_n LEFT JOIN covers c ON c.n = a.cover_n
     WHERE a.n = ?1 AND a.tracks > 0";

const ARTIST: &str = "SELECT r.id, r.name, r.albums, r.tracks, c.id
     FROM artists r LEFT JOIN covers c ON c.n = r.cover_n WHERE r.n = ?1 AND r.tracks > 0";

const GENRE: &str = "SELECT id, name, tracks FROM genres WHERE n = ?1 AND tracks > 0";

pub(super) fn tracks(db: &Connection, numbers: &[u32]) -> Result<Vec<Track>, ReadError> {
    all(db, numbers, track_by_n)
}

pub(super) fn albums(db: &Connection, numbers: &[u32]) -> Result<Vec<Album>, ReadError> {
    all(db, numbers, album_by_n)
}

pub(super) fn artists(db: &Connection, numbers: &[u32]) -> Result<Vec<Artist>, ReadError> {
    all(db, numbers, artist_by_n)
}

pub(super) fn genres(db: &Connection, numbers: &[u32]) -> Result<Vec<Genre>, ReadError> {
    all(db, numbers, |db, n| {
        db.prepare_cached(GENRE)?
            .query_row([n], |row| Ok(Genre { id: id(row.get(0)?), name: row.get(1)?, tracks: unsigned(row, 2)? }))
            .optional()
    })
}

/// The track in this row; `None` when it left between two statements.
pub(crate) fn track_by_n(db: &Connection, n: i64) -> rusqlite::Result<Option<Track>> {
    db.prepare_cached(TRACK)?.query_row([n], track).optional()
}

/// The album in this row; `None` when it has no tracks.
pub(crate) fn album_by_n(db: &Connection, n: i64) -> rusqlite::Result<Option<Album>> {
    db.prepare_cached(ALBUM)?
        .query_row([n], |row| {
            Ok(Album {
                id: id(row.get(0)?),
                title: row.get(1)?,
                artist: row.get(2)?,
                artist_id: maybe_id(row, 3)?,
                year: row.get(4)?,
                tracks: unsigned(row, 5)?,
                duration_ms: unsigned(row, 6)?,
                cover_id: maybe_id(row, 7)?,
                added_ms: row.get(8)?,
            })
        })
        .optional()
}

/// The artist in this row; `None` when no track stands under this name.
pub(crate) fn artist_by_n(db: &Connection, n: i64) -> rusqlite::Result<Option<Artist>> {
    db.prepare_cached(ARTIST)?
        .query_row([n], |row| {
            Ok(Artist {
                id: id(row.get(0)?),
                name: row.get(1)?,
                albums: unsigned(row, 2)?,
                tracks: unsigned(row, 3)?,
                cover_id: maybe_id(row, 4)?,
            })
        })
        .optional()
}

fn all<T>(
    db: &Connection,
    numbers: &[u32],
    one: impl Fn(&Connection, i64) -> rusqlite::Result<Option<T>>,
) -> Result<Vec<T>, ReadError> {
    let mut items = Vec::with_capacity(numbers.len());
    for &n in numbers {
        items.extend(one(db, i64::from(n))?);
    }
    Ok(items)
}

fn track(row: &Row<'_>) -> rusqlite::Result<Track> {
    let artist: Option<String> = row.get(2)?;
    let album_artist: Option<String> = row.get(5)?;
    Ok(Track {
        id: id(row.get(0)?),
        title: row.get(1)?,
        album: row.get(3)?,
        album_id: maybe_id(row, 4)?,
        album_artist: album_artist.or_else(|| artist.clone()),
        artist,
        genre: row.get(6)?,
        track_no: row.get(7)?,
        disc_no: row.get(8)?,
        year: row.get(9)?,
        duration_ms: unsigned(row, 10)?,
        kind: if row.get::<_, i64>(11)? == 0 { Kind::Audio } else { Kind::Video },
        media_type: row.get(12)?,
        codec: row.get(13)?,
        bitrate_kbps: row.get(14)?,
        sample_rate_hz: row.get(15)?,
        channels: row.get(16)?,
        size_bytes: unsigned(row, 17)?,
        cover_id: maybe_id(row, 18)?,
        added_ms: row.get(19)?,
    })
}

fn id(bytes: [u8; 16]) -> ItemId {
    ItemId::from_bytes(bytes)
}

fn maybe_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<ItemId>> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(id))
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|value| u64::try_from(value).unwrap_or(0))
}
