//! Ids and hashes.

use std::fmt;

use iroam_protocol::id::RowId;
use sha2::{Digest, Sha256};

/// SHA-256 of a secret; the secret itself is never stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    /// The hash of a secret.
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// A UUIDv7 (RFC 9562) from portal time and random bytes.
pub fn row_id(now_ms: i64, random: [u8; 10]) -> RowId {
    let millis = u64::try_from(now_ms).unwrap_or(0);
    RowId::from_bytes(*uuid::Builder::from_unix_timestamp_millis(millis, &random).as_uuid().as_bytes())
}

/// A UUIDv7 whose random bits come from a unique key, so that ids need no further randomness. Ids of one unit keep the
/// order of `place` (RFC 9562 §6.2, method 1: a counter in the first 12 bits).
pub(crate) fn row_id_of_key(now_ms: i64, place: usize, key: &str) -> RowId {
    let hash = Sha256::digest(key.as_bytes());
    let mut bits = [0; 10];
    bits.copy_from_slice(&hash[..10]);
    let [.., high, low] = place.min(0xfff).to_be_bytes();
    (bits[0], bits[1]) = (high, low);
    row_id(now_ms, bits)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;

    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_time_and_differ_by_key() {
        let (a, b, c) = (row_id_of_key(1, 0, "a"), row_id_of_key(1, 1, "b"), row_id_of_key(2, 0, "a"));
        assert!(a < b && b < c);
        assert_ne!(a, row_id_of_key(1, 0, "b"));
        assert_eq!(a, row_id_of_key(1, 0, "a"));
        assert_eq!(a.to_string().as_bytes()[14], b'7');
    }
}
