//! What the portal tells a home: `GET /api/v1/homes/{id}/events`, server-sent events (HTML Living Standard §9.2).
//!
//! Each event's `data` is one [`AgentEvent`] as JSON; its `id` is the cursor to send as `Last-Event-ID` when the
//! channel is opened again. Every connection starts with `hello` and hears `time` at least every 15 s, so that a silent
//! channel of 45 s is a dead one.

use serde::{Deserialize, Serialize};

use crate::{
    id::{PeerId, RowId},
    portal::RelayAccess,
    token::KeySet,
};

/// Seconds between two [`AgentEvent::Time`].
pub const TIME_EVERY_S: u64 = 15;
/// A channel that is silent for so many seconds is dead.
pub const SILENCE_S: u64 = 45;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AgentEvent {
    /// The first one: time, keys and relays as they are now.
    Hello {
        /// Portal time, Unix milliseconds.
        time_ms: i64,
        /// The portal's keys. A key that was not pinned counts only when [`AgentEvent::Keys`] brings it.
        keys: KeySet,
        /// Where to hold reservations.
        relay: RelayAccess,
        /// The home's name.
        name: String,
    },
    /// The clock.
    Time {
        /// Portal time, Unix milliseconds.
        time_ms: i64,
    },
    /// A new admission or other relays.
    Relays {
        /// Replaces the last.
        relay: RelayAccess,
    },
    /// Deny from now on: running streams stop within 5 s.
    Revoke {
        /// What is denied.
        what: Revoked,
        /// The entry may be forgotten after this time, Unix seconds, when every grant it meant has expired.
        until_s: i64,
    },
    /// A successor key, as `keys+jwt` signed by a pinned key over a [`KeySet`].
    Keys {
        /// The token.
        signed: String,
    },
    /// The owner renamed the home.
    Renamed {
        /// The new name.
        name: String,
    },
    /// The home was removed from its account: it closes, and forgets its activation.
    Deactivated,
    /// An event of a later version.
    #[serde(other)]
    Unknown,
}

/// The `typ` header of a signed key set.
pub const KEYS_TYP: &str = "keys+jwt";

/// What a revocation names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Revoked {
    /// One grant, by its `jti`.
    Grant(String),
    /// A listening.
    Listening(RowId),
    /// A player.
    Player(PeerId),
    /// A share: the grants of all its visitors.
    Share(RowId),
    /// All grants of an account's pseudonym, at sign-out everywhere.
    Account(String),
}
