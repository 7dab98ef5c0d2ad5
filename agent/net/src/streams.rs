//! The node's streams: takes inbound `/http/1.1` of players and pings, opens outbound ones of any protocol on the best connection.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    task::{Context, Poll, Waker},
};

use futures::future;
use iroam_protocol::{HTTP_PROTOCOL, path::Path};
use iroam_webrtc::SIGNALING_PROTOCOL;
use libp2p::{
    InboundUpgrade, Multiaddr, PeerId, Stream, StreamProtocol,
    core::{ConnectedPoint, Endpoint, UpgradeInfo, transport::PortUse, upgrade::ReadyUpgrade},
    swarm::{
        ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour,
        NotifyHandler, StreamUpgradeError, SubstreamProtocol, THandlerInEvent, ToSwarm,
        behaviour::{ConnectionClosed, ConnectionEstablished},
        handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound},
    },
};
use tokio::sync::oneshot;

use crate::{node::Role, ping, way};

/// Inbound streams of one connection that wait for the actor; one more is reset. The actor takes them within
/// microseconds, so a longer queue is a flood.
const WAITING_MAX: usize = 32;

/// What nodes speak; players the last only.
static OFFERED: [StreamProtocol; 3] =
    [StreamProtocol::new(HTTP_PROTOCOL), StreamProtocol::new(SIGNALING_PROTOCOL), StreamProtocol::new(ping::PROTOCOL)];

/// What a peer wants of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// The home API.
    Http,
    /// Pings.
    Ping,
    /// The offer of a direct connection.
    Signaling,
}

/// A peer opened a stream.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) service: Service,
    pub(crate) peer: PeerId,
    pub(crate) path: Path,
    pub(crate) stream: Stream,
}

/// Why a stream did not open on a connection that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    Unsupported,
    Broken,
}

/// Gets the stream; dropped when the connection went away.
pub(crate) type Reply = oneshot::Sender<Result<Stream, Failure>>;

/// A stream to open.
#[derive(Debug)]
pub(crate) struct Ask {
    protocol: StreamProtocol,
    reply: Reply,
}

/// The behaviour.
pub(crate) struct Behaviour {
    role: Role,
    connections: HashMap<PeerId, Vec<(ConnectionId, Path)>>,
    queue: VecDeque<ToSwarm<Inbound, Ask>>,
    waker: Option<Waker>,
}

impl Behaviour {
    pub(crate) fn new(role: Role) -> Self {
        Self { role, connections: HashMap::new(), queue: VecDeque::new(), waker: None }
    }

    /// Opens a stream on the peer's best connection: the cheapest path, of equal ones the newest. Without any
    /// connection the reply is dropped.
    pub(crate) fn open(&mut self, peer: PeerId, protocol: StreamProtocol, reply: Reply) {
        let connections = self.connections.get(&peer).map(Vec::as_slice).unwrap_or_default();
        let Some((best, _)) = connections.iter().rev().min_by_key(|(_, path)| *path) else { return };
        let (handler, event) = (NotifyHandler::One(*best), Ask { protocol, reply });
        self.queue.push_back(ToSwarm::NotifyHandler { peer_id: peer, handler, event });
        self.wake();
    }

    fn handler(&self, is_relayed: bool) -> Handler {
        Handler { role: self.role, is_relayed, inbound: VecDeque::new(), asked: VecDeque::new(), waker: None }
    }

    fn path(&self, peer: &PeerId, connection: ConnectionId) -> Option<Path> {
        self.connections.get(peer)?.iter().find(|(id, _)| *id == connection).map(|(_, path)| *path)
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Inbound;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        local_addr: &Multiaddr,
        remote_addr: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        let endpoint = ConnectedPoint::Listener { local_addr: local_addr.clone(), send_back_addr: remote_addr.clone() };
        Ok(self.handler(endpoint.is_relayed()))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        addr: &Multiaddr,
        role_override: Endpoint,
        port_use: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        let endpoint = ConnectedPoint::Dialer { address: addr.clone(), role_override, port_use };
        Ok(self.handler(endpoint.is_relayed()))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished { peer_id, connection_id, endpoint, .. }) => {
                self.connections.entry(peer_id).or_default().push((connection_id, way::path(endpoint)));
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, .. }) => {
                if let Some(connections) = self.connections.get_mut(&peer_id) {
                    connections.retain(|(id, _)| *id != connection_id);
                    if connections.is_empty() {
                        self.connections.remove(&peer_id);
                    }
                }
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: (Service, Stream)) {
        let (service, stream) = event;
        // A stream of a connection that is gone is of no use.
        if let Some(path) = self.path(&peer, connection) {
            self.queue.push_back(ToSwarm::GenerateEvent(Inbound { service, peer, path, stream }));
            self.wake();
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Inbound, THandlerInEvent<Self>>> {
        match self.queue.pop_front() {
            Some(event) => Poll::Ready(event),
            None => {
                self.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// One connection's part.
pub(crate) struct Handler {
    role: Role,
    is_relayed: bool,
    inbound: VecDeque<(Service, Stream)>,
    asked: VecDeque<Ask>,
    waker: Option<Waker>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Ask;
    type ToBehaviour = (Service, Stream);
    type InboundProtocol = Served;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Reply;

    fn listen_protocol(&self) -> SubstreamProtocol<Served> {
        SubstreamProtocol::new(Served(self.role), ())
    }

    /// The connection to the relay always; a circuit as long as the swarm's idle timeout lets it.
    fn connection_keep_alive(&self) -> bool {
        !self.is_relayed
    }

    fn on_behaviour_event(&mut self, ask: Ask) {
        self.asked.push_back(ask);
        self.wake();
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Served, ReadyUpgrade<StreamProtocol>, (), Reply>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol, .. })
                if self.inbound.len() < WAITING_MAX =>
            {
                self.inbound.push_back(protocol);
                self.wake();
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, info: reply }) => {
                // Nobody waits any more: the stream is reset.
                drop(reply.send(Ok(stream)));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info: reply, error }) => {
                let is_unsupported = matches!(error, StreamUpgradeError::NegotiationFailed);
                let failure = if is_unsupported { Failure::Unsupported } else { Failure::Broken };
                drop(reply.send(Err(failure)));
            }
            _ => {}
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<ReadyUpgrade<StreamProtocol>, Reply, (Service, Stream)>> {
        if let Some(inbound) = self.inbound.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(inbound));
        }
        if let Some(Ask { protocol, reply }) = self.asked.pop_front() {
            let protocol = SubstreamProtocol::new(ReadyUpgrade::new(protocol), reply);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Handler {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// What a node serves: everyone pings, a home `/http/1.1` and offers of direct connections too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served(Role);

impl UpgradeInfo for Served {
    type Info = StreamProtocol;
    type InfoIter = std::iter::Cloned<std::slice::Iter<'static, StreamProtocol>>;

    fn protocol_info(&self) -> Self::InfoIter {
        OFFERED[if self.0 == Role::Home { 0 } else { 2 }..].iter().cloned()
    }
}

impl InboundUpgrade<Stream> for Served {
    type Output = (Service, Stream);
    type Error = Infallible;
    type Future = future::Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, mut stream: Stream, info: StreamProtocol) -> Self::Future {
        let service = match info.as_ref() {
            HTTP_PROTOCOL => Service::Http,
            SIGNALING_PROTOCOL => Service::Signaling,
            _ => Service::Ping,
        };
        if service == Service::Ping {
            stream.ignore_for_keep_alive();
        }
        future::ready(Ok((service, stream)))
    }
}
