//! SQLite: one writer thread with a bounded queue, a few readers. WAL lets readers and the writer go side by side;
//! `synchronous=FULL` makes a committed unit survive a power cut. Other processes (the admin verbs) may write to the same
//! file: units take the write lock at their begin and wait for it.
//!
//! The writer thread is spawned by `open` and ends when the last [`Sqlite`] is dropped, which waits for it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, TransactionBehavior, params_from_iter, types::ValueRef};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Failure, Points, Query, Row, Step, Unit, Value, migrations};
use crate::{Error, Faults};

/// Waiting for another process's write lock: an admin verb holds it for milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Units that wait for the writer before callers wait to hand theirs in.
const QUEUE_LEN: usize = 256;
/// Readers: each costs a page cache of 2 MiB at most, and reads take well below a millisecond.
const READERS: usize = 4;
/// Times that the schema is brought up when another process does the same at once.
const MIGRATE_TRIES: u32 = 5;
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 128;

#[derive(Debug)]
pub(super) struct Sqlite {
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<thread::JoinHandle<()>>,
    readers: Arc<Readers>,
}

#[derive(Debug)]
struct Job {
    unit: Unit,
    answer: oneshot::Sender<Result<(), Failure>>,
}

#[derive(Debug)]
struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Sqlite {
    pub(super) async fn open(path: PathBuf, faults: Option<Arc<dyn Faults>>) -> Result<Self, Error> {
        let opened = tokio::task::spawn_blocking(move || {
            let writer = open_migrated(&path)?;
            let readers = (0..READERS).map(|_| open_reader(&path)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Error>((writer, readers))
        });
        let (connection, readers) = opened.await.map_err(gone)??;
        let (jobs, queue) = mpsc::channel(QUEUE_LEN);
        let points = Points(faults);
        let writer = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write(connection, queue, &points))
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        let readers = Readers { idle: Mutex::new(readers), permits: Arc::new(Semaphore::new(READERS)) };
        Ok(Self { jobs: Some(jobs), writer: Some(writer), readers: Arc::new(readers) })
    }

    pub(super) async fn unit(&self, unit: Unit) -> Result<(), Failure> {
        let Some(jobs) = &self.jobs else { return Err(Failure::Error(ended())) };
        let (answer, answered) = oneshot::channel();
        jobs.send(Job { unit, answer }).await.map_err(|_| Failure::Error(ended()))?;
        answered.await.map_err(|_| Failure::Error(ended()))?
    }

    pub(super) async fn reads(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, Error> {
        let permit = Arc::clone(&self.readers.permits).acquire_owned().await.map_err(gone)?;
        let readers = Arc::clone(&self.readers);
        let read = tokio::task::spawn_blocking(move || {
            let taken = readers.lock().pop();
            let mut connection = taken.ok_or_else(|| Error::Unavailable("no reader is left".into()))?;
            let results = read_all(&mut connection, &queries).map_err(|error| read_error(&error));
            readers.lock().push(connection);
            drop(permit);
            results
        });
        read.await.map_err(gone)?
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the database panicked");
        }
    }
}

impl Readers {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // Nothing panics while the list is locked; it is whole in any case.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(mut connection: Connection, mut queue: mpsc::Receiver<Job>, points: &Points) {
    while let Some(Job { unit, answer }) = queue.blocking_recv() {
        let result = run(&mut connection, &unit, points);
        // Nobody listens when the caller went away; the unit stands all the same.
        let _ = answer.send(result);
    }
}

fn run(connection: &mut Connection, unit: &Unit, points: &Points) -> Result<(), Failure> {
    points.begin(unit);
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|error| write_failure(&error))?;
    for step in &unit.steps {
        points.reached(unit, step.name);
        let changed = execute(&transaction, step).map_err(|error| write_failure(&error))?;
        if step.rows.is_some_and(|rows| u64::try_from(changed).is_ok_and(|changed| changed != rows)) {
            return Err(Failure::Conflict);
        }
    }
    points.commit(unit);
    transaction.commit().map_err(|error| write_failure(&error))?;
    points.committed(unit);
    Ok(())
}

fn execute(connection: &Connection, step: &Step) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(&sqlite_text(step.sql))?;
    statement.execute(params_from_iter(step.values.iter()))
}

fn read_all(connection: &mut Connection, queries: &[Query]) -> rusqlite::Result<Vec<Vec<Row>>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    let results = queries.iter().map(|(sql, values)| read(&transaction, sql, values)).collect();
    transaction.finish()?;
    results
}

fn read(connection: &Connection, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(&sqlite_text(sql))?;
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(values.iter()))?;
    let mut result = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|column| row.get_ref(column).map(value)).collect::<Result<Vec<_>, _>>()?;
        result.push(Row::new(values));
    }
    Ok(result)
}

/// `$1` is a *name* to SQLite; `?1` is a number to it.
fn sqlite_text(sql: &str) -> String {
    sql.replace('$', "?")
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(value) => Value::Int(Some(value)),
        ValueRef::Text(text) => Value::Text(Some(String::from_utf8_lossy(text).into_owned())),
        // No column holds anything else; whoever reads it finds it missing.
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Text(None),
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Int(value) => value.to_sql(),
            Self::Text(value) => value.to_sql(),
        }
    }
}

fn open_migrated(path: &Path) -> Result<Connection, Error> {
    create_private(path).map_err(|error| Error::BadTarget(format!("{}: {error}", path.display())))?;
    let mut connection = open_plain(path)?;
    let mut tries = 1;
    loop {
        match migrations::runner()?.run(&mut connection) {
            Ok(_) => return Ok(connection),
            Err(error) if tries == MIGRATE_TRIES => {
                return Err(Error::BadTarget(format!("{}: its schema cannot be brought up: {error}", path.display())));
            }
            // Another process was bringing up the same schema; the next look finds its work.
            Err(_) => tries += 1,
        }
    }
}

/// The file is its owner's alone.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn open_plain(path: &Path) -> Result<Connection, Error> {
    let open = || {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    };
    open().map_err(|error: rusqlite::Error| {
        let why = if lacks_room(&error) { "its disk is full; make room there, then start again: " } else { "" };
        Error::BadTarget(format!("{}: {why}{error}", path.display()))
    })
}

fn open_reader(path: &Path) -> Result<Connection, Error> {
    let connection = open_plain(path)?;
    connection.pragma_update(None, "query_only", true).map_err(|error| Error::BadTarget(error.to_string()))?;
    Ok(connection)
}

fn write_failure(error: &rusqlite::Error) -> Failure {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};

    match error {
        _ if lacks_room(error) => Failure::Error(Error::StorageFull(error.to_string())),
        rusqlite::Error::SqliteFailure(code, _) => match (code.code, code.extended_code) {
            (ErrorCode::ConstraintViolation, SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE) => {
                Failure::Conflict
            }
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Failure::Conflict,
            (ErrorCode::ConstraintViolation, _) => Failure::Error(Error::Corrupt(error.to_string())),
            _ => Failure::Error(Error::Unavailable(error.to_string())),
        },
        _ => Failure::Error(Error::Corrupt(error.to_string())),
    }
}

/// Whether the disk has no room, or does not take what is written. `SQLITE_FULL` is the system's ENOSPC; a quota, and a
/// shared-memory file that cannot grow, come as errors of I/O (<https://www.sqlite.org/rescode.html>).
fn lacks_room(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{
        SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_FSYNC, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE,
    };

    const WRITING: [std::ffi::c_int; 5] =
        [SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_SHMSIZE];
    error.sqlite_error().is_some_and(|code| code.code == ErrorCode::DiskFull || WRITING.contains(&code.extended_code))
}

fn read_error(error: &rusqlite::Error) -> Error {
    match write_failure(error) {
        Failure::Conflict => Error::Contended,
        Failure::Error(error) => error,
    }
}

fn gone(error: impl std::fmt::Display) -> Error {
    Error::Unavailable(error.to_string())
}

fn ended() -> Error {
    Error::Unavailable("the writer has ended".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_FAULTS: Points = Points(None);

    fn unit(sql: &'static str) -> Unit {
        Unit { name: "test", steps: vec![Step::new("step", sql, Vec::new())] }
    }

    /// A database that may grow no further than it has: SQLite then answers as on a full disk.
    fn full(dir: &Path) -> Connection {
        let mut connection = open_plain(&dir.join("full.sqlite")).unwrap();
        run(&mut connection, &unit("CREATE TABLE t (n INTEGER, x TEXT)"), &NO_FAULTS).unwrap();
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        grow_to(&connection, pages);
        connection
    }

    fn grow_to(connection: &Connection, pages: i64) {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    }

    const LONG: &str = "INSERT INTO t VALUES (1, hex(zeroblob(100000)))";

    #[test]
    fn a_unit_without_room_changes_nothing_and_says_why_and_the_next_one_with_room_goes_through() {
        let dir = tempfile::tempdir().unwrap();
        let mut connection = full(dir.path());
        let two = Unit {
            name: "test",
            steps: vec![
                Step::one("short", "INSERT INTO t VALUES (0, '')", Vec::new()),
                Step::one("long", LONG, Vec::new()),
            ],
        };
        let refused = run(&mut connection, &two, &NO_FAULTS);
        assert!(matches!(&refused, Err(Failure::Error(Error::StorageFull(_)))), "{refused:?}");
        let count = |connection: &mut Connection| {
            let rows = read_all(connection, &[("SELECT COUNT(*) FROM t", Vec::new())]).unwrap();
            rows.into_iter().flatten().next().unwrap().int().unwrap()
        };
        assert_eq!(count(&mut connection), 0, "nothing is half done");
        grow_to(&connection, 10_000);
        run(&mut connection, &two, &NO_FAULTS).unwrap();
        assert_eq!(count(&mut connection), 2);
    }

    #[test]
    fn errors_of_writing_are_a_full_disk_and_errors_of_reading_are_not() {
        let error = |code| {
            let failure = rusqlite::ffi::Error::new(code);
            write_failure(&rusqlite::Error::SqliteFailure(failure, None))
        };
        use rusqlite::ffi;
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_SHMSIZE] {
            assert!(matches!(error(code), Failure::Error(Error::StorageFull(_))), "{code}");
        }
        for code in [ffi::SQLITE_IOERR_READ, ffi::SQLITE_CANTOPEN, ffi::SQLITE_NOMEM] {
            assert!(matches!(error(code), Failure::Error(Error::Unavailable(_))), "{code}");
        }
        assert!(matches!(error(ffi::SQLITE_BUSY), Failure::Conflict));
    }
}
