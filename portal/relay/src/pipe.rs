//! Byte pipes that somebody else accepted, as a libp2p transport.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{AsyncRead, AsyncWrite, future};
use libp2p::{
    Multiaddr,
    core::transport::{DialOpts, ListenerId, Transport, TransportError, TransportEvent},
    multiaddr::Protocol,
};
use tokio::sync::{mpsc, oneshot};

/// Whatever carries bytes.
pub(crate) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// One pipe. Whoever handed it in learns of its end when it is dropped.
pub(crate) struct Pipe {
    bytes: Box<dyn Bytes>,
    _ended: oneshot::Sender<()>,
}

/// A pipe on its way to the swarm.
pub(crate) struct Handed {
    pub(crate) pipe: Pipe,
    pub(crate) from: SocketAddr,
}

impl Pipe {
    /// Wraps `bytes`; the receiver resolves when the pipe is dropped.
    pub(crate) fn new(bytes: impl Bytes + 'static) -> (Self, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        (Self { bytes: Box::new(bytes), _ended: sender }, receiver)
    }
}

impl AsyncRead for Pipe {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_read(cx, buf)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_close(cx)
    }
}

/// The transport: it never listens or dials, it takes the pipes that come through a bounded channel.
pub(crate) struct Pipes {
    handed: mpsc::Receiver<Handed>,
    listener: ListenerId,
}

impl Pipes {
    pub(crate) fn new(handed: mpsc::Receiver<Handed>) -> Self {
        Self { handed, listener: ListenerId::next() }
    }
}

impl Transport for Pipes {
    type Output = Pipe;
    type Error = io::Error;
    type ListenerUpgrade = future::Ready<io::Result<Pipe>>;
    type Dial = future::Pending<io::Result<Pipe>>;

    fn listen_on(&mut self, _: ListenerId, addr: Multiaddr) -> Result<(), TransportError<io::Error>> {
        Err(TransportError::MultiaddrNotSupported(addr))
    }

    fn remove_listener(&mut self, _: ListenerId) -> bool {
        false
    }

    fn dial(&mut self, addr: Multiaddr, _: DialOpts) -> Result<Self::Dial, TransportError<io::Error>> {
        Err(TransportError::MultiaddrNotSupported(addr))
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, Self::Error>> {
        let Poll::Ready(Some(Handed { pipe, from })) = self.handed.poll_recv(cx) else { return Poll::Pending };
        Poll::Ready(TransportEvent::Incoming {
            listener_id: self.listener,
            upgrade: future::ready(Ok(pipe)),
            local_addr: Multiaddr::empty().with(Protocol::Ws("/".into())),
            send_back_addr: multiaddr(from),
        })
    }
}

/// The address of a WebSocket's other end.
fn multiaddr(from: SocketAddr) -> Multiaddr {
    Multiaddr::from(from.ip()).with(Protocol::Tcp(from.port())).with(Protocol::Ws("/".into()))
}
