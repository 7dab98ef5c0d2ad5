//! The home's end of libp2p's `/webrtc` (browser to private node): browsers reach the home without the relay.
//!
//! A browser that is connected through the relay opens a `/webrtc-signaling/0.0.1` stream and sends an SDP offer;
//! [`Answerer::answer`] answers it on one UDP port that all browsers share. Once ICE, DTLS and SCTP stand, the finished
//! connection comes out of [`Transport`] with the PeerId of the signalling connection, whose Noise handshake proved it; the
//! fingerprints in offer and answer bind the DTLS session to it. Each libp2p stream is one data channel with the framing of
//! the specification (<https://github.com/libp2p/specs/blob/master/webrtc/README.md>).
//!
//! # Tasks
//! One task per UDP socket reads datagrams and hands them to their session; one task per session drives its str0m instance
//! and sends. Both end with the `CancellationToken`. Streams work on the session's state under its lock, which is never held
//! over an await.

mod answer;
mod channel;
mod frame;
mod mapped;
mod muxer;
mod pipe;
mod session;
mod sockets;
mod transport;

pub use answer::{Answerer, Error, SIGNALING_PROTOCOL};
pub use transport::{Transport, start};
