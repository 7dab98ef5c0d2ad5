//! The libp2p swarm of the relay: pipes, Noise, yamux, meters and identify.

use std::sync::Arc;

use iroam_protocol::id::PeerId;
use libp2p::{
    Swarm, Transport as _,
    connection_limits::{self, ConnectionLimits},
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, timeout::TransportTimeout},
        upgrade::Version,
    },
    identify,
    identity::Keypair,
    noise,
    swarm::{self, NetworkBehaviour},
    yamux,
};
use tokio::sync::mpsc;

use crate::{
    config::Limits,
    meter::{Metered, Meters},
    pipe::{Handed, Pipes},
    relay::Error,
    streams,
};

/// Streams of one connection: each circuit is one, pings another, admissions come and go.
const STREAMS_MAX: usize = 128;
/// identify's protocol version, that of libp2p's own nodes.
const IDENTIFY_VERSION: &str = "ipfs/1.0.0";

/// What the relay's swarm does.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    limits: connection_limits::Behaviour,
    identify: identify::Behaviour,
    pub(crate) streams: streams::Behaviour,
}

/// The swarm, fed by `handed`.
pub(crate) fn build(
    keypair: &Keypair,
    limits: &Limits,
    handed: mpsc::Receiver<Handed>,
    meters: Arc<Meters>,
) -> Result<Swarm<Behaviour>, Error> {
    let transport = transport(keypair, limits, handed, meters)?;
    let config = swarm::Config::with_tokio_executor().with_max_negotiating_inbound_streams(STREAMS_MAX);
    Ok(Swarm::new(transport, behaviour(keypair, limits), keypair.public().to_peer_id(), config))
}

fn transport(
    keypair: &Keypair,
    limits: &Limits,
    handed: mpsc::Receiver<Handed>,
    meters: Arc<Meters>,
) -> Result<Boxed<(libp2p::PeerId, StreamMuxerBox)>, Error> {
    let noise = noise::Config::new(keypair).map_err(|error| Error::Identity(error.to_string()))?;
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(STREAMS_MAX);
    let upgraded = Pipes::new(handed).upgrade(Version::V1Lazy).authenticate(noise).multiplex(yamux);
    let timed = TransportTimeout::new(upgraded, limits.message_timeout);
    Ok(timed.and_then(move |(peer, muxer), _| async move { meter(&meters, peer, muxer) }).boxed())
}

/// Puts the meter of `peer` around its connection. Only Ed25519 keys name homes and players.
fn meter<M>(meters: &Meters, peer: libp2p::PeerId, muxer: M) -> std::io::Result<(libp2p::PeerId, StreamMuxerBox)>
where
    M: libp2p::core::StreamMuxer + Unpin + Send + 'static,
    M::Substream: Send + Unpin + 'static,
    M::Error: Send + Sync + 'static,
{
    let ours = ours(&peer).ok_or_else(|| std::io::Error::other("the peer's key is not Ed25519"))?;
    Ok((peer, StreamMuxerBox::new(Metered::new(muxer, meters.connected(ours)))))
}

fn behaviour(keypair: &Keypair, limits: &Limits) -> Behaviour {
    let connections = ConnectionLimits::default()
        .with_max_pending_incoming(Some(limits.handshakes_max))
        .with_max_established(Some(limits.connections_max))
        .with_max_established_per_peer(Some(limits.connections_per_peer_max));
    let identify = identify::Config::new(IDENTIFY_VERSION.into(), keypair.public())
        .with_agent_version(concat!("iroam-relay/", env!("CARGO_PKG_VERSION")).into());
    Behaviour {
        limits: connection_limits::Behaviour::new(connections),
        identify: identify::Behaviour::new(identify),
        streams: streams::Behaviour::default(),
    }
}

/// The project's PeerId; `None` when the key is not Ed25519.
pub(crate) fn ours(peer: &libp2p::PeerId) -> Option<PeerId> {
    PeerId::from_bytes(&peer.to_bytes()).ok()
}
