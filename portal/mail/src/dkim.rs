//! DKIM signatures (RFC 6376), `relaxed/relaxed`, with an RSA or an Ed25519 key (RFC 8463).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lettre::message::{
    Message,
    dkim::{DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey},
    header::HeaderName,
};
use pkcs8::{ObjectIdentifier, PrivateKeyInfo, SecretDocument, der::pem::LineEnding};

/// RFC 8017 §A.1.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 8410 §3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// What the signature covers: all that a reader sees or a mail program acts on. A header that is missing is covered as
/// missing (RFC 6376 §5.4.2). `Content-Type` belongs to the body here, whose hash covers all that it says.
const COVERED: [&str; 9] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Signs mails for one domain.
#[derive(Debug)]
pub struct Signer(DkimConfig);

/// Why a key or a selector cannot sign. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not a private key.
    #[error(
        "the file is no private key in PEM. Make one with: openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048"
    )]
    NoKey,
    /// A key of another kind.
    #[error("the key is neither RSA nor Ed25519, and no other signs mail")]
    OtherKind,
    /// The selector is no DNS label.
    #[error("the selector is the name before ._domainkey in your DNS: letters, digits and hyphens, such as mail2027")]
    Selector,
}

impl Signer {
    /// Reads a key in PEM, PKCS#8 or PKCS#1, which signs for `domain` under the DNS name `<selector>._domainkey.<domain>`.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn new(pem: &str, selector: &str, domain: &str) -> Result<Self, BadKey> {
        let plain = |label: &str| {
            let ends = !label.starts_with('-') && !label.ends_with('-');
            ends && !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if selector.len() > 63 || !selector.split('.').all(plain) {
            return Err(BadKey::Selector);
        }
        let relaxed = DkimCanonicalizationType::Relaxed;
        let canonicalization = DkimCanonicalization { header: relaxed, body: relaxed };
        let covered = COVERED.map(HeaderName::new_from_ascii_str).to_vec();
        Ok(Self(DkimConfig::new(selector.to_owned(), domain.to_owned(), key(pem)?, covered, canonicalization)))
    }

    /// Adds the signature.
    pub(crate) fn sign(&self, message: &mut Message) {
        message.sign(&self.0);
    }
}

/// The library reads PKCS#1 for RSA and the bare seed for Ed25519; tools of today write PKCS#8 for both.
fn key(pem: &str) -> Result<DkimSigningKey, BadKey> {
    let (label, document) = SecretDocument::from_pem(pem.trim()).map_err(|_| BadKey::NoKey)?;
    match label {
        "RSA PRIVATE KEY" => rsa(pem.trim()),
        "PRIVATE KEY" => {
            let info = PrivateKeyInfo::try_from(document.as_bytes()).map_err(|_| BadKey::NoKey)?;
            match info.algorithm.oid {
                RSA => {
                    let inner = SecretDocument::try_from(info.private_key).map_err(|_| BadKey::NoKey)?;
                    rsa(&inner.to_pem("RSA PRIVATE KEY", LineEnding::LF).map_err(|_| BadKey::NoKey)?)
                }
                ED25519 => ed25519(info.private_key),
                _ => Err(BadKey::OtherKind),
            }
        }
        _ => Err(BadKey::NoKey),
    }
}

fn rsa(pem: &str) -> Result<DkimSigningKey, BadKey> {
    DkimSigningKey::new(pem, DkimSigningAlgorithm::Rsa).map_err(|_| BadKey::NoKey)
}

/// RFC 8410 §7: the seed in an OCTET STRING of its own.
fn ed25519(private_key: &[u8]) -> Result<DkimSigningKey, BadKey> {
    let seed = private_key.strip_prefix(&[0x04, 0x20]).filter(|seed| seed.len() == 32).ok_or(BadKey::NoKey)?;
    DkimSigningKey::new(&STANDARD.encode(seed), DkimSigningAlgorithm::Ed25519).map_err(|_| BadKey::NoKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8032 §7.1, test 1, as PKCS#8.
    const ED25519_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

    #[test]
    fn keys_that_cannot_sign_say_so() {
        assert!(Signer::new(ED25519_PEM, "mail2027", "example.org").is_ok());
        let bad = |pem: &str, selector: &str| Signer::new(pem, selector, "example.org").unwrap_err();
        assert_eq!(bad("rubbish", "s"), BadKey::NoKey);
        assert_eq!(bad(&ED25519_PEM.replace("VwBCIE", "VvBCIE"), "s"), BadKey::OtherKind, "X448 does not sign");
        assert_eq!(bad(&ED25519_PEM.replace("PRIVATE", "PUBLIC"), "s"), BadKey::NoKey);
        for selector in ["", "a b", "-a", "a..b", "a;d=evil.example"] {
            assert_eq!(bad(ED25519_PEM, selector), BadKey::Selector, "{selector}");
        }
    }
}
