//! Passwords: argon2id with the library's parameters (19 MiB, 2 passes), off the async threads and few at a time.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::entropy;

/// Shortest password: NIST SP 800-63B asks for 8, passphrases pass 10 with ease.
pub(crate) const CHARS_MIN: usize = 10;
/// Longest password; bounds the work of hashing.
pub(crate) const CHARS_MAX: usize = 256;
/// Hashings at once: each takes 19 MiB and a core for about 30 ms.
const AT_ONCE: usize = 2;

/// Why a hashing did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HashingError {
    /// The portal ends.
    #[error("the portal is shutting down")]
    ShuttingDown,
    /// The library refused.
    #[error("a password could not be hashed: {0}")]
    Library(String),
}

/// Hashes and checks passwords.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    /// Checked when there is no account, so that the answer takes as long.
    dummy: Arc<str>,
}

impl Passwords {
    /// Prepares the dummy hash; takes as long as one hashing.
    ///
    /// # Errors
    /// [`HashingError::Library`].
    pub(crate) fn new() -> Result<Self, HashingError> {
        let dummy = hash(&entropy::secret().text, entropy::bytes())?;
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), dummy: dummy.into() })
    }

    /// The PHC string of a password.
    ///
    /// # Errors
    /// [`HashingError`].
    pub(crate) async fn hash(&self, password: String) -> Result<String, HashingError> {
        self.in_turn(move || hash(&password, entropy::bytes())).await?
    }

    /// Whether the password is the one of `stored`; with `None` it does the same work and says no.
    ///
    /// # Errors
    /// [`HashingError`].
    pub(crate) async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, HashingError> {
        let dummy = self.dummy.clone();
        self.in_turn(move || {
            let known = stored.is_some();
            let matches = verify(&password, stored.as_deref().unwrap_or(&dummy));
            known && matches
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashingError> {
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| HashingError::ShuttingDown)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| HashingError::ShuttingDown)
    }
}

fn hash(password: &str, salt: [u8; 16]) -> Result<String, HashingError> {
    let hash: Result<PasswordHash, _> = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| HashingError::Library(error.to_string()))
}

fn verify(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_matches() {
        let passwords = Passwords::new().unwrap();
        let stored = passwords.hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse".into(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse".into(), Some(stored)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
        assert!(!passwords.verify("x".into(), Some("rubbish".into())).await.unwrap());
    }
}
