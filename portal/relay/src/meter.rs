//! Byte meters: what each peer sent and received, counted where its multiplexed streams enter and leave.

use std::{
    collections::HashMap,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use futures::{AsyncRead, AsyncWrite};
use iroam_protocol::id::PeerId;
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};

/// How many peers are remembered after they left, so that their figures can still be read: 64 bytes each.
const PEERS_KEPT_MAX: usize = 10_000;

/// What one peer moved, from the relay's point of view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerMeter {
    /// The peer.
    pub peer: PeerId,
    /// Bytes that came from the peer.
    pub received_bytes: u64,
    /// Bytes that went to the peer.
    pub sent_bytes: u64,
    /// Circuits that it has at either end.
    pub circuits: u64,
    /// Reservations that it holds: 0 or 1.
    pub reservations: u64,
}

/// What all peers moved since the start, and what stands now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes that came from peers.
    pub received_bytes: u64,
    /// Bytes that went to peers.
    pub sent_bytes: u64,
    /// Bytes that circuits forwarded, both directions.
    pub relayed_bytes: u64,
    /// Connections with a finished handshake.
    pub connections: u64,
    /// Reservations.
    pub reservations: u64,
    /// Circuits.
    pub circuits: u64,
    /// Circuits that were opened since the start.
    pub circuits_opened: u64,
    /// Tokens, reservations and circuits that were refused since the start.
    pub refused: u64,
}

/// All meters.
#[derive(Default)]
pub(crate) struct Meters {
    peers: Mutex<HashMap<PeerId, Arc<Counts>>>,
    all: Arc<Counts>,
    pub(crate) relayed: AtomicU64,
}

/// The figures of a peer, or of all.
#[derive(Default)]
pub(crate) struct Counts {
    received: AtomicU64,
    sent: AtomicU64,
}

impl Counts {
    /// Received and sent bytes.
    pub(crate) fn read(&self) -> (u64, u64) {
        (self.received.load(Relaxed), self.sent.load(Relaxed))
    }
}

impl Meters {
    /// The meter for a new connection of `peer`: it goes on where the last one stopped.
    pub(crate) fn connected(&self, peer: PeerId) -> Meter {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= PEERS_KEPT_MAX {
            // A peer that is connected has its counts in a meter too.
            peers.retain(|_, counts| Arc::strong_count(counts) > 1);
        }
        Meter { peer: Arc::clone(peers.entry(peer).or_default()), all: Arc::clone(&self.all) }
    }

    /// Every peer's figures.
    pub(crate) fn peers(&self) -> Vec<(PeerId, u64, u64)> {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.iter().map(|(peer, counts)| (*peer, counts.read().0, counts.read().1)).collect()
    }

    /// The figures of all peers.
    pub(crate) fn all(&self) -> (u64, u64) {
        self.all.read()
    }
}

/// Counts one connection.
#[derive(Clone)]
pub(crate) struct Meter {
    peer: Arc<Counts>,
    all: Arc<Counts>,
}

impl Meter {
    fn received(&self, bytes: usize) {
        self.peer.received.fetch_add(bytes as u64, Relaxed);
        self.all.received.fetch_add(bytes as u64, Relaxed);
    }

    fn sent(&self, bytes: usize) {
        self.peer.sent.fetch_add(bytes as u64, Relaxed);
        self.all.sent.fetch_add(bytes as u64, Relaxed);
    }
}

/// A muxer, or one of its streams, whose bytes are counted.
pub(crate) struct Metered<T> {
    inner: T,
    meter: Meter,
}

impl<T> Metered<T> {
    pub(crate) fn new(inner: T, meter: Meter) -> Self {
        Self { inner, meter }
    }
}

impl<M> StreamMuxer for Metered<M>
where
    M: StreamMuxer + Unpin,
    M::Substream: Unpin,
{
    type Substream = Metered<M::Substream>;
    type Error = M::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        let stream = ready!(Pin::new(&mut self.inner).poll_inbound(cx))?;
        Poll::Ready(Ok(Metered::new(stream, self.meter.clone())))
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        let stream = ready!(Pin::new(&mut self.inner).poll_outbound(cx))?;
        Poll::Ready(Ok(Metered::new(stream, self.meter.clone())))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let bytes = ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        self.meter.received(bytes);
        Poll::Ready(Ok(bytes))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let bytes = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        self.meter.sent(bytes);
        Poll::Ready(Ok(bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}
