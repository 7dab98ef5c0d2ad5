//! The home agent: indexes the owner's media and serves them to the owner's players, peer to peer.
//!
//! [`run`] is the daemon. It owns these tasks and ends with them: the local page ([`local`]), the indexer
//! ([`indexer`]), the writer of the spool ([`meters`]), the watch for room on the disk ([`room`]), and, once activated, a [`session`]: the node, the streams, the
//! event channel and the served reports.

pub mod activation;
pub mod cli;
pub mod clock;
pub mod data_dir;
pub mod deny;
pub mod entropy;
pub mod fault;
pub mod home;
pub mod index;
pub mod indexer;
pub mod local;
pub mod metering;
pub mod meters;
pub mod news;
pub mod portal;
pub mod room;
pub mod run;
pub mod session;
pub mod settings;
pub mod spool;

pub use run::{Config, run};

/// Installs the one TLS crypto provider of the process; later calls do nothing.
pub fn install_crypto() {
    // An error says that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
