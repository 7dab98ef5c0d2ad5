//! What a relay is told at its start, and its bounds.

use std::{fmt, sync::Arc, time::Duration};

/// Configuration of a relay.
#[derive(Clone)]
pub struct Config {
    /// Ed25519 seed of the relay's identity.
    pub seed: [u8; 32],
    /// Public multiaddrs without `/p2p/`, named in reservations. Homes and players dial what the portal tells them, so
    /// this may be empty; reservations then name the address that cannot be dialled, since the protocol wants one.
    pub addresses: Vec<String>,
    /// Bounds.
    pub limits: Limits,
    /// Sees every forwarded byte; for tests that prove that the relay is blind. `None` in production.
    pub tap: Option<Arc<dyn Tap>>,
}

impl Config {
    /// The defaults, for an identity.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, addresses: Vec::new(), limits: Limits::default(), tap: None }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("addresses", &self.addresses)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Looks at forwarded bytes.
pub trait Tap: Send + Sync {
    /// Called with each piece that a circuit forwards, in either direction.
    fn forwarded(&self, bytes: &[u8]);
}

/// Bounds of a relay.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once. An idle one holds about 80 KiB of WebSocket, Noise and yamux buffers: 4,000 are 320 MB.
    pub connections_max: u32,
    /// Connections whose handshake is not finished. A handshake takes a few ms; 256 are a burst after a restart.
    pub handshakes_max: u32,
    /// Connections of one peer: a home reconnects while its old connection is still dying, plus one of the next path.
    pub connections_per_peer_max: u32,
    /// Reservations at once: every connection may be a home.
    pub reservations_max: usize,
    /// Circuits at once. One holds two copy buffers of 64 KiB and up to two yamux windows of 256 KiB while its
    /// receiver is slow: 640 KiB, so 500 are 320 MB at worst.
    pub circuits_max: usize,
    /// Circuits of one player: a tab reaches one home, doubles it while it reconnects, and may switch homes.
    pub circuits_per_source_max: usize,
    /// Circuits to one home: a household's listenings (3 for each account), visitors, and their reconnects.
    pub circuits_per_home_max: usize,
    /// How long a circuit may last. A day: a listening reconnects once a day rather than never being looked at again.
    pub circuit_life: Duration,
    /// How long a connection may stay without admission: showing a token takes two round trips.
    pub unadmitted_life: Duration,
    /// How long one message of a handshake may take, on the slowest link that still carries music.
    pub message_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 4_000,
            handshakes_max: 256,
            connections_per_peer_max: 4,
            reservations_max: 4_000,
            circuits_max: 500,
            circuits_per_source_max: 8,
            circuits_per_home_max: 64,
            circuit_life: Duration::from_secs(24 * 3600),
            unadmitted_life: Duration::from_secs(10),
            message_timeout: Duration::from_secs(10),
        }
    }
}
