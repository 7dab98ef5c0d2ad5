//! Failed sign-ins, counted per address in the database so that several nodes count together.

use crate::{
    Error, SecretHash, Store,
    db::{Step, values},
};

/// Failures without a wait: people mistype.
const FREE_FAILURES: u32 = 5;
/// The first wait; each further failure doubles it.
const WAIT_FIRST_S: u64 = 5;
/// The longest wait: guessing stays hopeless, and a pestered owner comes in after a coffee.
const WAIT_MAX_S: u64 = 15 * 60;
/// After so long without failure the count begins anew.
const FORGET_MS: i64 = 24 * 3_600_000;

impl Store {
    /// Seconds to wait before another sign-in with this address (its hash, lower-cased); `None` when it may be tried now.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sign_in_wait(&self, email: SecretHash, now_ms: i64) -> Result<Option<u64>, Error> {
        let select = "SELECT failures, last_ms FROM sign_in_tries WHERE email_hash = $1";
        let Some(mut row) = self.db.read(select, values![email]).await?.into_iter().next() else { return Ok(None) };
        let (failures, last_ms) = (row.count()?, row.int()?);
        Ok(wait_s(failures, last_ms, now_ms))
    }

    /// Counts a failure.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sign_in_failed(&self, email: SecretHash, now_ms: i64) -> Result<(), Error> {
        let upsert = "INSERT INTO sign_in_tries (email_hash, failures, last_ms) VALUES ($1, 1, $2) \
            ON CONFLICT (email_hash) DO UPDATE SET last_ms = $2, \
            failures = CASE WHEN sign_in_tries.last_ms <= $3 THEN 1 ELSE sign_in_tries.failures + 1 END";
        let row = values![email, now_ms, now_ms.saturating_sub(FORGET_MS)];
        self.db.attempt("sign-in-failed", vec![Step::new("tries", upsert, row)]).await.map(drop)
    }

    /// Forgets the failures.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sign_in_succeeded(&self, email: SecretHash) -> Result<(), Error> {
        let exists = "SELECT failures FROM sign_in_tries WHERE email_hash = $1";
        if self.db.read(exists, values![email]).await?.is_empty() {
            return Ok(());
        }
        let delete = "DELETE FROM sign_in_tries WHERE email_hash = $1";
        self.db.attempt("sign-in-succeeded", vec![Step::new("tries", delete, values![email])]).await.map(drop)
    }
}

fn wait_s(failures: u64, last_ms: i64, now_ms: i64) -> Option<u64> {
    let passed_ms = now_ms.saturating_sub(last_ms);
    let doubled = failures.checked_sub(u64::from(FREE_FAILURES)).filter(|_| passed_ms < FORGET_MS)?;
    let doubled = u32::try_from(doubled).unwrap_or(u32::MAX).min(16);
    let wait_s = (WAIT_FIRST_S << doubled).min(WAIT_MAX_S);
    let passed_s = u64::try_from(passed_ms / 1_000).unwrap_or(0);
    wait_s.checked_sub(passed_s).filter(|left| *left > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_begin_after_five_failures_double_and_end() {
        assert_eq!(wait_s(4, 0, 0), None);
        assert_eq!(wait_s(5, 0, 0), Some(5));
        assert_eq!(wait_s(6, 0, 3_000), Some(7));
        assert_eq!(wait_s(6, 0, 10_000), None);
        assert_eq!(wait_s(1_000, 0, 0), Some(900));
        assert_eq!(wait_s(1_000, 0, FORGET_MS), None);
    }
}
