//! One browser's WebRTC connection: str0m's state, its streams, and the task that drives it.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use libp2p::PeerId;
use str0m::{
    Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcError,
    channel::{ChannelConfig, ChannelId},
    net::{Protocol, Receive, Transmit},
};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::{
    frame::{Flag, Frame, PAYLOAD_MAX},
    pipe::{Pipe, Read, Reply, Writing},
    sockets::{Datagram, Sockets},
};

/// Streams of one connection, as many as the relay's circuits have.
pub(crate) const STREAMS_MAX: usize = 256;
/// Bytes of one stream that the network has not taken yet: 60 ms of 16 MB/s.
const UNSENT_MAX: usize = 1024 * 1024;
/// Bytes of all streams of a connection that the network has not taken yet.
pub(crate) const UNSENT_OF_ALL_MAX: usize = 8 * 1024 * 1024;
/// How long ICE and DTLS may take, slow links and lost packets included.
const CONNECT_MAX: Duration = Duration::from_secs(20);
/// How long a stream that nobody holds waits for the peer to see its end, as js-libp2p does.
const FIN_ACK_MAX: Duration = Duration::from_secs(10);
/// How long the last datagrams of a connection that is closed may take.
const PART_MAX: Duration = Duration::from_millis(250);
/// The label of the channel that the browser makes to get started, and closes.
const INIT_LABEL: &str = "init";

/// The two ends of the path that ICE chose: this machine's address and the browser's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
}

/// A browser's connection.
pub(crate) struct Session {
    pub(crate) peer: PeerId,
    state: Mutex<State>,
    /// Somebody changed the state: what follows must be sent.
    changed: Notify,
}

struct State {
    rtc: Rtc,
    pipes: HashMap<ChannelId, Pipe>,
    /// Streams that the browser opened and nobody has taken.
    inbound: VecDeque<ChannelId>,
    /// A stream that is being opened here.
    outbound: Option<ChannelId>,
    is_outbound_open: bool,
    /// Flags on their way out.
    flags: VecDeque<(ChannelId, Vec<u8>)>,
    /// Streams that nobody holds, and until when they wait for the browser.
    parting: Vec<(ChannelId, Instant)>,
    sent: Vec<Transmit>,
    way: Option<Way>,
    is_connected: bool,
    is_closing: bool,
    is_over: bool,
    /// The swarm's task, which takes streams and hears of the end.
    owner: Option<Waker>,
}

/// What one look at the state brought.
struct Turn {
    sent: Vec<Transmit>,
    wake_at: Instant,
    way: Option<Way>,
    is_over: bool,
}

impl Session {
    pub(crate) fn new(peer: PeerId, rtc: Rtc) -> Self {
        let state = State {
            rtc,
            pipes: HashMap::new(),
            inbound: VecDeque::new(),
            outbound: None,
            is_outbound_open: false,
            flags: VecDeque::new(),
            parting: Vec::new(),
            sent: Vec::new(),
            way: None,
            is_connected: false,
            is_closing: false,
            is_over: false,
            owner: None,
        };
        Self { peer, state: Mutex::new(state), changed: Notify::new() }
    }

    /// A panic under the lock has ended the session's task, which marks it as over.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a datagram from an address that is not known yet belongs here.
    pub(crate) fn accepts(&self, datagram: &Datagram, now: Instant) -> bool {
        let state = self.lock();
        !state.is_over && datagram.receive().is_some_and(|receive| state.rtc.accepts(&Input::Receive(now, receive)))
    }

    /// Where the browser may be.
    pub(crate) fn add_candidate(&self, candidate: Candidate) {
        self.lock().rtc.add_remote_candidate(candidate);
        self.changed.notify_one();
    }

    /// Ends it; what was written is tried to be sent.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closing = true;
        drop(state);
        self.changed.notify_one();
    }

    fn turn(&self, now: Instant, datagram: Option<&Datagram>) -> Result<Turn, RtcError> {
        let mut state = self.lock();
        let input = match datagram.and_then(Datagram::receive) {
            Some(receive) => Input::Receive(now, receive),
            None => Input::Timeout(now),
        };
        state.rtc.handle_input(input)?;
        state.settle(now);
        let wake_at = state.drain()?;
        // An answer that was decided while draining.
        state.settle(now);
        let wake_at = wake_at.min(state.drain()?);
        let is_over = state.is_over || !state.rtc.is_alive();
        let way = state.way.filter(|_| state.is_connected);
        Ok(Turn { sent: std::mem::take(&mut state.sent), wake_at, way, is_over })
    }

    fn begin_close(&self) -> bool {
        let mut state = self.lock();
        // An error means that it is closed.
        state.is_closing && state.rtc.close().is_ok()
    }

    fn end(&self) {
        let mut state = self.lock();
        state.is_over = true;
        for pipe in state.pipes.values_mut() {
            pipe.on_close();
        }
        state.wake_owner();
    }

    // --- what the swarm asks --------------------------------------------------------------------------------

    /// A stream that the browser opened.
    pub(crate) fn poll_inbound(&self, cx: &Context<'_>) -> Poll<Option<ChannelId>> {
        let mut state = self.lock();
        match state.inbound.pop_front() {
            Some(id) => Poll::Ready(Some(id)),
            None if state.is_over => Poll::Ready(None),
            None => state.sleep(cx),
        }
    }

    /// A stream that is opened here.
    pub(crate) fn poll_outbound(&self, cx: &Context<'_>) -> Poll<Option<ChannelId>> {
        let mut state = self.lock();
        if state.is_over {
            return Poll::Ready(None);
        }
        let Some(id) = state.outbound else {
            let id = state.rtc.direct_api().create_data_channel(ChannelConfig::default());
            state.pipes.insert(id, Pipe::new());
            (state.outbound, state.is_outbound_open) = (Some(id), false);
            self.changed.notify_one();
            return state.sleep(cx);
        };
        if state.is_outbound_open || state.pipes.get(&id).is_none_or(|pipe| pipe.closed) {
            state.outbound = None;
            return Poll::Ready(Some(id));
        }
        state.sleep(cx)
    }

    /// The end of the connection.
    pub(crate) fn poll_over(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.is_over { Poll::Ready(()) } else { state.sleep(cx) }
    }

    // --- what a stream asks ---------------------------------------------------------------------------------

    pub(crate) fn poll_read(&self, id: ChannelId, cx: &Context<'_>, buf: &mut [u8]) -> Poll<Read> {
        let mut state = self.lock();
        let Some(pipe) = state.pipes.get_mut(&id) else { return Poll::Ready(Read::Broken) };
        match pipe.read(buf) {
            Read::Nothing => {
                pipe.reader = Some(cx.waker().clone());
                Poll::Pending
            }
            read => Poll::Ready(read),
        }
    }

    /// How many bytes were taken; `None` when the peer takes no more.
    pub(crate) fn poll_write(&self, id: ChannelId, cx: &Context<'_>, bytes: &[u8]) -> Poll<Option<usize>> {
        let mut state = self.lock();
        let State { rtc, pipes, .. } = &mut *state;
        let Some(pipe) = pipes.get_mut(&id) else { return Poll::Ready(None) };
        if pipe.broken || pipe.closed || pipe.writing != Writing::Open {
            return Poll::Ready(None);
        }
        let len = bytes.len().min(PAYLOAD_MAX);
        let is_taken = rtc.channel(id).is_some_and(|mut channel| {
            let frame = Frame::of_payload(&bytes[..len]);
            channel.buffered_amount() < UNSENT_MAX && channel.write(true, &frame).unwrap_or(false)
        });
        if !is_taken {
            pipe.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        drop(state);
        self.changed.notify_one();
        Poll::Ready(Some(len))
    }

    /// Nothing more will be written.
    pub(crate) fn finish(&self, id: ChannelId) {
        let mut state = self.lock();
        let Some(pipe) = state.pipes.get_mut(&id).filter(|pipe| pipe.writing == Writing::Open) else { return };
        pipe.writing = Writing::Finished;
        state.flags.push_back((id, Frame::of_flag(Flag::Fin)));
        drop(state);
        self.changed.notify_one();
    }

    /// Nobody holds the stream any more.
    pub(crate) fn part(&self, id: ChannelId, now: Instant) {
        let mut state = self.lock();
        let Some(pipe) = state.pipes.get_mut(&id) else { return };
        let flag = match (pipe.writing, pipe.at_end) {
            (Writing::Open, _) => Some(Flag::Reset),
            (_, false) => Some(Flag::StopSending),
            (_, true) => None,
        };
        pipe.broken |= flag == Some(Flag::Reset);
        pipe.at_end = true;
        state.flags.extend(flag.map(|flag| (id, Frame::of_flag(flag))));
        state.parting.push((id, now + FIN_ACK_MAX));
        drop(state);
        self.changed.notify_one();
    }
}

impl State {
    fn sleep<T>(&mut self, cx: &Context<'_>) -> Poll<T> {
        self.owner = Some(cx.waker().clone());
        Poll::Pending
    }

    fn wake_owner(&mut self) {
        if let Some(owner) = self.owner.take() {
            owner.wake();
        }
    }

    fn drain(&mut self) -> Result<Instant, RtcError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => return Ok(at),
                Output::Transmit(transmit) => {
                    if !is_stun(&transmit.contents) {
                        self.way = Some(Way { local: transmit.source, remote: transmit.destination });
                    }
                    self.sent.push(transmit);
                }
                Output::Event(event) => self.on_event(event),
            }
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Connected => self.is_connected = true,
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => self.is_over = true,
            Event::ChannelOpen(id, label) => self.on_open(id, &label),
            Event::ChannelData(data) => {
                let reply = self.pipes.get_mut(&data.id).and_then(|pipe| pipe.on_data(&data.data));
                let flag = reply.map(|reply| if reply == Reply::FinAck { Flag::FinAck } else { Flag::Reset });
                self.flags.extend(flag.map(|flag| (data.id, Frame::of_flag(flag))));
            }
            Event::ChannelClose(id) => {
                if let Some(pipe) = self.pipes.get_mut(&id) {
                    pipe.on_close();
                }
                self.wake_owner();
            }
            // The bound of all streams together may have held up others than this one.
            Event::ChannelBufferedAmountLow(_) => {
                self.pipes.values_mut().filter_map(|pipe| pipe.writer.take()).for_each(Waker::wake);
            }
            _ => {}
        }
    }

    fn on_open(&mut self, id: ChannelId, label: &str) {
        if label == INIT_LABEL {
            return;
        }
        if let Some(mut channel) = self.rtc.channel(id) {
            channel.set_buffered_amount_low_threshold(UNSENT_MAX / 2);
        }
        if self.outbound == Some(id) {
            self.is_outbound_open = true;
        } else if self.pipes.len() < STREAMS_MAX {
            self.pipes.insert(id, Pipe::new());
            self.inbound.push_back(id);
        } else {
            self.rtc.direct_api().close_data_channel(id);
        }
        self.wake_owner();
    }

    /// Sends the flags that fit, and closes the channels that have nothing more to say.
    fn settle(&mut self, now: Instant) {
        while let Some((id, flag)) = self.flags.front() {
            let is_sent = self.rtc.channel(*id).is_none_or(|mut channel| channel.write(true, flag).unwrap_or(true));
            if !is_sent {
                break;
            }
            self.flags.pop_front();
        }
        let Self { rtc, pipes, flags, parting, .. } = self;
        parting.retain(|(id, until)| {
            let has_flags = flags.iter().any(|(of, _)| of == id);
            let stays = pipes.get(id).is_some_and(|pipe| has_flags || !pipe.is_done()) && now < *until;
            if !stays && pipes.remove(id).is_some_and(|pipe| !pipe.closed) {
                rtc.direct_api().close_data_channel(*id);
            }
            stays
        });
    }
}

/// RFC 7983 §7: the first byte of STUN is 0 to 3.
pub(crate) fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| *first < 4)
}

impl Datagram {
    fn receive(&self) -> Option<Receive<'_>> {
        let contents = self.bytes.as_slice().try_into().ok()?;
        Some(Receive { proto: Protocol::Udp, source: self.source, destination: self.destination, contents })
    }
}

/// Marks the session as over however its task ends.
struct Ending(Arc<Session>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Drives a session until it is over; tells once that it is connected, and how.
pub(crate) async fn run(
    session: Arc<Session>,
    sockets: Arc<Sockets>,
    mut datagrams: mpsc::Receiver<Datagram>,
    connected: oneshot::Sender<Way>,
    cancel: CancellationToken,
) {
    let _ending = Ending(session.clone());
    let start = now();
    let mut connected = Some(connected);
    let mut datagram = None;
    let mut part_until = None;
    loop {
        let turn = match session.turn(now(), datagram.take().as_ref()) {
            Ok(turn) => turn,
            Err(error) => {
                tracing::debug!(peer = %session.peer, %error, "a direct connection broke");
                return;
            }
        };
        sockets.send(&turn.sent).await;
        if let Some(way) = turn.way
            && let Some(connected) = connected.take()
            && connected.send(way).is_err()
        {
            session.close();
        }
        let is_late = connected.is_some() && now() > start + CONNECT_MAX;
        if turn.is_over || is_late || part_until.is_some_and(|until| now() > until) {
            return;
        }
        if part_until.is_none() && session.begin_close() {
            part_until = Some(now() + PART_MAX);
            continue;
        }
        let wake_at = part_until.map_or(turn.wake_at, |until| turn.wake_at.min(until));
        let wake_at = if connected.is_some() { wake_at.min(start + CONNECT_MAX) } else { wake_at };
        tokio::select! {
            arrived = datagrams.recv() => match arrived {
                Some(arrived) => datagram = Some(arrived),
                None => return,
            },
            () = session.changed.notified() => {}
            () = tokio::time::sleep_until(wake_at.into()) => {}
            () = cancel.cancelled(), if part_until.is_none() => session.close(),
        }
    }
}

/// The runtime's clock, which tests can hold.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
