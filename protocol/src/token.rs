//! Signed tokens: compact JWS with EdDSA over Ed25519 (RFC 7515, RFC 8037), and the key sets that verify them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// The longest token that is looked at, in bytes: a share grant with 500 items fits, a flood does not.
pub const TOKEN_BYTES_MAX: usize = 24 * 1024;

/// DER prefix of an Ed25519 private key in PKCS#8 v1 (RFC 8410 §7), before the 32 bytes of seed.
const PKCS8_ED25519_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Why a token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The bytes are no token of the expected kind.
    #[error("the token is malformed: {0}")]
    Malformed(String),
    /// No key of the set made this signature.
    #[error("the token's signature is not of a trusted key")]
    Signature,
    /// The token is past its end.
    #[error("the token has expired")]
    Expired,
    /// The token starts later than now; one of the clocks is wrong.
    #[error("the token is from the future: check the clock of this machine")]
    NotYetValid,
    /// The token is for another home, portal or relay.
    #[error("the token is for another receiver")]
    Audience,
    /// The token is bound to another peer.
    #[error("the token is bound to another player")]
    Holder,
}

/// A private key that signs tokens. Its `Debug` shows the key id only.
#[derive(Clone)]
pub struct SigningKey {
    seed: [u8; 32],
    jwk: Jwk,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.jwk.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// The key of a 32-byte Ed25519 seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes();
        Self { seed, jwk: Jwk::from_public_key(&public) }
    }

    /// The seed, for whoever stores the key.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The public half.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The PeerId that this key has as a libp2p identity.
    pub fn peer_id(&self) -> crate::id::PeerId {
        let public = ed25519_dalek::SigningKey::from_bytes(&self.seed).verifying_key().to_bytes();
        crate::id::PeerId::from_public_key(public)
    }

    /// Signs claims as a token of the kind `typ`.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] when the claims are no JSON object.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, TokenError> {
        let header = Header { typ: Some(typ.into()), kid: Some(self.jwk.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let der = [&PKCS8_ED25519_PREFIX[..], &self.seed[..]].concat();
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&der))
            .map_err(|error| TokenError::Malformed(error.to_string()))
    }
}

/// A public Ed25519 key as JSON Web Key (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Key id: the RFC 7638 thumbprint.
    pub kid: String,
    /// The public key, base64url.
    pub x: String,
}

impl Jwk {
    /// The JWK of a public key, named by its RFC 7638 thumbprint.
    pub fn from_public_key(public: &[u8; 32]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public);
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()));
        Self { kty: "OKP".into(), crv: "Ed25519".into(), kid, x }
    }
}

/// The keys that a portal signs with: today's and its successors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySet {
    /// The keys, newest first; at most [`KeySet::KEYS_MAX`] are looked at.
    pub keys: Vec<Jwk>,
}

impl KeySet {
    /// How many keys of a set are looked at: current, previous, and room for two announced successors.
    pub const KEYS_MAX: usize = 4;

    /// Checks kind and signature and reads the claims. Times are for the caller to check.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] or [`TokenError::Signature`].
    pub fn verify<C: DeserializeOwned>(&self, typ: &str, token: &str) -> Result<C, TokenError> {
        let header = read_header(typ, token)?;
        let kid = header.kid.ok_or_else(|| TokenError::Malformed("no key id".into()))?;
        let key = self.keys.iter().take(Self::KEYS_MAX).find(|key| key.kid == kid).ok_or(TokenError::Signature)?;
        verify_with(key, token)
    }
}

/// Checks a token that a peer signed with its own libp2p key, and reads the claims.
///
/// # Errors
/// [`TokenError::Malformed`] or [`TokenError::Signature`].
pub fn verify_by_peer<C: DeserializeOwned>(peer: &crate::id::PeerId, typ: &str, token: &str) -> Result<C, TokenError> {
    read_header(typ, token)?;
    verify_with(&Jwk::from_public_key(peer.public_key()), token)
}

fn read_header(typ: &str, token: &str) -> Result<Header, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Malformed(format!("longer than {TOKEN_BYTES_MAX} bytes")));
    }
    let header = jsonwebtoken::decode_header(token).map_err(|error| TokenError::Malformed(error.to_string()))?;
    if header.typ.as_deref() != Some(typ) {
        return Err(TokenError::Malformed(format!("not a {typ}")));
    }
    Ok(header)
}

fn verify_with<C: DeserializeOwned>(key: &Jwk, token: &str) -> Result<C, TokenError> {
    let decoding = DecodingKey::from_ed_components(&key.x).map_err(|_| TokenError::Signature)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    // Times and audience are checked by the caller, who knows the clock and the skew.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode::<C>(token, &decoding, &validation).map(|data| data.claims).map_err(|error| {
        match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenError::Signature,
            _ => TokenError::Malformed(error.to_string()),
        }
    })
}

/// How far two clocks may differ before a token is refused, in seconds.
pub const CLOCK_SKEW_S: i64 = 60;

/// Checks that `iat` ≤ now < `exp`, both with [`CLOCK_SKEW_S`] of tolerance. All times are Unix seconds.
///
/// # Errors
/// [`TokenError::Expired`] or [`TokenError::NotYetValid`].
pub fn check_times(iat: i64, exp: i64, now_s: i64) -> Result<(), TokenError> {
    if now_s >= exp.saturating_add(CLOCK_SKEW_S) {
        return Err(TokenError::Expired);
    }
    if iat > now_s.saturating_add(CLOCK_SKEW_S) {
        return Err(TokenError::NotYetValid);
    }
    Ok(())
}
