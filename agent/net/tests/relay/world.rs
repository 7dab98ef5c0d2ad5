//! A relay behind its real door on a loopback port, homes, players, and the portal's key that admits them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU8, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, State as Extracted, WebSocketUpgrade},
    response::Response,
    routing::get,
    serve::ListenerExt as _,
};
use iroam_net::{Config, Node, Role, State};
use iroam_protocol::{
    grant::RelayAdmission,
    id::PeerId,
    portal::RelayAccess,
    token::{KeySet, SigningKey},
};
use iroam_relay::{Limits, Relay, Tap};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use axum_server::tls_rustls::RustlsConfig;

use crate::{authority::Authority, relay_port};

/// Deadline of every wait in these tests.
pub const SOON: Duration = Duration::from_secs(10);
/// The relay's clock at the start, Unix seconds.
pub const NOW_S: i64 = 1_800_000_000;
const RELAY_SEED: [u8; 32] = [100; 32];

/// The world.
pub struct World {
    pub relay: Relay,
    pub port: u16,
    pub clock_s: Arc<AtomicI64>,
    keys: watch::Sender<KeySet>,
    cancel: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    next_seed: AtomicU8,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Limits::default(), None, 0).await
    }

    pub async fn with(limits: Limits, tap: Option<Arc<dyn Tap>>, port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (keys, watched) = watch::channel(KeySet { keys: vec![portal_key().jwk().clone()] });
        let clock_s = Arc::new(AtomicI64::new(NOW_S));
        let cancel = CancellationToken::new();
        let config = iroam_relay::Config { limits, tap, ..iroam_relay::Config::new(RELAY_SEED) };
        let clock = Arc::clone(&clock_s);
        let (relay, relaying) =
            iroam_relay::spawn(config, watched, move || clock.load(Relaxed), cancel.clone()).unwrap();
        let serving = tokio::spawn(serve(listener, relay.clone(), cancel.clone()));
        Self { relay, port, clock_s, keys, cancel, tasks: vec![relaying, serving], next_seed: 1.into() }
    }

    /// Ends relay and door, as a killed portal would.
    pub async fn stop(mut self) {
        self.cancel.cancel();
        for task in std::mem::take(&mut self.tasks) {
            timeout(SOON, task).await.unwrap().unwrap();
        }
    }

    pub fn set_keys(&self, keys: KeySet) {
        self.keys.send_replace(keys);
    }

    pub fn address(&self) -> String {
        format!("/dns4/localhost/tcp/{}/ws/p2p/{}", self.port, self.relay.peer_id())
    }

    pub fn seed(&self) -> [u8; 32] {
        [self.next_seed.fetch_add(1, Relaxed); 32]
    }

    pub fn admission(&self, peer: PeerId, homes: &[PeerId], reserve: bool) -> RelayAdmission {
        let iat = self.clock_s.load(Relaxed);
        RelayAdmission { iss: "portal".into(), peer, homes: homes.to_vec(), reserve, iat, exp: iat + 600 }
    }

    pub fn access(&self, admission: &RelayAdmission) -> RelayAccess {
        self.access_with_token(admission.sign(&portal_key()).unwrap())
    }

    pub fn access_at(&self, admission: &RelayAdmission, address: &str) -> RelayAccess {
        RelayAccess { addrs: vec![address.into()], ..self.access(admission) }
    }

    /// A second door, over TLS with a certificate of `authority` for `name`; answers its port.
    pub async fn open_tls(&self, authority: &Authority, name: &str) -> u16 {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = RustlsConfig::from_config(Arc::new(authority.server_config(name)));
        let service =
            router(self.relay.clone(), self.cancel.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let server = axum_server::from_tcp_rustls(listener, config).unwrap();
        let cancel = self.cancel.clone();
        tokio::spawn(async move {
            tokio::select! {
                served = server.serve(service) => served.unwrap(),
                () = cancel.cancelled() => {}
            }
        });
        port
    }

    pub fn access_with_token(&self, token: String) -> RelayAccess {
        RelayAccess { token, addrs: vec![self.address()], stun: vec![], expires_ms: 0 }
    }

    /// A home that is reserved.
    pub async fn home(&self) -> Peer {
        let seed = self.seed();
        let admission = self.admission(peer_of(seed), &[], true);
        let home = Peer::start(seed, Role::Home, Some(self.access(&admission)));
        home.ready().await;
        home
    }

    /// A player that may reach `homes`, admitted.
    pub async fn player(&self, homes: &[PeerId]) -> Peer {
        let seed = self.seed();
        let admission = self.admission(peer_of(seed), homes, false);
        let player = Peer::start(seed, Role::Player, Some(self.access(&admission)));
        player.ready().await;
        player
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// A node of ours.
pub struct Peer {
    pub node: Node,
    pub access: watch::Sender<Option<RelayAccess>>,
    cancel: CancellationToken,
}

impl Peer {
    pub fn start(seed: [u8; 32], role: Role, access: Option<RelayAccess>) -> Self {
        Self::start_trusting(seed, role, access, vec![])
    }

    pub fn start_trusting(
        seed: [u8; 32],
        role: Role,
        access: Option<RelayAccess>,
        roots: Vec<rustls_pki_types::CertificateDer<'static>>,
    ) -> Self {
        Self::start_with(access, |relay| Config { roots, ..config(seed, role, relay) })
    }

    /// A node of a configuration of its own.
    pub fn start_with(
        access: Option<RelayAccess>,
        config: impl FnOnce(watch::Receiver<Option<RelayAccess>>) -> Config,
    ) -> Self {
        let (access, relay) = watch::channel(access);
        let cancel = CancellationToken::new();
        let (node, _) = iroam_net::spawn(config(relay), cancel.clone()).unwrap();
        Self { node, access, cancel }
    }

    pub fn id(&self) -> PeerId {
        self.node.peer_id()
    }

    pub async fn ready(&self) {
        self.until(SOON, |state| matches!(state, State::Ready { .. })).await;
    }

    /// Waits for a state.
    pub async fn until(&self, limit: Duration, wanted: impl FnMut(&State) -> bool) -> State {
        let mut states = self.node.state();
        let found = timeout(limit, states.wait_for(wanted)).await.map(|state| state.unwrap().clone());
        found.unwrap_or_else(|_| panic!("still {:?}", self.node.state().borrow()))
    }

    /// Waits for a failure and gives its words.
    pub async fn trouble(&self) -> iroam_net::Trouble {
        match self.until(SOON, |state| matches!(state, State::Connecting { last_error: Some(_), .. })).await {
            State::Connecting { last_error: Some(trouble), .. } => trouble,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// The usual configuration of a node.
pub fn config(seed: [u8; 32], role: Role, relay: watch::Receiver<Option<RelayAccess>>) -> Config {
    Config {
        seed,
        relay,
        roots: vec![],
        role,
        connections_max: 256,
        direct: vec![],
        may_go_direct: Arc::new(|_| false),
        jitter_seed: u64::from(seed[0]),
    }
}

/// The portal's signing key.
pub fn portal_key() -> SigningKey {
    SigningKey::from_seed([200; 32])
}

pub fn peer_of(seed: [u8; 32]) -> PeerId {
    SigningKey::from_seed(seed).peer_id()
}

/// Waits until a condition holds.
pub async fn eventually(limit: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let waited = timeout(limit, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("not within {limit:?}: {what}"));
}

#[derive(Clone)]
struct Door {
    relay: Relay,
    cancel: CancellationToken,
}

pub fn router(relay: Relay, cancel: CancellationToken) -> Router {
    Router::new().route("/", get(enter)).with_state(Door { relay, cancel })
}

async fn serve(listener: TcpListener, relay: Relay, cancel: CancellationToken) {
    let service = router(relay, cancel.clone()).into_make_service_with_connect_info::<SocketAddr>();
    // Noise messages are small and answered at once: Nagle's algorithm would hold each back for 40 ms.
    let listener = listener.tap_io(|tcp| tcp.set_nodelay(true).unwrap());
    let served = axum::serve(listener, service).with_graceful_shutdown(cancel.cancelled_owned());
    served.await.unwrap();
}

async fn enter(
    Extracted(door): Extracted<Door>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    ws: WebSocketUpgrade,
) -> Response {
    relay_port::upgrade(ws, door.relay, from, door.cancel)
}
