//! The relay: its handle, and the actor that owns the swarm.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use futures::{AsyncRead, AsyncWrite, StreamExt as _};
use iroam_protocol::{id::PeerId, token::KeySet};
use libp2p::{
    Multiaddr, Stream, Swarm,
    identity::Keypair,
    multiaddr::Protocol,
    swarm::{ConnectionId, SwarmEvent},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    auth,
    book::Book,
    config::{Config, Limits, Tap},
    hop,
    meter::{Meters, PeerMeter, Totals},
    ping,
    pipe::{Handed, Pipe},
    streams::{Inbound, Service},
    swarm::{self, Behaviour, BehaviourEvent, ours},
};

/// How often expired admissions are looked for: a circuit outlives its admission by at most this.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Pipes that wait for the swarm, and commands that wait for the actor. Both are taken within microseconds; a full
/// queue makes the sender wait.
const INBOX_MAX: usize = 64;
/// Streams of one connection that ask something at once, besides its circuits.
const ASKING_MAX: usize = 16;

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The seed makes no identity.
    #[error("the relay's identity cannot be used: {0}")]
    Identity(String),
    /// A public address is no multiaddr.
    #[error("{0:?} is not a multiaddr such as /dns4/portal.example/tcp/443/tls/ws")]
    Address(String),
}

/// The relay does not take pipes any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the relay has stopped")]
pub struct Closed;

/// A handle to a running relay.
#[derive(Clone)]
pub struct Relay {
    shared: Arc<Shared>,
    handed: mpsc::Sender<Handed>,
}

/// What the actor, its tasks and the handle share.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) tap: Option<Arc<dyn Tap>>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) commands: mpsc::Sender<Command>,
    /// For reservations: binary multiaddrs that end in this relay.
    pub(crate) addresses: Vec<Vec<u8>>,
    peer: PeerId,
    book: Mutex<Book>,
    keys: watch::Receiver<KeySet>,
    now_s: Box<dyn Fn() -> i64 + Send + Sync>,
    connections: std::sync::atomic::AtomicU64,
}

impl Shared {
    /// The book; never held across an await.
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Unix seconds.
    pub(crate) fn now_s(&self) -> i64 {
        (self.now_s)()
    }
}

/// What tasks and handles ask of the actor.
pub(crate) enum Command {
    /// Open a stream to a home on the connection of its reservation.
    OpenStop { peer: PeerId, connection: ConnectionId, reply: oneshot::Sender<Stream> },
    /// Close every connection of a peer.
    Disconnect { peer: PeerId, done: oneshot::Sender<()> },
}

/// Starts a relay in the current tokio runtime. `now_s` gives Unix seconds; `keys` are the portal's. The relay ends
/// with `cancel`, the handle resolves after it has.
///
/// # Errors
/// Every [`Error`].
pub fn spawn(
    config: Config,
    keys: watch::Receiver<KeySet>,
    now_s: impl Fn() -> i64 + Send + Sync + 'static,
    cancel: CancellationToken,
) -> Result<(Relay, JoinHandle<()>), Error> {
    let keypair = Keypair::ed25519_from_bytes(config.seed).map_err(|error| Error::Identity(error.to_string()))?;
    let peer = ours(&keypair.public().to_peer_id()).ok_or_else(|| Error::Identity("not an Ed25519 key".into()))?;
    let (handed, pipes) = mpsc::channel(INBOX_MAX);
    let (commands, inbox) = mpsc::channel(INBOX_MAX);
    let meters = Arc::new(Meters::default());
    let swarm = swarm::build(&keypair, &config.limits, pipes, Arc::clone(&meters))?;
    let shared = Arc::new(Shared {
        addresses: addresses(&config.addresses, &keypair)?,
        book: Mutex::new(Book::new(config.limits.clone())),
        limits: config.limits,
        tap: config.tap,
        meters,
        commands,
        peer,
        keys,
        now_s: Box::new(now_s),
        connections: 0.into(),
    });
    let actor =
        Actor { swarm, shared: Arc::clone(&shared), inbox, tasks: JoinSet::new(), connections: HashMap::new(), cancel };
    Ok((Relay { shared, handed }, tokio::spawn(actor.run())))
}

fn addresses(texts: &[String], keypair: &Keypair) -> Result<Vec<Vec<u8>>, Error> {
    let relay = Protocol::P2p(keypair.public().to_peer_id());
    if texts.is_empty() {
        // RFC 6761: a name under `.invalid` is never resolved.
        let nowhere = Multiaddr::empty().with(Protocol::Dns4("relay.invalid".into())).with(Protocol::Tcp(443));
        return Ok(vec![nowhere.with(relay).to_vec()]);
    }
    let address = |text: &String| {
        let parsed: Multiaddr = text.parse().map_err(|_| Error::Address(text.clone()))?;
        Ok(parsed.with(relay.clone()).to_vec())
    };
    texts.iter().map(address).collect()
}

impl Relay {
    /// The relay's PeerId, for its multiaddrs.
    pub fn peer_id(&self) -> PeerId {
        self.shared.peer
    }

    /// Serves one byte pipe, such as a WebSocket, until it ends. Dropping the future does not end the pipe.
    ///
    /// # Errors
    /// [`Closed`] when the relay has stopped.
    pub async fn accept(
        &self,
        pipe: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        from: SocketAddr,
    ) -> Result<(), Closed> {
        let (pipe, ended) = Pipe::new(pipe);
        self.handed.send(Handed { pipe, from }).await.map_err(|_| Closed)?;
        // The sender is never used, only dropped with the pipe.
        drop(ended.await);
        Ok(())
    }

    /// Sends a peer away: closes its connections and circuits, and refuses the tokens that were issued to it up to
    /// now. Returns when its connections are closing.
    pub async fn disconnect(&self, peer: PeerId) {
        self.shared.book().revoke(peer, self.shared.now_s());
        let (done, closing) = oneshot::channel();
        if self.shared.commands.send(Command::Disconnect { peer, done }).await.is_ok() {
            // An error means that the relay has stopped, which disconnects too.
            drop(closing.await);
        }
    }

    /// The meters of all peers that are connected, and of many that were.
    pub fn meters(&self) -> Vec<PeerMeter> {
        let peers = self.shared.meters.peers();
        let book = self.shared.book();
        let meter = |(peer, received_bytes, sent_bytes)| {
            let (circuits, reservations) = book.of_peer(&peer);
            PeerMeter { peer, received_bytes, sent_bytes, circuits, reservations }
        };
        peers.into_iter().map(meter).collect()
    }

    /// The sums, for metrics.
    pub fn totals(&self) -> Totals {
        let (received_bytes, sent_bytes) = self.shared.meters.all();
        let counts = self.shared.book().counts();
        Totals {
            received_bytes,
            sent_bytes,
            relayed_bytes: self.shared.meters.relayed.load(Relaxed),
            connections: self.shared.connections.load(Relaxed),
            reservations: counts.reservations,
            circuits: counts.circuits,
            circuits_opened: counts.circuits_opened,
            refused: counts.refused,
        }
    }
}

struct Actor {
    swarm: Swarm<Behaviour>,
    shared: Arc<Shared>,
    inbox: mpsc::Receiver<Command>,
    /// One for each stream that a peer opened; the output names the connection.
    tasks: JoinSet<()>,
    connections: HashMap<ConnectionId, Connection>,
    cancel: CancellationToken,
}

struct Connection {
    peer: PeerId,
    /// Since when it has no admission; `None` while it has one.
    unadmitted_since: Option<Instant>,
    /// Held by its tasks, so that the count of tasks is the count of references.
    tasks: Arc<()>,
}

impl Actor {
    async fn run(mut self) {
        let mut sweep = interval(SWEEP_EVERY);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.cancel.cancelled() => break,
                event = self.swarm.select_next_some() => self.on_event(event),
                Some(command) = self.inbox.recv() => self.on_command(command),
                Some(ended) = self.tasks.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a stream's task failed");
                    }
                }
                _ = sweep.tick() => self.sweep(),
            }
        }
        self.tasks.shutdown().await;
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, .. } => self.connected(&peer_id, connection_id),
            SwarmEvent::ConnectionClosed { connection_id, num_established, .. } => {
                self.disconnected(connection_id, num_established == 0);
            }
            SwarmEvent::IncomingConnectionError { error, .. } => tracing::debug!(%error, "a handshake failed"),
            SwarmEvent::Behaviour(BehaviourEvent::Streams(inbound)) => self.serve(inbound),
            _ => {}
        }
    }

    fn connected(&mut self, peer: &libp2p::PeerId, connection: ConnectionId) {
        let Some(peer) = ours(peer) else {
            self.swarm.close_connection(connection);
            return;
        };
        let unadmitted_since = Some(Instant::now());
        self.connections.insert(connection, Connection { peer, unadmitted_since, tasks: Arc::default() });
        self.shared.connections.store(self.connections.len() as u64, Relaxed);
    }

    fn disconnected(&mut self, connection: ConnectionId, last: bool) {
        if let Some(gone) = self.connections.remove(&connection) {
            self.shared.book().disconnected(&gone.peer, connection, last);
        }
        self.shared.connections.store(self.connections.len() as u64, Relaxed);
    }

    /// Starts the task that answers a stream; a connection that asks too much at once gets a reset.
    fn serve(&mut self, inbound: Inbound) {
        let Inbound { connection: on, service, mut stream } = inbound;
        let Some(connection) = self.connections.get(&on) else { return };
        if Arc::strong_count(&connection.tasks) > ASKING_MAX + self.shared.limits.circuits_per_source_max {
            tracing::debug!(peer = %connection.peer, "too many streams at once");
            return;
        }
        let (peer, counted, shared) = (connection.peer, Arc::clone(&connection.tasks), Arc::clone(&self.shared));
        self.tasks.spawn(async move {
            let _counted = counted;
            let served = match service {
                Service::Auth => {
                    let admitted = admit(&shared, peer, &mut stream);
                    timeout(shared.limits.message_timeout, admitted).await.unwrap_or(Ok(()))
                }
                Service::Hop => hop::serve(&shared, peer, on, stream).await,
                Service::Ping => ping::answer(stream).await,
            };
            if let Err(error) = served {
                tracing::debug!(%peer, %error, "a stream broke");
            }
        });
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::OpenStop { peer, connection, reply } => {
                // A peer that is gone drops the reply, which is the answer.
                if let Ok(peer) = libp2p::PeerId::from_bytes(&peer.to_bytes()) {
                    self.swarm.behaviour_mut().streams.open_stop(peer, connection, reply);
                }
            }
            Command::Disconnect { peer, done } => {
                let of_peer = self.connections.iter().filter(|(_, connection)| connection.peer == peer);
                for connection in of_peer.map(|(id, _)| *id).collect::<Vec<_>>() {
                    self.swarm.close_connection(connection);
                }
                // Nobody has to wait for it.
                let _ = done.send(());
            }
        }
    }

    /// Ends what has expired, and closes connections that have been without admission for too long.
    fn sweep(&mut self) {
        let (now, now_s) = (Instant::now(), self.shared.now_s());
        let mut late = Vec::new();
        let mut book = self.shared.book();
        book.sweep(now_s);
        for (id, connection) in &mut self.connections {
            if book.is_admitted(&connection.peer) {
                connection.unadmitted_since = None;
                continue;
            }
            let since = *connection.unadmitted_since.get_or_insert(now);
            if now.duration_since(since) >= self.shared.limits.unadmitted_life {
                late.push(*id);
            }
        }
        drop(book);
        for id in late {
            tracing::debug!(connection = %id, "closed a connection without admission");
            self.swarm.close_connection(id);
        }
    }
}

async fn admit(shared: &Shared, peer: PeerId, stream: &mut Stream) -> std::io::Result<()> {
    let token = auth::read_token(stream).await?;
    let answer = auth::decide(&mut shared.book(), &token, &shared.keys.borrow(), &peer, shared.now_s());
    if let iroam_protocol::relay_auth::Answer::Refused { reason } = &answer {
        tracing::info!(%peer, reason, "refused an admission");
    }
    auth::write_answer(stream, &answer).await
}
