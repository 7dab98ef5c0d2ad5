//! The router over a real HTTP/1.1 connection, with a real library on disk.

mod world;

use std::{collections::BTreeSet, time::Duration};

use axum::http::{StatusCode, header};
use iroam_protocol::{
    assertion::PathReport,
    events::Revoked,
    grant::{Grant, Scope},
    home::{Page, PathAnswer, Plan, PlanMode, Status, Track},
    id::ItemId,
    path::Path,
    problem::Kind,
    range::CHUNK_BYTES_MAX,
    token::SigningKey,
};

use super::peers::{GRACE_MS, Peers};
use crate::portal::channel::Channel;
use world::{Answer, SONG_MS, World};

#[tokio::test]
async fn nothing_is_answered_without_a_valid_grant() {
    let world = World::new().await;
    let mut player = world.player().await;
    let ask = async |player: &mut world::Player, token: Option<&str>| player.get("/v1/status", token, &[]).await;
    assert_eq!(ask(&mut player, None).await.kind(), Some(Kind::Unauthorized));
    assert_eq!(ask(&mut player, Some("no.grant.atall")).await.kind(), Some(Kind::GrantRefused));
    let valid = world.grant(Scope::Browse);
    assert_eq!(ask(&mut player, Some(&world.sign(&valid))).await.status, StatusCode::OK);

    let foreign_key = valid.sign(&SigningKey::from_seed([66; 32])).unwrap();
    assert_eq!(ask(&mut player, Some(&foreign_key)).await.kind(), Some(Kind::GrantRefused));
    let mut other_home = valid.clone();
    other_home.aud = SigningKey::from_seed([67; 32]).peer_id();
    assert_eq!(ask(&mut player, Some(&world.sign(&other_home))).await.kind(), Some(Kind::GrantRefused));
    let mut stolen = valid.clone();
    stolen.cnf.peer = SigningKey::from_seed([68; 32]).peer_id();
    assert_eq!(ask(&mut player, Some(&world.sign(&stolen))).await.kind(), Some(Kind::GrantRefused));
    let mut expired = valid.clone();
    (expired.iat, expired.exp) = (valid.iat - 1_000, valid.iat - 500);
    assert_eq!(ask(&mut player, Some(&world.sign(&expired))).await.kind(), Some(Kind::GrantExpired));
    let mut from_the_future = valid.clone();
    (from_the_future.iat, from_the_future.exp) = (valid.iat + 500, valid.iat + 600);
    assert_eq!(ask(&mut player, Some(&world.sign(&from_the_future))).await.kind(), Some(Kind::ClockSkew));

    world.deny.add(Revoked::Grant(valid.jti.clone()), i64::MAX, 0);
    assert_eq!(ask(&mut player, Some(&world.sign(&valid))).await.kind(), Some(Kind::GrantRevoked));
}

#[tokio::test]
async fn a_connected_player_goes_within_two_seconds_unless_it_shows_a_grant_that_holds() {
    let world = World::new().await;
    let (peers, id) = (Peers::default(), world.player_key.peer_id());
    let uptime_ms = || world.home.clock().uptime_ms();
    let mut player = world.player_known_to(&peers, Path::Relay).await;

    peers.connected(&BTreeSet::from([id]), uptime_ms());
    let mut stolen = world.grant(Scope::Browse);
    stolen.cnf.peer = SigningKey::from_seed([68; 32]).peer_id();
    for token in [None, Some(world.sign(&stolen))] {
        assert_eq!(player.get("/v1/status", token.as_deref(), &[]).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!((peers.live(), peers.take_due(uptime_ms() + GRACE_MS)), (0, vec![id]));

    peers.connected(&BTreeSet::from([id]), uptime_ms());
    assert_eq!(player.get("/v1/status", Some(&world.browse()), &[]).await.status, StatusCode::OK);
    assert_eq!((peers.live(), peers.take_due(uptime_ms() + 10 * GRACE_MS)), (1, vec![]));
    // A hundred seconds of grant and the tolerance for clocks later it holds none any more.
    assert_eq!(peers.take_due(uptime_ms() + 161_000), [id]);
}

#[tokio::test]
async fn before_activation_nothing_is_served_at_all() {
    let world = World::new().await;
    world.activation.send_replace(None);
    let answer = world.player().await.get("/v1/status", Some(&world.browse()), &[]).await;
    assert_eq!(answer.kind(), Some(Kind::NotActivated));
}

#[tokio::test]
async fn the_library_is_listed_and_searched() {
    let world = World::new().await;
    let mut player = world.player().await;
    let browse = world.browse();
    let status: Status = player.get("/v1/status", Some(&browse), &[]).await.json();
    assert_eq!((status.counts.tracks, status.id), (2, world.home.id()));
    let answer = player.get("/v1/tracks?sort=title", Some(&browse), &[]).await;
    let etag = answer.headers[header::ETAG].clone();
    let page: Page<Track> = answer.json();
    assert_eq!(page.total, 2);
    let again = player.get("/v1/tracks?sort=title", Some(&browse), &[("if-none-match", etag.to_str().unwrap())]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let found = player.get("/v1/search?q=first", Some(&browse), &[]).await;
    assert!(String::from_utf8_lossy(&found.body).contains(&page.items[0].id.to_string()));
    let plan: Plan = player.get(&format!("/v1/media/{}/plan", page.items[0].id), Some(&browse), &[]).await.json();
    assert_eq!((plan.mode, plan.duration_ms), (PlanMode::Direct, SONG_MS));
}

#[tokio::test]
async fn strange_requests_are_told_what_is_wrong() {
    let world = World::new().await;
    let mut player = world.player().await;
    let browse = world.browse();
    for (uri, kind) in [
        ("/", Kind::NotFound),
        ("/etc/passwd", Kind::NotFound),
        ("/v1/nothing", Kind::NotFound),
        ("/v1/media/../../etc/passwd", Kind::NotFound),
        ("/v1/tracks/..%2f..%2fetc%2fpasswd", Kind::BadRequest),
        ("/v1/tracks/AAAAAAAAAAAAAAAAAAAAAA", Kind::NotFound),
        ("/v1/albums/AAAAAAAAAAAAAAAAAAAAAA", Kind::NotFound),
        ("/v1/covers/AAAAAAAAAAAAAAAAAAAAAA", Kind::NotFound),
        ("/v1/covers/AAAAAAAAAAAAAAAAAAAAAA?size=97", Kind::BadRequest),
        ("/v1/tracks?sort=sideways", Kind::BadRequest),
        ("/v1/tracks?limit=0", Kind::BadRequest),
        ("/v1/tracks?limit=501", Kind::BadRequest),
        ("/v1/tracks?cursor=a&offset=1", Kind::BadRequest),
        ("/v1/tracks?cursor=foreign", Kind::BadRequest),
        ("/v1/tracks?album=not-an-id", Kind::BadRequest),
        ("/v1/search", Kind::BadRequest),
        ("/v1/tracks/%ff", Kind::BadRequest),
    ] {
        let answer = player.get(uri, Some(&browse), &[]).await;
        assert_eq!(answer.kind(), Some(kind), "{uri}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{uri}");
    }
    assert_eq!(player.send("POST", "/v1/status", Some(&browse), &[], b"{}").await.kind(), Some(Kind::MethodNotAllowed));
    let long = vec![b'x'; 100_000];
    let mut other = world.player().await;
    assert_eq!(other.send("GET", "/v1/status", Some(&browse), &[], &long).await.kind(), Some(Kind::TooLarge));
}

#[tokio::test]
async fn media_come_in_bounded_ranges_byte_for_byte() {
    let world = World::new().await;
    let mut player = world.player().await;
    let listen = world.listen(10 * 60_000);
    let (id, file) = world.song("first");
    let uri = format!("/v1/media/{id}");
    let size = file.len();

    let head = player.send("HEAD", &uri, Some(&listen), &[("range", "bytes=0-")], b"").await;
    assert_eq!(head.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(head.headers[header::CONTENT_LENGTH], CHUNK_BYTES_MAX.to_string().as_str());
    assert!(head.body.is_empty());

    let mut got = Vec::new();
    while got.len() < size {
        let answer = player.get(&uri, Some(&listen), &[("range", &format!("bytes={}-", got.len()))]).await;
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT);
        assert!(answer.body.len() as u64 <= CHUNK_BYTES_MAX && !answer.body.is_empty());
        let range = format!("bytes {}-{}/{size}", got.len(), got.len() + answer.body.len() - 1);
        assert_eq!(answer.headers[header::CONTENT_RANGE], range.as_str());
        got.extend_from_slice(&answer.body);
    }
    assert_eq!(got, file);

    let odd = player.get(&uri, Some(&listen), &[("range", "bytes=65530-65545")]).await;
    assert_eq!(odd.body, &file[65_530..=65_545]);
    let past = player.get(&uri, Some(&listen), &[("range", &format!("bytes={size}-"))]).await;
    assert_eq!(past.kind(), Some(Kind::RangeNotSatisfiable));
    assert_eq!(past.headers[header::CONTENT_RANGE], format!("bytes */{size}").as_str());
    assert_eq!(player.get(&uri, Some(&listen), &[]).await.kind(), Some(Kind::BadRequest));
    let etag = odd.headers[header::ETAG].to_str().unwrap().to_owned();
    let same = player.get(&uri, Some(&listen), &[("range", "bytes=0-9"), ("if-range", &etag)]).await;
    assert_eq!(same.body, &file[..10]);
    let other = player.get(&uri, Some(&listen), &[("range", "bytes=0-9"), ("if-range", "\"other\"")]).await;
    assert_eq!(other.kind(), Some(Kind::BadRequest));
    assert_eq!(player.get(&uri, Some(&listen), &[("if-none-match", &etag)]).await.status, StatusCode::NOT_MODIFIED);
}

/// A visitor's grant for one track, in a listening or not.
fn visit(world: &World, track: ItemId, listens: bool) -> Grant {
    let grant = world.grant(Scope::Share);
    let (lst, ceil_ms) = listens.then_some((world::listening(1), 10 * 60_000)).unzip();
    Grant { lst, ceil_ms, shr: Some(world::listening(2)), res: Some(vec![track]), ..grant }
}

#[tokio::test]
async fn a_browse_grant_reads_no_media_and_a_share_reads_its_own_only() {
    let world = World::new().await;
    let mut player = world.player().await;
    let (first, _) = world.song("first");
    let (second, _) = world.song("second");
    let ranged = [("range", "bytes=0-9")];
    let answer = player.get(&format!("/v1/media/{first}"), Some(&world.browse()), &ranged).await;
    assert_eq!(answer.kind(), Some(Kind::Forbidden));
    let share = world.sign(&visit(&world, first, true));
    let looking = world.sign(&visit(&world, first, false));
    assert_eq!(player.get(&format!("/v1/media/{first}"), Some(&looking), &ranged).await.kind(), Some(Kind::Forbidden));
    for grant in [&share, &looking] {
        let plan = player.get(&format!("/v1/media/{first}/plan"), Some(grant), &[]).await;
        let facts = player.get(&format!("/v1/tracks/{first}"), Some(grant), &[]).await;
        assert_eq!((plan.status, facts.status), (StatusCode::OK, StatusCode::OK));
        for uri in [
            "/v1/status",
            "/v1/changes",
            "/v1/tracks",
            "/v1/albums",
            "/v1/albums/AAAAAAAAAAAAAAAAAAAAAA",
            "/v1/artists",
            "/v1/genres",
            "/v1/search?q=first",
            "/v1/covers/AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(player.get(uri, Some(grant), &[]).await.kind(), Some(Kind::Forbidden), "{uri}");
        }
        let plan = player.get(&format!("/v1/media/{second}/plan"), Some(grant), &[]).await;
        assert_eq!(plan.kind(), Some(Kind::Forbidden));
    }
    assert_eq!(player.get(&format!("/v1/media/{first}"), Some(&share), &ranged).await.body.len(), 10);
    assert_eq!(player.get(&format!("/v1/media/{second}"), Some(&share), &ranged).await.kind(), Some(Kind::Forbidden));
    assert_eq!(player.get("/v1/tracks", Some(&share), &[]).await.kind(), Some(Kind::Forbidden));
    assert_eq!(player.get(&format!("/v1/tracks/{second}"), Some(&share), &[]).await.kind(), Some(Kind::Forbidden));
}

#[tokio::test]
async fn the_ceiling_holds_and_what_was_served_is_signed_and_spooled() {
    let world = World::new().await;
    let mut player = world.player().await;
    let listen = world.listen(10_000);
    let (id, file) = world.song("first");
    let uri = format!("/v1/media/{id}");
    let mut got = 0;
    let refused = loop {
        let answer = player.get(&uri, Some(&listen), &[("range", &format!("bytes={got}-"))]).await;
        if answer.status != StatusCode::PARTIAL_CONTENT {
            break answer;
        }
        got += answer.body.len();
        assert!(got < file.len(), "the whole song came through");
    };
    assert_eq!(refused.kind(), Some(Kind::AheadOfLease));
    assert!(refused.headers.contains_key(header::RETRY_AFTER));

    let answer: PathAnswer = player.get("/v1/path", Some(&listen), &[]).await.json();
    assert_eq!(answer.path, Path::Relay);
    assert!((8_000..=10_000).contains(&answer.served_ms), "{}", answer.served_ms);
    let report = PathReport::verify(
        &answer.report.unwrap(),
        &world.home.id(),
        &world.player_key.peer_id(),
        &world::listening(1),
        world.home.clock().now_s(),
    );
    assert_eq!(report.unwrap().path, Path::Relay);
    world.until(|| world.spool.served_ms(&world::listening(1)).unwrap() == Some(answer.served_ms)).await;

    let more = world.listen(10 * 60_000);
    let answer = player.get(&uri, Some(&more), &[("range", &format!("bytes={got}-"))]).await;
    assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT, "a higher ceiling lets it go on");
}

#[tokio::test]
async fn a_revocation_stops_a_running_answer() {
    let world = World::new().await;
    let mut player = world.player().await;
    let (id, _) = world.song("first");
    let listen = world.listen(10 * 60_000);
    let mut body = player.open(&format!("/v1/media/{id}"), &listen, "bytes=0-").await;
    let first = body.chunk().await.unwrap().unwrap();
    assert!(!first.is_empty());
    world.deny.add(Revoked::Listening(world::listening(1)), i64::MAX, 0);
    let (rest, broke) = rest_of(&mut body).await;
    assert!(broke, "the answer breaks off");
    assert!(rest < CHUNK_BYTES_MAX / 2, "{rest} bytes came after the revocation");
}

#[tokio::test]
async fn taking_a_share_back_stops_the_answers_of_its_visitors_and_no_others() {
    let world = World::new().await;
    let (mut owner, mut visitor) = (world.player().await, world.player().await);
    let (id, _) = world.song("first");
    let uri = format!("/v1/media/{id}");
    let visiting = world.sign(&visit(&world, id, true));
    let mut body = visitor.open(&uri, &visiting, "bytes=0-").await;
    assert!(!body.chunk().await.unwrap().unwrap().is_empty());
    world.deny.add(Revoked::Share(world::listening(2)), i64::MAX, 0);
    let (rest, broke) = rest_of(&mut body).await;
    assert!(broke && rest < CHUNK_BYTES_MAX / 2, "{rest} bytes came after the revocation");
    let mut again = world.player().await;
    assert_eq!(again.get("/v1/path", Some(&visiting), &[]).await.kind(), Some(Kind::GrantRevoked));
    let mut body = owner.open(&uri, &world.listen(10 * 60_000), "bytes=0-").await;
    assert_eq!(rest_of(&mut body).await, (CHUNK_BYTES_MAX, false), "the owner hears on");
}

/// Reads on: how many bytes came, and whether the answer broke off.
async fn rest_of(body: &mut world::Running) -> (u64, bool) {
    let mut rest = 0;
    loop {
        match body.chunk().await {
            Some(Ok(chunk)) => rest += chunk.len() as u64,
            Some(Err(_)) => return (rest, true),
            None => return (rest, false),
        }
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_told_and_one_that_changed_has_another_tag() {
    let world = World::new().await;
    let mut player = world.player().await;
    let listen = world.listen(10 * 60_000);
    let (id, _) = world.song("first");
    let uri = format!("/v1/media/{id}");
    let ranged = [("range", "bytes=0-9")];
    let before = player.get(&uri, Some(&listen), &ranged).await.headers[header::ETAG].clone();
    let path = world.music().join("first.wav");
    let mut longer = std::fs::read(&path).unwrap();
    longer.extend_from_slice(&[0; 100]);
    std::fs::write(&path, longer).unwrap();
    assert_ne!(player.get(&uri, Some(&listen), &ranged).await.headers[header::ETAG], before);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(player.get(&uri, Some(&listen), &ranged).await.kind(), Some(Kind::MediaGone));
}

#[tokio::test]
async fn a_direct_play_goes_on_for_a_while_when_the_portal_is_away_and_a_relayed_one_does_not() {
    let world = World::new().await;
    let (id, _) = world.song("first");
    let uri = format!("/v1/media/{id}");
    let mut listen = world.listen_grant(60_000);
    (listen.iat, listen.exp) = (listen.iat - 400, listen.iat - 300);
    let listen = world.sign(&listen);
    let ranged = [("range", "bytes=0-9")];
    let mut direct = world.player_on(Path::Direct).await;
    let mut relayed = world.player_on(Path::Relay).await;
    assert_eq!(direct.get(&uri, Some(&listen), &ranged).await.kind(), Some(Kind::GrantExpired));
    world.channel.send_replace(Channel::Away { since_ms: 0, error: "away".into(), advice: None });
    assert_eq!(direct.get(&uri, Some(&listen), &ranged).await.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(relayed.get(&uri, Some(&listen), &ranged).await.kind(), Some(Kind::GrantExpired));
    let mut old = world.listen_grant(60_000);
    (old.iat, old.exp) = (old.iat - 900, old.iat - 800);
    assert_eq!(direct.get(&uri, Some(&world.sign(&old)), &ranged).await.kind(), Some(Kind::GrantExpired));
}

#[tokio::test]
async fn a_long_poll_hears_of_a_change() {
    let world = World::new().await;
    let mut player = world.player().await;
    let browse = world.browse();
    let status: Status = player.get("/v1/status", Some(&browse), &[]).await.json();
    let uri = format!("/v1/changes?since={}", status.revision);
    let poll = async { player.get(&uri, Some(&browse), &[]).await };
    let change = async {
        world.write_song("third", 3);
        world.scan().await;
    };
    let both = async { tokio::join!(poll, change).0 };
    let answer: Answer = tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
    assert!(String::from_utf8_lossy(&answer.body).contains("\"tracks\":3"));
}

#[tokio::test]
async fn bytes_that_are_no_http_harm_nothing() {
    let world = World::new().await;
    for bytes in [&b"\0\0\0\0"[..], b"GET / HTTP/9.9\r\n\r\n", b"GET \xff HTTP/1.1\r\n\r\n", &[b'a'; 100_000]] {
        world.raw(bytes).await;
    }
    assert_eq!(world.player().await.get("/v1/status", Some(&world.browse()), &[]).await.status, StatusCode::OK);
}
