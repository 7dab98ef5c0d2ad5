//! Identifiers. One that exists is valid.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de};

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseIdError {
    /// Not a base58btc PeerId of an Ed25519 key.
    #[error("not the PeerId of an Ed25519 key")]
    PeerId,
    /// Not 22 characters of base64url that hold 128 bits.
    #[error("not an item id: 22 characters of A-Z a-z 0-9 - _ are expected")]
    ItemId,
    /// Not a UUID in its hyphenated lower-case form.
    #[error("not a UUID")]
    Uuid,
}

/// Prefix of a libp2p PeerId that inlines an Ed25519 public key: identity multihash of 36 bytes that hold the
/// key's protobuf (libp2p spec "Peer Ids and Keys").
const ED25519_PEER_ID_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// A libp2p PeerId of an Ed25519 key; homes and players are named by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId([u8; 32]);

impl PeerId {
    /// The PeerId of an Ed25519 public key.
    pub fn from_public_key(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The Ed25519 public key that the PeerId holds.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.0
    }

    /// The binary form of the libp2p specification.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&ED25519_PEER_ID_PREFIX[..], &self.0[..]].concat()
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// [`ParseIdError::PeerId`] when the bytes are no PeerId of an Ed25519 key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ParseIdError> {
        let key = bytes.strip_prefix(&ED25519_PEER_ID_PREFIX).ok_or(ParseIdError::PeerId)?;
        key.try_into().map(Self).map_err(|_| ParseIdError::PeerId)
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.to_bytes()).into_string())
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PeerId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // 38 bytes are at most 52 base58 characters; longer input is not worth decoding.
        if text.len() > 64 {
            return Err(ParseIdError::PeerId);
        }
        let bytes = bs58::decode(text).into_vec().map_err(|_| ParseIdError::PeerId)?;
        Self::from_bytes(&bytes)
    }
}

/// A library object (track, album, artist, genre, cover): 128 random bits, per home, kept over rename, move and retag.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId([u8; 16]);

impl ItemId {
    /// An id of the given random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 128 bits.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ItemId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 22 {
            return Err(ParseIdError::ItemId);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ParseIdError::ItemId)?;
        bytes.try_into().map(Self).map_err(|_| ParseIdError::ItemId)
    }
}

/// A row of the portal (account, listening, …): UUIDv7 in its hyphenated lower-case form.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId([u8; 16]);

impl RowId {
    /// An id of the given bytes, which the portal makes as UUIDv7 (RFC 9562).
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 128 bits.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RowId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 || [8, 13, 18, 23].iter().any(|&i| bytes[i] != b'-') {
            return Err(ParseIdError::Uuid);
        }
        let mut digits = bytes.iter().filter(|b| **b != b'-').map(|b| match b {
            b'0'..=b'9' => Ok(b - b'0'),
            b'a'..=b'f' => Ok(b - b'a' + 10),
            _ => Err(ParseIdError::Uuid),
        });
        let mut id = [0; 16];
        for byte in &mut id {
            let (Some(high), Some(low)) = (digits.next(), digits.next()) else { return Err(ParseIdError::Uuid) };
            *byte = high? << 4 | low?;
        }
        if digits.next().is_some() { Err(ParseIdError::Uuid) } else { Ok(Self(id)) }
    }
}

macro_rules! serde_as_text {
    ($($id:ty),*) => {$(
        impl Serialize for $id {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $id {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                String::schema()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $id {}
    )*};
}

serde_as_text!(PeerId, ItemId, RowId);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_id_survives_its_text(bytes: [u8; 16], key: [u8; 32]) {
            let item = ItemId::from_bytes(bytes);
            prop_assert_eq!(item.to_string().parse(), Ok(item));
            let row = RowId::from_bytes(bytes);
            prop_assert_eq!(row.to_string().parse(), Ok(row));
            let peer = PeerId::from_public_key(key);
            prop_assert_eq!(peer.to_string().parse(), Ok(peer));
            prop_assert_eq!(PeerId::from_bytes(&peer.to_bytes()), Ok(peer));
        }

        #[test]
        fn foreign_text_is_refused_and_never_panics(text in ".{0,80}") {
            let _ = text.parse::<PeerId>();
            let _ = text.parse::<ItemId>();
            let _ = text.parse::<RowId>();
        }
    }

    #[test]
    fn a_path_is_no_item_id() {
        for text in ["../../../etc/passwd", "..%2f..%2fetc%2fpasswd%", "", "AAAAAAAAAAAAAAAAAAAAA/"] {
            assert_eq!(text.parse::<ItemId>(), Err(ParseIdError::ItemId));
        }
    }
}
