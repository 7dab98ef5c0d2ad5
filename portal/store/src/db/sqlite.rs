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
    open().map_err(|error: rusqlite::Error| Error::BadTarget(format!("{}: {error}", path.display())))
}

fn open_reader(path: &Path) -> Result<Connection, Error> {
    let connection = open_plain(path)?;
    connection.pragma_update(None, "query_only", true).map_err(|error| Error::BadTarget(error.to_string()))?;
    Ok(connection)
}

fn write_failure(error: &rusqlite::Error) -> Failure {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};

    match error {
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
