//! The home API: one router, served over libp2p streams and on loopback. What every answer passes, in order:
//! [`gate`] (method, size, grant), then a handler in [`browse`], [`covers`], [`media`] or [`path`].

pub mod answer;
pub mod browse;
pub mod covers;
pub mod gate;
pub mod media;
mod media_body;
pub mod path;
pub mod peers;
pub mod serve;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};
use iroam_protocol::{id::PeerId, problem::Kind, token::SigningKey};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    activation::Activation, clock::Clock, deny::DenyList, index::Index, meters::Meters, portal::channel::Channel,
};

/// Everything that the home API works with; clones share it.
#[derive(Clone)]
pub struct Home {
    inner: Arc<Inner>,
}

struct Inner {
    key: SigningKey,
    clock: Clock,
    index: Index,
    meters: Meters,
    deny: DenyList,
    activation: watch::Receiver<Option<Arc<Activation>>>,
    channel: watch::Receiver<Channel>,
    cancel: CancellationToken,
}

/// The parts of a [`Home`].
pub struct Parts {
    /// The home's key.
    pub key: SigningKey,
    /// The clock.
    pub clock: Clock,
    /// The library.
    pub index: Index,
    /// The counters of served media.
    pub meters: Meters,
    /// What was revoked.
    pub deny: DenyList,
    /// The activation; `None` while there is none, and nothing is served then.
    pub activation: watch::Receiver<Option<Arc<Activation>>>,
    /// The state of the portal's event channel.
    pub channel: watch::Receiver<Channel>,
    /// Ends running answers.
    pub cancel: CancellationToken,
}

impl Home {
    /// A home of its parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { key, clock, index, meters, deny, activation, channel, cancel } = parts;
        Self { inner: Arc::new(Inner { key, clock, index, meters, deny, activation, channel, cancel }) }
    }

    /// The home's PeerId.
    pub fn id(&self) -> PeerId {
        self.inner.key.peer_id()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The library.
    pub fn index(&self) -> &Index {
        &self.inner.index
    }

    /// The counters of served media.
    pub fn meters(&self) -> &Meters {
        &self.inner.meters
    }

    /// What was revoked.
    pub fn deny(&self) -> &DenyList {
        &self.inner.deny
    }

    /// The activation now; `None` while there is none.
    pub fn activation(&self) -> Option<Arc<Activation>> {
        self.inner.activation.borrow().clone()
    }

    /// Whether the agent has lost the portal.
    pub fn portal_is_away(&self) -> bool {
        matches!(*self.inner.channel.borrow(), Channel::Away { .. })
    }

    fn key(&self) -> &SigningKey {
        &self.inner.key
    }

    fn cancel(&self) -> &CancellationToken {
        &self.inner.cancel
    }

    /// The router. Each request carries a [`gate::Caller`] among its extensions, put there by the transport.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/status", get(browse::status))
            .route("/v1/changes", get(browse::changes))
            .route("/v1/tracks", get(browse::tracks))
            .route("/v1/tracks/{id}", get(browse::track))
            .route("/v1/albums", get(browse::albums))
            .route("/v1/albums/{id}", get(browse::album))
            .route("/v1/artists", get(browse::artists))
            .route("/v1/genres", get(browse::genres))
            .route("/v1/search", get(browse::search))
            .route("/v1/covers/{id}", get(covers::cover))
            .route("/v1/media/{id}", get(media::media))
            .route("/v1/media/{id}/plan", get(media::plan))
            .route("/v1/path", get(path::path))
            .fallback(async || answer::problem(&Kind::NotFound.problem("The home API has no such address.")))
            .method_not_allowed_fallback(answer::method_not_allowed)
            .layer(middleware::from_fn_with_state(self.clone(), gate::gate))
            .layer(middleware::map_response(answer::finish))
            .layer(CatchPanicLayer::custom(answer::panicked))
            .with_state(self.clone())
    }
}

#[cfg(test)]
mod tests;
