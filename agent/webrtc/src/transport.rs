//! The transport that libp2p sees: it dials nothing, and hands out connections that stand.

use std::{
    future::{Pending, Ready, ready},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId, Transport as Libp2pTransport, TransportError,
    core::{
        muxing::StreamMuxerBox,
        transport::{DialOpts, ListenerId, TransportEvent},
    },
    multiaddr::Protocol,
};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    answer::Answerer,
    muxer::Connection,
    session::{Session, Way},
    sockets::{Sessions, Sockets},
};

/// Connections that stand and wait for the swarm, which takes them within microseconds.
const FINISHED_MAX: usize = 16;

/// A connection that stands.
pub(crate) struct Finished {
    pub(crate) session: Arc<Session>,
    pub(crate) way: Way,
}

/// Binds a socket to each of `addresses` and starts answering, in the current tokio runtime. The tasks end with `cancel`.
///
/// # Errors
/// When none of the addresses can be bound.
pub fn start(addresses: &[SocketAddr], cancel: CancellationToken) -> io::Result<(Transport, Answerer)> {
    let sockets = Arc::new(Sockets::bind(addresses)?);
    let sessions = Arc::new(Sessions::default());
    let tasks = TaskTracker::new();
    for address in sockets.addresses() {
        tasks.spawn(sockets.clone().read(address, sessions.clone(), cancel.child_token()));
    }
    let (finished, inbox) = mpsc::channel(FINISHED_MAX);
    let answerer = Answerer { sockets, sessions, finished, tasks, cancel };
    Ok((Transport { inbox, listener: None }, answerer))
}

/// The transport. Listening on `/webrtc` lets finished connections in.
pub struct Transport {
    inbox: mpsc::Receiver<Finished>,
    listener: Option<ListenerId>,
}

impl Libp2pTransport for Transport {
    type Output = (PeerId, StreamMuxerBox);
    type Error = io::Error;
    type ListenerUpgrade = Ready<io::Result<Self::Output>>;
    type Dial = Pending<io::Result<Self::Output>>;

    fn listen_on(&mut self, id: ListenerId, addr: Multiaddr) -> Result<(), TransportError<io::Error>> {
        if addr != Multiaddr::from(Protocol::WebRTC) {
            return Err(TransportError::MultiaddrNotSupported(addr));
        }
        self.listener = Some(id);
        Ok(())
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.listener.take_if(|listener| *listener == id).is_some()
    }

    fn dial(&mut self, addr: Multiaddr, _: DialOpts) -> Result<Self::Dial, TransportError<io::Error>> {
        Err(TransportError::MultiaddrNotSupported(addr))
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        let Some(listener_id) = self.listener else { return Poll::Pending };
        let Poll::Ready(Some(Finished { session, way })) = self.inbox.poll_recv(cx) else { return Poll::Pending };
        let peer = session.peer;
        let connection = StreamMuxerBox::new(Connection::new(session));
        Poll::Ready(TransportEvent::Incoming {
            listener_id,
            upgrade: ready(Ok((peer, connection))),
            local_addr: address(way.local),
            send_back_addr: address(way.remote),
        })
    }
}

fn address(socket: SocketAddr) -> Multiaddr {
    Multiaddr::from(socket.ip()).with(Protocol::Udp(socket.port())).with(Protocol::WebRTC)
}
