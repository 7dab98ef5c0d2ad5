//! The portal's keys: files in `DIR/keys`, readable by the portal's user only.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use iroam_protocol::{
    events::KEYS_TYP,
    id::{PeerId, RowId},
    token::{KeySet, SigningKey},
};
use sha2::{Digest as _, Sha256};

use crate::{config::restrict, entropy};

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read or written.
    #[error("cannot use the key file {}: {reason}. Check that this user owns the folder and may write there", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// A file holds something else.
    #[error("{} holds no key. Put it back from a backup; without it every home must be activated again", .0.display())]
    Broken(PathBuf),
}

/// Everything secret that the portal keeps beside the database.
#[derive(Debug)]
pub struct Keys {
    signing: SigningKey,
    previous: Option<SigningKey>,
    /// The key set of `signing` and `previous`, signed by `previous`.
    succession: Option<String>,
    relay_seed: [u8; 32],
    pairwise: [u8; 32],
}

impl Keys {
    /// Loads the keys of a data folder, and makes those that are missing.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn load_or_create(data: &Path) -> Result<Self, KeysError> {
        let dir = folder(data)?;
        let signing = SigningKey::from_seed(seed_or_new(&dir.join(SIGNING))?);
        let previous = seed(&dir.join(PREVIOUS))?.map(SigningKey::from_seed);
        let relay_seed = seed_or_new(&dir.join("relay.key"))?;
        let pairwise = seed_or_new(&dir.join("pairwise.key"))?;
        let mut keys = Self { signing, previous, succession: None, relay_seed, pairwise };
        keys.succession = keys.previous.as_ref().and_then(|key| key.sign(KEYS_TYP, &keys.public()).ok());
        Ok(keys)
    }

    /// Makes a successor of the signing key. A running portal uses it from its next start; the key before stays valid
    /// for verification and vouches for the new one.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn rotate(data: &Path) -> Result<(), KeysError> {
        let dir = folder(data)?;
        let old = seed_or_new(&dir.join(SIGNING))?;
        write(&dir.join(PREVIOUS), &old)?;
        write(&dir.join(SIGNING), &entropy::bytes())
    }

    /// The key that signs.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// What verifies: the signing key and the one before it.
    pub fn public(&self) -> KeySet {
        let keys = std::iter::once(&self.signing).chain(&self.previous);
        KeySet { keys: keys.map(|key| key.jwk().clone()).collect() }
    }

    /// The `keys+jwt` by which the key before vouches for the present one; `None` before the first rotation.
    pub fn succession(&self) -> Option<&str> {
        self.succession.as_deref()
    }

    /// The relay's identity.
    pub fn relay_seed(&self) -> [u8; 32] {
        self.relay_seed
    }

    /// The name of an account towards one home: the same every time, another at every other home.
    pub fn pseudonym(&self, account: &RowId, home: &PeerId) -> String {
        let digest = self.keyed(b"pseudonym", &[&account.as_bytes()[..], &home.public_key()[..]].concat());
        URL_SAFE_NO_PAD.encode(&digest[..16])
    }

    /// Bytes that nobody else can foretell and that stay the same for the same subject.
    pub fn stable_bytes(&self, subject: &str) -> [u8; 32] {
        self.keyed(b"stable", subject.as_bytes())
    }

    /// A secret for a subject, the same every time; those of other purposes and subjects tell nothing of it.
    pub fn derived(&self, purpose: &'static str, subject: &str) -> [u8; 32] {
        // The inner hash gives the input a fixed length, so that no digest can be prolonged into another.
        self.keyed(purpose.as_bytes(), Sha256::digest(subject.as_bytes()).as_slice())
    }

    // A hash over a secret of fixed length, a purpose and the input; purposes are no prefixes of one another.
    fn keyed(&self, purpose: &[u8], input: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.pairwise).chain_update(purpose).chain_update(input).finalize().into()
    }
}

const SIGNING: &str = "signing.key";
const PREVIOUS: &str = "previous.key";

fn folder(data: &Path) -> Result<PathBuf, KeysError> {
    let dir = data.join("keys");
    let made = fs::create_dir_all(&dir).and_then(|()| restrict(&dir, 0o700));
    made.map_err(|reason| KeysError::File { path: dir.clone(), reason })?;
    Ok(dir)
}

fn seed_or_new(path: &Path) -> Result<[u8; 32], KeysError> {
    if let Some(seed) = seed(path)? {
        return Ok(seed);
    }
    let fresh = entropy::bytes();
    write(path, &fresh)?;
    Ok(fresh)
}

fn seed(path: &Path) -> Result<Option<[u8; 32]>, KeysError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(reason) => return Err(KeysError::File { path: path.into(), reason }),
    };
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Some).ok_or_else(|| KeysError::Broken(path.into()))
}

/// Writes beside and renames, so that a crash never leaves half a key.
fn write(path: &Path, seed: &[u8; 32]) -> Result<(), KeysError> {
    let fail = |reason| KeysError::File { path: path.into(), reason };
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside).map_err(fail)?;
    file.write_all(URL_SAFE_NO_PAD.encode(seed).as_bytes()).map_err(fail)?;
    file.sync_all().map_err(fail)?;
    fs::rename(&beside, path).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_closed_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::load_or_create(dir.path()).unwrap();
        let again = Keys::load_or_create(dir.path()).unwrap();
        assert_eq!(first.public(), again.public());
        assert_eq!(first.relay_seed(), again.relay_seed());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(dir.path().join("keys/signing.key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_successor_is_vouched_for_by_the_key_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let old = Keys::load_or_create(dir.path()).unwrap();
        Keys::rotate(dir.path()).unwrap();
        let new = Keys::load_or_create(dir.path()).unwrap();
        assert_ne!(new.signing().jwk(), old.signing().jwk());
        let announced: KeySet = old.public().verify(KEYS_TYP, new.succession().unwrap()).unwrap();
        assert_eq!(announced, new.public());
    }

    #[test]
    fn a_broken_key_file_is_told_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        Keys::load_or_create(dir.path()).unwrap();
        let path = dir.path().join("keys/signing.key");
        fs::write(&path, "rubbish").unwrap();
        assert!(matches!(Keys::load_or_create(dir.path()), Err(KeysError::Broken(_))));
        assert_eq!(fs::read_to_string(path).unwrap(), "rubbish");
    }

    #[test]
    fn a_pseudonym_differs_from_home_to_home() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::load_or_create(dir.path()).unwrap();
        let account = RowId::from_bytes([1; 16]);
        let (a, b) = (PeerId::from_public_key([1; 32]), PeerId::from_public_key([2; 32]));
        assert_eq!(keys.pseudonym(&account, &a), keys.pseudonym(&account, &a));
        assert_ne!(keys.pseudonym(&account, &a), keys.pseudonym(&account, &b));
    }
}
