//! Who may read what: every grant that is not quite right is refused, with the reason.

use std::time::Duration;

use iroam_net::OpenError;
use iroam_protocol::{
    HTTP_PROTOCOL,
    grant::{Confirmation, Grant, LISTEN_LIFE_S, RelayAdmission, Scope},
    id::{PeerId, RowId},
    token::SigningKey,
};
use iroam_tests::{
    clock,
    player::{Player, media_path, stranger},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use crate::{Scene, refusal};

/// A listen grant as the portal would sign it.
fn grant_of(scene: &Scene) -> Grant {
    let now_s = clock::unix_s();
    Grant {
        iss: scene.world.portal.url.clone(),
        aud: scene.id,
        sub: "somebody".into(),
        cnf: Confirmation { peer: scene.player.id() },
        scope: Scope::Listen,
        lst: Some(RowId::from_bytes(clock::random())),
        ceil_ms: Some(180_000),
        shr: None,
        res: None,
        iat: now_s,
        exp: now_s + LISTEN_LIFE_S,
        jti: "a jti of the tests".into(),
    }
}

/// Asks for media with a grant; the status, and the problem's name if it is refused.
async fn ask(player: &Player, home: PeerId, path: &str, grant: Option<&str>) -> (u16, &'static str) {
    let answer = player.get(home, path, grant, Some("bytes=0-99")).await.unwrap();
    let name = if answer.status.is_success() { "" } else { answer.problem().unwrap().name() };
    (answer.status.as_u16(), name)
}

#[tokio::test(flavor = "multi_thread")]
async fn media_are_served_on_a_listen_grant_of_this_home_player_and_time_only() {
    let scene = Scene::plain().await;
    let Scene { player, id, .. } = &scene;
    let path = media_path(&scene.track("Tone mp3").await.id);
    let key = scene.world.portal.signing_key().unwrap();
    let good = grant_of(&scene);
    let sign = |grant: &Grant, key: &SigningKey| grant.sign(key).unwrap();

    // The control: a grant made like the wrong ones below is served when it is right.
    assert_eq!(ask(player, *id, &path, Some(&sign(&good, &key))).await, (206, ""));

    assert_eq!(ask(player, *id, &path, None).await, (401, "unauthorized"));
    assert_eq!(ask(player, *id, &path, Some("rubbish")).await.0, 401);
    let forger = SigningKey::from_seed([9; 32]);
    assert_eq!(ask(player, *id, &path, Some(&sign(&good, &forger))).await, (401, "grant-refused"));
    let foreign = Grant { aud: stranger(), ..good.clone() };
    assert_eq!(ask(player, *id, &path, Some(&sign(&foreign, &key))).await, (401, "grant-refused"));
    let stolen = Grant { cnf: Confirmation { peer: stranger() }, ..good.clone() };
    assert_eq!(ask(player, *id, &path, Some(&sign(&stolen, &key))).await, (401, "grant-refused"));
    let expired = Grant { iat: good.iat - 600, exp: good.exp - 600, ..good.clone() };
    assert_eq!(ask(player, *id, &path, Some(&sign(&expired, &key))).await, (401, "grant-expired"));
    let early = Grant { iat: good.iat + 600, exp: good.exp + 600, ..good.clone() };
    assert_eq!(ask(player, *id, &path, Some(&sign(&early, &key))).await, (401, "clock-skew"));
    let endless = Grant { exp: good.iat + 86_400, ..good.clone() };
    assert_eq!(ask(player, *id, &path, Some(&sign(&endless, &key))).await, (401, "grant-refused"));
    let admission = RelayAdmission {
        iss: good.iss.clone(),
        peer: player.id(),
        homes: vec![*id],
        reserve: false,
        iat: good.iat,
        exp: good.exp,
    };
    assert_eq!(ask(player, *id, &path, Some(&admission.sign(&key).unwrap())).await, (401, "grant-refused"));

    let browse = player.browse(*id).await.unwrap().grant;
    assert_eq!(ask(player, *id, &path, Some(&browse)).await, (403, "forbidden"));
    assert_eq!(ask(player, *id, "/v1/tracks", Some(&browse)).await, (200, ""));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_stolen_by_another_tab_is_useless() {
    let scene = Scene::plain().await;
    let path = media_path(&scene.track("Tone mp3").await.id);
    let lease = scene.player.listen(scene.id).await.unwrap();
    let thief = Player::new(&scene.world, &scene.owner).unwrap();
    thief.browse(scene.id).await.unwrap();
    assert_eq!(ask(&thief, scene.id, &path, Some(&lease.grant)).await, (401, "grant-refused"));
    assert_eq!(ask(&scene.player, scene.id, &path, Some(&lease.grant)).await, (206, ""));
    thief.end().await.unwrap();
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_neither_grant_nor_circuit_to_a_foreign_home() {
    let scene = Scene::plain().await;
    let eve = scene.world.person("eve@example.org").await.unwrap();
    let hers = scene.world.home("evil", &scene.music, &eve).await.unwrap();
    let player = Player::new(&scene.world, &eve).unwrap();
    assert_eq!(refusal(player.browse(scene.id).await), "urn:iroam:problem:not-found");
    assert_eq!(refusal(player.listen(scene.id).await), "urn:iroam:problem:not-found");

    // Her own home she reaches; from there the relay leads nowhere else.
    let own = hers.id().unwrap();
    player.browse(own).await.unwrap();
    assert!(player.node().open(own, HTTP_PROTOCOL).await.is_ok());
    let opened = player.node().open(scene.id, HTTP_PROTOCOL).await;
    assert!(matches!(opened, Err(OpenError::NotAllowed)), "{opened:?}");
    player.end().await.unwrap();
    drop(hers);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_for_one_home_opens_no_other_home_of_the_same_account() {
    let scene = Scene::plain().await;
    let second = scene.world.home("cellar", &scene.music, &scene.owner).await.unwrap();
    let other = second.id().unwrap();
    let lease = scene.player.listen(scene.id).await.unwrap();
    let there = scene.player.browse(other).await.unwrap();
    let track = &scene.player.tracks(other, &there.grant).await.unwrap()[0];
    assert_eq!(ask(&scene.player, other, &media_path(&track.id), Some(&lease.grant)).await, (401, "grant-refused"));
    drop(second);
    scene.end().await;
}

/// Pings over a circuit: answered below the home API, which never hears of it.
struct Ping(iroam_net::Stream);

impl Ping {
    async fn open(player: &Player, home: PeerId) -> Self {
        Self(player.node().open(home, "/ipfs/ping/1.0.0").await.unwrap())
    }

    async fn comes_back(&mut self) -> bool {
        let mut pong = [0; 32];
        let once = async {
            self.0.write_all(&[7; 32]).await?;
            self.0.read_exact(&mut pong).await
        };
        timeout(Duration::from_secs(5), once).await.is_ok_and(|answer| answer.is_ok()) && pong == [7; 32]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circuit_on_which_nothing_is_asked_is_closed_within_two_seconds_and_one_with_a_grant_stays() {
    const PROMISED: Duration = Duration::from_secs(2);
    let scene = Scene::plain().await;
    // The relay lets both through: the account owns the home.
    let silent = Player::new(&scene.world, &scene.owner).unwrap();
    silent.browse(scene.id).await.unwrap();
    let granted = scene.player.browse(scene.id).await.unwrap();
    let mut stays = Ping::open(&scene.player, scene.id).await;
    assert_eq!(ask(&scene.player, scene.id, "/v1/tracks", Some(&granted.grant)).await, (200, ""));

    let mut ping = Ping::open(&silent, scene.id).await;
    let opened = clock::now();
    assert!(ping.comes_back().await, "the circuit stands");
    let ended = timeout(PROMISED * 2, ping.0.read(&mut [0; 1])).await.expect("the circuit is closed");
    assert!(matches!(ended, Ok(0) | Err(_)));
    // A machine that is busy with other tests closes late, never early.
    let took = opened.elapsed();
    assert!(took > Duration::from_secs(1) && took < PROMISED + Duration::from_secs(1), "{took:?}");

    while opened.elapsed() < PROMISED * 2 {
        assert!(stays.comes_back().await, "the circuit of a player with a grant was closed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    silent.end().await.unwrap();
    scene.end().await;
}
