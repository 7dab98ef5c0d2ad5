//! The answerer against another end: str0m as a browser drives it, over UDP on loopback.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, on the real clock"
)]

use std::{
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures::{AsyncReadExt as _, AsyncWriteExt as _, future::poll_fn};
use iroam_webrtc::{Answerer, Transport};
use libp2p::{
    Multiaddr, PeerId, Transport as _,
    core::{
        muxing::{StreamMuxer as _, StreamMuxerBox, SubstreamBox},
        transport::{ListenerId, TransportEvent},
    },
    multiaddr::Protocol as Part,
};
use prost::Message as _;
use str0m::{
    Candidate, Event, Input, Output, Rtc,
    change::{SdpAnswer, SdpPendingOffer},
    channel::{ChannelConfig, ChannelId},
    net::{Protocol, Receive},
};
use tokio::{
    net::UdpSocket,
    sync::mpsc,
    time::{sleep_until, timeout},
};
use tokio_util::{compat::TokioAsyncReadCompatExt as _, sync::CancellationToken};

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, PartialEq, prost::Message)]
struct Signal {
    #[prost(int32, optional, tag = "1")]
    kind: Option<i32>,
    #[prost(string, optional, tag = "2")]
    data: Option<String>,
}

/// What a test does with the browser's end.
enum Act {
    Open(mpsc::UnboundedSender<ChannelId>),
    Send(ChannelId, Vec<u8>),
    Close(ChannelId),
    Leave,
}

/// What the browser's end saw.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Data(ChannelId, Vec<u8>),
    Closed(ChannelId),
}

struct Browser {
    acts: mpsc::UnboundedSender<Act>,
    seen: mpsc::UnboundedReceiver<Seen>,
}

impl Browser {
    async fn open(&self) -> ChannelId {
        let (opened, mut open) = mpsc::unbounded_channel();
        self.acts.send(Act::Open(opened)).unwrap();
        timeout(PATIENCE, open.recv()).await.unwrap().unwrap()
    }

    fn send(&self, id: ChannelId, bytes: Vec<u8>) {
        self.acts.send(Act::Send(id, bytes)).unwrap();
    }

    /// Everything until a frame carries this flag.
    async fn until_flag(&mut self, id: ChannelId, flag: u8) -> Vec<u8> {
        let mut payload = Vec::new();
        loop {
            match timeout(PATIENCE, self.seen.recv()).await.unwrap().unwrap() {
                Seen::Data(of, bytes) if of == id => {
                    if bytes == [2, 0x08, flag] {
                        return payload;
                    }
                    payload.extend(payload_of(&bytes));
                }
                Seen::Closed(of) if of == id => panic!("closed before the flag"),
                _ => {}
            }
        }
    }
}

fn payload_of(frame: &[u8]) -> Vec<u8> {
    #[derive(Clone, PartialEq, prost::Message)]
    struct Frame {
        #[prost(bytes = "vec", optional, tag = "2")]
        message: Option<Vec<u8>>,
    }
    Frame::decode_length_delimited(frame).unwrap().message.unwrap_or_default()
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x12];
    prost::encoding::encode_varint(payload.len() as u64, &mut frame);
    frame.extend_from_slice(payload);
    let mut whole = Vec::new();
    prost::encoding::encode_varint(frame.len() as u64, &mut whole);
    whole.extend(frame);
    whole
}

fn flag(flag: u8) -> Vec<u8> {
    vec![2, 0x08, flag]
}

struct Home {
    transport: Transport,
    answerer: Answerer,
    _cancel: tokio_util::sync::DropGuard,
}

impl Home {
    fn start() -> Self {
        Self::at(&["127.0.0.1:0"])
    }

    fn at(addresses: &[&str]) -> Self {
        let cancel = CancellationToken::new();
        let addresses: Vec<_> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let (mut transport, answerer) = iroam_webrtc::start(&addresses, cancel.clone()).unwrap();
        transport.listen_on(ListenerId::next(), Multiaddr::from(Part::WebRTC)).unwrap();
        Self { transport, answerer, _cancel: cancel.drop_guard() }
    }

    async fn accept(&mut self) -> (PeerId, StreamMuxerBox, Multiaddr) {
        let event = timeout(PATIENCE, poll_fn(|cx| Pin::new(&mut self.transport).poll(cx))).await.unwrap();
        let TransportEvent::Incoming { upgrade, send_back_addr, .. } = event else { panic!("{event:?}") };
        let (peer, muxer) = upgrade.await.unwrap();
        (peer, muxer, send_back_addr)
    }

    /// A browser that is connected, and the home's end of its connection.
    async fn connected(&mut self) -> (Browser, StreamMuxerBox) {
        let peer = PeerId::random();
        let browser = connect(self.answerer.clone(), peer).await;
        let (who, muxer, from) = self.accept().await;
        assert_eq!(who, peer);
        assert!(from.iter().any(|part| part == Part::Ip4([127, 0, 0, 1].into())), "{from}");
        (browser, muxer)
    }
}

async fn connect(answerer: Answerer, peer: PeerId) -> Browser {
    let (near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async move { answerer.answer(peer, far.compat(), Vec::new()).await });
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut rtc = Rtc::new(Instant::now());
    let candidate = Candidate::host(socket.local_addr().unwrap(), "udp").unwrap();
    rtc.add_local_candidate(candidate).unwrap();
    let mut api = rtc.sdp_api();
    let init = api.add_channel("init".into());
    let (offer, pending) = api.apply().unwrap();
    let mut near = near.compat();
    say(&mut near, 0, offer.to_sdp_string()).await;
    let answer = hear(&mut near).await;
    assert_eq!(answer.kind, Some(1));
    let (acts, todo) = mpsc::unbounded_channel();
    let (saw, seen) = mpsc::unbounded_channel();
    let answer = SdpAnswer::from_sdp_string(&answer.data.unwrap()).unwrap();
    tokio::spawn(async move {
        drive(rtc, pending, answer, init, &socket, todo, saw).await;
        drop(near);
    });
    Browser { acts, seen }
}

async fn say(stream: &mut (impl futures::AsyncWrite + Unpin), kind: i32, data: String) {
    let signal = Signal { kind: Some(kind), data: Some(data) };
    stream.write_all(&signal.encode_length_delimited_to_vec()).await.unwrap();
}

async fn hear(stream: &mut (impl futures::AsyncRead + Unpin)) -> Signal {
    let mut bytes = Vec::new();
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        bytes.push(byte[0]);
        if let Ok(signal) = Signal::decode_length_delimited(bytes.as_slice()) {
            return signal;
        }
    }
}

async fn drive(
    mut rtc: Rtc,
    pending: SdpPendingOffer,
    answer: SdpAnswer,
    init: ChannelId,
    socket: &UdpSocket,
    mut todo: mpsc::UnboundedReceiver<Act>,
    saw: mpsc::UnboundedSender<Seen>,
) {
    rtc.sdp_api().accept_answer(pending, answer).unwrap();
    let (mut opening, mut unsent) = (Vec::new(), std::collections::VecDeque::<(ChannelId, Vec<u8>)>::new());
    let mut buf = vec![0; 2_048];
    loop {
        while let Some((id, bytes)) = unsent.front() {
            if !rtc.channel(*id).is_some_and(|mut channel| channel.write(true, bytes).unwrap()) {
                break;
            }
            unsent.pop_front();
        }
        let wake_at = loop {
            match rtc.poll_output().unwrap() {
                Output::Timeout(at) => break at,
                Output::Transmit(sent) => drop(socket.send_to(&sent.contents, sent.destination).await.unwrap()),
                Output::Event(Event::ChannelOpen(id, _)) if id == init => rtc.direct_api().close_data_channel(init),
                Output::Event(Event::ChannelOpen(id, _)) => {
                    opening.retain(|(of, told): &(ChannelId, mpsc::UnboundedSender<ChannelId>)| {
                        *of != id || told.send(id).is_err()
                    });
                }
                Output::Event(Event::ChannelData(data)) => drop(saw.send(Seen::Data(data.id, data.data))),
                Output::Event(Event::ChannelClose(id)) => drop(saw.send(Seen::Closed(id))),
                Output::Event(_) => {}
            }
        };
        if !rtc.is_alive() {
            return;
        }
        tokio::select! {
            received = socket.recv_from(&mut buf) => {
                let (len, source) = received.unwrap();
                let destination: SocketAddr = socket.local_addr().unwrap();
                let contents = buf[..len].try_into().unwrap();
                let receive = Receive { proto: Protocol::Udp, source, destination, contents };
                rtc.handle_input(Input::Receive(Instant::now(), receive)).unwrap();
            }
            act = todo.recv() => match act {
                Some(Act::Open(told)) => {
                    let id = rtc.direct_api().create_data_channel(ChannelConfig::default());
                    opening.push((id, told));
                }
                Some(Act::Send(id, bytes)) => unsent.push_back((id, bytes)),
                Some(Act::Close(id)) => rtc.direct_api().close_data_channel(id),
                Some(Act::Leave) | None => return,
            },
            () = sleep_until(wake_at.into()) => {}
        }
        rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
    }
}

/// The next stream that the browser opens; drives the connection until then.
async fn inbound(muxer: &mut StreamMuxerBox) -> SubstreamBox {
    timeout(PATIENCE, poll_fn(|cx| Pin::new(&mut *muxer).poll_inbound(cx))).await.unwrap().unwrap()
}

fn is_over(muxer: &mut StreamMuxerBox, cx: &mut Context<'_>) -> Poll<()> {
    Pin::new(muxer).poll(cx).map(drop)
}

#[tokio::test]
async fn a_stream_is_answered_and_both_ends_close_their_halves() {
    let mut home = Home::start();
    let (mut browser, mut muxer) = home.connected().await;
    let id = browser.open().await;
    browser.send(id, framed(b"ping"));
    browser.send(id, flag(0));
    let mut stream = inbound(&mut muxer).await;
    let mut request = Vec::new();
    stream.read_to_end(&mut request).await.unwrap();
    assert_eq!(request, b"ping");
    stream.write_all(b"pong").await.unwrap();
    stream.close().await.unwrap();
    assert_eq!(browser.until_flag(id, 3).await, b"", "its end was seen");
    assert_eq!(browser.until_flag(id, 0).await, b"pong");
    browser.send(id, flag(3));
    drop(stream);
    assert_eq!(timeout(PATIENCE, browser.seen.recv()).await.unwrap(), Some(Seen::Closed(id)));
}

#[tokio::test]
async fn megabytes_arrive_whole_and_in_order() {
    const LEN: usize = 8 * 1024 * 1024;
    let mut home = Home::start();
    let (mut browser, mut muxer) = home.connected().await;
    let id = browser.open().await;
    browser.send(id, framed(b"all"));
    let mut stream = inbound(&mut muxer).await;
    let sent: Vec<u8> = (0_u8..251).flat_map(|byte| [byte; 7]).cycle().take(LEN).collect();
    let wanted = sent.clone();
    let writing = tokio::spawn(async move {
        stream.write_all(&sent).await.unwrap();
        stream.close().await.unwrap();
        stream
    });
    assert!(browser.until_flag(id, 0).await == wanted);
    drop(writing.await.unwrap());
}

#[tokio::test]
async fn what_the_browser_no_longer_wants_ends_the_writing() {
    let mut home = Home::start();
    let (browser, mut muxer) = home.connected().await;
    let id = browser.open().await;
    browser.send(id, framed(b"all"));
    let mut stream = inbound(&mut muxer).await;
    browser.send(id, flag(2));
    let written = timeout(PATIENCE, async { while stream.write_all(&[0; 1_000]).await.is_ok() {} });
    written.await.unwrap();
    assert!(stream.read(&mut [0; 8]).await.is_err() || stream.read(&mut [0; 8]).await.is_err());
}

#[tokio::test]
async fn a_channel_that_closes_in_mid_request_is_an_error_here() {
    let mut home = Home::start();
    let (browser, mut muxer) = home.connected().await;
    let id = browser.open().await;
    browser.send(id, framed(b"half"));
    let mut stream = inbound(&mut muxer).await;
    browser.acts.send(Act::Close(id)).unwrap();
    assert!(timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.unwrap().is_err());
}

#[tokio::test]
async fn streams_are_opened_from_here_too() {
    let mut home = Home::start();
    let (mut browser, mut muxer) = home.connected().await;
    let opened = timeout(PATIENCE, poll_fn(|cx| Pin::new(&mut muxer).poll_outbound(cx)));
    let mut stream = opened.await.unwrap().unwrap();
    stream.write_all(b"identify").await.unwrap();
    stream.flush().await.unwrap();
    let bytes = loop {
        if let Seen::Data(_, bytes) = timeout(PATIENCE, browser.seen.recv()).await.unwrap().unwrap() {
            break bytes;
        }
    };
    assert_eq!(payload_of(&bytes), b"identify");
}

#[tokio::test]
async fn a_connection_that_is_dropped_is_over_for_the_browser() {
    let mut home = Home::start();
    let (mut browser, muxer) = home.connected().await;
    drop(muxer);
    let gone = async { while browser.seen.recv().await.is_some() {} };
    timeout(PATIENCE, gone).await.unwrap();
}

#[tokio::test]
async fn a_browser_that_falls_silent_is_over_here() {
    let mut home = Home::start();
    let (browser, mut muxer) = home.connected().await;
    browser.acts.send(Act::Leave).unwrap();
    timeout(Duration::from_secs(60), poll_fn(|cx| is_over(&mut muxer, cx))).await.unwrap();
}

#[tokio::test]
async fn a_peer_has_two_connections_at_most() {
    let mut home = Home::start();
    let peer = PeerId::random();
    let mut held = Vec::new();
    for _ in 0..2 {
        let browser = connect(home.answerer.clone(), peer).await;
        held.push((browser, home.accept().await));
    }
    let (_near, far) = tokio::io::duplex(1_024);
    let third = timeout(PATIENCE, home.answerer.clone().answer(peer, far.compat(), Vec::new())).await.unwrap();
    assert!(matches!(third, Err(iroam_webrtc::Error::Busy)), "{third:?}");
}

#[tokio::test]
async fn nonsense_is_refused() {
    let home = Home::start();
    for offer in [&[][..], b"\x02\x08\x00", &[0xff; 64]] {
        let (mut near, far) = tokio::io::duplex(1_024);
        tokio::io::AsyncWriteExt::write_all(&mut near, offer).await.unwrap();
        drop(near);
        let answering = home.answerer.clone().answer(PeerId::random(), far.compat(), Vec::new());
        let answered = timeout(PATIENCE, answering).await.unwrap();
        assert!(answered.is_err(), "{offer:?}");
    }
}

const MAGIC: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// The success response to a binding request (RFC 8489): the request's id, and 203.0.113.7:4001, xored with the magic cookie.
fn told(request: &[u8]) -> Vec<u8> {
    assert_eq!((&request[..2], &request[4..8]), (&[0, 1][..], &MAGIC[..]), "a binding request");
    let mapped = [0, 0x20, 0, 8, 0, 1, 0x0f ^ 0x21, 0xa1 ^ 0x12, 203 ^ 0x21, 0x12, 113 ^ 0xa4, 7 ^ 0x42];
    [&[1, 1, 0, 12][..], &MAGIC, &request[8..20], &mapped].concat()
}

/// A socket that stands for a STUN server, and its URI.
async fn server() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("stun:{}", socket.local_addr().unwrap());
    (socket, uri)
}

/// The answer that a home gives while it may ask these STUN servers.
async fn answer_with(home: &Home, stun: Vec<String>) -> String {
    let (near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(home.answerer.clone().answer(PeerId::random(), far.compat(), stun));
    let mut rtc = Rtc::new(Instant::now());
    let mut api = rtc.sdp_api();
    api.add_channel("init".into());
    let (offer, _pending) = api.apply().unwrap();
    let mut near = near.compat();
    say(&mut near, 0, offer.to_sdp_string()).await;
    timeout(PATIENCE, hear(&mut near)).await.unwrap().data.unwrap()
}

#[tokio::test]
async fn the_answer_names_the_address_that_the_world_sees() {
    let home = Home::start();
    let (socket, uri) = server().await;
    let serving = tokio::spawn(async move {
        let mut buf = [0; 1_500];
        // The first one is lost on the way.
        let (len, _) = socket.recv_from(&mut buf).await.unwrap();
        let first = buf[..len].to_vec();
        let (len, source) = socket.recv_from(&mut buf).await.unwrap();
        assert_eq!(buf[..len], first, "the same request again");
        socket.send_to(&told(&first), source).await.unwrap();
    });
    let answer = answer_with(&home, vec!["turn:127.0.0.1:1".into(), uri]).await;
    serving.await.unwrap();
    let candidates: Vec<_> = answer.lines().filter(|line| line.starts_with("a=candidate:")).collect();
    assert_eq!(candidates.len(), 2, "{answer}");
    assert!(candidates.iter().any(|line| line.contains("203.0.113.7 4001 typ srflx")), "{answer}");
}

#[tokio::test]
async fn a_stun_server_that_is_silent_or_false_only_costs_a_second() {
    let home = Home::start();
    let (socket, silent) = server().await;
    let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let serving = tokio::spawn(async move {
        let mut buf = [0; 1_500];
        let (len, source) = socket.recv_from(&mut buf).await.unwrap();
        // Whoever saw the request on the way answers from elsewhere; and the server itself speaks nonsense.
        other.send_to(&told(&buf[..len]), source).await.unwrap();
        socket.send_to(&[1, 1, 0xff, 0xff], source).await.unwrap();
    });
    let started = Instant::now();
    let answer = answer_with(&home, vec![silent]).await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    serving.await.unwrap();
    assert!(!answer.contains("srflx"), "{answer}");
    // A browser comes all the same.
    let mut home = home;
    home.connected().await;
}

#[tokio::test]
async fn an_address_from_which_nothing_comes_back_holds_nobody_up() {
    let home = Home::at(&["127.0.0.1:0", "127.0.0.2:0"]);
    let (socket, uri) = server().await;
    let serving = tokio::spawn(async move {
        let mut buf = [0; 1_500];
        loop {
            let (len, source) = socket.recv_from(&mut buf).await.unwrap();
            if source.ip() == Ipv4Addr::LOCALHOST {
                socket.send_to(&told(&buf[..len]), source).await.unwrap();
            }
        }
    });
    let started = Instant::now();
    let answer = answer_with(&home, vec![uri]).await;
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    serving.abort();
    assert_eq!(answer.matches("typ srflx").count(), 1, "{answer}");
    assert_eq!(answer.matches("typ host").count(), 2, "{answer}");
}
