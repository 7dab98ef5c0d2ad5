//! Prices per minute.

use iroam_protocol::path::Path;

/// Prices in micros per minute of audio, by path. A listening freezes the table at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tariff {
    /// Within the home's own network.
    pub lan: i64,
    /// Directly through the internet.
    pub direct: i64,
    /// Through a relay.
    pub relay: i64,
}

impl Default for Tariff {
    /// The local network costs nothing; a minute through the internet costs a hundredth of the currency's unit.
    fn default() -> Self {
        Self { lan: 0, direct: 10_000, relay: 10_000 }
    }
}

impl Tariff {
    /// Every path.
    pub const PATHS: [Path; 3] = [Path::Lan, Path::Direct, Path::Relay];

    /// The price of a minute; an unknown path (`None`) costs as much as the relay.
    pub fn price(&self, path: Option<Path>) -> i64 {
        match path {
            Some(Path::Lan) => self.lan,
            Some(Path::Direct) => self.direct,
            Some(Path::Relay) | None => self.relay,
        }
    }

    /// Whether no price is negative.
    pub fn is_valid(&self) -> bool {
        self.lan >= 0 && self.direct >= 0 && self.relay >= 0
    }
}
