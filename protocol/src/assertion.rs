//! What a home signs with its own libp2p key: its identity towards the portal, and reports of the path in use.

use serde::{Deserialize, Serialize};

use crate::{
    id::{PeerId, RowId},
    path::Path,
    token::{self, SigningKey, TokenError},
};

/// The `typ` header of an agent's assertion.
pub const AGENT_TYP: &str = "agent+jwt";
/// The `typ` header of a path report.
pub const PATH_TYP: &str = "path+jwt";
/// Longest life of an assertion, in seconds: one request, with room for a slow line.
pub const ASSERTION_LIFE_S: i64 = 60;

/// A home's proof of identity, sent as `Authorization: Bearer` to the portal (in the manner of RFC 7523).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// The home.
    pub iss: PeerId,
    /// The portal's public URL without a trailing slash.
    pub aud: String,
    /// Issued at, Unix seconds.
    pub iat: i64,
    /// Expires at, Unix seconds.
    pub exp: i64,
    /// Unique id.
    pub jti: String,
}

impl Assertion {
    /// Signs the assertion.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] when the claims cannot be written as JSON.
    pub fn sign(&self, key: &SigningKey) -> Result<String, TokenError> {
        key.sign(AGENT_TYP, self)
    }

    /// Verifies an assertion of the home `home` for the portal `portal`.
    ///
    /// # Errors
    /// Every [`TokenError`].
    pub fn verify(text: &str, home: &PeerId, portal: &str, now_s: i64) -> Result<Self, TokenError> {
        let assertion: Self = token::verify_by_peer(home, AGENT_TYP, text)?;
        if assertion.iss != *home {
            return Err(TokenError::Holder);
        }
        if assertion.aud != portal {
            return Err(TokenError::Audience);
        }
        if assertion.exp.saturating_sub(assertion.iat) > ASSERTION_LIFE_S {
            return Err(TokenError::Malformed("it lives longer than a minute".into()));
        }
        token::check_times(assertion.iat, assertion.exp, now_s)?;
        Ok(assertion)
    }
}

/// Longest age of a path report that prices a minute, in seconds: three heartbeats.
pub const PATH_REPORT_AGE_S: i64 = 60;

/// A home's word on the path that a player's requests take; decides the price of a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathReport {
    /// The home.
    pub iss: PeerId,
    /// The player.
    pub player: PeerId,
    /// The listening.
    pub lst: RowId,
    /// The path.
    pub path: Path,
    /// Issued at, Unix seconds.
    pub iat: i64,
}

impl PathReport {
    /// Signs the report.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] when the claims cannot be written as JSON.
    pub fn sign(&self, key: &SigningKey) -> Result<String, TokenError> {
        key.sign(PATH_TYP, self)
    }

    /// Verifies a report of `home` on the listening `lst` of `player`.
    ///
    /// # Errors
    /// Every [`TokenError`].
    pub fn verify(text: &str, home: &PeerId, player: &PeerId, lst: &RowId, now_s: i64) -> Result<Self, TokenError> {
        let report: Self = token::verify_by_peer(home, PATH_TYP, text)?;
        if report.iss != *home || report.player != *player || report.lst != *lst {
            return Err(TokenError::Holder);
        }
        token::check_times(report.iat, report.iat.saturating_add(PATH_REPORT_AGE_S), now_s)?;
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_800_000_000;

    #[test]
    fn an_assertion_speaks_for_its_own_home_to_its_own_portal() {
        let key = SigningKey::from_seed([1; 32]);
        let stranger = SigningKey::from_seed([2; 32]);
        let claims = Assertion {
            iss: key.peer_id(),
            aud: "https://portal.example".into(),
            iat: NOW_S,
            exp: NOW_S + ASSERTION_LIFE_S,
            jti: "1".into(),
        };
        let text = claims.sign(&key).unwrap();
        assert_eq!(Assertion::verify(&text, &key.peer_id(), "https://portal.example", NOW_S), Ok(claims.clone()));
        assert_eq!(Assertion::verify(&text, &key.peer_id(), "https://other.example", NOW_S), Err(TokenError::Audience));
        assert_eq!(
            Assertion::verify(&text, &stranger.peer_id(), "https://portal.example", NOW_S),
            Err(TokenError::Signature)
        );
        let forged = claims.sign(&stranger).unwrap();
        assert_eq!(
            Assertion::verify(&forged, &key.peer_id(), "https://portal.example", NOW_S),
            Err(TokenError::Signature)
        );
    }
}
