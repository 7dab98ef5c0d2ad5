//! The database file: opening, migrating, and a pool of connections for reading.

use std::{
    fs,
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use crate::error::OpenError;

mod migrations {
    refinery::embed_migrations!("../../migrations/agent");
}

/// Reads at the same time; more wait. Each costs about 2 MiB of page cache.
const READERS_MAX: usize = 4;
/// How long a connection waits for another process (`iroam status` beside `iroam up`) to end its transaction.
const BUSY_WAIT: Duration = Duration::from_secs(10);
/// Page cache of the writing connection, in KiB: holds the inner pages of all sort indexes of 100,000 tracks.
const WRITER_CACHE_KIB: i64 = 16 << 10;
/// Pages of 4 KiB in the journal before they are carried over: a scan writes the same index pages again and again, so
/// carrying them over after 32 MiB instead of 4 saves a third of the writing.
const CHECKPOINT_PAGES: i64 = 8_192;
/// Set while a scan writes; when it is still set at the next start, the file is examined first.
const UNCLEAN: &str = "unclean";

/// An opened database.
pub(crate) struct Opened {
    pub(crate) writer: Connection,
    pub(crate) moved_aside: Option<PathBuf>,
}

/// Opens, examines and migrates the database. A broken one is moved aside, and a new one begins.
pub(crate) fn open(path: &Path) -> Result<Opened, OpenError> {
    match open_sound(path) {
        Ok(writer) => Ok(Opened { writer, moved_aside: None }),
        Err(OpenError::Database(error)) if is_corrupt(&error) => {
            let moved = move_aside(path)?;
            Ok(Opened { writer: open_sound(path)?, moved_aside: Some(moved) })
        }
        Err(error) => Err(error),
    }
}

fn open_sound(path: &Path) -> Result<Connection, OpenError> {
    let mut writer = Connection::open(path)?;
    writer.busy_timeout(BUSY_WAIT)?;
    writer.pragma_update(None, "journal_mode", "wal")?;
    // The index can be built again: a lost last second is no loss.
    writer.pragma_update(None, "synchronous", "normal")?;
    writer.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    writer.pragma_update(None, "temp_store", "memory")?;
    writer.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    writer.pragma_update(None, "journal_size_limit", 64 << 20)?;
    prepare_once(&writer)?;
    migrate(&mut writer, path)?;
    if meta(&writer, UNCLEAN)? != 0 {
        examine(&writer)?;
    }
    Ok(writer)
}

/// Statements that are kept compiled: all of ours.
const STATEMENTS_KEPT: usize = 96;

/// Keeps statements compiled. Without the stable plans SQLite compiles each one anew whenever a bound value changes,
/// which costs more than most of them run.
fn prepare_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Applies what is missing; `user_version` holds the number of the last migration.
fn migrate(writer: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let runner = migrations::migrations::runner();
    let known = runner.get_migrations().iter().map(|step| version(step.version())).max().unwrap_or(0);
    let found: u32 = writer.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    let mut steps: Vec<_> = runner.get_migrations().iter().filter(|step| version(step.version()) > found).collect();
    steps.sort_by_key(|step| step.version());
    for step in steps {
        let unit = writer.transaction()?;
        unit.execute_batch(step.sql().unwrap_or_default())?;
        unit.pragma_update(None, "user_version", version(step.version()))?;
        unit.commit()?;
    }
    Ok(())
}

fn version(version: impl TryInto<u32>) -> u32 {
    version.try_into().unwrap_or(u32::MAX)
}

fn examine(writer: &Connection) -> Result<(), OpenError> {
    let answer: String = writer.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if answer == "ok" {
        return Ok(());
    }
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(OpenError::Database(rusqlite::Error::SqliteFailure(corrupt, Some(answer))))
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Gives the broken file a name of its own; its journals go with it.
fn move_aside(path: &Path) -> Result<PathBuf, OpenError> {
    let named = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let target = (1..).map(|i| named(&format!(".broken-{i}"))).find(|target| !target.exists());
    let target = target.unwrap_or_else(|| named(".broken"));
    fs::rename(path, &target).map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
    for ending in ["-wal", "-shm"] {
        match fs::remove_file(named(ending)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(OpenError::Io { path: named(ending), source });
            }
            _ => {}
        }
    }
    Ok(target)
}

/// A small number that is kept; 0 when it was never set.
pub(crate) fn meta(connection: &Connection, key: &str) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    let mut rows = statement.query([key])?;
    rows.next()?.map_or(Ok(0), |row| row.get(0))
}

/// Keeps a small number.
pub(crate) fn set_meta(connection: &Connection, key: &str, value: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")?
        .execute(rusqlite::params![key, value])?;
    Ok(())
}

/// Says whether a scan is writing.
pub(crate) fn set_unclean(connection: &Connection, unclean: bool) -> rusqlite::Result<()> {
    set_meta(connection, UNCLEAN, i64::from(unclean))
}

/// Connections that only read.
pub(crate) struct Pool {
    path: PathBuf,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    open: usize,
}

impl Pool {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), state: Mutex::default(), returned: Condvar::new() }
    }

    /// A connection, given back when dropped. Waits when all are in use.
    pub(crate) fn reader(&self) -> rusqlite::Result<Reader<'_>> {
        let mut state = self.lock();
        loop {
            if let Some(connection) = state.idle.pop() {
                return Ok(Reader { pool: self, connection: Some(connection) });
            }
            if state.open < READERS_MAX {
                state.open += 1;
                drop(state);
                return self.open().inspect_err(|_| self.lock().open -= 1);
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open(&self) -> rusqlite::Result<Reader<'_>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_WAIT)?;
        prepare_once(&connection)?;
        Ok(Reader { pool: self, connection: Some(connection) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A borrowed connection.
pub(crate) struct Reader<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
}

impl Deref for Reader<'_> {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "the connection is taken only in drop")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("present until dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.pool.lock().idle.extend(self.connection.take());
        self.pool.returned.notify_one();
    }
}
