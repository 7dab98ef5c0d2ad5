//! A hostile home. It is activated as any other and holds its reservation; what it answers is meant to break the player
//! or to run in its origin. `answers` holds what it tries.

pub mod answers;

use std::{fs, path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use iroam_net::{Node, Role, State, Stream};
use iroam_protocol::{
    activation,
    assertion::{ASSERTION_LIFE_S, Assertion},
    events::AgentEvent,
    portal::{DeviceAuthorize, DeviceAuthorized, DeviceToken, RelayAccess},
    token::SigningKey,
};
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::watch,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::clock;
use answers::{Evil, Then};

/// The longest request head that is read.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// An answer without an end is given up after this time, should the player ever wait so long.
const ENDLESS: Duration = Duration::from_secs(60);

/// Its place in the world.
pub struct Hostile {
    key: SigningKey,
    portal: String,
    client: Client,
    evil: Evil,
}

impl Hostile {
    /// A home for the portal `portal`, which tries to lead players to `sink` and has one honest song, the file `honest`.
    ///
    /// # Errors
    /// When the song cannot be read.
    pub fn new(portal: &str, sink: &str, honest: &Path) -> Result<Self> {
        // An error says that a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = SigningKey::from_seed(clock::random());
        let client = Client::builder().no_proxy().tls_certs_only([]).build()?;
        let song = fs::read(honest).with_context(|| format!("reading {}", honest.display()))?;
        let evil = Evil { home: key.peer_id(), sink: sink.to_owned(), song };
        Ok(Self { key, portal: portal.trim_end_matches('/').to_owned(), client, evil })
    }

    /// Asks for a code, tells it, waits for the approval, and serves. `say` hears lines as `iroam up` prints them.
    ///
    /// # Errors
    /// When the portal refuses, or a connection is lost.
    pub async fn run(self, say: impl Fn(&str)) -> Result<()> {
        let asked = self.authorize().await?;
        say(&format!("code: {}", asked.user_code));
        say(&format!("words: {}", activation::fingerprint(&self.key.peer_id()).join(" ")));
        self.approved(&asked).await?;
        let mut events = self.events().await?;
        let (relay, watched) = watch::channel(None);
        let config = iroam_net::Config {
            direct: Vec::new(),
            may_go_direct: std::sync::Arc::new(|_| false),
            seed: *self.key.seed(),
            relay: watched,
            roots: Vec::new(),
            role: Role::Home,
            connections_max: 256,
            jitter_seed: u64::from_le_bytes(clock::random()),
        };
        let cancel = CancellationToken::new();
        let _guard = cancel.clone().drop_guard();
        let (node, swarm) = iroam_net::spawn(config, cancel.clone())?;
        tokio::select! {
            lost = follow(&mut events, &relay) => lost,
            served = self.serve(&node, &say) => served,
            ended = swarm => ended.context("the node ended"),
        }
    }

    async fn authorize(&self) -> Result<DeviceAuthorized> {
        let ask = DeviceAuthorize {
            name: answers::HTML.into(),
            os: answers::HTML.into(),
            version: "0".into(),
            peer_id: self.key.peer_id(),
            proof: self.proof()?,
        };
        let url = format!("{}/api/v1/device/authorize", self.portal);
        Ok(self.client.post(url).json(&ask).send().await?.error_for_status()?.json().await?)
    }

    async fn approved(&self, asked: &DeviceAuthorized) -> Result<()> {
        let url = format!("{}/api/v1/device/token", self.portal);
        let mut poll = tokio::time::interval(Duration::from_secs(asked.interval.max(1)));
        poll.tick().await;
        loop {
            poll.tick().await;
            let ask = DeviceToken { device_code: asked.device_code.clone(), proof: self.proof()? };
            let answer = self.client.post(&url).json(&ask).send().await?;
            if answer.status().is_success() {
                return Ok(());
            }
            let error: Value = answer.json().await?;
            if error["error"] != "authorization_pending" && error["error"] != "slow_down" {
                bail!("the portal does not activate: {error}");
            }
        }
    }

    async fn events(&self) -> Result<Response> {
        let url = format!("{}/api/v1/homes/{}/events", self.portal, self.key.peer_id());
        Ok(self.client.get(url).bearer_auth(self.proof()?).send().await?.error_for_status()?)
    }

    fn proof(&self) -> Result<String> {
        let iat = clock::unix_s();
        let jti = u64::from_le_bytes(clock::random()).to_string();
        let claims =
            Assertion { iss: self.key.peer_id(), aud: self.portal.clone(), iat, exp: iat + ASSERTION_LIFE_S, jti };
        Ok(claims.sign(&self.key)?)
    }

    async fn serve(&self, node: &Node, say: &impl Fn(&str)) -> Result<()> {
        let mut incoming = node.incoming().context("the node gives its streams")?;
        node.state().wait_for(|state| matches!(state, State::Ready { reserved: true, .. })).await?;
        say(&format!("attacks: {}", serde_json::to_string(&answers::names())?));
        say(&format!("serving: {}", node.peer_id()));
        let mut streams = JoinSet::new();
        loop {
            tokio::select! {
                stream = incoming.recv() => {
                    let Some(stream) = stream else { bail!("the node ended") };
                    let evil = self.evil.clone();
                    // How a stream ends is up to the player.
                    streams.spawn(async move { drop(converse(evil, stream.stream).await) });
                }
                Some(_) = streams.join_next() => {}
            }
        }
    }
}

/// Keeps the event channel open, and passes admissions on.
async fn follow(events: &mut Response, relay: &watch::Sender<Option<RelayAccess>>) -> Result<()> {
    let mut text = String::new();
    while let Some(piece) = events.chunk().await? {
        text.push_str(&String::from_utf8_lossy(&piece));
        while let Some((line, rest)) = text.split_once('\n') {
            let event = line.trim_end().strip_prefix("data:").and_then(|data| serde_json::from_str(data.trim()).ok());
            if let Some(AgentEvent::Hello { relay: access, .. } | AgentEvent::Relays { relay: access }) = event {
                relay.send_replace(Some(access));
            }
            text = rest.to_owned();
        }
    }
    bail!("the portal closed the event channel")
}

/// Answers the requests of one stream.
async fn converse(evil: Evil, mut stream: Stream) -> Result<()> {
    while let Some(head) = read_head(&mut stream).await? {
        let answer = evil.answer(&head);
        stream.write_all(&answer.bytes).await?;
        stream.flush().await?;
        match answer.then {
            Then::Next => {}
            Then::Close => return Ok(stream.shutdown().await?),
            Then::Hang => {
                tokio::time::sleep(ENDLESS).await;
                return Ok(());
            }
            Then::Endless(piece) => {
                let forever = async { while stream.write_all(&piece).await.is_ok() {} };
                // Either end is fine: the player hung up, or it never will.
                let _ = tokio::time::timeout(ENDLESS, forever).await;
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn read_head(stream: &mut Stream) -> Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > HEAD_BYTES_MAX || stream.read_buf(&mut head).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}
