//! The relay's streams: hands inbound ones of its protocols to the actor, opens outbound ones on a named connection.

use std::{
    collections::VecDeque,
    convert::Infallible,
    task::{Context, Poll, Waker},
};

use futures::future;
use iroam_protocol::RELAY_AUTH_PROTOCOL;
use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol,
    core::{Endpoint, UpgradeInfo, transport::PortUse, upgrade::ReadyUpgrade},
    relay::{HOP_PROTOCOL_NAME, STOP_PROTOCOL_NAME},
    swarm::{
        ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour,
        NotifyHandler, SubstreamProtocol, THandlerInEvent, ToSwarm,
        handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound},
    },
};
use tokio::sync::oneshot;

use crate::ping;

/// Inbound streams of one connection that wait for the actor; one more is reset. The actor takes them within
/// microseconds, so a longer queue is a flood.
const WAITING_MAX: usize = 32;

/// What a peer wants of the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Circuit relay's reservations and circuits.
    Hop,
    /// Admission.
    Auth,
    /// Pings.
    Ping,
}

impl Service {
    const ALL: [Self; 3] = [Self::Auth, Self::Hop, Self::Ping];

    fn protocol(self) -> StreamProtocol {
        match self {
            Self::Hop => HOP_PROTOCOL_NAME,
            Self::Auth => StreamProtocol::new(RELAY_AUTH_PROTOCOL),
            Self::Ping => StreamProtocol::new(ping::PROTOCOL),
        }
    }
}

/// A peer opened a stream.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) connection: ConnectionId,
    pub(crate) service: Service,
    pub(crate) stream: Stream,
}

/// Gets the stream; dropped when there is none to be had.
pub(crate) type Reply = oneshot::Sender<Stream>;

/// The behaviour.
#[derive(Default)]
pub(crate) struct Behaviour {
    queue: VecDeque<ToSwarm<Inbound, Reply>>,
    waker: Option<Waker>,
}

impl Behaviour {
    /// Opens a stream of circuit relay's stop protocol on a connection.
    pub(crate) fn open_stop(&mut self, peer: PeerId, connection: ConnectionId, reply: Reply) {
        let handler = NotifyHandler::One(connection);
        self.queue.push_back(ToSwarm::NotifyHandler { peer_id: peer, handler, event: reply });
        self.wake();
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
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, connection: ConnectionId, event: (Service, Stream)) {
        let (service, stream) = event;
        self.queue.push_back(ToSwarm::GenerateEvent(Inbound { connection, service, stream }));
        self.wake();
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
#[derive(Default)]
pub(crate) struct Handler {
    inbound: VecDeque<(Service, Stream)>,
    asked: VecDeque<Reply>,
    waker: Option<Waker>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Reply;
    type ToBehaviour = (Service, Stream);
    type InboundProtocol = Services;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Reply;

    fn listen_protocol(&self) -> SubstreamProtocol<Services> {
        SubstreamProtocol::new(Services, ())
    }

    /// Always: whoever has no admission is disconnected by the actor, whoever has one may rest.
    fn connection_keep_alive(&self) -> bool {
        true
    }

    fn on_behaviour_event(&mut self, reply: Reply) {
        self.asked.push_back(reply);
        self.wake();
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Services, ReadyUpgrade<StreamProtocol>, (), Reply>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol, .. })
                if self.inbound.len() < WAITING_MAX =>
            {
                self.inbound.push_back(protocol);
                self.wake();
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, info: reply }) => {
                // Nobody waits any more: the stream is reset.
                drop(reply.send(stream));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info: reply, error }) => {
                tracing::debug!(%error, "a home did not take a circuit");
                drop(reply);
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
        if let Some(reply) = self.asked.pop_front() {
            let protocol = SubstreamProtocol::new(ReadyUpgrade::new(STOP_PROTOCOL_NAME), reply);
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

/// Negotiates one of the relay's protocols.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Services;

impl UpgradeInfo for Services {
    type Info = StreamProtocol;
    type InfoIter = std::array::IntoIter<StreamProtocol, 3>;

    fn protocol_info(&self) -> Self::InfoIter {
        Service::ALL.map(Service::protocol).into_iter()
    }
}

impl libp2p::InboundUpgrade<Stream> for Services {
    type Output = (Service, Stream);
    type Error = Infallible;
    type Future = future::Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, info: StreamProtocol) -> Self::Future {
        let named = Service::ALL.into_iter().find(|service| service.protocol() == info);
        // Only the names above are negotiated.
        future::ready(Ok((named.unwrap_or(Service::Ping), stream)))
    }
}
