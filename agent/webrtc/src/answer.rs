//! Answers offers: the signalling of libp2p's `/webrtc`, as the end that is called.

use std::{io, sync::Arc, time::Duration};

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use libp2p::PeerId;
use prost::Message as _;
use str0m::{Candidate, Rtc, change::SdpOffer, error::SdpError};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    frame::{Cutter, Malformed, Signal, SignalKind},
    mapped::Mapped,
    session::{self, Session, UNSENT_OF_ALL_MAX, Way, now},
    sockets::{Sessions, Sockets},
    transport::Finished,
};

/// The protocol by which a browser offers a direct connection.
pub const SIGNALING_PROTOCOL: &str = "/webrtc-signaling/0.0.1";

/// Browsers that are connected, or on the way.
const SESSIONS_MAX: usize = 64;
/// Those of one peer: a new one while the old one is still dying.
const SESSIONS_OF_PEER_MAX: usize = 2;
/// How long the whole signalling may take: as long as the browser tries, and room.
const SIGNALING_MAX: Duration = Duration::from_secs(30);
/// How long the name of a STUN server may take to be found.
const RESOLVE_MAX: Duration = Duration::from_secs(1);
/// Candidates of one browser that are looked at; browsers send fewer than ten.
const CANDIDATES_MAX: usize = 32;

/// Why an offer was not answered, or came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many browsers are connected.
    #[error("too many direct connections at once")]
    Busy,
    /// The browser did not follow the protocol.
    #[error("the offer cannot be answered: {0}")]
    Offer(String),
    /// The signalling stream broke.
    #[error("the signalling broke off: {0}")]
    Stream(#[from] io::Error),
    /// Neither end reached the other in time.
    #[error("no direct path was found")]
    NoPath,
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::Offer(malformed.to_string())
    }
}

impl From<SdpError> for Error {
    fn from(error: SdpError) -> Self {
        Self::Offer(error.to_string())
    }
}

/// Answers the offers of browsers. Cheap to clone.
#[derive(Clone)]
pub struct Answerer {
    pub(crate) sockets: Arc<Sockets>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) finished: mpsc::Sender<Finished>,
    pub(crate) tasks: TaskTracker,
    pub(crate) cancel: CancellationToken,
}

impl Answerer {
    /// Answers the offer of `peer`, which has proved its key on the connection of `stream`. Resolves when the connection
    /// stands, which then comes out of the transport, or when it does not. The STUN servers `stun` (`stun:host:port`, RFC
    /// 7064) are asked which address the world sees; without any, only browsers that reach this machine's own come.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn answer(
        self,
        peer: PeerId,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin,
        stun: Vec<String>,
    ) -> Result<(), Error> {
        let answered = self.answer_in_time(peer, stream, &stun);
        tokio::time::timeout(SIGNALING_MAX, answered).await.unwrap_or(Err(Error::NoPath))
    }

    async fn answer_in_time(
        self,
        peer: PeerId,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin,
        stun: &[String],
    ) -> Result<(), Error> {
        if self.sessions.of_peer(&peer) >= SESSIONS_OF_PEER_MAX {
            return Err(Error::Busy);
        }
        let mut signals = Signals { stream, cutter: Cutter::default() };
        let (offer, mapped) = futures::join!(signals.next(SignalKind::SdpOffer), self.mapped(stun));
        let Some(offer) = offer? else {
            return Err(Error::Offer("the browser said nothing".into()));
        };
        let (rtc, answer) = self.accept(&offer, &mapped)?;
        let session = Arc::new(Session::new(peer, rtc));
        let datagrams = self.sessions.add(session.clone(), SESSIONS_MAX).ok_or(Error::Busy)?;
        let (connected, mut way) = oneshot::channel();
        let driven =
            session::run(session.clone(), self.sockets.clone(), datagrams, connected, self.cancel.child_token());
        self.tasks.spawn(driven);
        signals.say(SignalKind::SdpAnswer, answer).await?;
        let way = signals.candidates_until(&session, &mut way).await?;
        // A closed transport is the end of the node.
        drop(self.finished.send(Finished { session, way }).await);
        Ok(())
    }

    /// The sockets' addresses as the world sees them.
    async fn mapped(&self, stun: &[String]) -> Vec<Mapped> {
        let mut servers = Vec::new();
        for uri in stun {
            let Some(host) = uri.strip_prefix("stun:") else { continue };
            match tokio::time::timeout(RESOLVE_MAX, tokio::net::lookup_host(host)).await {
                Ok(Ok(found)) => servers.extend(found),
                Ok(Err(error)) => tracing::debug!(uri, %error, "a STUN server that cannot be found"),
                Err(_) => tracing::debug!(uri, "a STUN server that is not found in time"),
            }
        }
        self.sessions.asked.addresses(&self.sockets, &servers).await
    }

    fn accept(&self, offer: &str, mapped: &[Mapped]) -> Result<(Rtc, String), Error> {
        let offer = SdpOffer::from_sdp_string(offer)?;
        let mut rtc = Rtc::builder().set_sctp_max_buffered_amount(UNSENT_OF_ALL_MAX).build(now());
        let own = self.sockets.addresses().map(|address| Candidate::host(address, "udp"));
        let seen = mapped.iter().map(|Mapped { address, base }| Candidate::server_reflexive(*address, *base, "udp"));
        for candidate in own.chain(seen) {
            match candidate {
                Ok(candidate) => drop(rtc.add_local_candidate(candidate)),
                Err(error) => tracing::debug!(%error, "an address that is no candidate"),
            }
        }
        let answer = rtc.sdp_api().accept_offer(offer).map_err(|error| Error::Offer(error.to_string()))?;
        Ok((rtc, answer.to_sdp_string()))
    }
}

struct Signals<S> {
    stream: S,
    cutter: Cutter,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Signals<S> {
    /// The next signal, which must be of this kind; `None` at the end of the stream.
    async fn next(&mut self, kind: SignalKind) -> Result<Option<String>, Error> {
        let mut buf = [0; 4_096];
        loop {
            if let Some(signal) = self.cutter.next::<Signal>()? {
                if signal.kind.unwrap_or_default() != i32::from(kind) {
                    return Err(Error::Offer("another message was due".into()));
                }
                return Ok(Some(signal.data.unwrap_or_default()));
            }
            match self.stream.read(&mut buf).await? {
                0 => return Ok(None),
                len => self.cutter.push(&buf[..len]),
            }
        }
    }

    async fn say(&mut self, kind: SignalKind, data: String) -> Result<(), Error> {
        let signal = Signal { kind: Some(kind.into()), data: Some(data) };
        self.stream.write_all(&signal.encode_length_delimited_to_vec()).await?;
        Ok(self.stream.flush().await?)
    }

    /// Takes the browser's candidates until the connection stands.
    async fn candidates_until(&mut self, session: &Session, way: &mut oneshot::Receiver<Way>) -> Result<Way, Error> {
        for _ in 0..CANDIDATES_MAX {
            let candidate = tokio::select! {
                way = &mut *way => return way.map_err(|_| Error::NoPath),
                candidate = self.next(SignalKind::IceCandidate) => candidate?,
            };
            let Some(candidate) = candidate else { break };
            // Not read: names below .local, which stand for addresses that the browser hides, and the end of the list.
            if let Ok(candidate) = serde_json::from_str::<Candidate>(&candidate) {
                session.add_candidate(candidate);
            }
        }
        way.await.map_err(|_| Error::NoPath)
    }
}
