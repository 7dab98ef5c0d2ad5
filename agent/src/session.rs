//! An activated home's tasks: the node, its streams, the event channel, and the served reports. All of them end with the
//! token, or when the portal says that the home is deactivated.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use iroam_net::{Node, State};
use rustls_pki_types::CertificateDer;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    entropy,
    fault::{Exit, Fault},
    home::{
        Home,
        peers::{PEERS_MAX, Peers},
        serve,
    },
    local::status::{Board, Link},
    news::{Listener, News, Trouble},
    portal::{
        Client,
        channel::{self, Ended, Reach},
        report,
    },
};

/// A home that cannot be reached for so long after its start says so.
const PATIENCE: Duration = Duration::from_secs(10);
/// Running answers get so long when the session ends.
const SOFT_END: Duration = Duration::from_secs(2);

/// What a session works with.
pub struct Session {
    /// The home API's home.
    pub home: Home,
    /// The portal.
    pub client: Client,
    /// The seed of the home's key.
    pub seed: [u8; 32],
    /// Certificate authorities to trust besides the system's.
    pub roots: Vec<CertificateDer<'static>>,
    /// Addresses of this machine at which browsers may reach it directly.
    pub direct: Vec<SocketAddr>,
    /// Who hears what happens.
    pub listener: Listener,
    /// Where it is shown.
    pub board: Arc<Board>,
    /// What the event channel changes.
    pub reach: Reach,
}

/// Holds a session until `stop`, or until the home is deactivated.
///
/// # Errors
/// A [`Fault`] when the node cannot start, or a task ends by a bug.
pub async fn run(session: Session, stop: CancellationToken) -> Result<Ended, Fault> {
    let inner = CancellationToken::new();
    // Ends the tasks also when this future is dropped.
    let _guard = inner.clone().drop_guard();
    with_tasks(session, inner, stop).await
}

async fn with_tasks(session: Session, inner: CancellationToken, stop: CancellationToken) -> Result<Ended, Fault> {
    let peers = Peers::default();
    let config = iroam_net::Config {
        seed: session.seed,
        relay: session.reach.relay.subscribe(),
        roots: session.roots.clone(),
        role: iroam_net::Role::Home,
        connections_max: PEERS_MAX,
        direct: session.direct.clone(),
        may_go_direct: {
            let peers = peers.clone();
            Arc::new(move |peer| peers.is_of_account(peer))
        },
        jitter_seed: u64::from_le_bytes(entropy::bytes()),
    };
    let (node, swarm) = iroam_net::spawn(config, inner.child_token())
        .map_err(|error| Fault::new(Exit::Software, format!("The peer-to-peer node cannot start: {error}.")))?;
    let Some(incoming) = node.incoming() else {
        return Err(Fault::new(Exit::Software, "The peer-to-peer node gives no streams."));
    };
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        // A panic of the swarm is told by the JoinError; it then ends like any other task.
        let _ = swarm.await;
    });
    tasks.spawn(serve::streams(session.home.clone(), node.clone(), peers, incoming, inner.child_token()));
    let Session { client, reach, board, listener, home, .. } = session;
    let spool = reach.meters.spool().clone();
    tasks.spawn(report::run(client.clone(), spool, reach.state.subscribe(), inner.child_token()));
    tasks.spawn(announce(home, node, board, listener, inner.child_token()));
    let ended = tokio::select! {
        ended = channel::run(client, reach, stop) => Ok(ended),
        Some(ended) = tasks.join_next() => Err(died(ended)),
    };
    inner.cancel();
    let soft = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(SOFT_END, soft).await.is_err() {
        tasks.shutdown().await;
    }
    ended
}

fn died(ended: Result<(), tokio::task::JoinError>) -> Fault {
    let why = ended.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
    Fault::new(Exit::Software, format!("A part of the session stopped: {why}."))
        .advise("start the agent again, and report this")
}

/// Shows the relay's state, and tells once that the home can be reached, or that it cannot.
async fn announce(home: Home, node: Node, board: Arc<Board>, listener: Listener, cancel: CancellationToken) {
    let mut state = node.state();
    let mut was_told = false;
    let patience = tokio::time::sleep(PATIENCE);
    tokio::pin!(patience);
    let mut is_patient = true;
    loop {
        let link = link(&state.borrow_and_update());
        let is_up = link.up;
        board.relay.send_replace(link.clone());
        if is_up && !was_told {
            was_told = true;
            let name = home.activation().map(|activation| activation.name.clone()).unwrap_or_default();
            let tracks = home.index().snapshot().await.map_or(0, |snapshot| snapshot.counts.tracks);
            listener.tell(News::Serving { name, home: home.id(), tracks });
        }
        tokio::select! {
            changed = state.changed() => if changed.is_err() {
                cancel.cancelled().await;
                return;
            },
            () = &mut patience, if is_patient => {
                is_patient = false;
                if !was_told {
                    let words = format!("This home cannot be reached from outside yet: {}.", link.words);
                    let trouble = Trouble { at_ms: home.clock().now_ms(), words, advice: link.advice };
                    board.trouble(trouble.clone());
                    listener.tell(News::Trouble(trouble));
                }
            }
            () = cancel.cancelled() => return,
        }
    }
}

fn link(state: &State) -> Link {
    match state {
        State::Waiting => {
            Link { to: String::new(), up: false, words: "waiting for the portal to name a relay".into(), advice: None }
        }
        State::Connecting { last_error: None, .. } => {
            Link { to: String::new(), up: false, words: "connecting".into(), advice: None }
        }
        State::Connecting { last_error: Some(trouble), .. } => Link {
            to: String::new(),
            up: false,
            words: trouble.to_string(),
            advice: Some("nothing, it tries again by itself; check this machine's connection if it lasts".into()),
        },
        State::Ready { relay, reserved } => {
            let words = if *reserved { "reachable through the relay" } else { "connected, not reachable yet" };
            Link { to: relay.to_string(), up: *reserved, words: words.into(), advice: None }
        }
    }
}
