//! The numbered migrations, the same text for both databases. A released file is never edited.

use refinery::{Migration, Runner};

use crate::Error;

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../migrations/portal/", $name, ".sql")))),*]
    };
}

const MIGRATIONS: &[(&str, &str)] = migrations![
    "V1__accounts",
    "V2__homes",
    "V3__ledger",
    "V4__listenings",
    "V5__mail",
    "V6__account_life",
    "V7__playlists",
    "V8__shares",
    "V9__languages",
];

/// A runner that applies all that is missing in one transaction, and refuses a database of a later version.
pub(super) fn runner() -> Result<Runner, Error> {
    let migrations = MIGRATIONS.iter().map(|(name, sql)| Migration::unapplied(name, sql));
    let migrations = migrations.collect::<Result<Vec<_>, _>>().map_err(|error| Error::Corrupt(error.to_string()))?;
    Ok(Runner::new(&migrations).set_grouped(true).set_abort_divergent(true).set_abort_missing(true))
}
