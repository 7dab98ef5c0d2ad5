//! What every request handler may use.

use std::sync::Arc;

use iroam_relay::Relay;
use iroam_store::Store;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, PublicUrl},
    hub::Hub,
    keys::Keys,
    limits::Limiter,
    password::Passwords,
};

/// The portal's parts; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// The parts as they are put together at the start.
pub(crate) struct Parts {
    /// The configuration.
    pub(crate) config: Config,
    /// The database.
    pub(crate) store: Store,
    /// The keys.
    pub(crate) keys: Keys,
    /// The hasher.
    pub(crate) passwords: Passwords,
    /// Who listens to events.
    pub(crate) hub: Hub,
    /// The relay on this port.
    pub(crate) relay: Relay,
    /// Brakes per address.
    pub(crate) limiters: Limiters,
    /// Ends everything.
    pub(crate) cancel: CancellationToken,
}

/// Brakes per address, one for each thing that can be tried.
#[derive(Debug)]
pub(crate) struct Limiters {
    /// Passwords.
    pub(crate) sign_in: Limiter,
    /// Accounts.
    pub(crate) sign_up: Limiter,
    /// Activations.
    pub(crate) device_authorize: Limiter,
    /// Devices that ask to be signed in.
    pub(crate) sign_in_request: Limiter,
    /// Forgotten passwords.
    pub(crate) forgot: Limiter,
    /// User codes.
    pub(crate) device_code: Limiter,
    /// Links of shares.
    pub(crate) share_link: Limiter,
    /// Addresses and complaints of visitors.
    pub(crate) tell_me: Limiter,
}

impl Limiters {
    /// Limiters that have seen nobody.
    pub(crate) fn new(limits: &crate::limits::AddressLimits) -> Self {
        Self {
            sign_in: Limiter::new(limits.sign_in),
            sign_up: Limiter::new(limits.sign_up),
            device_authorize: Limiter::new(limits.device_authorize),
            sign_in_request: Limiter::new(limits.sign_in_request),
            forgot: Limiter::new(limits.forgot),
            device_code: Limiter::new(limits.device_code),
            share_link: Limiter::new(limits.share_link),
            tell_me: Limiter::new(limits.tell_me),
        }
    }
}

impl App {
    /// Puts the parts together.
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    /// The URL that people and homes use.
    pub(crate) fn public_url(&self) -> &PublicUrl {
        &self.0.config.public_url
    }

    /// The database.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The keys.
    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The hasher.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Who listens to events.
    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// The relay on this port.
    pub(crate) fn relay(&self) -> &Relay {
        &self.0.relay
    }

    /// Brakes per address.
    pub(crate) fn limiters(&self) -> &Limiters {
        &self.0.limiters
    }

    /// Ends with the portal.
    pub(crate) fn cancel(&self) -> &CancellationToken {
        &self.0.cancel
    }
}
