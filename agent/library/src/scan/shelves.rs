//! Shelves of the index: artists, albums, genres and covers, with the rows of the tracks that stand on them.

use std::collections::{HashMap, HashSet};

use iroam_protocol::{home::Kind, id::ItemId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{probing::Found, seat::Row};
use crate::{
    covers::CoverHash,
    fold::{LAST, indexed},
    grouping::{self, AlbumRef, ArtistRef, Neighbour},
    paths,
};

/// A folder with more tracks than this is put in order at the end of a scan instead of after each transaction.
const FOLDER_LARGE: usize = 1_000;
/// Names that are remembered before the memory starts anew.
const REMEMBERED_MAX: usize = 50_000;

/// Rows by their keys, kept for the time of a scan.
type Numbered = HashMap<String, i64>;

/// Artists, albums and genres: rows that were met, and sums that are settled at the end of each transaction.
#[derive(Default)]
pub(super) struct Shelves {
    artists: Numbered,
    albums: Numbered,
    genres: Numbered,
    covers: HashMap<CoverHash, i64>,
    artist_changes: HashMap<i64, i64>,
    genre_changes: HashMap<i64, i64>,
    albums_touched: HashSet<i64>,
    folders_touched: HashSet<i64>,
    folder_sizes: HashMap<i64, usize>,
    folders_large: HashSet<i64>,
    ended: bool,
}

type Draw<'a> = &'a mut dyn FnMut() -> ItemId;

impl Shelves {
    /// Writes a track's row, whose number is free, and counts it on its shelves.
    pub(super) fn put(&mut self, db: &Connection, draw: Draw<'_>, row: &Row, found: &Found) -> rusqlite::Result<()> {
        let artist_n = found.artist.as_ref().map(|artist| self.artist(db, draw, artist)).transpose()?;
        let album_n = found.album.as_ref().map(|album| self.album(db, draw, album)).transpose()?;
        let genre_n =
            found.probed.tags.genre.as_ref().map(|name| self.genre(db, draw, &found.genre_key, name)).transpose()?;
        let cover_n = found.cover.as_ref().map(|hash| self.cover(db, draw, hash)).transpose()?;
        insert(db, row, found, Numbers { artist_n, album_n, genre_n, cover_n })?;
        self.count(artist_n, genre_n, album_n, 1);
        if found.depends_on_folder {
            self.touch_folder(found.folder_hash);
        }
        self.forget_if_many();
        Ok(())
    }

    /// Counts a track off its shelves, when it is there. Its row stays.
    pub(super) fn take_off(&mut self, db: &Connection, n: i64) -> rusqlite::Result<()> {
        let shelves = db
            .prepare_cached("SELECT artist_n, genre_n, album_n, folder_hash FROM tracks WHERE n = ?1")?
            .query_row([n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        if let Some((artist, genre, album, folder)) = shelves {
            self.count(artist, genre, album, -1);
            self.touch_folder(folder);
        }
        Ok(())
    }

    /// Brings sums and albums of folders up to date.
    pub(super) fn settle(&mut self, db: &Connection, draw: Draw<'_>) -> rusqlite::Result<()> {
        let mut folders: Vec<i64> = self.folders_touched.drain().collect();
        if self.ended {
            folders.extend(self.folders_large.drain());
        }
        for folder in folders {
            self.order_folder(db, draw, folder)?;
        }
        let mut artists: HashSet<i64> = HashSet::new();
        for album in self.albums_touched.drain() {
            artists.extend(sum_album(db, album)?);
        }
        for (artist, change) in self.artist_changes.drain() {
            artists.insert(artist);
            db.prepare_cached("UPDATE artists SET tracks = tracks + ?2 WHERE n = ?1")?.execute([artist, change])?;
        }
        for artist in artists {
            sum_artist(db, artist)?;
        }
        for (genre, change) in self.genre_changes.drain() {
            db.prepare_cached("UPDATE genres SET tracks = tracks + ?2 WHERE n = ?1")?.execute([genre, change])?;
        }
        Ok(())
    }

    /// From now on large folders are put in order too. Answers whether one waits.
    pub(super) fn end_of_files(&mut self) -> bool {
        self.ended = true;
        !self.folders_large.is_empty()
    }

    fn count(&mut self, artist: Option<i64>, genre: Option<i64>, album: Option<i64>, change: i64) {
        if let Some(artist) = artist {
            *self.artist_changes.entry(artist).or_default() += change;
        }
        if let Some(genre) = genre {
            *self.genre_changes.entry(genre).or_default() += change;
        }
        self.albums_touched.extend(album);
    }

    fn touch_folder(&mut self, folder: i64) {
        let size = self.folder_sizes.entry(folder).or_default();
        *size += 1;
        if *size > FOLDER_LARGE {
            self.folders_touched.remove(&folder);
            self.folders_large.insert(folder);
        } else {
            self.folders_touched.insert(folder);
        }
    }

    /// Moves the tracks of a folder to the albums that they make together.
    fn order_folder(&mut self, db: &Connection, draw: Draw<'_>, folder: i64) -> rusqlite::Result<()> {
        let neighbours: Vec<(Neighbour, Option<i64>)> = db
            .prepare_cached(
                "SELECT n, artist, album, album_n FROM tracks WHERE folder_hash = ?1
                 AND album IS NOT NULL AND album_artist IS NULL AND artist IS NOT NULL AND compilation = 0",
            )?
            .query_map([folder], |row| {
                Ok((Neighbour { n: row.get(0)?, artist: row.get(1)?, album: row.get(2)? }, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        let now: HashMap<i64, Option<i64>> = neighbours.iter().map(|(track, album)| (track.n, *album)).collect();
        let tracks: Vec<Neighbour> = neighbours.into_iter().map(|(track, _)| track).collect();
        for (track, album) in grouping::albums_of_folder(&tracks) {
            let album_n = self.album(db, draw, &album)?;
            if now.get(&track.n) != Some(&Some(album_n)) {
                let artist = album.artist.clone().unwrap_or_else(|| grouping::own_artist(&track.artist));
                let artist_n = self.artist(db, draw, &artist)?;
                self.move_to_album(db, track.n, (&album, album_n), (&artist, artist_n))?;
            }
        }
        Ok(())
    }

    fn move_to_album(
        &mut self,
        db: &Connection,
        n: i64,
        (album, album_n): (&AlbumRef, i64),
        (artist, artist_n): (&ArtistRef, i64),
    ) -> rusqlite::Result<()> {
        let (old_artist, genre_n, old_album): (Option<i64>, Option<i64>, Option<i64>) = db
            .prepare_cached("SELECT artist_n, genre_n, album_n FROM tracks WHERE n = ?1")?
            .query_row([n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        self.count(old_artist, genre_n, old_album, -1);
        self.count(Some(artist_n), genre_n, Some(album_n), 1);
        db.prepare_cached(
            "UPDATE tracks SET album_n = ?2, album_key = ?3, artist_n = ?4, artist_key = ?5 WHERE n = ?1",
        )?
        .execute(params![n, album_n, album.title_key, artist_n, artist.sort_key])?;
        Ok(())
    }

    fn artist(&mut self, db: &Connection, draw: Draw<'_>, artist: &ArtistRef) -> rusqlite::Result<i64> {
        if let Some(n) = self.artists.get(&artist.key) {
            return Ok(*n);
        }
        let known = find(db, "SELECT n FROM artists WHERE key = ?1", &artist.key)?;
        let n = match known {
            Some(n) => n,
            None => {
                db.prepare_cached("INSERT INTO artists (id, key, name, sort_key) VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![draw().as_bytes(), artist.key, artist.name, artist.sort_key])?;
                let n = db.last_insert_rowid();
                db.prepare_cached("INSERT INTO search_artists (rowid, name) VALUES (?1, ?2)")?
                    .execute(params![n, indexed(&artist.name)])?;
                n
            }
        };
        self.artists.insert(artist.key.clone(), n);
        Ok(n)
    }

    fn album(&mut self, db: &Connection, draw: Draw<'_>, album: &AlbumRef) -> rusqlite::Result<i64> {
        if let Some(n) = self.albums.get(&album.key) {
            return Ok(*n);
        }
        let artist_n = album.artist.as_ref().map(|artist| self.artist(db, draw, artist)).transpose()?;
        let known = find(db, "SELECT n FROM albums WHERE key = ?1", &album.key)?;
        let n = match known {
            Some(n) => n,
            None => {
                db.prepare_cached(
                    "INSERT INTO albums (id, key, title, title_key, artist_n, artist_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    draw().as_bytes(),
                    album.key,
                    album.title,
                    album.title_key,
                    artist_n,
                    album.artist_sort_key()
                ])?;
                let n = db.last_insert_rowid();
                let artist = album.artist.as_ref().map_or(String::new(), |artist| indexed(&artist.name));
                db.prepare_cached("INSERT INTO search_albums (rowid, title, artist) VALUES (?1, ?2, ?3)")?
                    .execute(params![n, indexed(&album.title), artist])?;
                n
            }
        };
        self.albums.insert(album.key.clone(), n);
        Ok(n)
    }

    fn genre(&mut self, db: &Connection, draw: Draw<'_>, key: &str, name: &str) -> rusqlite::Result<i64> {
        if let Some(n) = self.genres.get(key) {
            return Ok(*n);
        }
        let known = find(db, "SELECT n FROM genres WHERE key = ?1", key)?;
        let n = match known {
            Some(n) => n,
            None => {
                db.prepare_cached("INSERT INTO genres (id, key, name) VALUES (?1, ?2, ?3)")?.execute(params![
                    draw().as_bytes(),
                    key,
                    name
                ])?;
                db.last_insert_rowid()
            }
        };
        self.genres.insert(key.to_owned(), n);
        Ok(n)
    }

    fn cover(&mut self, db: &Connection, draw: Draw<'_>, hash: &CoverHash) -> rusqlite::Result<i64> {
        if let Some(n) = self.covers.get(hash) {
            return Ok(*n);
        }
        let known = db
            .prepare_cached("SELECT n FROM covers WHERE hash = ?1")?
            .query_row([hash], |row| row.get(0))
            .optional()?;
        let n = match known {
            Some(n) => n,
            None => {
                db.prepare_cached("INSERT INTO covers (id, hash) VALUES (?1, ?2)")?
                    .execute(params![draw().as_bytes(), hash])?;
                db.last_insert_rowid()
            }
        };
        self.covers.insert(*hash, n);
        Ok(n)
    }

    fn forget_if_many(&mut self) {
        for names in [&mut self.artists, &mut self.albums, &mut self.genres] {
            if names.len() > REMEMBERED_MAX {
                names.clear();
            }
        }
        if self.covers.len() > REMEMBERED_MAX {
            self.covers.clear();
        }
    }
}

fn find(db: &Connection, sql: &str, key: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
}

/// Sums of an album over its tracks; answers its artist.
fn sum_album(db: &Connection, album: i64) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(
        "UPDATE albums SET (tracks, duration_ms, year, added_ms) =
            (SELECT count(*), ifnull(sum(duration_ms), 0), max(year), ifnull(max(added_ms), 0)
             FROM tracks WHERE album_n = ?1),
            cover_n = (SELECT cover_n FROM tracks WHERE album_n = ?1 AND cover_n IS NOT NULL
                       ORDER BY disc_no, track_no LIMIT 1)
         WHERE n = ?1",
    )?
    .execute([album])?;
    db.prepare_cached("SELECT artist_n FROM albums WHERE n = ?1")?.query_row([album], |row| row.get(0))
}

/// Number of an artist's albums, and a cover of the newest that has one.
fn sum_artist(db: &Connection, artist: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE artists SET
            albums = (SELECT count(*) FROM albums WHERE artist_n = ?1 AND tracks > 0),
            cover_n = (SELECT cover_n FROM albums WHERE artist_n = ?1 AND tracks > 0 AND cover_n IS NOT NULL
                       ORDER BY year DESC, n LIMIT 1)
         WHERE n = ?1",
    )?
    .execute([artist])?;
    Ok(())
}

#[derive(Clone, Copy)]
struct Numbers {
    artist_n: Option<i64>,
    album_n: Option<i64>,
    genre_n: Option<i64>,
    cover_n: Option<i64>,
}

fn insert(db: &Connection, row: &Row, found: &Found, numbers: Numbers) -> rusqlite::Result<()> {
    let Found { probed, stamp, .. } = found;
    let tags = &probed.tags;
    let gain = &tags.replay_gain;
    db.prepare_cached(
        "INSERT INTO tracks (
            n, id, place, match_key, path, path_hash, name_hash, folder_hash, device, size_bytes, modified_ns,
            payload_start, payload_end, kind, media_type, codec, video_codec, bitrate_kbps, sample_rate_hz, channels,
            duration_ms, title, artist, album, album_artist, genre, track_no, disc_no, year, compilation,
            gain_track_db, gain_album_db, peak_track, peak_album, title_key, artist_key, album_key, genre_key,
            artist_n, album_n, genre_n, cover_n, added_ms
         ) VALUES (
            ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
            ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, ?42, ?43
         )",
    )?
    .execute(params![
        row.n,
        row.id.as_bytes(),
        row.place,
        probed.key.as_bytes(),
        paths::to_bytes(&found.path),
        found.path_hash,
        found.name_hash,
        found.folder_hash,
        stamp.device.cast_signed(),
        stamp.size_bytes.cast_signed(),
        stamp.modified_ns,
        probed.payload.start.cast_signed(),
        probed.payload.end.cast_signed(),
        matches!(probed.kind, Kind::Video),
        probed.media_type,
        probed.codec,
        probed.video_codec,
        probed.bitrate_kbps,
        probed.sample_rate_hz,
        probed.channels,
        probed.duration_ms.unwrap_or(0).cast_signed(),
        found.title,
        tags.artist,
        tags.album,
        tags.album_artist,
        tags.genre,
        tags.track_no,
        found.disc_no,
        tags.year,
        tags.compilation,
        gain.track_db,
        gain.album_db,
        gain.track_peak,
        gain.album_peak,
        found.title_key,
        found.artist.as_ref().map_or(LAST, |artist| artist.sort_key.as_str()),
        found.album.as_ref().map_or(LAST, |album| album.title_key.as_str()),
        found.genre_key,
        numbers.artist_n,
        numbers.album_n,
        numbers.genre_n,
        numbers.cover_n,
        row.added_ms,
    ])?;
    Ok(())
}
