//! Serves the router on connections: hyper's HTTP/1.1 with limits, over libp2p streams and loopback sockets alike.
//!
//! [`streams`] owns one task per stream, each ends with its stream or with the token; [`streams`] itself ends when the
//! node does. It disconnects players without a live grant, whether they have opened a stream or not.

mod stall;

use std::{collections::HashMap, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use iroam_net::{Incoming, Node};
use iroam_protocol::id::PeerId;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Home, gate::Caller, peers::Peers};
use stall::Stall;

/// A connection that sends no request for so long is closed: longer than the time between two heartbeats.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);
/// A receiver that takes nothing for so long is gone; a sleeping tab comes back with a new stream.
const WRITE_STALL: Duration = Duration::from_secs(60);
/// Room for a request head with the longest token.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Header lines of a request.
const HEADERS_MAX: usize = 64;
/// Streams of one player at once: two ranges, covers, lists and a long poll, with room.
const STREAMS_PER_PEER_MAX: usize = 24;
/// Streams of all players at once, with a few kB of memory each.
const STREAMS_MAX: usize = 512;
/// How often players without a live grant are looked for; with the grace, and with the end of a connection that its
/// peer does not let go, it stays within two seconds.
const SWEEP: Duration = Duration::from_millis(200);

/// Serves one connection until it ends or `cancel` does. `half_close` keeps answering a client that is done sending,
/// as libp2p's HTTP does.
pub async fn connection<S>(router: Router, io: S, half_close: bool, cancel: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move { router.oneshot(request.map(Body::new)).await as Result<Response<Body>, std::convert::Infallible> }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .half_close(half_close)
        .keep_alive(true)
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(Stall::new(io, WRITE_STALL)), service);
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = cancel.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        // A player that goes away in mid-answer is the usual case.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Serves the streams of a node until it ends or `cancel` does; `peers` knows who is connected.
pub async fn streams(
    home: Home,
    node: Node,
    peers: Peers,
    mut incoming: mpsc::Receiver<Incoming>,
    cancel: CancellationToken,
) {
    let router = home.router();
    let mut connections = JoinSet::new();
    let mut open = Open::default();
    let mut revoked = home.deny().subscribe();
    let mut players = node.players();
    let mut sweep = tokio::time::interval(SWEEP);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            stream = incoming.recv() => {
                let Some(Incoming { peer, path, stream }) = stream else { break };
                if !peers.arrived(peer, home.clock().uptime_ms()) || !open.admit(peer) {
                    tracing::debug!("a stream was turned away: too many are open");
                    continue;
                }
                let caller = Caller::Peer { peer, path, peers: peers.clone() };
                let router = router.clone().layer(axum::Extension(caller));
                let cancel = cancel.child_token();
                connections.spawn(async move {
                    connection(router, stream, true, cancel).await;
                    peer
                });
            }
            Some(ended) = connections.join_next() => {
                if let Ok(peer) = ended {
                    open.ended(peer);
                }
            }
            Ok(()) = players.changed() => peers.connected(&players.borrow_and_update(), home.clock().uptime_ms()),
            Ok(what) = revoked.recv() => peers.revoked(&what, home.clock().uptime_ms()),
            _ = sweep.tick(), if peers.any() => {
                for peer in peers.take_due(home.clock().uptime_ms()) {
                    node.disconnect(peer).await;
                }
            }
            () = cancel.cancelled() => break,
        }
    }
    // Connections end with the token; the soft end of the whole agent bounds the wait.
    while connections.join_next().await.is_some() {}
}

/// How many streams are open.
#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_peer: HashMap<PeerId, usize>,
}

impl Open {
    fn admit(&mut self, peer: PeerId) -> bool {
        if self.all >= STREAMS_MAX || self.by_peer.get(&peer).is_some_and(|open| *open >= STREAMS_PER_PEER_MAX) {
            return false;
        }
        self.all += 1;
        *self.by_peer.entry(peer).or_default() += 1;
        true
    }

    fn ended(&mut self, peer: PeerId) {
        self.all = self.all.saturating_sub(1);
        if let Some(open) = self.by_peer.get_mut(&peer) {
            *open -= 1;
            if *open == 0 {
                self.by_peer.remove(&peer);
            }
        }
    }
}
