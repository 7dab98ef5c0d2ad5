//! Types and bytes that agent, portal and player share.
//!
//! No I/O, no clock, no randomness: time and random bytes are arguments. Every decoder answers foreign bytes
//! with an error and never panics. `protocol/vectors/` holds golden bytes that Rust and TypeScript both read.

pub mod activation;
pub mod assertion;
pub mod events;
pub mod grant;
pub mod home;
pub mod id;
pub mod lease;
pub mod path;
pub mod playlists;
pub mod portal;
pub mod problem;
pub mod queue;
pub mod range;
pub mod relay_auth;
pub mod shares;
pub mod token;

/// libp2p protocol name of the home API: HTTP/1.1 over streams
/// (<https://github.com/libp2p/specs/blob/master/http/README.md>).
pub const HTTP_PROTOCOL: &str = "/http/1.1";
/// libp2p protocol name of relay admission, see [`relay_auth`].
pub const RELAY_AUTH_PROTOCOL: &str = "/iroam/relay-auth/1";
