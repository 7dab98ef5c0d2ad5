//! What the portal tells homes, each home with a cursor of its own.

use iroam_protocol::{events::AgentEvent, id::PeerId};

use crate::{
    Error, Store,
    db::{Row, Step, values},
};

const NEXT_CURSOR: &str = "INSERT INTO agent_cursors (home, cursor) VALUES ($1, 1) \
    ON CONFLICT (home) DO UPDATE SET cursor = agent_cursors.cursor + 1";
const INSERT: &str = "INSERT INTO agent_events (home, cursor, event, at_ms, until_s) \
    SELECT home, cursor, $2, $3, $4 FROM agent_cursors WHERE home = $1";
const AFTER: &str = "SELECT cursor, event FROM agent_events WHERE home = $1 AND cursor > $2 ORDER BY cursor LIMIT $3";
const REVOCATIONS: &str =
    "SELECT cursor, event FROM agent_events WHERE home = $1 AND until_s > $2 ORDER BY cursor LIMIT 10000";
const LATEST: &str = "SELECT cursor FROM agent_cursors WHERE home = $1";

/// The steps that tell a home something.
pub(crate) fn push(home: PeerId, event: &AgentEvent, now_ms: i64) -> Result<[Step; 2], Error> {
    let text = serde_json::to_string(event).map_err(|error| Error::Corrupt(error.to_string()))?;
    let until_s = match event {
        AgentEvent::Revoke { until_s, .. } => Some(*until_s),
        _ => None,
    };
    Ok([
        Step::one("event.cursor", NEXT_CURSOR, values![home]),
        Step::one("event", INSERT, values![home, text, now_ms, until_s]),
    ])
}

impl Store {
    /// Tells a home something, and says under which cursor.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn push_agent_event(&self, home: PeerId, event: &AgentEvent, now_ms: i64) -> Result<i64, Error> {
        if !self.db.attempt("push-event", push(home, event, now_ms)?.to_vec()).await? {
            return Err(Error::Contended);
        }
        self.latest_agent_event(home).await
    }

    /// Events of a home after a cursor, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn agent_events(&self, home: PeerId, after: i64, limit: u32) -> Result<Vec<(i64, AgentEvent)>, Error> {
        read(self.db.read(AFTER, values![home, after, limit]).await?)
    }

    /// Revocations that a home must still know, for one that has lost its cursor.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn agent_revocations(&self, home: PeerId, now_s: i64) -> Result<Vec<(i64, AgentEvent)>, Error> {
        read(self.db.read(REVOCATIONS, values![home, now_s]).await?)
    }

    /// The cursor of the last event; 0 when there was none.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn latest_agent_event(&self, home: PeerId) -> Result<i64, Error> {
        match self.db.read(LATEST, values![home]).await?.into_iter().next() {
            Some(mut row) => row.int(),
            None => Ok(0),
        }
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<(i64, AgentEvent)>, Error> {
    let event = |mut row: Row| {
        let (cursor, text) = (row.int()?, row.text()?);
        let event = serde_json::from_str(&text).map_err(|error| Error::Corrupt(error.to_string()))?;
        Ok((cursor, event))
    };
    rows.into_iter().map(event).collect()
}
