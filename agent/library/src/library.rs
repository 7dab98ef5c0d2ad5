//! The library: one database, one folder of covers.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use iroam_protocol::{
    home::{Album, Artist, Counts, Found, Genre, Page, Scan, Track},
    id::ItemId,
};
use rusqlite::{Connection, OptionalExtension as _};

use crate::{
    covers::{CoverImage, CoverSize, Covers},
    db::{self, Pool},
    error::{MediaError, OpenError, ReadError, ScanError},
    ids::Ids,
    lists::{self, AlbumQuery, Gathered, Lister, Paging, TrackQuery},
    media::{self, Media},
    paths,
    scan::{self, Failure, Report},
    search,
};

type Listener = Box<dyn Fn(u64) + Send + Sync>;

/// The home's library; see the crate's description. Share it behind an `Arc`.
pub struct Library {
    pool: Pool,
    writer: Mutex<Connection>,
    covers: Covers,
    ids: Mutex<Ids>,
    revision: AtomicU64,
    listeners: Mutex<Vec<Listener>>,
    counts: Mutex<Option<(u64, Counts)>>,
    gathered: Gathered,
    unreadable: Mutex<Vec<String>>,
    moved_aside: Option<PathBuf>,
}

impl Library {
    /// Opens the index, or begins a new one. `seed` are 256 fresh random bits at every start: ids are drawn from them.
    ///
    /// A database that is broken is moved aside and a new one begins; [`Library::moved_aside`] tells, and the next scan
    /// fills it, with new ids.
    ///
    /// # Errors
    /// [`OpenError::Newer`] for a database of a later version of the program, which is left alone; [`OpenError::Io`]
    /// when a file or folder of its own cannot be used; [`OpenError::Database`] for the rest.
    pub fn open(database: &Path, covers_dir: &Path, seed: [u8; 32]) -> Result<Self, OpenError> {
        let of = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Io { path, source }
        };
        if let Some(parent) = database.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(of(parent))?;
        }
        let covers = Covers::open(covers_dir).map_err(of(covers_dir))?;
        let opened = db::open(database)?;
        let revision = db::meta(&opened.writer, "revision")?.cast_unsigned();
        Ok(Self {
            pool: Pool::new(database),
            writer: Mutex::new(opened.writer),
            covers,
            ids: Mutex::new(Ids::new(seed)),
            revision: AtomicU64::new(revision),
            listeners: Mutex::default(),
            counts: Mutex::default(),
            gathered: Gathered::default(),
            unreadable: Mutex::default(),
            moved_aside: opened.moved_aside,
        })
    }

    /// Where a broken database was moved when the library was opened; `None` when it was sound.
    pub fn moved_aside(&self) -> Option<&Path> {
        self.moved_aside.as_deref()
    }

    /// Calls `on_change` with the new revision after each change, on the scanning thread; it must be quick.
    pub fn subscribe(&self, on_change: Box<dyn Fn(u64) + Send + Sync>) {
        lock(&self.listeners).push(on_change);
    }

    /// Looks at all library folders and brings the index up to date. `roots` is the complete list: tracks outside
    /// leave the lists, and their ids wait. Blocks; what is found can be read and played at once. `progress` is called
    /// about ten times a second, `cancel` is asked often and from several threads.
    ///
    /// # Errors
    /// [`ScanError::Busy`] while another scan runs, [`ScanError::Cancelled`] when told to stop (what was written
    /// stays), else what the system or the database refused. Files and folders that cannot be read are no error; they
    /// are counted.
    pub fn scan(
        &self,
        roots: &[PathBuf],
        now_ms: i64,
        progress: &(dyn Fn(Scan) + Sync),
        cancel: &(dyn Fn() -> bool + Sync),
    ) -> Result<Report, ScanError> {
        let mut writer = match self.writer.try_lock() {
            Ok(writer) => writer,
            Err(std::sync::TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(std::sync::TryLockError::WouldBlock) => return Err(ScanError::Busy),
        };
        let roots: Vec<PathBuf> = roots.iter().map(|root| whole_path(root)).collect();
        let committed = |revision: u64| {
            self.revision.store(revision, Ordering::Release);
            lock(&self.listeners).iter().for_each(|listener| listener(revision));
        };
        let order = scan::Order { roots: &roots, now_ms, progress, cancel, committed: &committed };
        let mut draw_id = || lock(&self.ids).draw();
        let done = scan::run(&mut writer, &self.covers, &mut draw_id, &order);
        if done.is_err() && !writer.is_autocommit() {
            // The error that ended the scan is the one to tell.
            let _ = writer.execute_batch("ROLLBACK");
        }
        let (report, unreadable) = done?;
        *lock(&self.unreadable) = unreadable;
        Ok(report)
    }

    /// Counts up with every change.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// What the library holds now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn counts(&self) -> Result<Counts, ReadError> {
        let revision = self.revision();
        if let Some((at, counts)) = *lock(&self.counts)
            && at == revision
        {
            return Ok(counts);
        }
        let counts = self.pool.reader()?.query_row(
            "SELECT (SELECT count(*) FROM tracks), (SELECT count(*) FROM albums WHERE tracks > 0),
                    (SELECT count(*) FROM artists WHERE tracks > 0), (SELECT count(*) FROM genres WHERE tracks > 0),
                    (SELECT ifnull(sum(duration_ms), 0) FROM tracks), (SELECT count(*) FROM failures)",
            [],
            |row| {
                let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
                Ok(Counts {
                    tracks: count(0)?,
                    albums: count(1)?,
                    artists: count(2)?,
                    genres: count(3)?,
                    duration_ms: count(4)?,
                    failed: count(5)?,
                })
            },
        )?;
        *lock(&self.counts) = Some((revision, counts));
        Ok(counts)
    }

    /// Folders that the last scan could not read, by their last name only.
    pub fn unreadable(&self) -> Vec<String> {
        lock(&self.unreadable).clone()
    }

    /// Files that are no media for us. For the owner's eyes only: paths never cross a wire.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn failures(&self, limit: u32) -> Result<Vec<Failure>, ReadError> {
        let db = self.pool.reader()?;
        let mut statement = db.prepare_cached("SELECT path, reason FROM failures ORDER BY path LIMIT ?1")?;
        let rows = statement.query_map([limit], |row| {
            let path = paths::from_bytes(row.get_ref(0)?.as_blob().unwrap_or_default());
            Ok(Failure { path, reason: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A page of tracks.
    ///
    /// # Errors
    /// [`ReadError::Cursor`] for a foreign cursor, else when the database cannot be read.
    pub fn tracks(&self, query: &TrackQuery) -> Result<Page<Track>, ReadError> {
        let total = self.counts()?.tracks;
        self.lister(|lister| lister.tracks(query, total))
    }

    /// A page of albums.
    ///
    /// # Errors
    /// As [`Library::tracks`].
    pub fn albums(&self, query: &AlbumQuery) -> Result<Page<Album>, ReadError> {
        let total = self.counts()?.albums;
        self.lister(|lister| lister.albums(query, total))
    }

    /// A page of artists by name.
    ///
    /// # Errors
    /// As [`Library::tracks`].
    pub fn artists(&self, paging: &Paging) -> Result<Page<Artist>, ReadError> {
        let total = self.counts()?.artists;
        self.lister(|lister| lister.artists(paging, total))
    }

    /// A page of genres by name.
    ///
    /// # Errors
    /// As [`Library::tracks`].
    pub fn genres(&self, paging: &Paging) -> Result<Page<Genre>, ReadError> {
        let total = self.counts()?.genres;
        self.lister(|lister| lister.genres(paging, total))
    }

    /// One track; `None` when there is no such id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn track(&self, id: ItemId) -> Result<Option<Track>, ReadError> {
        let db = self.pool.reader()?;
        let Some(n) = lists::number_of(&db, "tracks", id)? else { return Ok(None) };
        Ok(lists::track_by_n(&db, n)?)
    }

    /// One album; `None` when there is no such id, or when it has no tracks any more.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn album(&self, id: ItemId) -> Result<Option<Album>, ReadError> {
        let db = self.pool.reader()?;
        let Some(n) = lists::number_of(&db, "albums", id)? else { return Ok(None) };
        Ok(lists::album_by_n(&db, n)?)
    }

    /// The best matches of each kind: every word of `q` begins a word of title, artist or album; accents and case
    /// don't count. At most 100 of each.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn search(&self, q: &str, limit: u32) -> Result<Found, ReadError> {
        let revision = self.revision();
        search::search(&*self.pool.reader()?, q, limit, revision)
    }

    /// A track's file as it is now.
    ///
    /// # Errors
    /// [`MediaError::Unknown`] when there is no such id, [`MediaError::Gone`] when its file is not there now.
    pub fn media(&self, id: ItemId) -> Result<Media, MediaError> {
        let db = self.pool.reader().map_err(ReadError::from)?;
        media::media(&db, id)
    }

    /// A cover made to fit a size; `None` when there is no such cover or it cannot be decoded.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn cover(&self, id: ItemId, size: CoverSize) -> Result<Option<CoverImage>, ReadError> {
        let hash = {
            let db = self.pool.reader()?;
            let mut statement = db.prepare_cached("SELECT hash FROM covers WHERE id = ?1")?;
            statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?
        };
        Ok(hash.and_then(|hash| self.covers.small(&hash, size)))
    }

    /// Whether a cover is that of one of these tracks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn is_cover_of(&self, cover: ItemId, tracks: &[ItemId]) -> Result<bool, ReadError> {
        let db = self.pool.reader()?;
        let select = "SELECT 1 FROM tracks t JOIN covers c ON c.n = t.cover_n WHERE t.id = ?1 AND c.id = ?2";
        let mut statement = db.prepare_cached(select)?;
        for track in tracks {
            if statement.exists([track.as_bytes(), cover.as_bytes()])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn lister<T>(&self, list: impl FnOnce(&Lister<'_>) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let revision = self.revision();
        let db = self.pool.reader()?;
        list(&Lister { db: &db, gathered: &self.gathered, revision })
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

/// From the root of the file system, without a separator at the end.
fn whole_path(root: &Path) -> PathBuf {
    let whole = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    whole.components().collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
