//! The second witness: what homes say that they served.

use std::collections::BTreeMap;

use iroam_protocol::{
    id::{PeerId, RowId},
    portal::{ServedAnswer, ServedMinute},
};

use crate::{
    Error, Store,
    db::{Decision, Row, Step, values},
    listenings,
};

/// How far both witnesses may differ.
const DIFFER_MS: u64 = 90_000;

/// A closed listening whose witnesses differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// The listening.
    pub listening: RowId,
    /// What the home served.
    pub served_ms: u64,
    /// What the player claimed, as accepted.
    pub played_ms: u64,
    /// When it was seen.
    pub at_ms: i64,
}

// The larger figures stay, so a repeat or an older report changes nothing. A path belongs to the larger count of bytes.
const UPSERT: &str = "INSERT INTO served_minutes (listening, minute, served_ms, bytes, path, at_ms) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (listening, minute) DO UPDATE SET \
    served_ms = CASE WHEN excluded.served_ms > served_minutes.served_ms \
        THEN excluded.served_ms ELSE served_minutes.served_ms END, \
    path = CASE WHEN excluded.bytes > served_minutes.bytes THEN excluded.path ELSE served_minutes.path END, \
    bytes = CASE WHEN excluded.bytes > served_minutes.bytes THEN excluded.bytes ELSE served_minutes.bytes END";
const UPSERT_FLAG: &str = "INSERT INTO served_flags (listening, served_ms, played_ms, at_ms) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (listening) DO UPDATE SET served_ms = excluded.served_ms, played_ms = excluded.played_ms";
const SUM: &str = "SELECT l.account, l.played_ms, l.closed_ms, \
    (SELECT CAST(COALESCE(SUM(s.served_ms), 0) AS BIGINT) FROM served_minutes s WHERE s.listening = l.id) \
    FROM listenings l WHERE l.id = $1";

impl Store {
    /// Takes a home's report. Rows of one listening are taken together; a repeat changes nothing.
    ///
    /// # Errors
    /// [`Error`]; the whole report may be sent again.
    pub async fn served(&self, home: PeerId, rows: &[ServedMinute], now_ms: i64) -> Result<ServedAnswer, Error> {
        let mut by_listening: BTreeMap<RowId, Vec<&ServedMinute>> = BTreeMap::new();
        for row in rows {
            by_listening.entry(row.listening).or_default().push(row);
        }
        let mut answer = ServedAnswer { accepted: 0, unknown: Vec::new() };
        for (listening, rows) in by_listening {
            if self.served_in(home, listening, &rows, now_ms).await? {
                answer.accepted += rows.len() as u64;
            } else {
                answer.unknown.push(listening);
            }
        }
        Ok(answer)
    }

    /// Listenings whose witnesses differ, newest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn flags(&self, limit: u32) -> Result<Vec<Flag>, Error> {
        let select = "SELECT listening, served_ms, played_ms, at_ms FROM served_flags ORDER BY at_ms DESC LIMIT $1";
        self.db.read(select, values![limit]).await?.into_iter().map(flag).collect()
    }

    async fn served_in(
        &self,
        home: PeerId,
        listening: RowId,
        rows: &[&ServedMinute],
        now_ms: i64,
    ) -> Result<bool, Error> {
        let of_home = "SELECT id FROM listenings WHERE id = $1 AND home = $2";
        if self.db.read(of_home, values![listening, home]).await?.is_empty() {
            return Ok(false);
        }
        let mut sorted = rows.to_vec();
        sorted.sort_unstable_by_key(|row| (row.minute, row.served_ms));
        let steps = sorted.into_iter().map(|row| {
            let values = values![listening, row.minute, row.served_ms, row.bytes, row.path, now_ms];
            Step::one("served", UPSERT, values)
        });
        let steps = steps.collect();
        if !self.db.attempt("served", steps).await? {
            return Err(Error::Contended);
        }
        self.compare(listening, now_ms).await?;
        Ok(true)
    }

    /// Compares both witnesses of a closed listening: raises a flag where they differ, and charges a minute that was
    /// served but denied.
    async fn compare(&self, listening: RowId, now_ms: i64) -> Result<(), Error> {
        let rows = self.db.read(SUM, values![listening]).await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(()) };
        let (account, played_ms, closed_ms) = (row.id()?, row.count()?, row.opt_int()?);
        let served_ms = row.count()?;
        if closed_ms.is_none() {
            return Ok(());
        }
        if let Some(step) = flag_step(listening, served_ms, played_ms, now_ms) {
            self.db.decide("flag", async || Ok(Decision::run(vec![step.clone()], ()))).await?;
        }
        listenings::witness(self, listening, account, served_ms, now_ms).await
    }
}

/// The step that raises a flag, if both witnesses differ too much.
pub(crate) fn flag_step(listening: RowId, served_ms: u64, played_ms: u64, now_ms: i64) -> Option<Step> {
    let differ = served_ms.abs_diff(played_ms) > DIFFER_MS;
    differ.then(|| Step::one("flag", UPSERT_FLAG, values![listening, served_ms, played_ms, now_ms]))
}

fn flag(mut row: Row) -> Result<Flag, Error> {
    Ok(Flag { listening: row.id()?, served_ms: row.count()?, played_ms: row.count()?, at_ms: row.int()? })
}
