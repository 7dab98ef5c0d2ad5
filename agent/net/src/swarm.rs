//! The libp2p swarm of the node: circuits and WebSockets, each with Noise and yamux inside.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use iroam_protocol::id::PeerId;
use libp2p::{
    Swarm, Transport,
    connection_limits::{self, ConnectionLimits},
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, OrTransport, timeout::TransportTimeout},
        upgrade::Version,
    },
    identify,
    identity::Keypair,
    noise, relay,
    swarm::{self, NetworkBehaviour},
    tcp, websocket, yamux,
};
use rustls_pki_types::CertificateDer;
use tokio_util::sync::CancellationToken;

use crate::{
    node::{Config, Error},
    parting::Parting,
    resolve::Resolve,
    sever::Severable,
    streams,
};

/// How long a dial may take before the next address: name, TCP, TLS, WebSocket, Noise.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a circuit without streams is kept: a paused player continues without a new handshake.
const IDLE_TIMEOUT: Duration = Duration::from_secs(600);
/// Connections that this node has dialled: its relay, and homes when it is a player.
const DIALLED_MAX: u32 = 64;
/// Connections whose handshake is not finished: as many as the relay has circuits for one home.
const HANDSHAKES_MAX: u32 = 64;
/// Connections of one player: it reconnects while its old one is still dying.
const CONNECTIONS_PER_PEER_MAX: u32 = 4;
/// Streams of one connection: a circuit each on the relay's, an HTTP connection each on a player's.
const STREAMS_MAX: usize = 256;
/// identify's protocol version, that of libp2p's own nodes.
const IDENTIFY_VERSION: &str = "ipfs/1.0.0";

/// What the node's swarm does.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    limits: connection_limits::Behaviour,
    relay: relay::client::Behaviour,
    identify: identify::Behaviour,
    pub(crate) streams: streams::Behaviour,
}

/// Cuts the connections that were dialled since the last cut.
#[derive(Clone, Default)]
pub(crate) struct Knife(Arc<Mutex<CancellationToken>>);

impl Knife {
    /// Cuts.
    pub(crate) fn cut(&self) {
        let mut token = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *token).cancel();
    }

    fn token(&self) -> CancellationToken {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The swarm, and what cuts its connection to the relay. `direct` takes browsers without it.
pub(crate) fn build(
    keypair: &Keypair,
    config: &Config,
    direct: Option<iroam_webrtc::Transport>,
) -> Result<(Swarm<Behaviour>, Knife), Error> {
    let local = keypair.public().to_peer_id();
    let knife = Knife::default();
    let (circuits, relay) = relay::client::new(local);
    let relayed = transport(keypair, circuits, web_socket(&config.roots)?, knife.clone())?;
    let transport = match direct {
        Some(direct) => OrTransport::new(direct, relayed).map(|either, _| either.into_inner()).boxed(),
        None => relayed,
    };
    let swarm_config = swarm::Config::with_tokio_executor().with_idle_connection_timeout(IDLE_TIMEOUT);
    Ok((Swarm::new(transport, behaviour(keypair, relay, config), local, swarm_config), knife))
}

type Tcp = Resolve<tcp::tokio::Transport>;

fn web_socket(roots: &[CertificateDer<'static>]) -> Result<websocket::Config<Tcp>, Error> {
    let mut tls = websocket::tls::Config::builder();
    for root in roots {
        let root = websocket::tls::Certificate::new(root.to_vec());
        tls.add_trust(&root).map_err(|error| Error::Root(error.to_string()))?;
    }
    let tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true));
    let mut web_socket = websocket::Config::new(Resolve::new(tcp));
    web_socket.set_tls_config(tls.finish());
    Ok(web_socket)
}

fn transport(
    keypair: &Keypair,
    circuits: relay::client::Transport,
    web_socket: websocket::Config<Tcp>,
    knife: Knife,
) -> Result<Boxed<(libp2p::PeerId, StreamMuxerBox)>, Error> {
    let noise = noise::Config::new(keypair).map_err(|error| Error::Identity(error.to_string()))?;
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(STREAMS_MAX);
    let severable = web_socket.map(move |pipe, _| Severable::new(pipe, knife.token()));
    let upgraded = OrTransport::new(circuits, severable).upgrade(Version::V1Lazy).authenticate(noise).multiplex(yamux);
    let timed = TransportTimeout::new(upgraded, DIAL_TIMEOUT);
    Ok(timed.map(|(peer, muxer), _| (peer, StreamMuxerBox::new(Parting::new(muxer)))).boxed())
}

fn behaviour(keypair: &Keypair, relay: relay::client::Behaviour, config: &Config) -> Behaviour {
    // Counted apart: however many players come, the relay can be dialled.
    let limits = ConnectionLimits::default()
        .with_max_pending_incoming(Some(HANDSHAKES_MAX))
        .with_max_established_incoming(Some(config.connections_max))
        .with_max_established_outgoing(Some(DIALLED_MAX))
        .with_max_established_per_peer(Some(CONNECTIONS_PER_PEER_MAX));
    let identify = identify::Config::new(IDENTIFY_VERSION.into(), keypair.public())
        .with_agent_version(concat!("iroam/", env!("CARGO_PKG_VERSION")).into())
        .with_hide_listen_addrs(true);
    Behaviour {
        limits: connection_limits::Behaviour::new(limits),
        relay,
        identify: identify::Behaviour::new(identify),
        streams: streams::Behaviour::new(config.role),
    }
}

/// The project's PeerId; `None` when the key is not Ed25519.
pub(crate) fn ours(peer: &libp2p::PeerId) -> Option<PeerId> {
    PeerId::from_bytes(&peer.to_bytes()).ok()
}

/// libp2p's PeerId.
pub(crate) fn theirs(peer: &PeerId) -> Option<libp2p::PeerId> {
    libp2p::PeerId::from_bytes(&peer.to_bytes()).ok()
}
