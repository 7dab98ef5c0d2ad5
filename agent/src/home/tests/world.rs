//! A home with two songs on disk, its portal's key, and players on in-memory connections.

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use futures::StreamExt as _;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use iroam_protocol::{
    grant::{Confirmation, Grant, Scope},
    home::Page,
    home::Track,
    id::{ItemId, RowId},
    path::Path,
    problem::{Kind, Problem},
    token::{KeySet, SigningKey},
};
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::super::{Home, Parts, gate::Caller, peers::Peers, serve};
use crate::{
    activation::Activation, clock::Clock, data_dir::DataDir, deny::DenyList, index::Index, meters::Meters,
    portal::channel::Channel, room::Room, spool::Spool,
};

/// Length of a song: 16 s of 16-bit stereo at 44.1 kHz are 2.8 MB, three bounded ranges.
pub(super) const SONG_MS: u64 = 16_000;

pub(super) struct World {
    dir: tempfile::TempDir,
    portal_key: SigningKey,
    pub(super) player_key: SigningKey,
    pub(super) home: Home,
    pub(super) deny: DenyList,
    pub(super) spool: Spool,
    pub(super) activation: watch::Sender<Option<Arc<Activation>>>,
    pub(super) channel: watch::Sender<Channel>,
    tracks: Vec<Track>,
    cancel: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

pub(super) fn listening(n: u8) -> RowId {
    RowId::from_bytes([n; 16])
}

impl World {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(&dir.path().join("data")).unwrap();
        let clock = Clock::system();
        let portal_key = SigningKey::from_seed([1; 32]);
        let activation = Activation {
            portal: "http://portal.example".into(),
            account_email: "owner@example.com".into(),
            name: "Attic".into(),
            keys: KeySet { keys: vec![portal_key.jwk().clone()] },
        };
        let activation = watch::Sender::new(Some(Arc::new(activation)));
        let channel = watch::Sender::new(Channel::Online { since_ms: 0 });
        let (deny, cancel) = (DenyList::default(), CancellationToken::new());
        let spool = Spool::open(&data.spool()).unwrap();
        let meters = Meters::new(spool.clone(), clock.clone(), Room::default());
        tokio::spawn(meters.clone().keep_writing(cancel.clone()));
        let home = Home::new(Parts {
            key: SigningKey::from_seed([2; 32]),
            clock,
            index: Index::open(&data.index(), &data.covers()).unwrap(),
            meters,
            deny: deny.clone(),
            activation: activation.subscribe(),
            channel: channel.subscribe(),
            cancel: cancel.clone(),
        });
        let player_key = SigningKey::from_seed([3; 32]);
        let tracks = Vec::new();
        let mut world = Self { dir, portal_key, player_key, home, deny, spool, activation, channel, tracks, cancel };
        std::fs::create_dir(world.music()).unwrap();
        world.write_song("first", 1);
        world.write_song("second", 2);
        world.scan().await;
        let page: Page<Track> = world.player().await.get("/v1/tracks", Some(&world.browse()), &[]).await.json();
        world.tracks = page.items;
        world
    }

    pub(super) fn music(&self) -> PathBuf {
        self.dir.path().join("music")
    }

    pub(super) fn write_song(&self, title: &str, seed: u32) {
        std::fs::write(self.music().join(format!("{title}.wav")), wav(seed)).unwrap();
    }

    pub(super) async fn scan(&self) {
        let now_ms = self.home.clock().now_ms();
        self.home.index().scan(vec![self.music()], now_ms, self.cancel.clone()).await.unwrap();
    }

    pub(super) fn song(&self, title: &str) -> (ItemId, Vec<u8>) {
        let track = self.tracks.iter().find(|track| track.title == title).unwrap();
        (track.id, std::fs::read(self.music().join(format!("{title}.wav"))).unwrap())
    }

    pub(super) fn grant(&self, scope: Scope) -> Grant {
        let iat = self.home.clock().now_s();
        Grant {
            iss: "http://portal.example".into(),
            aud: self.home.id(),
            sub: "account".into(),
            cnf: Confirmation { peer: self.player_key.peer_id() },
            scope,
            lst: None,
            ceil_ms: None,
            shr: None,
            res: None,
            iat,
            exp: iat + 100,
            jti: crate::entropy::nonce(),
        }
    }

    pub(super) fn sign(&self, grant: &Grant) -> String {
        grant.sign(&self.portal_key).unwrap()
    }

    pub(super) fn browse(&self) -> String {
        self.sign(&self.grant(Scope::Browse))
    }

    pub(super) fn listen_grant(&self, ceil_ms: u64) -> Grant {
        Grant { lst: Some(listening(1)), ceil_ms: Some(ceil_ms), ..self.grant(Scope::Listen) }
    }

    pub(super) fn listen(&self, ceil_ms: u64) -> String {
        self.sign(&self.listen_grant(ceil_ms))
    }

    pub(super) async fn player(&self) -> Player {
        self.player_on(Path::Relay).await
    }

    pub(super) async fn player_on(&self, path: Path) -> Player {
        self.player_known_to(&Peers::default(), path).await
    }

    /// A player whose valid grants `peers` is told of.
    pub(super) async fn player_known_to(&self, peers: &Peers, path: Path) -> Player {
        let (near, far) = tokio::io::duplex(16 * 1024);
        tokio::spawn(self.serve(far, path, peers.clone()));
        let (sender, connection) = http1::handshake(TokioIo::new(near)).await.unwrap();
        tokio::spawn(connection);
        Player { sender }
    }

    fn serve(
        &self,
        io: tokio::io::DuplexStream,
        path: Path,
        peers: Peers,
    ) -> impl Future<Output = ()> + Send + 'static {
        let caller = Caller::Peer { peer: self.player_key.peer_id(), path, peers };
        serve::connection(self.home.router().layer(Extension(caller)), io, true, self.cancel.clone())
    }

    /// Sends bytes as they are and waits until the home closes the connection.
    pub(super) async fn raw(&self, bytes: &[u8]) {
        let (mut near, far) = tokio::io::duplex(16 * 1024);
        tokio::spawn(self.serve(far, Path::Relay, Peers::default()));
        // The home may close before it has read all.
        let _ = near.write_all(bytes).await;
        let _ = near.shutdown().await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(10), near.read_to_end(&mut answer)).await.unwrap();
    }

    pub(super) async fn until(&self, condition: impl Fn() -> bool) {
        let waiting = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap();
    }
}

/// A player's end of a connection.
pub(super) struct Player {
    sender: SendRequest<Body>,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {} {}", self.status, String::from_utf8_lossy(&self.body));
        })
    }

    /// The kind of the problem; its status is the answer's.
    pub(super) fn kind(&self) -> Option<Kind> {
        let problem: Problem = serde_json::from_slice(&self.body).ok()?;
        assert_eq!(problem.status, self.status.as_u16());
        assert!(problem.detail.is_some_and(|detail| !detail.is_empty()));
        Kind::of(&Problem { detail: None, ..serde_json::from_slice(&self.body).ok()? })
    }
}

/// A body that is read chunk by chunk.
pub(super) struct Running(axum::body::BodyDataStream);

impl Running {
    pub(super) async fn chunk(&mut self) -> Option<Result<bytes::Bytes, axum::Error>> {
        self.0.next().await
    }
}

impl Player {
    pub(super) async fn get(&mut self, uri: &str, token: Option<&str>, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", uri, token, headers, b"").await
    }

    pub(super) async fn open(&mut self, uri: &str, token: &str, range: &str) -> Running {
        let response = self.ask("GET", uri, Some(token), &[("range", range)], b"").await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        Running(Body::new(response.into_body()).into_data_stream())
    }

    pub(super) async fn send(
        &mut self,
        method: &str,
        uri: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let (parts, body) = self.ask(method, uri, token, headers, body).await.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn ask(
        &mut self,
        method: &str,
        uri: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> axum::http::Response<hyper::body::Incoming> {
        let mut request = Request::builder().method(method).uri(uri).header("host", "home");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sender.ready().await.unwrap();
        self.sender.send_request(request.body(Body::from(body.to_vec())).unwrap()).await.unwrap()
    }
}

/// A WAV file of noise that differs by its seed.
fn wav(seed: u32) -> Vec<u8> {
    const RATE: u32 = 44_100;
    const FRAME_BYTES: u32 = 4;
    let data_bytes = RATE * FRAME_BYTES * u32::try_from(SONG_MS).unwrap() / 1_000;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + data_bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    for number in [16_u32, 2 << 16 | 1, RATE, RATE * FRAME_BYTES, 16 << 16 | FRAME_BYTES] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&data_bytes.to_le_bytes());
    let mut state = seed;
    while file.len() < 44 + data_bytes as usize {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        file.extend_from_slice(&state.to_be_bytes());
    }
    file
}
