//! Addresses that get no more invitations. Only keyed hashes are kept: the list tells nobody's address.

use crate::{
    Error, SecretHash, Store,
    db::{Step, values},
    outbox,
};

const INSERT: &str = "INSERT INTO opt_outs (address_hash, at_ms) VALUES ($1, $2) ON CONFLICT (address_hash) DO NOTHING";
const FOUND: &str = "SELECT address_hash FROM opt_outs WHERE address_hash = $1";

impl Store {
    /// No more invitations to this address, and none of those that wait; `to` is its hash in the outbox.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn opt_out(&self, address: SecretHash, to: SecretHash, now_ms: i64) -> Result<(), Error> {
        let steps = vec![Step::new("opt-out", INSERT, values![address, now_ms]), outbox::cancel_to_step(to, now_ms)];
        self.db.attempt("opt-out", steps).await.map(drop)
    }

    /// Whether an address gets no invitations.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn has_opted_out(&self, address: SecretHash) -> Result<bool, Error> {
        Ok(!self.db.read(FOUND, values![address]).await?.is_empty())
    }
}
