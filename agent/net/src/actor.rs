//! The actor: owns the swarm, does what the link decides, opens and hands out streams.

use std::{
    collections::{BTreeSet, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use iroam_protocol::{RELAY_AUTH_PROTOCOL, id::PeerId, portal::RelayAccess};
use iroam_webrtc::Answerer;
use libp2p::{
    Multiaddr, StreamProtocol, Swarm,
    core::transport::ListenerId,
    identity::Keypair,
    multiaddr::Protocol,
    relay,
    swarm::{
        ConnectionId, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    admission,
    link::{Effect, Input, Link, Target},
    node::{Command, Config, Error, Incoming, Node, OpenError, State, Stream},
    ping,
    streams::{Failure, Inbound, Service},
    swarm::{self, Behaviour, BehaviourEvent, Knife, ours, theirs},
    trouble::{self, Trouble, TroubleKind},
};

/// Inbound streams that wait for the home API: a burst of covers from several players.
const INCOMING_MAX: usize = 256;
/// Commands that wait for the actor, which takes them within microseconds.
const COMMANDS_MAX: usize = 64;
/// Streams of pings that are answered at once: two of each connection.
const ANSWERING_MAX: usize = 512;
/// Offers of direct connections that are answered at once.
const OFFERS_MAX: usize = 32;
/// Streams that wait for a dial.
const OPENING_MAX: usize = 256;

/// Starts a node in the current tokio runtime. It ends with `cancel`, the handle resolves after it has.
///
/// # Errors
/// Every [`Error`].
pub fn spawn(config: Config, cancel: CancellationToken) -> Result<(Node, JoinHandle<()>), Error> {
    let keypair = Keypair::ed25519_from_bytes(config.seed).map_err(|error| Error::Identity(error.to_string()))?;
    let peer = ours(&keypair.public().to_peer_id()).ok_or_else(|| Error::Identity("not an Ed25519 key".into()))?;
    let (direct, answerer) = direct(&config.direct, &cancel);
    let (mut swarm, knife) = swarm::build(&keypair, &config, direct)?;
    if answerer.is_some() {
        let listening = swarm.listen_on(Multiaddr::from(Protocol::WebRTC));
        listening.map_err(|error| Error::Direct(error.to_string()))?;
    }
    let (commands, inbox) = mpsc::channel(COMMANDS_MAX);
    let (arrived, incoming) = mpsc::channel(INCOMING_MAX);
    let (state, watched) = watch::channel(State::Waiting);
    let (players, present) = watch::channel(BTreeSet::new());
    let actor = Actor {
        swarm,
        knife,
        link: Link::new(config.role, config.jitter_seed),
        access: config.relay,
        inbox,
        arrived,
        state,
        players,
        start: Instant::now(),
        relay: None,
        dialing: None,
        reservation: None,
        shown: 0,
        showing: FuturesUnordered::new(),
        pulse: None,
        answering: FuturesUnordered::new(),
        answerer,
        may_go_direct: config.may_go_direct,
        offers: FuturesUnordered::new(),
        opening: HashMap::new(),
        handovers: FuturesUnordered::new(),
    };
    let incoming = Arc::new(Mutex::new(Some(incoming)));
    let node = Node { peer, commands, state: watched, players: present, incoming };
    Ok((node, tokio::spawn(actor.run(cancel))))
}

/// Without an address that can be bound there are no direct connections; the relay carries all.
fn direct(addresses: &[SocketAddr], cancel: &CancellationToken) -> (Option<iroam_webrtc::Transport>, Option<Answerer>) {
    if addresses.is_empty() {
        return (None, None);
    }
    match iroam_webrtc::start(addresses, cancel.child_token()) {
        Ok((transport, answerer)) => (Some(transport), Some(answerer)),
        Err(error) => {
            tracing::warn!(%error, "no direct connections");
            (None, None)
        }
    }
}

type Asked = (&'static str, oneshot::Sender<Result<Stream, OpenError>>);

struct Actor {
    swarm: Swarm<Behaviour>,
    knife: Knife,
    link: Link,
    access: watch::Receiver<Option<RelayAccess>>,
    inbox: mpsc::Receiver<Command>,
    arrived: mpsc::Sender<Incoming>,
    state: watch::Sender<State>,
    /// Who has dialled this node.
    players: watch::Sender<BTreeSet<PeerId>>,
    start: Instant,
    /// The connection to the relay.
    relay: Option<ConnectionId>,
    /// The dial to the relay that is under way.
    dialing: Option<ConnectionId>,
    reservation: Option<ListenerId>,
    /// Counts tokens that were shown; an answer to an older one is an echo.
    shown: u64,
    showing: FuturesUnordered<BoxFuture<'static, (u64, Result<(), Trouble>)>>,
    /// Resolves when the relay does not answer any more.
    pulse: Option<BoxFuture<'static, ()>>,
    /// Streams of pings that are being answered.
    answering: FuturesUnordered<BoxFuture<'static, ()>>,
    /// Answers offers of direct connections; `None` without an address to be reached at.
    answerer: Option<Answerer>,
    may_go_direct: Arc<dyn Fn(&PeerId) -> bool + Send + Sync>,
    /// Offers that are being answered.
    offers: FuturesUnordered<BoxFuture<'static, ()>>,
    /// Streams that wait for the dial to their peer.
    opening: HashMap<PeerId, Vec<Asked>>,
    /// Streams on their way from the swarm to whoever asked.
    handovers: FuturesUnordered<BoxFuture<'static, ()>>,
}

impl Actor {
    async fn run(mut self, cancel: CancellationToken) {
        self.access.mark_changed();
        // The portal's end of the watch may go before the node does.
        let mut named = true;
        loop {
            let due = self.link.wake_at().map(|at| self.start + at);
            tokio::select! {
                () = cancel.cancelled() => break,
                event = self.swarm.select_next_some() => self.on_event(event),
                Some(command) = self.inbox.recv() => self.on_command(command),
                Some((shown, answer)) = self.showing.next() => self.on_answer(shown, answer),
                Some(()) = self.handovers.next() => {}
                Some(()) = self.answering.next() => {}
                Some(()) = self.offers.next() => {}
                () = beat(&mut self.pulse) => {
                    self.pulse = None;
                    let text = "the relay does not answer any more";
                    self.drive(Input::Failed(Trouble::new(TroubleKind::Lost, text)));
                }
                changed = self.access.changed(), if named => match changed {
                    Ok(()) => {
                        let access = self.access.borrow_and_update().clone();
                        self.drive(Input::Access(access));
                    }
                    Err(_) => named = false,
                },
                () = wait(due) => self.drive(Input::Tick),
            }
        }
    }

    fn drive(&mut self, input: Input) {
        let effects = self.link.on(self.start.elapsed(), input);
        for effect in effects {
            self.act(effect);
        }
        let state = self.link.state();
        self.state.send_if_modified(|old| {
            let is_new = *old != state;
            if is_new {
                tracing::debug!(?state, "relay");
                *old = state;
            }
            is_new
        });
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Dial(target) => self.dial(&target),
            Effect::ShowToken(token) => self.show(token),
            Effect::Reserve(target) => self.reserve(&target),
            Effect::HangUp => self.hang_up(),
        }
    }

    fn dial(&mut self, target: &Target) {
        // Always: an old connection that has not been noticed as dead must not stand in the way.
        let opts = DialOpts::peer_id(target.relay)
            .addresses(vec![target.address.clone()])
            .condition(PeerCondition::Always)
            .build();
        self.dialing = Some(opts.connection_id());
        if let Err(error) = self.swarm.dial(opts) {
            self.dialing = None;
            self.drive(Input::Failed(Trouble::of_dial(&error, &target.host())));
        }
    }

    fn show(&mut self, token: String) {
        let Some(target) = self.link.target() else { return };
        let (reply, opened) = oneshot::channel();
        self.swarm.behaviour_mut().streams.open(target.relay, StreamProtocol::new(RELAY_AUTH_PROTOCOL), reply);
        self.shown += 1;
        let shown = self.shown;
        let shown_and_told = async move {
            let answer = match opened.await {
                Ok(Ok(stream)) => admission::show(stream, &token).await,
                Ok(Err(Failure::Unsupported)) => Err(Trouble::new(
                    TroubleKind::NoRelay,
                    "the relay is none of iRoam's; is the portal's address right?",
                )),
                Ok(Err(Failure::Broken)) | Err(_) => {
                    Err(Trouble::new(TroubleKind::Lost, "the connection to the relay was lost"))
                }
            };
            (shown, answer)
        };
        self.showing.push(shown_and_told.boxed());
    }

    fn on_answer(&mut self, shown: u64, answer: Result<(), Trouble>) {
        if shown == self.shown {
            self.drive(answer.map_or_else(Input::Failed, |()| Input::Admitted));
        }
    }

    fn reserve(&mut self, target: &Target) {
        let address = target.address.clone().with(Protocol::P2p(target.relay)).with(Protocol::P2pCircuit);
        match self.swarm.listen_on(address) {
            Ok(listener) => self.reservation = Some(listener),
            Err(error) => self.drive(Input::Failed(Trouble::new(TroubleKind::Reservation, error.to_string()))),
        }
    }

    fn hang_up(&mut self) {
        self.shown += 1;
        if let Some(listener) = self.reservation.take() {
            self.swarm.remove_listener(listener);
        }
        if let Some(connection) = self.relay.take() {
            self.swarm.close_connection(connection);
        }
        (self.dialing, self.pulse) = (None, None);
        self.knife.cut();
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                if endpoint.is_listener() {
                    self.came(&peer_id, connection_id);
                }
                self.connected(&peer_id, connection_id);
            }
            SwarmEvent::ConnectionClosed { connection_id, .. } if self.relay == Some(connection_id) => {
                self.relay = None;
                self.drive(Input::Failed(Trouble::new(TroubleKind::Lost, "the connection to the relay was lost")));
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => self.went(&peer_id),
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } if self.dialing == Some(connection_id) => {
                self.dialing = None;
                let host = self.link.target().map(Target::host).unwrap_or_default();
                self.drive(Input::Failed(Trouble::of_dial(&error, &host)));
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), error, .. } => {
                self.fail_opening(&peer, &trouble::of_circuit(&error));
            }
            SwarmEvent::ListenerClosed { listener_id, reason, .. } if self.reservation == Some(listener_id) => {
                self.reservation = None;
                self.drive(Input::Failed(reservation_trouble(reason)));
            }
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            _ => {}
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Relay(relay::client::Event::ReservationReqAccepted { .. }) => self.drive(Input::Reserved),
            BehaviourEvent::Streams(inbound) => self.take(inbound),
            _ => {}
        }
    }

    /// A player has dialled. Told of every connection: of two, the older one may be closing already.
    fn came(&mut self, peer: &libp2p::PeerId, connection: ConnectionId) {
        let Some(peer) = ours(peer) else {
            // No grant can name it.
            self.swarm.close_connection(connection);
            return;
        };
        self.players.send_modify(|players| {
            players.insert(peer);
        });
    }

    fn went(&mut self, peer: &libp2p::PeerId) {
        self.players.send_if_modified(|players| ours(peer).is_some_and(|peer| players.remove(&peer)));
    }

    fn connected(&mut self, peer: &libp2p::PeerId, connection: ConnectionId) {
        if self.dialing == Some(connection) {
            (self.dialing, self.relay) = (None, Some(connection));
            self.pulse = Some(self.feel(*peer));
            self.drive(Input::Connected);
        }
        let waiting = ours(peer).and_then(|peer| self.opening.remove(&peer)).unwrap_or_default();
        for (protocol, reply) in waiting {
            self.open_on_connection(*peer, protocol, reply);
        }
    }

    /// Pings the relay.
    fn feel(&mut self, relay: libp2p::PeerId) -> BoxFuture<'static, ()> {
        let (reply, opened) = oneshot::channel();
        self.swarm.behaviour_mut().streams.open(relay, StreamProtocol::new(ping::PROTOCOL), reply);
        let pinged = async move {
            match opened.await {
                Ok(Ok(stream)) => drop(ping::watch(stream).await),
                // The connection's own end is told by the swarm; a relay without pings cannot be felt.
                Ok(Err(_)) | Err(_) => std::future::pending().await,
            }
        };
        pinged.boxed()
    }

    fn take(&mut self, inbound: Inbound) {
        match inbound.service {
            Service::Http => self.hand_out(inbound),
            Service::Ping if self.answering.len() < ANSWERING_MAX => {
                self.answering.push(ping::answer(inbound.stream).map(drop).boxed());
            }
            Service::Ping => {}
            Service::Signaling => self.answer(inbound),
        }
    }

    /// The stream of an offer that is not taken, or that the player may not make, is reset: the browser stays with the relay.
    fn answer(&mut self, inbound: Inbound) {
        let Some(answerer) = self.answerer.clone().filter(|_| self.offers.len() < OFFERS_MAX) else { return };
        let peer = inbound.peer;
        if !ours(&peer).is_some_and(|peer| (self.may_go_direct)(&peer)) {
            return;
        }
        let stun = self.access.borrow().as_ref().map(|access| access.stun.clone()).unwrap_or_default();
        let answered = answerer.answer(peer, inbound.stream, stun).map(move |answered| match answered {
            Ok(()) => tracing::debug!(%peer, "a direct connection"),
            Err(error) => tracing::debug!(%peer, %error, "no direct connection"),
        });
        self.offers.push(answered.boxed());
    }

    fn hand_out(&mut self, inbound: Inbound) {
        let Some(peer) = ours(&inbound.peer) else { return };
        let incoming = Incoming { peer, path: inbound.path, stream: Stream::new(inbound.stream) };
        if self.arrived.try_send(incoming).is_err() {
            tracing::warn!(%peer, "too many requests wait; reset a stream");
        }
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Open { peer, protocol, reply } => {
                if let Err((reply, error)) = self.open(peer, protocol, reply) {
                    // Nobody has to wait for it.
                    drop(reply.send(Err(error)));
                }
            }
            Command::Disconnect { peer, done } => {
                if let Some(peer) = theirs(&peer) {
                    // An error means that it is not connected.
                    let _ = self.swarm.disconnect_peer_id(peer);
                }
                let _ = done.send(());
            }
        }
    }

    fn open(
        &mut self,
        peer: PeerId,
        protocol: &'static str,
        reply: oneshot::Sender<Result<Stream, OpenError>>,
    ) -> Result<(), (oneshot::Sender<Result<Stream, OpenError>>, OpenError)> {
        let Some(libp2p_peer) = theirs(&peer) else { return Err((reply, OpenError::HomeOffline)) };
        if self.swarm.is_connected(&libp2p_peer) {
            self.open_on_connection(libp2p_peer, protocol, reply);
            return Ok(());
        }
        let Some(target) = self.link.ready_target() else {
            return Err((reply, OpenError::NoRelay(self.link.last_error().cloned())));
        };
        let circuit = target.address.clone().with(Protocol::P2p(target.relay)).with(Protocol::P2pCircuit);
        if self.handovers.len() + self.opening.values().map(Vec::len).sum::<usize>() >= OPENING_MAX {
            return Err((reply, OpenError::Busy));
        }
        let opts = DialOpts::peer_id(libp2p_peer).addresses(vec![circuit.with(Protocol::P2p(libp2p_peer))]).build();
        let waiting = self.opening.entry(peer).or_default();
        let is_first = waiting.is_empty();
        waiting.push((protocol, reply));
        if is_first && let Err(error) = self.swarm.dial(opts) {
            self.fail_opening(&libp2p_peer, &trouble::of_circuit(&error));
        }
        Ok(())
    }

    fn open_on_connection(
        &mut self,
        peer: libp2p::PeerId,
        protocol: &'static str,
        reply: oneshot::Sender<Result<Stream, OpenError>>,
    ) {
        let Ok(name) = StreamProtocol::try_from_owned(protocol.into()) else {
            drop(reply.send(Err(OpenError::Protocol(protocol))));
            return;
        };
        let (opened, stream) = oneshot::channel();
        self.swarm.behaviour_mut().streams.open(peer, name, opened);
        let handover = async move {
            let answer = match stream.await {
                Ok(Ok(stream)) => Ok(Stream::new(stream)),
                Ok(Err(Failure::Unsupported)) => Err(OpenError::Unsupported(protocol)),
                Ok(Err(Failure::Broken)) | Err(_) => Err(OpenError::Unreachable("the connection was lost".into())),
            };
            drop(reply.send(answer));
        };
        self.handovers.push(handover.boxed());
    }

    fn fail_opening(&mut self, peer: &libp2p::PeerId, error: &OpenError) {
        for (_, reply) in ours(peer).and_then(|peer| self.opening.remove(&peer)).unwrap_or_default() {
            drop(reply.send(Err(error.clone())));
        }
    }
}

fn reservation_trouble(reason: Result<(), std::io::Error>) -> Trouble {
    let text = match reason {
        Ok(()) => "the relay ended the reservation".into(),
        Err(error) => format!("the relay gave no reservation: {}", trouble::deepest(&error)),
    };
    Trouble::new(TroubleKind::Reservation, text)
}

async fn beat(pulse: &mut Option<BoxFuture<'static, ()>>) {
    match pulse {
        Some(pulse) => pulse.await,
        None => std::future::pending().await,
    }
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}
