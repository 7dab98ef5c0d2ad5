//! A player without a browser: the portal's grants, a libp2p node of its own, HTTP over a stream through the relay.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use iroam_net::{Node, Role, State};
use iroam_protocol::{
    HTTP_PROTOCOL,
    home::{Page, PathAnswer, Track},
    id::{ItemId, PeerId},
    portal::{Access, Lease, RelayAccess},
    problem::{Kind, Problem},
    token::SigningKey,
};
use serde::de::DeserializeOwned;
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    clock,
    person::Person,
    world::{Authority, World},
};

/// An answer through the relay on loopback takes milliseconds.
const SOON: Duration = Duration::from_secs(15);

/// One tab.
pub struct Player {
    /// Whose tab it is.
    pub person: Person,
    node: Node,
    relay: watch::Sender<Option<RelayAccess>>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
    opened: AtomicU64,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The problem that it is.
    ///
    /// # Errors
    /// When it is none.
    pub fn problem(&self) -> Result<Kind> {
        let problem: Problem = serde_json::from_slice(&self.body)
            .with_context(|| format!("{} {}", self.status, String::from_utf8_lossy(&self.body)))?;
        Kind::of(&problem).with_context(|| format!("{} is no problem of ours", problem.kind))
    }

    /// Its JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("{} {}", self.status, String::from_utf8_lossy(&self.body)))
    }
}

impl Player {
    /// A fresh tab with a key of its own.
    ///
    /// # Errors
    /// When the node does not start.
    pub fn new(world: &World, person: &Person) -> Result<Self> {
        let (relay, watched) = watch::channel(None);
        let cancel = CancellationToken::new();
        let roots = world.authority.iter().map(Authority::root).collect();
        let config = iroam_net::Config {
            direct: Vec::new(),
            may_go_direct: std::sync::Arc::new(|_| false),
            seed: clock::random(),
            relay: watched,
            roots,
            role: Role::Player,
            connections_max: 0,
            jitter_seed: u64::from_le_bytes(clock::random()),
        };
        let (node, task) = iroam_net::spawn(config, cancel.clone())?;
        Ok(Self { person: person.clone(), node, relay, cancel, task, opened: AtomicU64::new(0) })
    }

    /// The tab's PeerId.
    pub fn id(&self) -> PeerId {
        self.node.peer_id()
    }

    /// Asks for a browse grant, and comes to the relay.
    ///
    /// # Errors
    /// When portal or relay refuse.
    pub async fn browse(&self, home: PeerId) -> Result<Access> {
        let access = self.person.grant(home, self.id()).await?;
        self.come_by(&access.relay).await?;
        Ok(access)
    }

    /// Opens a listening, and comes to the relay.
    ///
    /// # Errors
    /// When portal or relay refuse.
    pub async fn listen(&self, home: PeerId) -> Result<Lease> {
        let key = format!("{:016}{}", self.opened.fetch_add(1, Ordering::Relaxed), self.id());
        let lease = self.person.listen(home, self.id(), &key[..32]).await?;
        self.come_by(&lease.relay).await?;
        Ok(lease)
    }

    /// Shows the relay this admission.
    ///
    /// # Errors
    /// When the relay does not admit within the deadline.
    pub async fn come_by(&self, relay: &RelayAccess) -> Result<()> {
        self.relay.send_replace(Some(relay.clone()));
        let mut state = self.node.state();
        let ready = timeout(SOON, state.wait_for(|state| matches!(state, State::Ready { .. }))).await;
        ready.with_context(|| format!("not at the relay: {:?}", self.node.state().borrow().clone()))??;
        Ok(())
    }

    /// The node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Asks a home and reads the whole answer.
    ///
    /// # Errors
    /// When the home cannot be reached, or the answer breaks off.
    pub async fn get(&self, home: PeerId, path: &str, grant: Option<&str>, range: Option<&str>) -> Result<Answer> {
        let mut request = Request::builder().method(Method::GET).uri(path).header(header::HOST, "home");
        if let Some(grant) = grant {
            request = request.header(header::AUTHORIZATION, format!("Bearer {grant}"));
        }
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        self.send(home, request.body(Full::default())?).await
    }

    /// Sends any request and reads the whole answer.
    ///
    /// # Errors
    /// When the home cannot be reached, or the answer breaks off.
    pub async fn send(&self, home: PeerId, request: Request<Full<Bytes>>) -> Result<Answer> {
        timeout(SOON, async {
            let (head, body) = self.begin(home, request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok(Answer { status: head.status, headers: head.headers, body })
        })
        .await
        .context("no answer in time")?
    }

    /// Sends a request and gives the answer as soon as it begins; the caller reads the body at its own pace.
    ///
    /// # Errors
    /// When the home cannot be reached.
    pub async fn begin(&self, home: PeerId, request: Request<Full<Bytes>>) -> Result<http::Response<Incoming>> {
        let stream = self.node.open(home, HTTP_PROTOCOL).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the request; what goes wrong shows in the answer.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender.send_request(request).await?)
    }

    /// All tracks of a home.
    ///
    /// # Errors
    /// When the home refuses.
    pub async fn tracks(&self, home: PeerId, grant: &str) -> Result<Vec<Track>> {
        let page: Page<Track> = self.get(home, "/v1/tracks?limit=500&sort=album", Some(grant), None).await?.json()?;
        Ok(page.items)
    }

    /// Reads a file as players do, by ranges, from `first` to its end.
    ///
    /// # Errors
    /// When the home refuses a range.
    pub async fn read(&self, home: PeerId, track: &Track, grant: &str, first: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while first + (bytes.len() as u64) < track.size_bytes {
            let range = format!("bytes={}-", first + bytes.len() as u64);
            let answer = self.get(home, &media_path(&track.id), Some(grant), Some(&range)).await?;
            anyhow::ensure!(answer.status == StatusCode::PARTIAL_CONTENT, "{} {:?}", answer.status, answer.problem());
            bytes.extend_from_slice(&answer.body);
        }
        Ok(bytes)
    }

    /// The home's signed word on the path in use.
    ///
    /// # Errors
    /// When the home refuses.
    pub async fn path_report(&self, home: PeerId, grant: &str) -> Result<PathAnswer> {
        self.get(home, "/v1/path", Some(grant), None).await?.json()
    }

    /// Ends the tab and waits until its tasks are gone.
    ///
    /// # Errors
    /// When they are not.
    pub async fn end(self) -> Result<()> {
        self.cancel.cancel();
        timeout(SOON, self.task).await.context("the node did not end")??;
        Ok(())
    }
}

/// Where the media of an item stand.
pub fn media_path(id: &ItemId) -> String {
    format!("/v1/media/{id}")
}

/// A fresh PeerId, of nobody.
pub fn stranger() -> PeerId {
    SigningKey::from_seed(clock::random()).peer_id()
}
