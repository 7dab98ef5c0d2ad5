//! The handle to a running node, and what it tells.

use std::{
    collections::BTreeSet,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use iroam_protocol::{id::PeerId, path::Path, portal::RelayAccess};
use rustls_pki_types::CertificateDer;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt as _};

use crate::trouble::Trouble;

/// How long [`Node::open`] waits: a dial through the relay takes five round trips, 10 s are patient on any link.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// What a node is told at its start.
pub struct Config {
    /// Ed25519 seed of the node's identity.
    pub seed: [u8; 32],
    /// The relays and the token that admits. `None` while the node has no portal; a change takes effect at once.
    pub relay: watch::Receiver<Option<RelayAccess>>,
    /// Authorities to trust besides the public ones, such as a portal's private CA.
    pub roots: Vec<CertificateDer<'static>>,
    /// What the node is.
    pub role: Role,
    /// Connections that players hold to this node at once; one more is refused. The node's own, such as the one to its
    /// relay, do not count.
    pub connections_max: u32,
    /// Addresses of this machine at which browsers may reach it directly, over UDP; none leaves browsers the relay. One
    /// that cannot be bound is left out.
    pub direct: Vec<SocketAddr>,
    /// Whether a player may have a direct connection, and so learn this machine's addresses.
    pub may_go_direct: Arc<dyn Fn(&PeerId) -> bool + Send + Sync>,
    /// Random; spreads the retries of many nodes.
    pub jitter_seed: u64,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Holds a reservation and takes `/http/1.1` streams.
    Home,
    /// Only opens streams.
    Player,
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The seed makes no identity.
    #[error("the node's identity cannot be used: {0}")]
    Identity(String),
    /// Direct connections cannot be let in.
    #[error("direct connections cannot be taken: {0}")]
    Direct(String),
    /// A certificate is no authority.
    #[error("a trusted certificate cannot be used: {0}")]
    Root(String),
}

/// How the node stands with its relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// No relay is named yet.
    Waiting,
    /// On the way, or waiting for the next try.
    Connecting {
        /// Tries in a row that failed.
        failures: u32,
        /// Why the last one failed; `None` before the first failure.
        last_error: Option<Trouble>,
    },
    /// Connected and admitted.
    Ready {
        /// The relay.
        relay: PeerId,
        /// Whether players can reach this node; always so for [`Role::Home`].
        reserved: bool,
    },
}

/// A stream that a player opened for `/http/1.1`.
pub struct Incoming {
    /// The player, authenticated by its key.
    pub peer: PeerId,
    /// How its bytes travel.
    pub path: Path,
    /// The stream.
    pub stream: Stream,
}

/// A byte stream to a peer, encrypted end to end. Shutting it down closes its write half only; dropping it before
/// resets it.
pub struct Stream(Compat<libp2p::Stream>);

impl Stream {
    pub(crate) fn new(stream: libp2p::Stream) -> Self {
        Self(stream.compat())
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stream")
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Why a stream did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The node has no relay now.
    #[error("not connected to the relay{}", .0.as_ref().map_or_else(String::new, |trouble| format!(": {trouble}")))]
    NoRelay(Option<Trouble>),
    /// The home holds no reservation.
    #[error("the home is not connected to the relay; is its machine on?")]
    HomeOffline,
    /// The admission does not name this home.
    #[error("the relay does not let this player reach that home")]
    NotAllowed,
    /// The home does not speak the protocol.
    #[error("the peer does not speak {0}")]
    Unsupported(&'static str),
    /// The protocol's name does not begin with a slash.
    #[error("{0:?} is no protocol name")]
    Protocol(&'static str),
    /// It failed otherwise.
    #[error("the home cannot be reached: {0}")]
    Unreachable(String),
    /// Too many streams are being opened.
    #[error("too many streams are being opened at once")]
    Busy,
    /// No answer in time.
    #[error("the home did not answer in time")]
    TimedOut,
    /// The node has stopped.
    #[error("the node has stopped")]
    Stopped,
}

/// What the handle asks of the actor.
pub(crate) enum Command {
    Open { peer: PeerId, protocol: &'static str, reply: oneshot::Sender<Result<Stream, OpenError>> },
    Disconnect { peer: PeerId, done: oneshot::Sender<()> },
}

/// A handle to a running node.
#[derive(Clone)]
pub struct Node {
    pub(crate) peer: PeerId,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) state: watch::Receiver<State>,
    pub(crate) players: watch::Receiver<BTreeSet<PeerId>>,
    pub(crate) incoming: Arc<Mutex<Option<mpsc::Receiver<Incoming>>>>,
}

impl Node {
    /// The node's PeerId: the home's name.
    pub fn peer_id(&self) -> PeerId {
        self.peer
    }

    /// The streams that players open; `None` after the first call. While nobody receives, streams beyond a bound are
    /// reset.
    pub fn incoming(&self) -> Option<mpsc::Receiver<Incoming>> {
        self.incoming.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Who is connected to this node now, whether a stream was opened or not; at most [`Config::connections_max`].
    /// It changes with every connection that comes, also of a player that has another one, and when a player's last
    /// one has gone. A set rather than a queue of events: whoever looks late misses nothing.
    pub fn players(&self) -> watch::Receiver<BTreeSet<PeerId>> {
        self.players.clone()
    }

    /// How the node stands with its relay.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Opens a stream to a peer; dials it through the relay when there is no connection. Cancel-safe.
    ///
    /// # Errors
    /// Every [`OpenError`].
    pub async fn open(&self, peer: PeerId, protocol: &'static str) -> Result<Stream, OpenError> {
        let (reply, answer) = oneshot::channel();
        let opened = async {
            let command = Command::Open { peer, protocol, reply };
            self.commands.send(command).await.map_err(|_| OpenError::Stopped)?;
            answer.await.unwrap_or(Err(OpenError::Stopped))
        };
        timeout(OPEN_TIMEOUT, opened).await.unwrap_or(Err(OpenError::TimedOut))
    }

    /// Closes every connection of a peer, such as a player whose grant was revoked. Returns when they are closing.
    pub async fn disconnect(&self, peer: PeerId) {
        let (done, closing) = oneshot::channel();
        if self.commands.send(Command::Disconnect { peer, done }).await.is_ok() {
            // An error means that the node has stopped, which disconnects too.
            drop(closing.await);
        }
    }
}
