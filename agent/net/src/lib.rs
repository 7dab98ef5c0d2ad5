//! The home's place in the peer-to-peer network: a libp2p node that keeps a reservation on a relay, takes streams that
//! players open, and opens streams itself.
//!
//! # Tasks
//! [`spawn`] starts one task, the actor: it owns the libp2p swarm and the short exchanges that show the admission to
//! the relay. It ends with the `CancellationToken`; the handle resolves after it has. When and how often it dials is
//! decided by a state machine without I/O (`link`), which the tests run in simulated time. Inbound streams go
//! swarm → bounded channel → [`Node::incoming`]; one that finds the channel full is reset, never left hanging. Who is
//! connected, with streams or without, stands in [`Node::players`].

mod actor;
mod admission;
mod link;
mod node;
mod parting;
mod ping;
mod resolve;
mod sever;
mod streams;
mod swarm;
mod trouble;
mod way;

pub use actor::spawn;
pub use node::{Config, Error, Incoming, Node, OpenError, Role, State, Stream};
pub use trouble::{Trouble, TroubleKind};
