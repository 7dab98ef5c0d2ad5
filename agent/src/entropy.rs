//! Randomness: the one place that draws it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Random bytes of the operating system's strength.
#[expect(clippy::disallowed_methods, reason = "this module is where the agent draws randomness")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    for byte in &mut bytes {
        *byte = rand::random();
    }
    bytes
}

/// A random text of 256 bits, base64url.
pub fn secret() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// A random text of 128 bits, base64url, for ids that must not repeat.
pub fn nonce() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<16>())
}

/// A number that is equally likely anywhere in 0.0..1.0.
#[expect(clippy::disallowed_methods, reason = "this module is where the agent draws randomness")]
pub fn fraction() -> f64 {
    rand::random()
}
