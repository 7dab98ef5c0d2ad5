//! The portal's one source of randomness: the operating system's generator, through the thread's reseeding one.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use iroam_protocol::{activation::UserCode, id::RowId};
use rand::Rng as _;
use sha2::{Digest as _, Sha256};

/// Random bytes.
#[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A fresh UUIDv7 (RFC 9562 §5.7).
pub fn row_id(now_ms: i64) -> RowId {
    let millis = u64::try_from(now_ms).unwrap_or(0);
    RowId::from_bytes(*uuid::Builder::from_unix_timestamp_millis(millis, &bytes()).into_uuid().as_bytes())
}

/// A user code that a person can type.
pub fn user_code() -> UserCode {
    loop {
        // 32 bytes fail with a chance below 10⁻²⁰, so this is one turn.
        if let Some(code) = UserCode::from_random(&bytes::<32>()) {
            return code;
        }
    }
}

/// A secret of 256 bits: what the holder keeps, and the hash that is stored of it.
pub struct Secret {
    /// Base64url, for the holder.
    pub text: String,
    /// SHA-256 of `text`, for the database. A plain hash suffices for 256 random bits.
    pub hash: [u8; 32],
}

/// A fresh secret.
pub fn secret() -> Secret {
    let text = URL_SAFE_NO_PAD.encode(bytes::<32>());
    let hash = hash(&text);
    Secret { text, hash }
}

/// The stored form of a secret that a holder presents.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_ids_are_uuids_of_version_7_in_the_order_of_time() {
        let (early, late) = (row_id(1_800_000_000_000), row_id(1_800_000_000_001));
        assert!(early < late);
        assert_eq!(early.to_string().as_bytes()[14], b'7');
    }

    #[test]
    fn a_secret_is_found_again_by_its_hash() {
        let secret = secret();
        assert_eq!(hash(&secret.text), secret.hash);
        assert_eq!(secret.text.len(), 43);
    }
}
