//! The everyday life of an account, where it meets homes that play.

use iroam_protocol::portal::Session;
use iroam_tests::{player::Player, world::World};
use reqwest::Method;

use crate::{
    Scene, refusal,
    trouble::{begin, breaks},
};

async fn sessions(scene: &Scene) -> Vec<Session> {
    scene.owner.get("/api/v1/sessions").await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_signed_out_from_another_stops_within_five_seconds() {
    let scene = Scene::plain().await;
    let track = scene.track("Tone wav").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    let running = begin(&scene, &track, &lease).await;
    let listed = sessions(&scene).await;
    let other = listed.iter().find(|session| !session.current).unwrap();
    let path = format!("/api/v1/sessions/{}", other.id);
    assert!(scene.owner.request(Method::DELETE, &path).send().await.unwrap().status().is_success());
    assert!(breaks(running).await, "the stream went on");
    assert_eq!(refusal(scene.player.listen(scene.id).await), "urn:iroam:problem:unauthorized");
    assert_eq!(scene.owner.wallet().await.unwrap().held_micros, 0, "nothing is held for it");
    scene.end().await;
}

async fn run_second_device(world: World) {
    let scene = Scene::of(world).await;
    let device = scene.owner.let_in_elsewhere().await.unwrap();
    assert_eq!(sessions(&scene).await.len(), 3);
    let tab = Player::new(&scene.world, &device).unwrap();
    let track = scene.track("Tone mp3").await;
    let lease = tab.listen(scene.id).await.unwrap();
    let sound = tab.read(scene.id, &track, &lease.grant, 0).await.unwrap();
    assert!(sound == scene.file("Tone mp3"), "what arrives is what lies at home");
    device.close(&lease.id, 0).await.unwrap();
    tab.end().await.unwrap();
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_device_is_let_in_by_the_first_and_listens() {
    run_second_device(World::plain().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_device_is_let_in_by_the_first_and_listens_over_tls() {
    run_second_device(World::tls().unwrap()).await;
}
