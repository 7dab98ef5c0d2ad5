//! The one door to the database: units that change it and reads that do not, over SQLite or PostgreSQL with the same SQL
//! text.
//!
//! A unit is a list of statements in one transaction; each may demand how many rows it changes. Decisions are made on a
//! prior read, and [`Db::decide`] makes them again, at most [`TRIES_MAX`] times, when a demand or a unique key says that
//! the read is outdated.

mod migrations;
mod postgres;
mod room;
mod sqlite;
mod value;

use std::{future::Future, path::PathBuf, sync::Arc};

use tokio::sync::watch;

pub use self::room::Room;
pub(crate) use self::value::{Row, Value, values};
use crate::{Error, Faults, faults};

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A SQLite file; it is made when it is missing.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, such as `postgres://user@host/database`.
    Postgres(String),
}

/// Times that a decision is made before [`Error::Contended`]: with two writers on the same rows one of them wins each
/// time, so five cover the three listenings of an account, an expiry and a credit at once.
const TRIES_MAX: u32 = 5;

/// One statement of a unit.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    name: &'static str,
    sql: &'static str,
    values: Vec<Value>,
    rows: Option<u64>,
}

impl Step {
    /// A statement that may change any number of rows.
    pub(crate) fn new(name: &'static str, sql: &'static str, values: Vec<Value>) -> Self {
        Self { name, sql, values, rows: None }
    }

    /// A statement that must change exactly one row.
    pub(crate) fn one(name: &'static str, sql: &'static str, values: Vec<Value>) -> Self {
        Self { name, sql, values, rows: Some(1) }
    }
}

/// A query: its text and its values.
pub(crate) type Query = (&'static str, Vec<Value>);

/// What a decision came to: statements to run in one transaction, none when nothing changes, and the answer.
pub(crate) struct Decision<T> {
    steps: Vec<Step>,
    answer: T,
}

impl<T> Decision<T> {
    pub(crate) fn run(steps: Vec<Step>, answer: T) -> Self {
        Self { steps, answer }
    }

    pub(crate) fn nothing(answer: T) -> Self {
        Self { steps: Vec::new(), answer }
    }
}

/// Why a unit did not happen.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The read it was decided on is outdated; nothing happened.
    Conflict,
    /// Anything else.
    Error(Error),
}

#[derive(Debug)]
enum Backend {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

/// The database.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    backend: Arc<Backend>,
    changes: watch::Sender<u64>,
    gauge: Arc<room::Gauge>,
}

impl Db {
    /// Opens the database and brings its schema up to date.
    pub(crate) async fn open(target: &Target, faults: Option<Arc<dyn Faults>>) -> Result<Self, Error> {
        let backend = match target {
            Target::Sqlite(path) => Backend::Sqlite(sqlite::Sqlite::open(path.clone(), faults).await?),
            Target::Postgres(url) => Backend::Postgres(postgres::Postgres::open(url, faults).await?),
        };
        Ok(Self { backend: Arc::new(backend), changes: watch::Sender::new(0), gauge: Arc::default() })
    }

    /// Whether the database is made for several nodes.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(&*self.backend, Backend::Postgres(_))
    }

    /// Counts the units that this process committed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// What is known of the room on the disk.
    pub(crate) fn room(&self) -> Room {
        self.gauge.room()
    }

    /// A trial was written: there is room.
    pub(crate) fn found_room(&self) {
        self.gauge.found();
    }

    /// Runs the steps in one transaction. When the caller goes away the unit may happen or not, but never in part.
    pub(crate) async fn unit(&self, name: &'static str, steps: Vec<Step>) -> Result<(), Failure> {
        let unit = Unit { name, steps };
        let done = match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.unit(unit).await,
            Backend::Postgres(postgres) => postgres.unit(&unit).await,
        };
        if let Err(Failure::Error(Error::StorageFull(why))) = &done {
            self.gauge.refused(why);
        }
        done?;
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }

    /// Runs steps whose outcome no read decides; a refused demand is an answer (`false`).
    pub(crate) async fn attempt(&self, name: &'static str, steps: Vec<Step>) -> Result<bool, Error> {
        match self.unit(name, steps).await {
            Ok(()) => Ok(true),
            Err(Failure::Conflict) => Ok(false),
            Err(Failure::Error(error)) => Err(error),
        }
    }

    /// Reads one result.
    pub(crate) async fn read(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, Error> {
        let mut results = self.reads(vec![(sql, values)]).await?;
        Ok(results.pop().unwrap_or_default())
    }

    /// Reads several results in one snapshot, one per query.
    pub(crate) async fn reads(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, Error> {
        match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.reads(queries).await,
            Backend::Postgres(postgres) => postgres.reads(&queries).await,
        }
    }

    /// Decides on a read and makes the decision durable; decides again when the read was outdated.
    pub(crate) async fn decide<T, D, F>(&self, name: &'static str, mut decide: D) -> Result<T, Error>
    where
        D: FnMut() -> F,
        F: Future<Output = Result<Decision<T>, Error>>,
    {
        for _ in 0..TRIES_MAX {
            let Decision { steps, answer } = decide().await?;
            if steps.is_empty() {
                return Ok(answer);
            }
            match self.unit(name, steps).await {
                Ok(()) => return Ok(answer),
                Err(Failure::Conflict) => tracing::debug!(unit = name, "a decision was outdated, deciding again"),
                Err(Failure::Error(error)) => return Err(error),
            }
        }
        Err(Error::Contended)
    }
}

/// A named list of steps.
#[derive(Debug)]
struct Unit {
    name: &'static str,
    steps: Vec<Step>,
}

/// Tells the fault hook, if there is one.
#[derive(Debug, Clone)]
struct Points(Option<Arc<dyn Faults>>);

impl Points {
    fn reached(&self, unit: &Unit, point: &'static str) {
        if let Some(faults) = &self.0 {
            faults.reached(unit.name, point);
        }
    }

    fn begin(&self, unit: &Unit) {
        self.reached(unit, faults::BEGIN);
    }

    fn commit(&self, unit: &Unit) {
        self.reached(unit, faults::COMMIT);
    }

    fn committed(&self, unit: &Unit) {
        self.reached(unit, faults::COMMITTED);
    }
}
