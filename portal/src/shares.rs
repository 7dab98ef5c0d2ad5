//! Links of shares, and the words that senders may put into them.
//!
//! Public id and secret of a link are made from the portal's own secret and the request's id, so that a repeated request
//! answers the same links although the database holds hashes only.

pub(crate) mod back;
mod words;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use iroam_protocol::id::RowId;
use iroam_store::{SecretHash, outbox};
use sha2::{Digest as _, Sha256};

pub(crate) use self::words::{has_link, is_line, is_text};
use crate::{config::PublicUrl, entropy, keys::Keys};

/// A link with its secret.
#[derive(Clone)]
pub(crate) struct Link {
    /// The part that names the share.
    pub(crate) public_id: String,
    /// The part that opens it.
    secret: String,
}

impl Link {
    /// The link of a sender's request at its place among the recipients.
    pub(crate) fn new(keys: &Keys, account: RowId, content: RowId, place: u64) -> Self {
        let subject = format!("{account}/{content}/{place}");
        let name = keys.derived("share name", &subject);
        let (name, _) = name.split_at(name.len() / 2);
        let secret = URL_SAFE_NO_PAD.encode(keys.derived("share secret", &subject));
        Self { public_id: URL_SAFE_NO_PAD.encode(name), secret }
    }

    /// What the database holds of the secret.
    pub(crate) fn hash(&self) -> SecretHash {
        secret_hash(&self.secret)
    }

    /// The whole link.
    pub(crate) fn url(&self, site: &PublicUrl) -> String {
        format!("{}/s/{}#{}", site.origin(), self.public_id, self.secret)
    }
}

/// What the database holds of a secret that a visitor presents.
pub(crate) fn secret_hash(secret: &str) -> SecretHash {
    SecretHash(entropy::hash(secret))
}

/// An address that may refuse invitations, known by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Addressee(SecretHash);

/// Bytes of the check in a token.
const CHECK_BYTES: usize = 16;

impl Addressee {
    /// The addressee of an e-mail address, whatever its case.
    pub(crate) fn of(email: &str) -> Self {
        Self(outbox::address_hash(email))
    }

    /// The addressee of a link in a mail; `None` for a link that was not made here.
    pub(crate) fn from_token(keys: &Keys, token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (hash, _) = bytes.split_first_chunk::<32>()?;
        let addressee = Self(SecretHash(*hash));
        // Hashes are compared, so that the time tells nothing of the check itself.
        (Sha256::digest(addressee.bytes(keys)) == Sha256::digest(&bytes)).then_some(addressee)
    }

    /// The token of the link by which whoever reads the address says "never again".
    pub(crate) fn token(self, keys: &Keys) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes(keys))
    }

    /// What the list of those who refuse holds: without the portal's secret nobody finds an address in it.
    pub(crate) fn listed(self, keys: &Keys) -> SecretHash {
        SecretHash(keys.derived("opt-out list", &URL_SAFE_NO_PAD.encode(self.0.0)))
    }

    /// By which the mails to it are found.
    pub(crate) fn hash(self) -> SecretHash {
        self.0
    }

    fn bytes(self, keys: &Keys) -> Vec<u8> {
        let check = keys.derived("opt-out check", &URL_SAFE_NO_PAD.encode(self.0.0));
        self.0.0.into_iter().chain(check.into_iter().take(CHECK_BYTES)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> (tempfile::TempDir, Keys) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::load_or_create(dir.path()).unwrap();
        (dir, keys)
    }

    #[test]
    fn a_link_is_the_same_again_and_another_for_every_place_request_and_sender() {
        let (_dir, keys) = keys();
        let (a, b) = (RowId::from_bytes([1; 16]), RowId::from_bytes([2; 16]));
        let link = Link::new(&keys, a, b, 0);
        let site: PublicUrl = "https://portal.example".parse().unwrap();
        assert_eq!(link.url(&site), Link::new(&keys, a, b, 0).url(&site));
        assert_eq!((link.public_id.len(), link.secret.len()), (22, 43));
        let (_other_dir, other) = self::keys();
        for different in [
            Link::new(&keys, a, b, 1),
            Link::new(&keys, b, b, 0),
            Link::new(&keys, a, a, 0),
            Link::new(&other, a, b, 0),
        ] {
            assert!(different.public_id != link.public_id && different.secret != link.secret);
        }
        assert_eq!(secret_hash(&link.secret), link.hash());
    }

    #[test]
    fn an_opt_out_is_of_the_address_and_cannot_be_made_elsewhere() {
        let (_dir, keys) = keys();
        let bob = Addressee::of("bob@example.org");
        assert_eq!(bob, Addressee::of(" Bob@Example.org "));
        assert_eq!(Addressee::from_token(&keys, &bob.token(&keys)), Some(bob));
        let (_other_dir, other) = self::keys();
        assert_ne!(bob.listed(&keys), bob.listed(&other));
        for foreign in ["", "x", &"A".repeat(64), &bob.token(&other), &bob.token(&keys)[..62]] {
            assert_eq!(Addressee::from_token(&keys, foreign), None, "{foreign}");
        }
    }
}
