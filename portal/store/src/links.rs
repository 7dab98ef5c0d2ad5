//! Sign-in links that work once.

use iroam_protocol::id::RowId;

use crate::{
    Error, SecretHash, Store,
    db::{Decision, Step, values},
};

/// How long a link lives: ten minutes, from a terminal to a browser.
pub const LINK_LIFE_MS: i64 = 10 * 60_000;

/// What a link is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It signs this account in, now and never again.
    Account(RowId),
    /// It was used before. Somebody who is signed in as this account may simply go on.
    Used(RowId),
    /// It was not used in time.
    Expired,
    /// There is no such link.
    Unknown,
}

impl Store {
    /// Makes a link.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_link(&self, token: SecretHash, account: RowId, now_ms: i64) -> Result<(), Error> {
        let insert = "INSERT INTO one_time_links (token_hash, account, expires_ms) VALUES ($1, $2, $3)";
        let row = values![token, account, now_ms.saturating_add(LINK_LIFE_MS)];
        match self.db.attempt("create-link", vec![Step::one("link", insert, row)]).await? {
            true => Ok(()),
            false => Err(Error::KeyReused),
        }
    }

    /// Uses a link; of two that try at once, one gets the account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn use_link(&self, token: SecretHash, now_ms: i64) -> Result<Link, Error> {
        let select = "SELECT account, expires_ms, used_ms FROM one_time_links WHERE token_hash = $1";
        let used = "UPDATE one_time_links SET used_ms = $2 WHERE token_hash = $1 AND used_ms IS NULL";
        self.db
            .decide("use-link", async || {
                let Some(mut row) = self.db.read(select, values![token]).await?.into_iter().next() else {
                    return Ok(Decision::nothing(Link::Unknown));
                };
                let (account, expires_ms, used_ms) = (row.id()?, row.int()?, row.opt_int()?);
                Ok(match used_ms {
                    Some(_) => Decision::nothing(Link::Used(account)),
                    None if expires_ms <= now_ms => Decision::nothing(Link::Expired),
                    None => {
                        Decision::run(vec![Step::one("link", used, values![token, now_ms])], Link::Account(account))
                    }
                })
            })
            .await
    }
}
