//! Homes of accounts.

use iroam_ledger::lease::Reason;
use iroam_protocol::{
    events::AgentEvent,
    id::{PeerId, RowId},
    portal,
};

use crate::{
    Error, Store,
    db::{Row, Step, values},
    events,
};

/// An activated home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The agent's PeerId.
    pub peer: PeerId,
    /// The account it belongs to.
    pub account: RowId,
    /// Name.
    pub name: String,
    /// Operating system, as the agent told.
    pub os: String,
    /// The agent's version.
    pub version: String,
    /// When it was activated.
    pub activated_ms: i64,
    /// When it was last seen; `None` when never.
    pub last_seen_ms: Option<i64>,
}

impl Home {
    /// The home on the wire; whether it is online is known by whoever holds its channel.
    pub fn to_wire(&self, online: bool) -> portal::Home {
        portal::Home {
            id: self.peer,
            name: self.name.clone(),
            os: self.os.clone(),
            version: self.version.clone(),
            online,
            last_seen_ms: self.last_seen_ms,
            activated_ms: self.activated_ms,
        }
    }
}

const OF_ACCOUNT: &str = "SELECT peer, account, name, os, version, activated_ms, last_seen_ms FROM homes \
    WHERE account = $1 ORDER BY activated_ms, peer";
const BY_PEER: &str = "SELECT peer, account, name, os, version, activated_ms, last_seen_ms FROM homes WHERE peer = $1";

impl Store {
    /// The homes of an account, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn homes(&self, account: RowId) -> Result<Vec<Home>, Error> {
        let rows = self.db.read(OF_ACCOUNT, values![account]).await?;
        rows.into_iter().map(home).collect()
    }

    /// A home by its PeerId; `None` when it is not activated.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn home(&self, peer: PeerId) -> Result<Option<Home>, Error> {
        self.db.read(BY_PEER, values![peer]).await?.into_iter().next().map(home).transpose()
    }

    /// Renames a home and tells it; `false` when the account has no such home.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn rename_home(&self, account: RowId, peer: PeerId, name: &str, now_ms: i64) -> Result<bool, Error> {
        let update = "UPDATE homes SET name = $3 WHERE peer = $1 AND account = $2";
        let mut steps = vec![Step::one("home", update, values![peer, account, name])];
        steps.extend(events::push(peer, &AgentEvent::Renamed { name: name.to_owned() }, now_ms)?);
        self.db.attempt("rename-home", steps).await
    }

    /// Removes a home from its account, tells it, and closes its listenings; `false` when the account has no such home.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn remove_home(&self, account: RowId, peer: PeerId, now_ms: i64) -> Result<bool, Error> {
        let delete = "DELETE FROM homes WHERE peer = $1 AND account = $2";
        let mut steps = vec![Step::one("home", delete, values![peer, account])];
        steps.extend(events::push(peer, &AgentEvent::Deactivated, now_ms)?);
        let removed = self.db.attempt("remove-home", steps).await?;
        let open = "SELECT id, account FROM listenings WHERE home = $1 AND account = $2 AND closed_ms IS NULL";
        self.close_all(open, values![peer, account], Reason::HomeRemoved, now_ms).await?;
        Ok(removed)
    }

    /// Notes that a home was seen, and its system and version if it told them; `false` when it is not activated.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn home_seen(
        &self,
        peer: PeerId,
        os_version: Option<(String, String)>,
        now_ms: i64,
    ) -> Result<bool, Error> {
        let seen = "UPDATE homes SET last_seen_ms = $2, os = COALESCE($3, os), version = COALESCE($4, version) \
            WHERE peer = $1";
        let (os, version) = os_version.unzip();
        self.db.attempt("home-seen", vec![Step::one("home", seen, values![peer, now_ms, os, version])]).await
    }
}

fn home(mut row: Row) -> Result<Home, Error> {
    Ok(Home {
        peer: row.peer()?,
        account: row.id()?,
        name: row.text()?,
        os: row.text()?,
        version: row.text()?,
        activated_ms: row.int()?,
        last_seen_ms: row.opt_int()?,
    })
}
