//! The UDP sockets: one for each address of this machine, all on one port, shared by every session.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use str0m::net::Transmit;
use tokio::{net::UdpSocket, sync::mpsc};
use tokio_util::sync::CancellationToken;

use crate::{
    mapped::Asked,
    session::{Session, is_stun, now},
};

/// The longest datagram that is read: more than any path's MTU.
const DATAGRAM_MAX: usize = 2_048;
/// Datagrams that wait for a session; what comes then is lost, as on any full link.
pub(crate) const WAITING_MAX: usize = 1_024;
/// Browser addresses that are remembered: several for each session.
const ROUTES_MAX: usize = 1_024;
/// Datagrams that leave in one go.
const BURST: usize = 16;
/// Between two bursts of one session.
const BURST_GAP: std::time::Duration = std::time::Duration::from_millis(1);

/// A datagram that came.
#[derive(Debug)]
pub(crate) struct Datagram {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) bytes: Vec<u8>,
}

/// The sockets.
pub(crate) struct Sockets {
    by_address: HashMap<SocketAddr, UdpSocket>,
}

impl Sockets {
    /// Binds each of `addresses`; those that cannot be bound are left out, and told if none is left.
    pub(crate) fn bind(addresses: &[SocketAddr]) -> io::Result<Self> {
        let mut by_address = HashMap::new();
        let mut last = None;
        for address in addresses {
            match bind(*address) {
                Ok(socket) => {
                    by_address.insert(socket.local_addr()?, socket);
                }
                Err(error) => {
                    tracing::warn!(%address, %error, "this address takes no direct connections");
                    last = Some(error);
                }
            }
        }
        match last {
            Some(error) if by_address.is_empty() => Err(error),
            _ => Ok(Self { by_address }),
        }
    }

    /// What the sockets are bound to.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.by_address.keys().copied()
    }

    /// Sends, in bursts: a flood would fill the buffers on the way and lose most of itself.
    pub(crate) async fn send(&self, datagrams: &[Transmit]) {
        for (n, burst) in datagrams.chunks(BURST).enumerate() {
            if n > 0 {
                tokio::time::sleep(BURST_GAP).await;
            }
            for datagram in burst {
                let Some(socket) = self.by_address.get(&datagram.source) else { continue };
                // UDP promises nothing: what is not sent is sent again by SCTP, or the path dies.
                if let Err(error) = socket.send_to(&datagram.contents, datagram.destination).await {
                    tracing::trace!(%error, "a datagram was not sent");
                }
            }
        }
    }

    /// Sends one datagram from that socket.
    pub(crate) async fn send_from(&self, base: SocketAddr, to: SocketAddr, datagram: &[u8]) {
        let Some(socket) = self.by_address.get(&base) else { return };
        if let Err(error) = socket.send_to(datagram, to).await {
            tracing::trace!(%base, %to, %error, "a datagram was not sent");
        }
    }

    /// Reads one socket until the end.
    pub(crate) async fn read(self: Arc<Self>, address: SocketAddr, sessions: Arc<Sessions>, cancel: CancellationToken) {
        let Some(socket) = self.by_address.get(&address) else { return };
        let mut buf = vec![0; DATAGRAM_MAX];
        loop {
            let received = tokio::select! {
                received = socket.recv_from(&mut buf) => received,
                () = cancel.cancelled() => return,
            };
            match received {
                Ok((len, source)) => {
                    sessions.deliver(Datagram { source, destination: address, bytes: buf[..len].to_vec() });
                }
                // Such as an ICMP answer to something that was sent before.
                Err(error) => tracing::trace!(%error, "a socket"),
            }
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}

/// A session and the way into it.
#[derive(Clone)]
struct Entry {
    session: Arc<Session>,
    datagrams: mpsc::Sender<Datagram>,
}

/// Who is connected, or on the way.
#[derive(Default)]
pub(crate) struct Sessions {
    /// What STUN servers were asked.
    pub(crate) asked: Asked,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    entries: Vec<Entry>,
    /// Browsers' addresses that are known.
    routes: HashMap<SocketAddr, mpsc::Sender<Datagram>>,
}

impl Sessions {
    /// Adds one; `None` when there are `max` of them.
    pub(crate) fn add(&self, session: Arc<Session>, max: usize) -> Option<mpsc::Receiver<Datagram>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.forget_ended();
        if inner.entries.len() >= max {
            return None;
        }
        let (datagrams, inbox) = mpsc::channel(WAITING_MAX);
        inner.entries.push(Entry { session, datagrams });
        Some(inbox)
    }

    /// How many of a peer's there are.
    pub(crate) fn of_peer(&self, peer: &libp2p::PeerId) -> usize {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.entries.iter().filter(|entry| entry.session.peer == *peer && !entry.datagrams.is_closed()).count()
    }

    fn deliver(&self, datagram: Datagram) {
        if is_stun(&datagram.bytes) && self.asked.hears(&datagram.bytes, datagram.source) {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // Only STUN introduces an address, or moves it: it names its session.
        let way = if is_stun(&datagram.bytes) {
            inner.introduce(&datagram)
        } else {
            inner.routes.get(&datagram.source).cloned()
        };
        drop(inner);
        if let Some(way) = way {
            // A full queue is a full link: the datagram is lost.
            drop(way.try_send(datagram));
        }
    }
}

impl Inner {
    fn introduce(&mut self, datagram: &Datagram) -> Option<mpsc::Sender<Datagram>> {
        let entry = self.entries.iter().find(|entry| entry.session.accepts(datagram, now()))?;
        let way = entry.datagrams.clone();
        if self.routes.len() >= ROUTES_MAX {
            self.forget_ended();
        }
        if self.routes.len() < ROUTES_MAX {
            self.routes.insert(datagram.source, way.clone());
        }
        Some(way)
    }

    fn forget_ended(&mut self) {
        self.entries.retain(|entry| !entry.datagrams.is_closed());
        self.routes.retain(|_, way| !way.is_closed());
    }
}
