//! What a person compares and types when a home is activated (RFC 8628).

use sha2::{Digest, Sha256};

use crate::id::PeerId;

/// Letters of a user code: no vowels, so no words; nothing that looks like a digit (RFC 8628 §6.1).
pub const CODE_ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters of a user code: 20^8 ≈ 2^34.5 codes against 5 tries in 10 minutes.
pub const CODE_LETTERS: usize = 8;
/// How long a code lives, in seconds.
pub const CODE_LIFE_S: u64 = 600;
/// Wrong guesses before a code dies.
pub const CODE_TRIES_MAX: u32 = 5;

/// A user code, shown as `BCDF-GHJK`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserCode(String);

impl UserCode {
    /// A code from random bytes. Bytes of 240 and more are skipped so that no letter is likelier than another; `None`
    /// when too few usable bytes are left (32 random bytes fail with a chance below 10⁻²⁰).
    pub fn from_random(random: &[u8]) -> Option<Self> {
        let letters = random.iter().filter(|byte| **byte < 240).map(|byte| CODE_ALPHABET[usize::from(byte % 20)]);
        let code: String = letters.take(CODE_LETTERS).map(char::from).collect();
        (code.len() == CODE_LETTERS).then_some(Self(code))
    }

    /// Reads what a person typed: case, blanks and dashes do not matter. `None` when it is no code.
    pub fn parse(text: &str) -> Option<Self> {
        let code: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .take(CODE_LETTERS + 1)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let valid = code.len() == CODE_LETTERS && code.bytes().all(|b| CODE_ALPHABET.contains(&b));
        valid.then_some(Self(code))
    }

    /// The eight letters, as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for UserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", &self.0[..4], &self.0[4..])
    }
}

/// Words of a fingerprint: 64^4 = 2^24 fingerprints, picked out of three sets by eye.
pub const FINGERPRINT_WORDS: usize = 4;

/// Sixty-four short, concrete words that are hard to mistake for one another, read aloud or seen.
const WORDS: [&str; 64] = [
    "amber", "anchor", "apple", "arrow", "badger", "banjo", "basket", "beacon", "bishop", "bottle", "bridge", "bronze",
    "butter", "cactus", "camera", "candle", "canyon", "carpet", "castle", "cello", "cherry", "cobalt", "copper",
    "cotton", "dragon", "eagle", "ember", "falcon", "fiddle", "forest", "garden", "ginger", "guitar", "hammer",
    "harbor", "hazel", "island", "jacket", "jungle", "kettle", "lantern", "lemon", "magnet", "marble", "meadow",
    "mirror", "monkey", "nectar", "oyster", "paddle", "pepper", "piano", "pirate", "pocket", "puzzle", "rabbit",
    "ribbon", "rocket", "saddle", "silver", "timber", "trumpet", "velvet", "window",
];

/// The words of a home's key, shown in its terminal and picked on the approval page.
pub fn fingerprint(home: &PeerId) -> [&'static str; FINGERPRINT_WORDS] {
    let digest = Sha256::new().chain_update(b"iroam fingerprint 1").chain_update(home.to_bytes()).finalize();
    std::array::from_fn(|i| WORDS[usize::from(digest[i] & 63)])
}

/// A wrong set of words from random bytes, to stand beside the right one.
pub fn decoy(random: [u8; FINGERPRINT_WORDS]) -> [&'static str; FINGERPRINT_WORDS] {
    random.map(|byte| WORDS[usize::from(byte & 63)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_code_survives_being_read_and_typed(random: [u8; 32]) {
            if let Some(code) = UserCode::from_random(&random) {
                prop_assert_eq!(UserCode::parse(&code.to_string().to_lowercase()), Some(code.clone()));
                prop_assert_eq!(UserCode::parse(&format!(" {} ", code.as_str())), Some(code));
            }
        }

        #[test]
        fn foreign_text_is_no_code(text in ".{0,40}") {
            if let Some(code) = UserCode::parse(&text) {
                prop_assert_eq!(code.as_str().len(), CODE_LETTERS);
            }
        }
    }

    #[test]
    fn words_differ_and_follow_the_key() {
        let mut words = WORDS.to_vec();
        words.dedup();
        assert_eq!(words.len(), 64);
        let a = fingerprint(&PeerId::from_public_key([1; 32]));
        assert_eq!(a, fingerprint(&PeerId::from_public_key([1; 32])));
        assert_ne!(a, fingerprint(&PeerId::from_public_key([2; 32])));
    }
}
