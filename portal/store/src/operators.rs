//! The operator's way into the site: a link from the terminal of the portal's machine, which works once and opens a short
//! session that belongs to no account.

use crate::{
    Error, SecretHash, Store,
    db::{Step, values},
};

/// How long a link lives: ten minutes, from a terminal to a browser.
pub const OPERATOR_LINK_LIFE_MS: i64 = 10 * 60_000;
/// How long a session lives: an hour of looking after the portal.
pub const OPERATOR_SESSION_LIFE_MS: i64 = 60 * 60_000;

impl Store {
    /// Makes a link.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_operator_link(&self, link: SecretHash, now_ms: i64) -> Result<(), Error> {
        let insert = "INSERT INTO operator_sessions (link_hash, expires_ms) VALUES ($1, $2)";
        let row = values![link, now_ms.saturating_add(OPERATOR_LINK_LIFE_MS)];
        match self.db.attempt("create-operator-link", vec![Step::one("link", insert, row)]).await? {
            true => Ok(()),
            false => Err(Error::KeyReused),
        }
    }

    /// Turns a link into a session with this secret; `false` when it was used, is over or never was. Of two that try at
    /// once, one gets it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn use_operator_link(&self, link: SecretHash, secret: SecretHash, now_ms: i64) -> Result<bool, Error> {
        let update = "UPDATE operator_sessions SET secret_hash = $2, expires_ms = $4 \
            WHERE link_hash = $1 AND secret_hash IS NULL AND expires_ms > $3";
        let row = values![link, secret, now_ms, now_ms.saturating_add(OPERATOR_SESSION_LIFE_MS)];
        self.db.attempt("use-operator-link", vec![Step::one("session", update, row)]).await
    }

    /// Whether this secret is that of a living session of the operator.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn is_operator(&self, secret: SecretHash, now_ms: i64) -> Result<bool, Error> {
        let select = "SELECT expires_ms FROM operator_sessions WHERE secret_hash = $1 AND expires_ms > $2";
        Ok(!self.db.read(select, values![secret, now_ms]).await?.is_empty())
    }

    /// Ends a session of the operator.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn end_operator_session(&self, secret: SecretHash) -> Result<(), Error> {
        let delete = "DELETE FROM operator_sessions WHERE secret_hash = $1";
        self.db.attempt("end-operator-session", vec![Step::new("session", delete, values![secret])]).await.map(drop)
    }
}
