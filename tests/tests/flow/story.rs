//! The first listen, from sign-up to the charge.

use std::time::Duration;

use iroam_protocol::{path::Path, portal::RunningListening};
use iroam_store::testing::Cluster;
use iroam_tests::{corpus::tone::TONES, player::Player, wait, world::World};

use crate::{Scene, refusal};

/// The home reports every 20 s.
const WITNESS: Duration = Duration::from_secs(45);

async fn run_story(world: World) {
    let scene = Scene::of(world).await;
    let Scene { player, id, .. } = &scene;
    let homes = scene.owner.homes().await.unwrap();
    assert_eq!(
        homes.iter().map(|home| (home.id, home.name.as_str(), home.online)).collect::<Vec<_>>(),
        [(*id, "Attic", true)]
    );

    let access = player.browse(*id).await.unwrap();
    let titles: Vec<_> =
        player.tracks(*id, &access.grant).await.unwrap().into_iter().map(|track| track.title).collect();
    assert_eq!(titles, TONES.map(|tone| tone.title));

    let track = scene.track("Tone mp3").await;
    let lease = player.listen(*id).await.unwrap();
    let sound = player.read(*id, &track, &lease.grant, 0).await.unwrap();
    assert!(sound == scene.file("Tone mp3"), "what arrives is what lies at home");
    assert_eq!(scene.owner.charges().await.unwrap(), [], "a click costs nothing");

    let answer = player.path_report(*id, &lease.grant).await.unwrap();
    assert_eq!(answer.path, Path::Relay);
    let first = player.person.heartbeat(&lease.id, 1, 2_900, answer.report.as_deref()).await.unwrap();
    assert_eq!(first.charged_minutes, 0, "three seconds are free");
    let report = answer.report.as_deref();
    for _ in 0..3 {
        let beat = player.person.heartbeat(&lease.id, 2, 4_000, report).await.unwrap();
        assert_eq!((beat.charged_minutes, beat.played_ms), (1, 4_000), "a repeated heartbeat charges once");
    }
    let charges = scene.owner.charges().await.unwrap();
    assert_eq!(charges.len(), 1);
    let price = first.price_micros;
    assert_eq!((charges[0].amount_micros, charges[0].minute, charges[0].path), (-price, Some(0), Some(Path::Relay)));
    assert_eq!((charges[0].listening, charges[0].home.as_deref()), (Some(lease.id), Some("Attic")));

    player.person.close(&lease.id, 5_000).await.unwrap();
    let wallet = scene.owner.wallet().await.unwrap();
    assert_eq!((wallet.held_micros, scene.owner.charges().await.unwrap().len()), (0, 1));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_installs_signs_up_listens_and_is_charged_a_minute_over_tls_with_a_private_authority() {
    run_story(World::tls().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_installs_signs_up_listens_and_is_charged_a_minute_on_loopback() {
    run_story(World::plain().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_installs_signs_up_listens_and_is_charged_a_minute_on_postgres() {
    let cluster = tokio::task::spawn_blocking(Cluster::acquire).await.unwrap().unwrap();
    let schema = cluster.schema().await.unwrap();
    run_story(World::on_postgres(&schema.url).unwrap()).await;
    schema.drop_now().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_was_activated_once_needs_no_flags() {
    let mut scene = Scene::of(World::tls().unwrap()).await;
    scene.home.process().stop().unwrap();
    scene.home.start_again().unwrap();
    assert_eq!(scene.home.id().unwrap(), scene.id);
    let track = scene.track("Tone opus").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    let sound = scene.player.read(scene.id, &track, &lease.grant, 0).await.unwrap();
    assert!(sound == scene.file("Tone opus"));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_drains_a_library_ahead_of_what_is_paid() {
    let scene = Scene::plain().await;
    let access = scene.player.browse(scene.id).await.unwrap();
    let tracks = scene.player.tracks(scene.id, &access.grant).await.unwrap();
    let lease = scene.player.listen(scene.id).await.unwrap();
    let mut served_ms = 0;
    for track in &tracks {
        let range = format!("bytes={}-", track.size_bytes / 2);
        // Half a tone each, in ranges of at most a MiB, until the home says stop.
        if scene.player.read(scene.id, track, &lease.grant, track.size_bytes / 2).await.is_ok() {
            served_ms += track.duration_ms / 2;
            continue;
        }
        let path = iroam_tests::player::media_path(&track.id);
        let answer = scene.player.get(scene.id, &path, Some(&lease.grant), Some(&range)).await.unwrap();
        // The half that was begun may be answered from what was served already; the next one is refused.
        assert!(served_ms >= 60_000 && served_ms <= lease.ceil_ms, "{served_ms} of {}", lease.ceil_ms);
        if answer.status == 429 {
            assert_eq!(answer.problem().unwrap().name(), "ahead-of-lease");
            assert!(answer.headers.contains_key("retry-after"));
        }
        // What is free stays free, and what was served may be asked again.
        let again = scene
            .player
            .get(scene.id, &iroam_tests::player::media_path(&tracks[0].id), Some(&lease.grant), Some("bytes=-1000"))
            .await
            .unwrap();
        assert_eq!(again.status, 206);
        return scene.end().await;
    }
    panic!("the whole library was served: {served_ms} ms for a ceiling of {} ms", lease.ceil_ms);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fourth_player_at_once_is_offered_to_stop_another() {
    let scene = Scene::plain().await;
    let mut tabs = Vec::new();
    for _ in 0..3 {
        let tab = Player::new(&scene.world, &scene.owner).unwrap();
        let lease = tab.listen(scene.id).await.unwrap();
        tabs.push((tab, lease));
    }
    assert_eq!(refusal(scene.player.listen(scene.id).await), "urn:iroam:problem:too-many-listenings");
    let running: Vec<RunningListening> = scene.player.person.get("/api/v1/listenings").await.unwrap();
    assert_eq!(running.len(), 3);
    scene.player.person.close(&running[0].id, 0).await.unwrap();
    scene.player.listen(scene.id).await.unwrap();
    for (tab, _) in tabs {
        tab.end().await.unwrap();
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_home_tells_the_portal_what_it_served() {
    let scene = Scene::plain().await;
    let track = scene.track("Tone mp3").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    scene.player.read(scene.id, &track, &lease.grant, 0).await.unwrap();
    let books = rusqlite::Connection::open(scene.world.portal.database()).unwrap();
    let told = async || {
        let query =
            "SELECT COALESCE(SUM(served_ms), 0), COALESCE(SUM(bytes), 0) FROM served_minutes WHERE listening = ?1";
        let sums: (i64, i64) = books.query_row(query, [lease.id.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((sums.0 > 0).then_some(sums))
    };
    let (served_ms, bytes) = wait::until_async("the second witness", WITNESS, told).await.unwrap();
    let (served_ms, bytes) = (served_ms.cast_unsigned(), bytes.cast_unsigned());
    assert!(served_ms.abs_diff(track.duration_ms) < 2_000, "{served_ms} of {} ms", track.duration_ms);
    assert!(bytes.abs_diff(track.size_bytes) < 65_536, "{bytes} of {} bytes", track.size_bytes);
    scene.player.person.close(&lease.id, 0).await.unwrap();
    scene.end().await;
}
