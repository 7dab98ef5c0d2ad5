//! A home whose clock is wrong by hours: it goes by the portal's time, works as any other, and says so.

use std::time::Duration;

use iroam_protocol::path::Path;
use iroam_tests::{corpus::Corpus, false_clock::FalseClock, wait, world::World};

use crate::Scene;

/// How soon a clock that was set right is seen.
const SEEN: Duration = Duration::from_secs(10);

/// A clock in a folder that lives as long as the test; `None`, told, where it cannot be had.
fn false_clock() -> Option<(tempfile::TempDir, FalseClock)> {
    let dir = tempfile::tempdir().unwrap();
    let clock = FalseClock::new(dir.path());
    if clock.is_none() {
        eprintln!("skipped: libfaketime is not installed; installer/setup.sh test installs it");
    }
    Some((dir, clock?))
}

/// The first listen with a home whose clock is wrong by `offset`, of which `iroam status` says `words`.
async fn run_wrong_clock(world: World, offset: &str, words: &str) {
    let Some((_dir, clock)) = false_clock() else { return };
    clock.set(offset).unwrap();
    let mut scene = Scene::with_home_in(clock.env(), world).await;
    let told = scene.home.status().unwrap()["clock"].as_str().unwrap_or_default().to_owned();
    assert!(told.contains(words) && told.contains("set this clock right"), "{told:?}");
    let shown = scene.home.command("status", &[]).unwrap().stdout;
    assert!(shown.contains(&format!("clock: {told}")), "{shown}");

    listen(&scene, 1).await;
    scene.home.process().stop().unwrap();
    scene.home.start_again().unwrap();
    listen(&scene, 2).await;

    clock.set("+0").unwrap();
    let is_right = || scene.home.status().ok()?["clock"].is_null().then_some(());
    wait::until("the home to see that its clock is right", SEEN, is_right).unwrap();
    listen(&scene, 3).await;
    scene.end().await;
}

/// Four seconds of a song: the `nth` minute that is charged.
async fn listen(scene: &Scene, nth: usize) {
    let Scene { player, id, .. } = scene;
    let track = scene.track("Tone mp3").await;
    let lease = player.listen(*id).await.unwrap();
    assert!(player.read(*id, &track, &lease.grant, 0).await.unwrap() == scene.file("Tone mp3"));
    // The home signs the time into its report, and the portal believes it only if it is right.
    let report = player.path_report(*id, &lease.grant).await.unwrap().report;
    let beat = player.person.heartbeat(&lease.id, 1, 4_000, report.as_deref()).await.unwrap();
    assert_eq!((beat.charged_minutes, beat.played_ms), (1, 4_000));
    player.person.close(&lease.id, 4_000).await.unwrap();
    let charges = scene.owner.charges().await.unwrap();
    assert_eq!(charges.iter().map(|charge| charge.path).collect::<Vec<_>>(), vec![Some(Path::Relay); nth]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_whose_clock_is_three_hours_ahead_works_and_says_so_over_tls() {
    let words = "180 minutes (about 3 hours) ahead of the portal's";
    run_wrong_clock(World::tls().unwrap(), "+3h", words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_whose_clock_is_three_hours_behind_works_and_says_so_on_loopback() {
    let words = "180 minutes (about 3 hours) behind the portal's";
    run_wrong_clock(World::plain().unwrap(), "-3h", words).await;
}

/// By a clock that is so wrong the portal's certificate is not valid: nothing can be done but to say what is wrong.
async fn run_untimely_certificate(offset: &str, words: &str) {
    let Some((_dir, clock)) = false_clock() else { return };
    let world = World::tls_for_an_hour().unwrap();
    // The control: by the right clock the same certificate is good.
    world.agent_in(clock.env(), "right", &Corpus::Tones.folder().unwrap()).unwrap().invitation().unwrap();
    clock.set(offset).unwrap();
    let mut agent = world.agent_in(clock.env(), "wrong", &Corpus::Tones.folder().unwrap()).unwrap();
    let status = agent.process().end(Duration::from_secs(20)).unwrap();
    let said = agent.process().output().text();
    assert_eq!(status.code(), Some(69), "{said}");
    let hints = [words, "this machine's clock says", "set this machine's clock right"];
    assert!(hints.iter().all(|hint| said.contains(hint)), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_too_far_ahead_for_the_portals_certificate_is_named() {
    run_untimely_certificate("+3h", "was valid only until").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_too_far_behind_for_the_portals_certificate_is_named() {
    run_untimely_certificate("-3h", "is valid only from").await;
}
