//! What was served, kept until the portal has it: a small SQLite file that survives a crash. It also keeps what must
//! outlive a restart of the agent: the deny list and the cursor of the event channel.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use iroam_protocol::{
    events::Revoked,
    id::RowId,
    path::Path as MediaPath,
    portal::{SERVED_ROWS_MAX, ServedMinute},
};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use crate::metering::{Growth, Minute};

/// Migrations, in order; the file's `user_version` counts those that ran. Never edited after a release.
const MIGRATIONS: &[&str] = &[
    // 1: the spool, the deny list, and small facts.
    "CREATE TABLE served (
        listening TEXT NOT NULL,
        minute INTEGER NOT NULL,
        served_ms INTEGER NOT NULL,
        lan_bytes INTEGER NOT NULL,
        direct_bytes INTEGER NOT NULL,
        relay_bytes INTEGER NOT NULL,
        changed_ms INTEGER NOT NULL,
        version INTEGER NOT NULL,
        told_version INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (listening, minute)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX served_untold ON served (changed_ms) WHERE told_version < version;
    CREATE TABLE denied (what TEXT PRIMARY KEY, until_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
];

/// Rows that the portal has stay so long, to know after a restart what a listening was served: a listening that is
/// paused and goes on is at most hours old.
const KEEP_TOLD_MS: i64 = 24 * 3_600_000;
/// Rows that the portal never took are dropped after so long: it does not bill minutes of another quarter.
const KEEP_UNTOLD_MS: i64 = 90 * 24 * 3_600_000;

/// The spool; clones share the file. All calls block for as long as a small write takes.
#[derive(Debug, Clone)]
pub struct Spool {
    db: Arc<Mutex<Connection>>,
}

/// A row to tell, with the version that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// The row.
    pub row: ServedMinute,
    /// Its version.
    version: i64,
}

impl Spool {
    /// Opens the file, making or migrating it.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let mut db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "wal")?;
        // NORMAL survives a killed process; a power cut may cost the last second, which CONTRACTS' 120 s cover.
        db.pragma_update(None, "synchronous", "normal")?;
        db.pragma_update(None, "cache_size", -256)?;
        migrate(&mut db)?;
        Ok(Self { db: Arc::new(Mutex::new(db)) })
    }

    /// Adds what was served, in one transaction.
    ///
    /// # Errors
    /// Of SQLite; nothing is added then.
    pub fn add(&self, grown: &[(Minute, Growth)], now_ms: i64) -> rusqlite::Result<()> {
        let mut db = self.lock();
        let unit = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut add = unit.prepare_cached(
                "INSERT INTO served
                    (listening, minute, served_ms, lan_bytes, direct_bytes, relay_bytes, changed_ms, version)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)
                 ON CONFLICT (listening, minute) DO UPDATE SET
                    served_ms = served_ms + excluded.served_ms,
                    lan_bytes = lan_bytes + excluded.lan_bytes,
                    direct_bytes = direct_bytes + excluded.direct_bytes,
                    relay_bytes = relay_bytes + excluded.relay_bytes,
                    changed_ms = excluded.changed_ms,
                    version = version + 1",
            )?;
            for (minute, growth) in grown {
                let [lan, direct, relay] = growth.bytes.map(to_sql);
                let place = (minute.listening.to_string(), to_sql(minute.minute));
                add.execute(params![place.0, place.1, to_sql(growth.served_ms), lan, direct, relay, now_ms])?;
            }
        }
        unit.commit()
    }

    /// Media milliseconds served in a listening, over all processes; `None` when the spool has never heard of it.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn served_ms(&self, listening: &RowId) -> rusqlite::Result<Option<u64>> {
        let db = self.lock();
        let mut sum = db.prepare_cached("SELECT SUM(served_ms) FROM served WHERE listening = ?1")?;
        let ms: Option<i64> = sum.query_row([listening.to_string()], |row| row.get(0))?;
        Ok(ms.map(from_sql))
    }

    /// Rows that the portal does not have yet in their last version, oldest first.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn untold(&self) -> rusqlite::Result<Vec<Untold>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "SELECT listening, minute, served_ms, lan_bytes, direct_bytes, relay_bytes, version FROM served
             WHERE told_version < version ORDER BY changed_ms LIMIT ?1",
        )?;
        let rows = query.query_map([i64::try_from(SERVED_ROWS_MAX).unwrap_or(i64::MAX)], |row| {
            let listening: String = row.get(0)?;
            let bytes = [row.get(3)?, row.get(4)?, row.get(5)?].map(from_sql);
            let minute = (from_sql(row.get(1)?), from_sql(row.get(2)?));
            Ok((listening, minute, bytes, row.get(6)?))
        })?;
        rows.filter_map(|row| row.map(untold_row).transpose()).collect()
    }

    /// The portal has these rows.
    ///
    /// # Errors
    /// Of SQLite; they are then told again, which is harmless.
    pub fn told(&self, rows: &[Untold]) -> rusqlite::Result<()> {
        let mut db = self.lock();
        let unit = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut mark = unit.prepare_cached(
                "UPDATE served SET told_version = MAX(told_version, ?3) WHERE listening = ?1 AND minute = ?2",
            )?;
            for untold in rows {
                let listening = untold.row.listening.to_string();
                mark.execute(params![listening, to_sql(untold.row.minute), untold.version])?;
            }
        }
        unit.commit()
    }

    /// Forgets rows and denials that are of no use any more.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn prune(&self, now_ms: i64) -> rusqlite::Result<()> {
        let db = self.lock();
        db.execute(
            "DELETE FROM served WHERE changed_ms < ?1 OR (told_version >= version AND changed_ms < ?2)",
            [now_ms - KEEP_UNTOLD_MS, now_ms - KEEP_TOLD_MS],
        )?;
        db.execute("DELETE FROM denied WHERE until_s < ?1", [now_ms / 1_000])?;
        Ok(())
    }

    /// Keeps a denial over restarts.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn deny(&self, what: &Revoked, until_s: i64) -> rusqlite::Result<()> {
        let Ok(what) = serde_json::to_string(what) else { return Ok(()) };
        self.lock().execute(
            "INSERT INTO denied (what, until_s) VALUES (?1, ?2)
             ON CONFLICT (what) DO UPDATE SET until_s = MAX(until_s, excluded.until_s)",
            params![what, until_s],
        )?;
        Ok(())
    }

    /// The denials that were kept.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn denied(&self) -> rusqlite::Result<Vec<(Revoked, i64)>> {
        let db = self.lock();
        let mut query = db.prepare("SELECT what, until_s FROM denied")?;
        let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
        Ok(rows.into_iter().filter_map(|(what, until_s)| Some((serde_json::from_str(&what).ok()?, until_s))).collect())
    }

    /// The cursor of the event channel; `None` before its first event.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn cursor(&self) -> rusqlite::Result<Option<String>> {
        let db = self.lock();
        db.query_row("SELECT value FROM facts WHERE name = 'cursor'", [], |row| row.get(0)).optional()
    }

    /// Keeps the cursor.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn keep_cursor(&self, cursor: &str) -> rusqlite::Result<()> {
        self.lock().execute(
            "INSERT INTO facts (name, value) VALUES ('cursor', ?1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [cursor],
        )?;
        Ok(())
    }

    /// Forgets everything that belongs to an activation.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn wipe(&self) -> rusqlite::Result<()> {
        self.lock().execute_batch("DELETE FROM served; DELETE FROM denied; DELETE FROM facts;")
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in another call left at most an open transaction, which its guard rolled back.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let unit = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done: u32 = unit.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (version, migration) in (1..).zip(MIGRATIONS) {
        if version > done {
            unit.execute_batch(migration)?;
            unit.pragma_update(None, "user_version", version)?;
        }
    }
    unit.commit()
}

type SqlRow = (String, (u64, u64), [u64; 3], i64);

/// `None` for a row whose listening is no id, which only another program could have written.
fn untold_row((listening, (minute, served_ms), bytes, version): SqlRow) -> Option<Untold> {
    let [lan, direct, relay] = bytes;
    let path = match bytes.iter().max()? {
        most if *most == relay => MediaPath::Relay,
        most if *most == direct => MediaPath::Direct,
        _ => MediaPath::Lan,
    };
    let listening = listening.parse().ok()?;
    let row = ServedMinute { listening, minute, served_ms, bytes: lan + direct + relay, path };
    Some(Untold { row, version })
}

fn to_sql(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn from_sql(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(n: u8) -> RowId {
        RowId::from_bytes([n; 16])
    }

    fn growth(served_ms: u64, bytes: [u64; 3]) -> Growth {
        Growth { served_ms, bytes }
    }

    fn minute(n: u8, minute: u64) -> Minute {
        Minute { listening: listening(n), minute }
    }

    #[test]
    fn what_was_served_survives_and_is_told_until_the_portal_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spool.sqlite");
        let spool = Spool::open(&path).unwrap();
        spool.add(&[(minute(1, 0), growth(30_000, [0, 5, 100]))], 1_000).unwrap();
        spool.add(&[(minute(1, 0), growth(30_000, [0, 500, 0])), (minute(1, 1), growth(1, [1, 0, 0]))], 2_000).unwrap();
        // Nothing is closed here: a second process finds all of it, as after a kill.
        let again = Spool::open(&path).unwrap();
        assert_eq!(again.served_ms(&listening(1)).unwrap(), Some(60_001));
        assert_eq!(again.served_ms(&listening(2)).unwrap(), None);
        let untold = again.untold().unwrap();
        let first = untold.iter().find(|untold| untold.row.minute == 0).unwrap();
        assert_eq!((first.row.served_ms, first.row.bytes, first.row.path), (60_000, 605, MediaPath::Direct));
        again.told(&untold).unwrap();
        assert_eq!(again.untold().unwrap(), []);
        assert_eq!(again.served_ms(&listening(1)).unwrap(), Some(60_001), "what is told is still known");
    }

    #[test]
    fn a_row_that_grows_while_it_is_told_is_told_again() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(&dir.path().join("spool.sqlite")).unwrap();
        spool.add(&[(minute(1, 0), growth(10, [0, 0, 1]))], 1).unwrap();
        let untold = spool.untold().unwrap();
        spool.add(&[(minute(1, 0), growth(10, [0, 0, 1]))], 2).unwrap();
        spool.told(&untold).unwrap();
        let rest = spool.untold().unwrap();
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].row.served_ms, 20);
    }

    #[test]
    fn denials_and_the_cursor_survive_and_are_forgotten_in_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spool.sqlite");
        let spool = Spool::open(&path).unwrap();
        let what = Revoked::Listening(listening(3));
        spool.deny(&what, 500).unwrap();
        spool.deny(&what, 400).unwrap();
        spool.keep_cursor("7").unwrap();
        spool.keep_cursor("8").unwrap();
        let again = Spool::open(&path).unwrap();
        assert_eq!(again.denied().unwrap(), [(what, 500)]);
        assert_eq!(again.cursor().unwrap().as_deref(), Some("8"));
        again.prune(501_000).unwrap();
        assert_eq!(again.denied().unwrap(), []);
        again.wipe().unwrap();
        assert_eq!(again.cursor().unwrap(), None);
    }

    #[test]
    fn old_rows_go_once_told() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(&dir.path().join("spool.sqlite")).unwrap();
        spool.add(&[(minute(1, 0), growth(10, [0, 0, 1]))], 0).unwrap();
        spool.prune(KEEP_TOLD_MS + 1).unwrap();
        assert_eq!(spool.untold().unwrap().len(), 1, "untold rows stay");
        spool.told(&spool.untold().unwrap()).unwrap();
        spool.prune(KEEP_TOLD_MS + 1).unwrap();
        assert_eq!(spool.served_ms(&listening(1)).unwrap(), None);
    }
}
