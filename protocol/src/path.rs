//! The ways by which media travel.

use serde::{Deserialize, Serialize};

/// How a player's requests reach the home; ordered from the cheapest to the dearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Path {
    /// Both ends private or loopback addresses, no relay in between; decided by the home, never by the page.
    Lan,
    /// A connection of its own through the internet.
    Direct,
    /// Through a relay.
    Relay,
}

impl Path {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lan => "lan",
            Self::Direct => "direct",
            Self::Relay => "relay",
        }
    }
}
