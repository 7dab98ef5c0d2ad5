//! Grants: what the portal allows one player to do at one home. Bound to the player's PeerId, so a stolen grant is
//! useless on another connection.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ItemId, PeerId, RowId},
    token::{self, KeySet, SigningKey, TokenError},
};

/// The `typ` header of a grant.
pub const GRANT_TYP: &str = "grant+jwt";
/// The `typ` header of a relay admission.
pub const RELAY_TYP: &str = "relay+jwt";
/// Longest life of a grant that reads no media, in seconds.
pub const BROWSE_LIFE_S: i64 = 600;
/// Longest life of every other grant, in seconds.
pub const LISTEN_LIFE_S: i64 = 120;
/// Life of a relay admission, in seconds; renewed with the grant.
pub const RELAY_LIFE_S: i64 = 600;

/// What a grant is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// Library, covers and search; never media.
    Browse,
    /// Everything of browse, and media within a listening.
    Listen,
    /// The named items only: facts and covers; media within a listening.
    Share,
    /// The named items as a whole.
    Download,
}

/// RFC 7800 confirmation: which peer may use the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The player's PeerId.
    pub peer: PeerId,
}

/// The claims of a grant. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The portal's public URL.
    pub iss: String,
    /// The home's PeerId.
    pub aud: PeerId,
    /// Pairwise pseudonym of the account: differs from home to home.
    pub sub: String,
    /// The player that may use this grant.
    pub cnf: Confirmation,
    /// What it is for.
    pub scope: Scope,
    /// The listening; `None` for browse, and for a share's visitor that does not listen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lst: Option<RowId>,
    /// Cumulative media milliseconds that may be served in this listening; `None` for browse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceil_ms: Option<u64>,
    /// The share whose visitor this is, for revocation; `None` for grants of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shr: Option<RowId>,
    /// Item ids that a share or download is limited to; `None` means the whole library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub res: Option<Vec<ItemId>>,
    /// Issued at.
    pub iat: i64,
    /// Expires at.
    pub exp: i64,
    /// Unique id, for revocation.
    pub jti: String,
}

impl Grant {
    /// Signs the grant.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] when the claims cannot be written as JSON.
    pub fn sign(&self, key: &SigningKey) -> Result<String, TokenError> {
        key.sign(GRANT_TYP, self)
    }

    /// Verifies a grant offline, as the home `home` that talks with `player` over an authenticated connection.
    /// The deny list is the caller's to ask.
    ///
    /// # Errors
    /// Every [`TokenError`].
    pub fn verify(text: &str, keys: &KeySet, home: &PeerId, player: &PeerId, now_s: i64) -> Result<Self, TokenError> {
        let grant: Self = keys.verify(GRANT_TYP, text)?;
        if grant.aud != *home {
            return Err(TokenError::Audience);
        }
        if grant.cnf.peer != *player {
            return Err(TokenError::Holder);
        }
        token::check_times(grant.iat, grant.exp, now_s)?;
        grant.check_shape()?;
        Ok(grant)
    }

    fn check_shape(&self) -> Result<(), TokenError> {
        let life_max = if self.reads_media() { LISTEN_LIFE_S } else { BROWSE_LIFE_S };
        if self.exp.saturating_sub(self.iat) > life_max {
            return Err(TokenError::Malformed("it lives longer than its scope allows".into()));
        }
        if self.lst.is_some() != self.ceil_ms.is_some() {
            return Err(TokenError::Malformed("a listening and its ceiling come together".into()));
        }
        match self.scope {
            Scope::Listen if self.lst.is_none() => {
                Err(TokenError::Malformed("a grant for media names its listening and ceiling".into()))
            }
            Scope::Share if self.shr.is_none() => {
                Err(TokenError::Malformed("a visitor's grant names its share".into()))
            }
            Scope::Share | Scope::Download if self.res.is_none() => {
                Err(TokenError::Malformed("a grant for single items names them".into()))
            }
            _ => Ok(()),
        }
    }

    /// Whether media may be read with it.
    pub fn reads_media(&self) -> bool {
        match self.scope {
            Scope::Browse => false,
            Scope::Share => self.lst.is_some(),
            Scope::Listen | Scope::Download => true,
        }
    }
}

/// The claims of a relay admission: who may use a relay and which homes may be reached. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayAdmission {
    /// The portal's public URL.
    pub iss: String,
    /// The peer that is admitted.
    pub peer: PeerId,
    /// Homes it may open circuits to; empty for a home, which may only be reached.
    pub homes: Vec<PeerId>,
    /// Whether it may hold a reservation, which homes need.
    pub reserve: bool,
    /// Issued at.
    pub iat: i64,
    /// Expires at.
    pub exp: i64,
}

impl RelayAdmission {
    /// Signs the admission.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] when the claims cannot be written as JSON.
    pub fn sign(&self, key: &SigningKey) -> Result<String, TokenError> {
        key.sign(RELAY_TYP, self)
    }

    /// Verifies an admission that `peer` presents over an authenticated connection.
    ///
    /// # Errors
    /// Every [`TokenError`] but [`TokenError::Audience`].
    pub fn verify(text: &str, keys: &KeySet, peer: &PeerId, now_s: i64) -> Result<Self, TokenError> {
        let admission: Self = keys.verify(RELAY_TYP, text)?;
        if admission.peer != *peer {
            return Err(TokenError::Holder);
        }
        token::check_times(admission.iat, admission.exp, now_s)?;
        Ok(admission)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW_S: i64 = 1_800_000_000;

    fn key(n: u8) -> SigningKey {
        SigningKey::from_seed([n; 32])
    }

    fn grant() -> Grant {
        Grant {
            iss: "https://portal.example".into(),
            aud: key(2).peer_id(),
            sub: "pseudonym".into(),
            cnf: Confirmation { peer: key(3).peer_id() },
            scope: Scope::Listen,
            lst: Some(RowId::from_bytes([7; 16])),
            ceil_ms: Some(180_000),
            shr: None,
            res: None,
            iat: NOW_S,
            exp: NOW_S + LISTEN_LIFE_S,
            jti: "jti".into(),
        }
    }

    fn verify(text: &str, now_s: i64) -> Result<Grant, TokenError> {
        let keys = KeySet { keys: vec![key(1).jwk().clone()] };
        Grant::verify(text, &keys, &key(2).peer_id(), &key(3).peer_id(), now_s)
    }

    #[test]
    fn a_grant_serves_its_home_and_player_in_its_time_only() {
        let text = grant().sign(&key(1)).unwrap();
        assert_eq!(verify(&text, NOW_S), Ok(grant()));
        assert_eq!(verify(&text, NOW_S + LISTEN_LIFE_S + 59), Ok(grant()));
        assert_eq!(verify(&text, NOW_S + LISTEN_LIFE_S + 60), Err(TokenError::Expired));
        assert_eq!(verify(&text, NOW_S - 61), Err(TokenError::NotYetValid));
        let keys = KeySet { keys: vec![key(1).jwk().clone()] };
        let as_other = |home, player| Grant::verify(&text, &keys, &home, &player, NOW_S);
        assert_eq!(as_other(key(9).peer_id(), key(3).peer_id()), Err(TokenError::Audience));
        assert_eq!(as_other(key(2).peer_id(), key(9).peer_id()), Err(TokenError::Holder));
    }

    #[test]
    fn a_grant_of_a_foreign_key_or_another_kind_is_refused() {
        assert_eq!(verify(&grant().sign(&key(8)).unwrap(), NOW_S), Err(TokenError::Signature));
        let other_kind = key(1).sign(RELAY_TYP, &grant()).unwrap();
        assert!(matches!(verify(&other_kind, NOW_S), Err(TokenError::Malformed(_))));
        let forged_kid = {
            let text = grant().sign(&key(8)).unwrap();
            let mine = grant().sign(&key(1)).unwrap();
            format!("{}.{}", mine.split('.').next().unwrap(), text.split_once('.').unwrap().1)
        };
        assert_eq!(verify(&forged_kid, NOW_S), Err(TokenError::Signature));
    }

    #[test]
    fn a_grant_for_media_needs_a_listening_and_a_short_life() {
        let without = Grant { lst: None, ..grant() }.sign(&key(1)).unwrap();
        assert!(matches!(verify(&without, NOW_S), Err(TokenError::Malformed(_))));
        let long = Grant { exp: NOW_S + 3600, ..grant() }.sign(&key(1)).unwrap();
        assert!(matches!(verify(&long, NOW_S), Err(TokenError::Malformed(_))));
    }

    fn visitor() -> Grant {
        let (shr, res) = (Some(RowId::from_bytes([8; 16])), Some(vec![ItemId::from_bytes([9; 16])]));
        Grant { scope: Scope::Share, shr, res, ..grant() }
    }

    #[test]
    fn a_visitor_s_grant_names_its_share_and_items_and_reads_media_in_a_listening_only() {
        let read = |grant: Grant| verify(&grant.sign(&key(1)).unwrap(), NOW_S);
        assert!(read(visitor()).unwrap().reads_media());
        let looking = Grant { lst: None, ceil_ms: None, exp: NOW_S + BROWSE_LIFE_S, ..visitor() };
        assert!(!read(looking.clone()).unwrap().reads_media());
        for wrong in [
            Grant { exp: NOW_S + BROWSE_LIFE_S, ..visitor() },
            Grant { res: None, ..looking.clone() },
            Grant { shr: None, ..looking.clone() },
            Grant { ceil_ms: Some(1), ..looking },
            Grant { ceil_ms: None, ..visitor() },
        ] {
            assert!(matches!(read(wrong), Err(TokenError::Malformed(_))));
        }
    }

    #[test]
    fn the_largest_share_fits_a_token() {
        let res = Some(vec![ItemId::from_bytes([255; 16]); crate::shares::ITEMS_MAX]);
        assert!(verify(&Grant { res, ..visitor() }.sign(&key(1)).unwrap(), NOW_S).is_ok());
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let text = grant().sign(&key(1)).unwrap();
        let mut parts = text.split('.');
        let (_, body) = (parts.next(), parts.next().unwrap());
        // {"alg":"none","typ":"grant+jwt"}
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiZ3JhbnQrand0In0.{body}.");
        assert!(verify(&none, NOW_S).is_err());
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_refused_and_nothing_panics(at: prop::sample::Index, byte in b'-'..=b'z') {
            let text = grant().sign(&key(1)).unwrap();
            let mut bytes = text.clone().into_bytes();
            let at = at.index(bytes.len());
            let unchanged = bytes[at] == byte;
            bytes[at] = byte;
            // The last character of a base64url text of 64 bytes carries two unused bits; a strict decoder refuses them.
            let answer = verify(&String::from_utf8(bytes).unwrap(), NOW_S);
            prop_assert_eq!(answer.is_ok(), unchanged);
        }

        #[test]
        fn foreign_text_is_refused(text in ".{0,200}") {
            prop_assert!(verify(&text, NOW_S).is_err());
        }
    }
}
