//! Nodes and the relay over real sockets on loopback, through the portal's own door.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    unreachable_pub,
    reason = "a test fails by panicking and makes small bytes of small numbers"
)]

#[path = "relay/authority.rs"]
mod authority;
#[path = "../../../portal/src/relay_port.rs"]
mod relay_port;
#[path = "relay/world.rs"]
mod world;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
    time::Duration,
};

use authority::Authority;
use iroam_net::{Config, Incoming, OpenError, Role, State, Stream, TroubleKind};
use iroam_protocol::{
    HTTP_PROTOCOL,
    id::PeerId,
    path::Path,
    token::{KeySet, SigningKey},
};
use iroam_relay::{Limits, Tap};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::mpsc,
    time::{Instant, timeout},
};
use world::{NOW_S, Peer, SOON, World, eventually, peer_of};

const HOP: &str = "/libp2p/circuit/relay/0.2.0/hop";
const PING: &str = "/ipfs/ping/1.0.0";

/// Takes the next stream and sends back what comes until the other side half-closes.
async fn echo_once(incoming: &mut mpsc::Receiver<Incoming>) -> Incoming {
    let mut incoming = timeout(SOON, incoming.recv()).await.unwrap().unwrap();
    let mut asked = Vec::new();
    incoming.stream.read_to_end(&mut asked).await.unwrap();
    incoming.stream.write_all(&asked).await.unwrap();
    incoming.stream.shutdown().await.unwrap();
    incoming
}

async fn ask(stream: &mut Stream, what: &[u8]) -> Vec<u8> {
    stream.write_all(what).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    timeout(SOON, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_reaches_its_home_through_the_relay_and_half_closes() {
    let world = World::new().await;
    let home = world.home().await;
    let player = world.player(&[home.id()]).await;
    let mut incoming = home.node.incoming().unwrap();
    assert!(home.node.incoming().is_none());
    let start = Instant::now();
    let mut stream = player.node.open(home.id(), HTTP_PROTOCOL).await.unwrap();
    println!("first stream after {:?}", start.elapsed());
    let (echoed, answer) = tokio::join!(echo_once(&mut incoming), ask(&mut stream, b"hello"));
    assert_eq!(answer, b"hello");
    assert_eq!((echoed.peer, echoed.path), (player.id(), Path::Relay));
    let totals = world.relay.totals();
    assert_eq!((totals.connections, totals.reservations, totals.circuits, totals.circuits_opened), (2, 1, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_mebibytes_pass_unchanged() {
    const CHUNK: usize = 1 << 20;
    const CHUNKS: usize = 64;
    let world = World::new().await;
    let home = world.home().await;
    let player = world.player(&[home.id()]).await;
    let mut incoming = home.node.incoming().unwrap();
    let mut stream = player.node.open(home.id(), HTTP_PROTOCOL).await.unwrap();
    stream.write_all(b"go").await.unwrap();
    stream.shutdown().await.unwrap();
    let served = tokio::spawn(async move {
        let mut stream = incoming.recv().await.unwrap().stream;
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        for n in 0..CHUNKS {
            stream.write_all(&vec![n as u8; CHUNK]).await.unwrap();
        }
        stream.shutdown().await.unwrap();
    });
    let start = Instant::now();
    let mut chunk = vec![0; CHUNK];
    for n in 0..CHUNKS {
        stream.read_exact(&mut chunk).await.unwrap();
        assert!(chunk.iter().all(|byte| usize::from(*byte) == n));
    }
    assert_eq!(stream.read(&mut chunk).await.unwrap(), 0);
    let seconds = start.elapsed().as_secs_f64();
    println!("{:.1} MB/s through the relay", (CHUNK * CHUNKS) as f64 / 1e6 / seconds);
    served.await.unwrap();
    let meters = world.relay.meters();
    let of = |id| meters.iter().find(|meter| meter.peer == id).unwrap();
    let sent = (CHUNK * CHUNKS) as u64;
    assert!(of(player.id()).sent_bytes > sent && of(player.id()).sent_bytes < sent * 11 / 10);
    assert!(of(home.id()).received_bytes > sent && of(home.id()).circuits == 1 && of(home.id()).reservations == 1);
    assert!(world.relay.totals().relayed_bytes > sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_outside_the_admission_is_out_of_reach() {
    let world = World::new().await;
    let (home, other) = (world.home().await, world.home().await);
    let player = world.player(&[other.id()]).await;
    assert_eq!(player.node.open(home.id(), HTTP_PROTOCOL).await.unwrap_err(), OpenError::NotAllowed);
    assert!(player.node.open(other.id(), HTTP_PROTOCOL).await.is_ok());
    // A home reaches nobody, not even another home.
    assert_eq!(other.node.open(home.id(), HTTP_PROTOCOL).await.unwrap_err(), OpenError::NotAllowed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_is_off_is_told_from_one_that_is_forbidden() {
    let world = World::new().await;
    let off = peer_of(world.seed());
    let player = world.player(&[off]).await;
    assert_eq!(player.node.open(off, HTTP_PROTOCOL).await.unwrap_err(), OpenError::HomeOffline);
}

async fn run_refused(token: String, world: &World, seed: [u8; 32], words: &str) {
    let peer = Peer::start(seed, Role::Home, Some(world.access_with_token(token)));
    let trouble = peer.trouble().await;
    assert_eq!(trouble.kind, TroubleKind::Refused, "{trouble}");
    assert!(trouble.to_string().contains(words), "{trouble}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_admission_is_told_with_its_reason() {
    let world = World::new().await;
    let seed = world.seed();
    let good = world.admission(peer_of(seed), &[], true);
    let key = world::portal_key();
    run_refused(String::new(), &world, seed, "malformed").await;
    run_refused(good.sign(&SigningKey::from_seed([7; 32])).unwrap(), &world, seed, "not of a trusted key").await;
    let expired = iroam_protocol::grant::RelayAdmission { iat: NOW_S - 900, exp: NOW_S - 300, ..good.clone() };
    run_refused(expired.sign(&key).unwrap(), &world, seed, "expired").await;
    let early = iroam_protocol::grant::RelayAdmission { iat: NOW_S + 300, exp: NOW_S + 900, ..good.clone() };
    run_refused(early.sign(&key).unwrap(), &world, seed, "check the clock").await;
    run_refused(good.sign(&key).unwrap(), &world, world.seed(), "another player").await;
    assert_eq!(world.relay.totals().reservations, 0);
    assert!(world.relay.totals().refused >= 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_may_not_reserve_even_if_it_pretends_to_be_a_home() {
    let world = World::new().await;
    let seed = world.seed();
    let admission = world.admission(peer_of(seed), &[], false);
    let pretender = Peer::start(seed, Role::Home, Some(world.access(&admission)));
    let trouble = pretender.trouble().await;
    assert_eq!(trouble.kind, TroubleKind::Reservation, "{trouble}");
    assert_eq!(world.relay.totals().reservations, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_without_admission_is_disconnected() {
    let limits = Limits { unadmitted_life: Duration::from_millis(500), ..Limits::default() };
    let world = World::with(limits, None, 0).await;
    let seed = world.seed();
    // A token that the relay refuses would make the node hang up by itself; here it never shows one, since the
    // relay's key set changes after it was admitted, and time passes.
    let admission = world.admission(peer_of(seed), &[], true);
    let home = Peer::start(seed, Role::Home, Some(world.access(&admission)));
    home.ready().await;
    world.set_keys(KeySet::default());
    world.clock_s.fetch_add(660, Relaxed);
    let trouble = home.trouble().await;
    assert!(matches!(trouble.kind, TroubleKind::Lost | TroubleKind::Refused), "{trouble}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_admission_ends_the_circuit_and_a_renewed_one_keeps_it() {
    let world = World::new().await;
    let home = world.home().await;
    let player = world.player(&[home.id()]).await;
    let mut incoming = home.node.incoming().unwrap();
    let mut stream = player.node.open(home.id(), HTTP_PROTOCOL).await.unwrap();
    stream.write_all(b"x").await.unwrap();
    let mut served = timeout(SOON, incoming.recv()).await.unwrap().unwrap().stream;

    // Ten minutes later both have new tokens: nothing happens to the circuit.
    world.clock_s.fetch_add(500, Relaxed);
    home.access.send_replace(Some(world.access(&world.admission(home.id(), &[], true))));
    player.access.send_replace(Some(world.access(&world.admission(player.id(), &[home.id()], false))));
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.clock_s.fetch_add(400, Relaxed);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    stream.write_all(b"y").await.unwrap();
    let mut two = [0; 2];
    timeout(SOON, served.read_exact(&mut two)).await.unwrap().unwrap();
    assert_eq!(&two, b"xy");

    // Without new ones the circuit ends within seconds.
    world.clock_s.fetch_add(600, Relaxed);
    let ended = timeout(Duration::from_secs(5), served.read(&mut two)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    eventually(SOON, "no circuit stands", || world.relay.totals().circuits == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_and_restarted_relay_has_its_home_back_within_five_seconds() {
    let world = World::new().await;
    let home = world.home().await;
    let player = world.player(&[home.id()]).await;
    let mut incoming = home.node.incoming().unwrap();
    let port = world.port;
    world.stop().await;
    home.until(SOON, |state| matches!(state, State::Connecting { .. })).await;
    let trouble = home.trouble().await;
    println!("meanwhile: {trouble}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let world = World::with(Limits::default(), None, port).await;
    let start = Instant::now();
    home.until(Duration::from_secs(5), |state| matches!(state, State::Ready { .. })).await;
    println!("back after {:?}", start.elapsed());
    player.until(Duration::from_secs(5), |state| matches!(state, State::Ready { .. })).await;
    let mut stream = player.node.open(home.id(), HTTP_PROTOCOL).await.unwrap();
    let (_, answer) = tokio::join!(echo_once(&mut incoming), ask(&mut stream, b"again"));
    assert_eq!(answer, b"again");
    assert_eq!(world.relay.totals().reservations, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_the_portal_sends_away_is_gone_and_its_token_void() {
    let world = World::new().await;
    let home = world.home().await;
    let player = world.player(&[home.id()]).await;
    let mut incoming = home.node.incoming().unwrap();
    let mut stream = player.node.open(home.id(), HTTP_PROTOCOL).await.unwrap();
    stream.write_all(b"x").await.unwrap();
    let mut served = timeout(SOON, incoming.recv()).await.unwrap().unwrap().stream;
    world.relay.disconnect(player.id()).await;
    let mut bytes = Vec::new();
    drop(timeout(SOON, served.read_to_end(&mut bytes)).await.unwrap());
    let refused = |state: &State| matches!(state, State::Connecting { last_error: Some(trouble), .. } if trouble.to_string().contains("withdrawn"));
    player.until(SOON, refused).await;
    // A token that is issued later admits again.
    world.clock_s.fetch_add(1, Relaxed);
    player.access.send_replace(Some(world.access(&world.admission(player.id(), &[home.id()], false))));
    player.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_revokes_a_player_disconnects_it() {
    let world = World::new().await;
    let home = world.home().await;
    let player = world.player(&[home.id()]).await;
    let mut incoming = home.node.incoming().unwrap();
    let mut stream = player.node.open(home.id(), HTTP_PROTOCOL).await.unwrap();
    stream.write_all(b"x").await.unwrap();
    let _served = timeout(SOON, incoming.recv()).await.unwrap().unwrap();
    home.node.disconnect(player.id()).await;
    let ended = timeout(SOON, stream.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
}

/// Waits until exactly these players are connected to a home.
async fn connected(home: &Peer, players: &[PeerId]) {
    let wanted: BTreeSet<_> = players.iter().copied().collect();
    let mut present = home.node.players();
    let seen = timeout(SOON, present.wait_for(|present| *present == wanted)).await;
    assert!(seen.is_ok(), "{:?} in place of {wanted:?}", *home.node.players().borrow());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_that_opens_a_circuit_and_no_stream_is_seen_and_can_be_sent_away() {
    let world = World::new().await;
    let home = world.home().await;
    connected(&home, &[]).await;
    let (player, other) = (world.player(&[home.id()]).await, world.player(&[home.id()]).await);
    // A ping is answered by the node: of this connection the home API never hears.
    let mut ping = player.node.open(home.id(), PING).await.unwrap();
    connected(&home, &[player.id()]).await;
    let _other = other.node.open(home.id(), PING).await.unwrap();
    connected(&home, &[player.id(), other.id()]).await;
    assert!(home.node.incoming().unwrap().try_recv().is_err());

    home.node.disconnect(player.id()).await;
    connected(&home, &[other.id()]).await;
    let ended = timeout(SOON, ping.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    drop(other);
    connected(&home, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_takes_so_many_connections_and_no_more() {
    let world = World::new().await;
    let seed = world.seed();
    let access = world.access(&world.admission(peer_of(seed), &[], true));
    let config = |relay| Config { connections_max: 2, ..world::config(seed, Role::Home, relay) };
    let home = Peer::start_with(Some(access), config);
    home.ready().await;
    let mut players = Vec::new();
    for _ in 0..3 {
        players.push(world.player(&[home.id()]).await);
    }
    let mut pings = Vec::new();
    for player in &players[..2] {
        pings.push(player.node.open(home.id(), PING).await.unwrap());
    }
    connected(&home, &[players[0].id(), players[1].id()]).await;
    assert!(pinged(&players[2], &home).await.is_err(), "a third is refused");
    assert_eq!(home.node.players().borrow().len(), 2);

    // The home's own way to its relay does not count; and who goes makes room.
    assert!(matches!(*home.node.state().borrow(), State::Ready { .. }));
    drop(players.swap_remove(0));
    connected(&home, &[players[1].id()]).await;
    let comes_in = async { while pinged(&players[0], &home).await.is_err() {} };
    timeout(SOON, comes_in).await.unwrap();
    connected(&home, &[players[0].id(), players[1].id()]).await;
}

/// Whether a player reaches a home as far as a ping.
async fn pinged(player: &Peer, home: &Peer) -> Result<(), OpenError> {
    let broken = |error: std::io::Error| OpenError::Unreachable(error.to_string());
    let mut stream = player.node.open(home.id(), PING).await?;
    stream.write_all(&[7; 32]).await.map_err(broken)?;
    let mut pong = [0; 32];
    timeout(SOON, stream.read_exact(&mut pong)).await.unwrap().map_err(broken)?;
    assert_eq!(pong, [7; 32]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_beyond_the_bound_are_reset_and_not_left_hanging() {
    let world = World::new().await;
    let home = world.home().await;
    let players = [world.player(&[home.id()]).await, world.player(&[home.id()]).await];
    // Nobody takes the streams: 256 wait, the others are reset.
    let (mut streams, mut reset) = (Vec::new(), 0);
    for player in players.iter().cycle().take(300) {
        let mut stream = player.node.open(home.id(), HTTP_PROTOCOL).await.unwrap();
        match stream.write_all(b"x").await {
            Ok(()) => streams.push(stream),
            Err(_) => reset += 1,
        }
    }
    let ended = streams.iter_mut().map(async |stream| timeout(Duration::from_secs(2), stream.read(&mut [0; 1])).await);
    reset += futures::future::join_all(ended).await.iter().filter(|ended| ended.is_ok()).count();
    assert_eq!(reset, 300 - 256);
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_and_home_answer_pings_several_at_once() {
    let world = World::new().await;
    let home = world.home().await;
    let player = world.player(&[home.id()]).await;
    for peer in [world.relay.peer_id(), home.id()] {
        let mut first = player.node.open(peer, PING).await.unwrap();
        first.write_all(&[1; 32]).await.unwrap();
        let mut second = player.node.open(peer, PING).await.unwrap();
        second.write_all(&[2; 32]).await.unwrap();
        let mut pong = [0; 32];
        for (stream, payload) in [(&mut second, 2), (&mut first, 1)] {
            timeout(SOON, stream.read_exact(&mut pong)).await.unwrap().unwrap();
            assert_eq!(pong, [payload; 32]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_behind_a_private_authority_is_reached_when_the_authority_is_trusted() {
    let world = World::new().await;
    let authority = Authority::new();
    let port = world.open_tls(&authority, "localhost").await;
    let seed = world.seed();
    let access = world.access_at(&world.admission(peer_of(seed), &[], true), &tls_address(&world, "localhost", port));
    let home = Peer::start_trusting(seed, Role::Home, Some(access.clone()), vec![authority.certificate()]);
    home.ready().await;
    drop(home);

    let stranger = Peer::start(seed, Role::Home, Some(access.clone()));
    let trouble = stranger.trouble().await;
    assert_eq!(trouble.kind, TroubleKind::Tls, "{trouble}");
    assert!(trouble.to_string().contains("--ca"), "{trouble}");

    let other_name = Authority::new();
    let port = world.open_tls(&other_name, "portal.example").await;
    let access = world.access_at(&world.admission(peer_of(seed), &[], true), &tls_address(&world, "localhost", port));
    let home = Peer::start_trusting(seed, Role::Home, Some(access), vec![other_name.certificate()]);
    let trouble = home.trouble().await;
    assert!(trouble.to_string().contains("for another name"), "{trouble}");
}

fn tls_address(world: &World, host: &str, port: u16) -> String {
    format!("/dns4/{host}/tcp/{port}/tls/ws/p2p/{}", world.relay.peer_id())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_out_of_date_points_at_the_clock() {
    let world = World::new().await;
    let authority = Authority::expired();
    let port = world.open_tls(&authority, "localhost").await;
    let seed = world.seed();
    let access = world.access_at(&world.admission(peer_of(seed), &[], true), &tls_address(&world, "localhost", port));
    let home = Peer::start_trusting(seed, Role::Home, Some(access), vec![authority.certificate()]);
    let trouble = home.trouble().await;
    assert_eq!(trouble.kind, TroubleKind::Clock, "{trouble}");
    assert!(trouble.to_string().contains("check the clock"), "{trouble}");
}

/// Searches everything that circuits forward.
#[derive(Default)]
struct Search(Mutex<Vec<u8>>);

const NEEDLE: &[u8] = b"the bytes of a song that nobody on the way may read";

impl Tap for Search {
    fn forwarded(&self, bytes: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(bytes);
    }
}

impl Search {
    fn finds(&self) -> bool {
        self.0.lock().unwrap().windows(NEEDLE.len()).any(|window| window == NEEDLE)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_is_blind_to_what_it_forwards() {
    let search = Arc::new(Search::default());
    let world = World::with(Limits::default(), Some(search.clone()), 0).await;
    let home = world.home().await;
    let player = world.player(&[home.id()]).await;
    let mut incoming = home.node.incoming().unwrap();
    let mut stream = player.node.open(home.id(), HTTP_PROTOCOL).await.unwrap();
    let song = NEEDLE.repeat(1000);
    let (_, answer) = tokio::join!(echo_once(&mut incoming), ask(&mut stream, &song));
    assert_eq!(answer, song);
    assert!(search.0.lock().unwrap().len() > 2 * song.len());
    assert!(!search.finds());

    // The control: the same bytes through a circuit whose ends did not encrypt are found.
    let mut raw = player.node.open(world.relay.peer_id(), HOP).await.unwrap();
    raw.write_all(&connect_message(&home.id().to_bytes())).await.unwrap();
    let mut answer = vec![0; 1];
    timeout(SOON, raw.read_exact(&mut answer)).await.unwrap().unwrap();
    raw.write_all(NEEDLE).await.unwrap();
    raw.flush().await.unwrap();
    eventually(SOON, "the tap finds what is not encrypted", || search.finds()).await;
}

/// A circuit relay v2 `CONNECT` to a peer, with its length in front.
fn connect_message(peer: &[u8]) -> Vec<u8> {
    let peer = [&[0x0a, peer.len() as u8][..], peer].concat();
    let message = [&[0x08, 0x01, 0x12, peer.len() as u8][..], &peer].concat();
    [&[message.len() as u8][..], &message].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bytes_at_the_door_and_on_streams_harm_nobody() {
    use futures::SinkExt as _;
    use tokio_tungstenite::tungstenite::Message;

    let world = World::new().await;
    let home = world.home().await;
    let mut state = 9_u64;
    let mut noise = |len: usize| -> Vec<u8> {
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        };
        (0..len).map(|_| draw()).collect()
    };
    for round in 0..40 {
        let url = format!("ws://localhost:{}/", world.port);
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let hello = b"\x13/multistream/1.0.0\n\x07/noise\n".to_vec();
        let messages = match round % 4 {
            0 => vec![Message::Binary(noise(1000).into())],
            1 => vec![Message::Text("text".into())],
            2 => vec![Message::Binary(hello.into()), Message::Binary(noise(70_000).into())],
            _ => vec![Message::Binary(vec![0xff; 900_000].into())],
        };
        for message in messages {
            // The relay may have hung up already.
            let _ = socket.send(message).await;
        }
    }
    // And on the relay's own protocols, from an admitted peer.
    let player = world.player(&[home.id()]).await;
    for round in 0..60_usize {
        let protocol = if round % 2 == 0 { HOP } else { iroam_protocol::RELAY_AUTH_PROTOCOL };
        let Ok(mut stream) = player.node.open(world.relay.peer_id(), protocol).await else { continue };
        // The relay may have hung up already.
        let _ = stream.write_all(&noise(round * 7)).await;
        let _ = stream.shutdown().await;
        drop(timeout(SOON, stream.read_to_end(&mut Vec::new())).await.unwrap());
    }
    assert!(player.node.open(home.id(), HTTP_PROTOCOL).await.is_ok());
    assert!(matches!(*home.node.state().borrow(), State::Ready { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_not_there_and_a_site_that_is_none_are_told_apart() {
    let world = World::new().await;
    let seed = world.seed();
    let relay = world.relay.peer_id();
    let access = |addr: String| iroam_protocol::portal::RelayAccess {
        token: "t".into(),
        addrs: vec![addr],
        stun: vec![],
        expires_ms: 0,
    };

    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let peer = Peer::start(seed, Role::Home, Some(access(format!("/ip4/127.0.0.1/tcp/{port}/ws/p2p/{relay}"))));
    let trouble = peer.trouble().await;
    assert_eq!(trouble.to_string(), format!("nothing answers at 127.0.0.1:{port}; is the portal running?"));

    let site = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = site.local_addr().unwrap().port();
    let serving = tokio::spawn(async move { axum::serve(site, axum::Router::new()).await });
    let peer = Peer::start(seed, Role::Home, Some(access(format!("/ip4/127.0.0.1/tcp/{port}/ws/p2p/{relay}"))));
    let trouble = peer.trouble().await;
    assert_eq!(trouble.kind, TroubleKind::NoRelay, "{trouble}");
    serving.abort();

    let other = peer_of(world.seed());
    let peer = Peer::start(seed, Role::Home, Some(access(format!("/ip4/127.0.0.1/tcp/{}/ws/p2p/{other}", world.port))));
    let trouble = peer.trouble().await;
    assert_eq!(trouble.kind, TroubleKind::OtherRelay, "{trouble}");

    let peer = Peer::start(seed, Role::Home, Some(access(format!("/dns4/nobody.invalid/tcp/1/ws/p2p/{relay}"))));
    let trouble = peer.trouble().await;
    assert!(trouble.to_string().contains("nobody.invalid cannot be resolved"), "{trouble}");
}
