//! Lists in pages. A whole list runs along an index of the database; a filtered one is gathered once per revision, and
//! its pages are cut from that.

mod rows;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use iroam_protocol::{
    home::{Album, AlbumSort, Artist, Direction, Genre, Kind, Page, Track, TrackSort},
    id::ItemId,
};
use rusqlite::{Connection, OptionalExtension as _, params_from_iter, types::Value};

pub(crate) use self::rows::{album_by_n, artist_by_n, track_by_n};
use crate::{error::ReadError, search};

/// Rows of a page when nothing is said.
pub const PAGE_DEFAULT: u32 = 100;
/// Most rows of a page.
pub const PAGE_MAX: u32 = 500;

/// Filtered lists that are kept: a player shows one or two, with four bytes per row.
const GATHERED_MAX: usize = 6;

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// Rows; brought into 1–[`PAGE_MAX`].
    pub limit: u32,
    /// Place of the first row, from 0.
    pub offset: u64,
    /// The `next` of the page before; wins over `offset`.
    pub cursor: Option<String>,
}

impl Default for Paging {
    fn default() -> Self {
        Self { limit: PAGE_DEFAULT, offset: 0, cursor: None }
    }
}

/// Which tracks, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackQuery {
    /// Order.
    pub sort: TrackSort,
    /// Which way the order runs.
    pub dir: Direction,
    /// Words that all must be found in title, artist or album.
    pub q: Option<String>,
    /// Only of this album, by disc and number when sorted by artist or album.
    pub album: Option<ItemId>,
    /// Only under this artist's name.
    pub artist: Option<ItemId>,
    /// Only of this genre.
    pub genre: Option<ItemId>,
    /// Only sound or only video.
    pub kind: Option<Kind>,
    /// Which part.
    pub paging: Paging,
}

/// Which albums, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlbumQuery {
    /// Order.
    pub sort: AlbumSort,
    /// Which way the order runs.
    pub dir: Direction,
    /// Only of this artist.
    pub artist: Option<ItemId>,
    /// Only albums with tracks of this genre.
    pub genre: Option<ItemId>,
    /// Which part.
    pub paging: Paging,
}

/// Filtered lists, kept for their next pages.
#[derive(Default)]
pub(crate) struct Gathered(Mutex<VecDeque<Gathering>>);

/// One filtered list: its question, the revision it shows, its rows.
type Gathering = (String, u64, Arc<[u32]>);

impl Gathered {
    /// The rows of a filtered list at this revision.
    fn rows(
        &self,
        name: String,
        revision: u64,
        gather: impl FnOnce() -> Result<Vec<u32>, ReadError>,
    ) -> Result<Arc<[u32]>, ReadError> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, rows)) = lock().iter().find(|(known, at, _)| *known == name && *at == revision) {
            return Ok(Arc::clone(rows));
        }
        let rows: Arc<[u32]> = gather()?.into();
        let mut kept = lock();
        kept.retain(|(known, at, _)| *known != name && *at == revision);
        kept.push_front((name, revision, Arc::clone(&rows)));
        kept.truncate(GATHERED_MAX);
        Ok(rows)
    }
}

/// What every list needs.
pub(crate) struct Lister<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) gathered: &'a Gathered,
    pub(crate) revision: u64,
}

impl Lister<'_> {
    pub(crate) fn tracks(&self, query: &TrackQuery, total: u64) -> Result<Page<Track>, ReadError> {
        let span = Span::of(&query.paging)?;
        let order = track_order(query.sort, query.dir);
        let mut filter = Filter::default();
        if !self.narrow_tracks(query, &mut filter)? {
            return Ok(self.page(Vec::new(), &span, 0));
        }
        if filter.conditions.is_empty() {
            let sql = format!("SELECT n FROM tracks ORDER BY {order} LIMIT ?1 OFFSET ?2");
            let numbers = numbers(self.db, &sql, &[span.limit.into(), span.offset_value()])?;
            return Ok(self.page(rows::tracks(self.db, &numbers)?, &span, total));
        }
        let order = if query.album.is_some() && matches!(query.sort, TrackSort::Artist | TrackSort::Album) {
            album_order(query.dir)
        } else {
            order
        };
        let sql = format!("SELECT n FROM tracks WHERE {} ORDER BY {order}", filter.sql());
        let name = format!("{sql} {:?}", filter.values);
        let all = self.gathered.rows(name, self.revision, || numbers(self.db, &sql, &filter.values))?;
        Ok(self.page(rows::tracks(self.db, span.cut(&all))?, &span, all.len() as u64))
    }

    pub(crate) fn albums(&self, query: &AlbumQuery, total: u64) -> Result<Page<Album>, ReadError> {
        let span = Span::of(&query.paging)?;
        let order = album_list_order(query.sort, query.dir);
        let mut filter = Filter::default();
        for (table, id) in [("artists", query.artist), ("genres", query.genre)] {
            let Some(id) = id else { continue };
            let Some(n) = number_of(self.db, table, id)? else { return Ok(self.page(Vec::new(), &span, 0)) };
            filter.values.push(n.into());
            let at = filter.values.len();
            filter.conditions.push(if table == "artists" {
                format!("artist_n = ?{at}")
            } else {
                format!("n IN (SELECT album_n FROM tracks WHERE genre_n = ?{at})")
            });
        }
        if filter.conditions.is_empty() {
            let sql = format!("SELECT n FROM albums WHERE tracks > 0 ORDER BY {order} LIMIT ?1 OFFSET ?2");
            let numbers = numbers(self.db, &sql, &[span.limit.into(), span.offset_value()])?;
            return Ok(self.page(rows::albums(self.db, &numbers)?, &span, total));
        }
        let sql = format!("SELECT n FROM albums WHERE tracks > 0 AND {} ORDER BY {order}", filter.sql());
        let name = format!("{sql} {:?}", filter.values);
        let all = self.gathered.rows(name, self.revision, || numbers(self.db, &sql, &filter.values))?;
        Ok(self.page(rows::albums(self.db, span.cut(&all))?, &span, all.len() as u64))
    }

    pub(crate) fn artists(&self, paging: &Paging, total: u64) -> Result<Page<Artist>, ReadError> {
        let span = Span::of(paging)?;
        let sql = "SELECT n FROM artists WHERE tracks > 0 ORDER BY sort_key, n LIMIT ?1 OFFSET ?2";
        let numbers = numbers(self.db, sql, &[span.limit.into(), span.offset_value()])?;
        Ok(self.page(rows::artists(self.db, &numbers)?, &span, total))
    }

    pub(crate) fn genres(&self, paging: &Paging, total: u64) -> Result<Page<Genre>, ReadError> {
        let span = Span::of(paging)?;
        let sql = "SELECT n FROM genres WHERE tracks > 0 ORDER BY key, n LIMIT ?1 OFFSET ?2";
        let numbers = numbers(self.db, sql, &[span.limit.into(), span.offset_value()])?;
        Ok(self.page(rows::genres(self.db, &numbers)?, &span, total))
    }

    /// Adds the filters of a query; `false` when one of them can match nothing.
    fn narrow_tracks(&self, query: &TrackQuery, filter: &mut Filter) -> Result<bool, ReadError> {
        for (table, column, id) in [
            ("albums", "album_n", query.album),
            ("artists", "artist_n", query.artist),
            ("genres", "genre_n", query.genre),
        ] {
            let Some(id) = id else { continue };
            let Some(n) = number_of(self.db, table, id)? else { return Ok(false) };
            filter.add(column, n.into());
        }
        if let Some(kind) = query.kind {
            filter.add("kind", i64::from(kind == Kind::Video).into());
        }
        if let Some(text) = query.q.as_deref().filter(|text| !text.trim().is_empty()) {
            let Some(pattern) = search::pattern(text) else { return Ok(false) };
            filter.values.push(pattern.into());
            let at = filter.values.len();
            filter
                .conditions
                .push(format!("place IN (SELECT rowid FROM search_tracks WHERE search_tracks MATCH ?{at})"));
        }
        Ok(true)
    }

    fn page<T>(&self, items: Vec<T>, span: &Span, total: u64) -> Page<T> {
        let end = span.offset + items.len() as u64;
        let next = (end < total && !items.is_empty()).then(|| cursor(end));
        Page { items, offset: span.offset, total, next, revision: self.revision }
    }
}

/// The row number of an id in a table of the index.
pub(crate) fn number_of(db: &Connection, table: &'static str, id: ItemId) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(&format!("SELECT n FROM {table} WHERE id = ?1"))?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()
}

#[derive(Default)]
struct Filter {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    fn add(&mut self, column: &str, value: Value) {
        self.values.push(value);
        self.conditions.push(format!("{column} = ?{}", self.values.len()));
    }

    fn sql(&self) -> String {
        self.conditions.join(" AND ")
    }
}

struct Span {
    limit: u32,
    offset: u64,
}

impl Span {
    fn of(paging: &Paging) -> Result<Self, ReadError> {
        let offset = paging.cursor.as_deref().map_or(Ok(paging.offset), place_of)?;
        Ok(Self { limit: paging.limit.clamp(1, PAGE_MAX), offset })
    }

    fn offset_value(&self) -> Value {
        i64::try_from(self.offset).unwrap_or(i64::MAX).into()
    }

    fn cut<'a>(&self, all: &'a [u32]) -> &'a [u32] {
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX).min(all.len());
        let end = (start + self.limit as usize).min(all.len());
        &all[start..end]
    }
}

/// First byte of a cursor, so that another kind can follow one day.
const CURSOR_KIND: u8 = 1;

fn cursor(place: u64) -> String {
    let mut bytes = vec![CURSOR_KIND];
    bytes.extend(place.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn place_of(cursor: &str) -> Result<u64, ReadError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| ReadError::Cursor)?;
    match bytes.split_first() {
        Some((&CURSOR_KIND, place)) => place.try_into().map(u64::from_be_bytes).map_err(|_| ReadError::Cursor),
        _ => Err(ReadError::Cursor),
    }
}

/// Runs along an index of the tracks. Years and times of coming in keep albums in order both ways; the others run
/// exactly backwards.
fn track_order(sort: TrackSort, dir: Direction) -> &'static str {
    match (sort, dir) {
        (TrackSort::Artist, Direction::Asc) => "artist_key, year, album_n, disc_no, track_no, n",
        (TrackSort::Artist, Direction::Desc) => {
            "artist_key DESC, year DESC, album_n DESC, disc_no DESC, track_no DESC, n DESC"
        }
        (TrackSort::Title, Direction::Asc) => "title_key, n",
        (TrackSort::Title, Direction::Desc) => "title_key DESC, n DESC",
        (TrackSort::Album, Direction::Asc) => "album_key, album_n, disc_no, track_no, n",
        (TrackSort::Album, Direction::Desc) => "album_key DESC, album_n DESC, disc_no DESC, track_no DESC, n DESC",
        (TrackSort::Genre, Direction::Asc) => "genre_key, artist_key, album_n, disc_no, track_no, n",
        (TrackSort::Genre, Direction::Desc) => {
            "genre_key DESC, artist_key DESC, album_n DESC, disc_no DESC, track_no DESC, n DESC"
        }
        (TrackSort::Year, Direction::Asc) => "year, album_n, disc_no, track_no, n",
        (TrackSort::Year, Direction::Desc) => "year DESC, album_n, disc_no, track_no, n",
        (TrackSort::Duration, Direction::Asc) => "duration_ms, n",
        (TrackSort::Duration, Direction::Desc) => "duration_ms DESC, n DESC",
        (TrackSort::Added, Direction::Asc) => "added_ms, album_n, disc_no, track_no, n",
        (TrackSort::Added, Direction::Desc) => "added_ms DESC, album_n, disc_no, track_no, n",
    }
}

fn album_order(dir: Direction) -> &'static str {
    match dir {
        Direction::Asc => "disc_no, track_no, title_key, n",
        Direction::Desc => "disc_no DESC, track_no DESC, title_key DESC, n DESC",
    }
}

fn album_list_order(sort: AlbumSort, dir: Direction) -> &'static str {
    match (sort, dir) {
        (AlbumSort::Added, Direction::Asc) => "added_ms, artist_key, title_key, n",
        (AlbumSort::Added, Direction::Desc) => "added_ms DESC, artist_key, title_key, n",
        (AlbumSort::Title, Direction::Asc) => "title_key, artist_key, n",
        (AlbumSort::Title, Direction::Desc) => "title_key DESC, artist_key DESC, n DESC",
        (AlbumSort::Artist, Direction::Asc) => "artist_key, year, title_key, n",
        (AlbumSort::Artist, Direction::Desc) => "artist_key DESC, year DESC, title_key DESC, n DESC",
        (AlbumSort::Year, Direction::Asc) => "year, artist_key, title_key, n",
        (AlbumSort::Year, Direction::Desc) => "year DESC, artist_key, title_key, n",
    }
}

fn numbers(db: &Connection, sql: &str, values: &[Value]) -> Result<Vec<u32>, ReadError> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cursors_come_back_and_foreign_ones_are_refused(place: u64, text in "\\PC{0,30}") {
            prop_assert_eq!(place_of(&cursor(place)).unwrap(), place);
            let _ = place_of(&text);
        }
    }

    #[test]
    fn a_cursor_of_another_kind_is_refused() {
        assert!(matches!(place_of(""), Err(ReadError::Cursor)));
        assert!(matches!(place_of("AAAA"), Err(ReadError::Cursor)));
    }
}
