//! The blind relay: admitted peers hold reservations and open circuits to the homes that their admission names.
//!
//! The crate knows no web framework and no database: whoever accepts WebSockets hands in byte pipes
//! ([`Relay::accept`]), whoever signs tokens keeps the key set current. What flows through a circuit is encrypted
//! between its two ends; the relay counts it and cannot read it.
//!
//! # Tasks
//! [`spawn`] starts one task, the actor in [`relay`](self): it owns the libp2p swarm, and one child task for each
//! stream that a peer opens (an admission, a reservation, a circuit). All of them end with the actor, and the actor
//! ends with the `CancellationToken`. Decisions are taken in the book of admissions, which knows no I/O and no clock.
//! Bytes go pipe → Noise → yamux → circuit → yamux → Noise → pipe.

mod auth;
mod book;
mod circuit;
mod config;
mod hop;
mod meter;
mod ping;
mod pipe;
mod relay;
mod streams;
mod swarm;
mod wire;

pub use config::{Config, Limits, Tap};
pub use meter::{PeerMeter, Totals};
pub use relay::{Closed, Error, Relay, spawn};
