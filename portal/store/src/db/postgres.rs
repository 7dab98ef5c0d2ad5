//! PostgreSQL: a pool of connections. Units run in READ COMMITTED, which is enough because every decision is guarded by
//! the rows that it changes; several reads share one REPEATABLE READ snapshot.

use std::{error::Error as _, sync::Arc, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio_postgres::{
    Config, IsolationLevel, NoTls,
    config::SslMode,
    error::SqlState,
    types::{ToSql, Type},
};

use super::{Failure, Points, Query, Row, Unit, Value, migrations};
use crate::{Error, Faults};

/// Connections of one portal node: units take about a millisecond, so sixteen serve thousands of listenings.
const CONNECTIONS: usize = 16;
/// Waiting for a free connection, or for the server to take a new one.
const WAIT: Duration = Duration::from_secs(5);
/// The advisory lock under which one node at a time brings the schema up: "iroam" in ASCII.
const MIGRATION_LOCK: i64 = 0x69_72_6f_61_6d;

#[derive(Debug)]
pub(super) struct Postgres {
    pool: Pool,
    points: Points,
}

impl Postgres {
    pub(super) async fn open(url: &str, faults: Option<Arc<dyn Faults>>) -> Result<Self, Error> {
        let mut config: Config = url.parse().map_err(|error| bad_target(&error))?;
        if config.get_ssl_mode() == SslMode::Require {
            let advice =
                "sslmode=require is not supported: reach PostgreSQL over a socket, loopback or a private network";
            return Err(Error::BadTarget(advice.into()));
        }
        config.ssl_mode(SslMode::Disable).connect_timeout(WAIT);
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::BadTarget(error.to_string()))?;
        migrate(&pool).await?;
        Ok(Self { pool, points: Points(faults) })
    }

    pub(super) async fn unit(&self, unit: &Unit) -> Result<(), Failure> {
        let mut client = self.client().await.map_err(Failure::Error)?;
        self.points.begin(unit);
        let transaction = client.transaction().await.map_err(|error| write_failure(&error))?;
        for step in &unit.steps {
            self.points.reached(unit, step.name);
            let statement = transaction.prepare_typed_cached(step.sql, &types(&step.values)).await;
            let statement = statement.map_err(|error| write_failure(&error))?;
            let changed = transaction.execute_raw(&statement, step.values.iter().map(parameter)).await;
            let changed = changed.map_err(|error| write_failure(&error))?;
            if step.rows.is_some_and(|rows| changed != rows) {
                return Err(Failure::Conflict);
            }
        }
        self.points.commit(unit);
        transaction.commit().await.map_err(|error| write_failure(&error))?;
        self.points.committed(unit);
        Ok(())
    }

    pub(super) async fn reads(&self, queries: &[Query]) -> Result<Vec<Vec<Row>>, Error> {
        let mut client = self.client().await?;
        let builder = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = builder.start().await.map_err(|error| read_error(&error))?;
        let mut results = Vec::with_capacity(queries.len());
        for (sql, values) in queries {
            let statement = transaction.prepare_typed_cached(sql, &types(values)).await;
            let statement = statement.map_err(|error| read_error(&error))?;
            let parameters: Vec<_> = values.iter().map(parameter).collect();
            let rows = transaction.query(&statement, &parameters).await.map_err(|error| read_error(&error))?;
            results.push(rows.iter().map(row).collect::<Result<_, _>>()?);
        }
        transaction.commit().await.map_err(|error| read_error(&error))?;
        Ok(results)
    }

    async fn client(&self) -> Result<Object, Error> {
        self.pool.get().await.map_err(|error| Error::Unavailable(error.to_string()))
    }
}

async fn migrate(pool: &Pool) -> Result<(), Error> {
    let mut client = pool.get().await.map_err(|error| bad_target(&error))?;
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK]).await.map_err(|error| bad_target(&error))?;
    let migrated = migrations::runner()?.run_async(&mut **client).await;
    client.execute("SELECT pg_advisory_unlock($1)", &[&MIGRATION_LOCK]).await.map_err(|error| bad_target(&error))?;
    migrated.map(drop).map_err(|error| bad_target(&error))
}

/// PostgreSQL would take a parameter's type from its first use, which may be another than the value's.
fn types(values: &[Value]) -> Vec<Type> {
    let of = |value: &Value| match value {
        Value::Int(_) => Type::INT8,
        Value::Text(_) => Type::TEXT,
    };
    values.iter().map(of).collect()
}

fn parameter(value: &Value) -> &(dyn ToSql + Sync) {
    match value {
        Value::Int(value) => value,
        Value::Text(value) => value,
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row, Error> {
    let value = |(index, column): (usize, &tokio_postgres::Column)| match *column.type_() {
        Type::INT8 => row.try_get(index).map(Value::Int),
        // Small literals.
        Type::INT4 => row.try_get(index).map(|value: Option<i32>| Value::Int(value.map(i64::from))),
        _ => row.try_get(index).map(Value::Text),
    };
    let values = row.columns().iter().enumerate().map(value).collect::<Result<Vec<_>, _>>();
    values.map(Row::new).map_err(|error| Error::Corrupt(error.to_string()))
}

fn write_failure(error: &tokio_postgres::Error) -> Failure {
    failure(error.code(), told(error))
}

fn failure(code: Option<&SqlState>, told: String) -> Failure {
    match code {
        Some(code) if conflicts(code) => Failure::Conflict,
        Some(code) if *code == SqlState::DISK_FULL => Failure::Error(Error::StorageFull(told)),
        Some(code) if code.code().starts_with("22") || code.code().starts_with("23") => {
            Failure::Error(Error::Corrupt(told))
        }
        _ => Failure::Error(Error::Unavailable(told)),
    }
}

fn conflicts(code: &SqlState) -> bool {
    [SqlState::UNIQUE_VIOLATION, SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
}

fn read_error(error: &tokio_postgres::Error) -> Error {
    match write_failure(error) {
        Failure::Conflict => Error::Contended,
        Failure::Error(error) => error,
    }
}

fn bad_target(error: &(dyn std::error::Error + 'static)) -> Error {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    Error::BadTarget(format!("PostgreSQL: {text}"))
}

fn told(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(db), _) => db.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_codes_say_what_became_of_a_unit() {
        let of = |code: &str| failure(Some(&SqlState::from_code(code)), "told".into());
        assert!(matches!(of("53100"), Failure::Error(Error::StorageFull(told)) if told == "told"));
        assert!(matches!(of("23505"), Failure::Conflict) && matches!(of("40001"), Failure::Conflict));
        assert!(matches!(of("23503"), Failure::Error(Error::Corrupt(_))));
        assert!(matches!(of("53300"), Failure::Error(Error::Unavailable(_))), "too many connections");
        assert!(
            matches!(failure(None, String::new()), Failure::Error(Error::Unavailable(_))),
            "the connection is gone"
        );
    }
}
