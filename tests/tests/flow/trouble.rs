//! Things break in mid-song: what goes on by itself, what stops at once, and what is charged afterwards.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use iroam_protocol::{home::Track, id::PeerId, lease::minutes_due, portal::Lease};
use iroam_store::testing::Cluster;
use iroam_tests::{
    player::{Player, media_path},
    wait,
    world::World,
};
use tokio::time::{Instant, timeout};

use crate::Scene;

/// A revocation is promised to reach a running stream within this time.
const REVOKED_WITHIN: Duration = Duration::from_secs(5);
/// Everything is back by then after a restart.
const BACK: Duration = Duration::from_secs(30);

/// Begins to read a MiB of the track and stops after the first piece: a stream in the middle of its way.
pub(crate) async fn begin(scene: &Scene, track: &Track, lease: &Lease) -> Response<Incoming> {
    begin_at(&scene.player, scene.id, track, &lease.grant).await
}

/// The same at any tab.
pub(crate) async fn begin_at(player: &Player, home: PeerId, track: &Track, grant: &str) -> Response<Incoming> {
    let request = Request::get(media_path(&track.id))
        .header("host", "home")
        .header("range", "bytes=0-1048575")
        .header("authorization", format!("Bearer {grant}"))
        .body(Full::<Bytes>::default())
        .unwrap();
    let mut answer = player.begin(home, request).await.unwrap();
    assert_eq!(answer.status(), 206);
    assert!(answer.body_mut().frame().await.unwrap().is_ok());
    answer
}

/// Reads on slowly enough that a running stream would take far longer than the promise; whether it broke in time.
pub(crate) async fn breaks(mut answer: Response<Incoming>) -> bool {
    let reading = async {
        loop {
            match answer.body_mut().frame().await {
                Some(Ok(_)) => tokio::time::sleep(Duration::from_millis(500)).await,
                Some(Err(_)) => return true,
                None => return false,
            }
        }
    };
    timeout(REVOKED_WITHIN, reading).await.unwrap_or(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_whose_grant_lives_is_not_cut() {
    let scene = Scene::plain().await;
    let track = scene.track("Tone wav").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    let running = begin(&scene, &track, &lease).await;
    assert!(!breaks(running).await, "the control: without a revocation the stream goes on");
    scene.player.person.close(&lease.id, 0).await.unwrap();
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_the_listening_elsewhere_cuts_its_running_stream_within_five_seconds() {
    let scene = Scene::plain().await;
    let track = scene.track("Tone wav").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    let running = begin(&scene, &track, &lease).await;
    scene.owner.close(&lease.id, 0).await.unwrap();
    assert!(breaks(running).await, "the stream went on");
    let refused = wait::until_async("the grant to be refused", REVOKED_WITHIN, async || {
        let answer = scene.player.get(scene.id, &media_path(&track.id), Some(&lease.grant), Some("bytes=0-9")).await?;
        Ok((answer.status != 206).then_some(answer))
    });
    assert_eq!(refused.await.unwrap().problem().unwrap().name(), "grant-revoked");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_cuts_the_running_stream_within_five_seconds() {
    let scene = Scene::plain().await;
    let track = scene.track("Tone wav").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    let running = begin(&scene, &track, &lease).await;
    scene.player.person.sign_out().await.unwrap();
    assert!(breaks(running).await, "the stream went on");
    assert_eq!(crate::refusal(scene.player.listen(scene.id).await), "urn:iroam:problem:unauthorized");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_the_home_closes_it_and_makes_it_forget() {
    let mut scene = Scene::plain().await;
    let track = scene.track("Tone wav").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    let running = begin(&scene, &track, &lease).await;
    let path = format!("/api/v1/homes/{}", scene.id);
    let removed = scene.owner.request(reqwest::Method::DELETE, &path).send().await.unwrap();
    assert!(removed.status().is_success(), "{}", removed.status());
    assert!(breaks(running).await, "the stream went on");
    scene.home.process().line("deactivated: ", REVOKED_WITHIN).unwrap();
    assert_eq!(scene.owner.homes().await.unwrap(), []);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_killed_in_mid_song_comes_back_and_the_song_goes_on() {
    let mut scene = Scene::plain().await;
    let track = scene.track("Tone flac").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    let running = begin(&scene, &track, &lease).await;
    scene.player.person.heartbeat(&lease.id, 1, 4_000, None).await.unwrap();
    scene.home.kill().unwrap();
    drop(running);
    scene.home.start_again().unwrap();
    let lease = scene.player.person.heartbeat(&lease.id, 2, 4_500, None).await.unwrap();
    let song = wait::until_async("the song to go on", BACK, async || {
        Ok(scene.player.read(scene.id, &track, &lease.grant, 0).await.ok())
    });
    assert!(song.await.unwrap() == scene.file("Tone flac"));
    scene.player.person.close(&lease.id, 5_000).await.unwrap();
    assert_eq!(scene.owner.charges().await.unwrap().len(), 1);
    scene.end().await;
}

/// The portal is killed with a listening open, twice, while the player goes on telling what it played.
async fn run_portal_killed(world: World) {
    let mut scene = Scene::of(world).await;
    let track = scene.track("Tone flac").await;
    let opened = Instant::now();
    let mut lease = scene.player.listen(scene.id).await.unwrap();
    for seq in 1..=2 {
        let elapsed_ms = u64::try_from(opened.elapsed().as_millis()).unwrap();
        lease = scene.player.person.heartbeat(&lease.id, 2 * seq - 1, elapsed_ms * 3 + 4_000, None).await.unwrap();
        scene.world.portal.kill().unwrap();
        assert!(scene.player.person.heartbeat(&lease.id, 2 * seq, lease.played_ms + 1_000, None).await.is_err());
        scene.world.portal.start_again().unwrap();
        let played_ms = lease.played_ms + 1_000;
        lease = scene.player.person.heartbeat(&lease.id, 2 * seq, played_ms, None).await.unwrap();
        assert_eq!(lease.charged_minutes, minutes_due(lease.played_ms));
    }
    // The home has come back to the relay by itself, and so does the player.
    let song = wait::until_async("the song to go on", BACK, async || {
        if scene.player.come_by(&lease.relay).await.is_err() {
            return Ok(None);
        }
        Ok(scene.player.read(scene.id, &track, &lease.grant, 0).await.ok())
    });
    assert!(song.await.unwrap() == scene.file("Tone flac"));
    scene.player.person.close(&lease.id, lease.played_ms).await.unwrap();
    let charges = scene.owner.charges().await.unwrap();
    let minutes: Vec<_> = charges.iter().map(|charge| charge.minute.unwrap()).collect();
    assert_eq!(minutes, (0..minutes_due(lease.played_ms)).collect::<Vec<_>>(), "each minute once");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_killed_with_a_listening_open_goes_on_and_charges_exactly_on_sqlite() {
    run_portal_killed(World::plain().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_killed_with_a_listening_open_goes_on_and_charges_exactly_on_postgres() {
    let cluster = tokio::task::spawn_blocking(Cluster::acquire).await.unwrap().unwrap();
    let schema = cluster.schema().await.unwrap();
    run_portal_killed(World::on_postgres(&schema.url).unwrap()).await;
    schema.drop_now().await.unwrap();
}
