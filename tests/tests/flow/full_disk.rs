//! A disk that is full, under the portal and at home, for real: what is there is read and played on, what cannot be kept is
//! refused in plain words and never half done, and everything goes on by itself once there is room.

use std::{cell::Cell, fs, path::Path, time::Duration};

use iroam_protocol::{id::RowId, lease::minutes_due, playlists::Playlists, portal::Lease, problem::Problem};
use iroam_tests::{
    clock,
    corpus::{self, Corpus},
    person::{PASSWORD, Person, Refused},
    player::Player,
    small_disk::SmallDisk,
    wait,
    world::{Agent, READY, World},
};
use reqwest::{Method, StatusCode};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::Scene;

/// Room for a young database with its journal and some trials.
const PORTAL_DISK: u64 = 16 << 20;
/// Room for index, covers and spool of the tones.
const HOME_DISK: u64 = 16 << 20;
/// A full disk, and room on it, are seen within this time: a trial every 5 s, and a busy machine.
const SEEN: Duration = Duration::from_secs(30);
/// Home and player report within this time: the home tells what it served every 20 s.
const TOLD: Duration = Duration::from_secs(60);
/// Writes that fit into what the database had reserved before the disk was full: its journal of 4 MiB at most.
const RESERVED_MAX: u32 = 1_000;
/// Requests of a crowd that does not give up.
const CROWD: u64 = 60;

const STORAGE_FULL: &str = "urn:iroam:problem:storage-full";

/// The name of a problem; anything else fails the test.
fn problem<T>(answer: anyhow::Result<T>) -> Option<(u16, String)> {
    let error = answer.err()?;
    let refused = error.downcast_ref::<Refused>().unwrap_or_else(|| panic!("no refusal: {error:#}"));
    Some((refused.status, refused.problem.kind.clone()))
}

async fn status(person: &Person, path: &str) -> StatusCode {
    person.request(Method::GET, path).send().await.unwrap().status()
}

async fn names(person: &Person) -> Vec<String> {
    let mut names: Vec<_> = person
        .get::<Playlists>("/api/v1/playlists")
        .await
        .unwrap()
        .playlists
        .into_iter()
        .map(|list| list.name)
        .collect();
    names.sort();
    names
}

/// Makes lists until the portal refuses one; how many it took.
async fn lists_until_refused(person: &Person) -> u32 {
    for n in 0..RESERVED_MAX {
        let id: RowId = format!("01a1fddf-4862-7000-8000-{n:012x}").parse().unwrap();
        let list = json!({ "id": id, "name": format!("List {n:04}"), "kind": "list" });
        let made: anyhow::Result<Value> = person.post("/api/v1/playlists", &list).await;
        if let Some(refused) = problem(made) {
            assert_eq!(refused, (507, STORAGE_FULL.to_owned()));
            return n;
        }
    }
    panic!("the disk is not full");
}

async fn metric(url: &str, name: &str) -> Option<String> {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let text = client.get(url).send().await.unwrap().text().await.unwrap();
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
}

fn lines_with(log: &str, words: &str) -> usize {
    log.lines().filter(|line| line.contains(words)).count()
}

/// A listening that tells how far it has played.
struct Listener<'a> {
    person: &'a Person,
    lease: Lease,
    seq: Cell<u64>,
}

impl Listener<'_> {
    async fn beat(&self, played_ms: u64) -> anyhow::Result<Lease> {
        self.seq.set(self.seq.get() + 1);
        self.person.heartbeat(&self.lease.id, self.seq.get(), played_ms, None).await
    }

    /// Beats until so much is accepted as played: the portal believes three times the time that passed.
    async fn beat_until(&self, played_ms: u64) -> Lease {
        let accepted = wait::until_async("the heartbeat to be accepted", SEEN, async || {
            let lease = self.beat(played_ms).await?;
            Ok((lease.played_ms == played_ms).then_some(lease))
        });
        accepted.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_with_a_full_disk_reads_on_refuses_in_plain_words_and_goes_on_with_room() {
    let flags = ["--metrics-listen", "127.0.0.1:0"];
    let Some((world, disk)) = World::on_small_disk(PORTAL_DISK, &flags).unwrap() else { return };
    let mut scene = Scene::of(world).await;
    let metrics = scene.world.portal.process().line("metrics: ", READY).unwrap();
    let track = scene.track("Tone mp3").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    let listener = Listener { person: &scene.player.person.clone(), lease, seq: Cell::new(0) };
    let lease = listener.beat(4_000).await.unwrap();
    assert_eq!(lease.charged_minutes, 1);

    disk.fill().unwrap();
    let taken = lists_until_refused(&scene.owner).await;
    refuses_plainly(&scene, &listener, &metrics).await;

    // What is there is read, and what is paid is played.
    for path in ["/api/v1/me", "/api/v1/homes", "/api/v1/wallet", "/.well-known/jwks.json", "/player/", "/account"] {
        assert_eq!(status(&scene.owner, path).await, StatusCode::OK, "{path}");
    }
    assert_eq!(names(&scene.owner).await.len(), taken as usize, "what was refused is not there");
    assert!(scene.player.read(scene.id, &track, &lease.grant, 0).await.unwrap() == scene.file("Tone mp3"));
    scene.world.portal.audit().unwrap();
    // A home that comes back is let in, though nobody can write down that it was seen.
    scene.home.process().stop().unwrap();
    scene.home.start_again().unwrap();
    assert!(scene.owner.homes().await.unwrap()[0].online);
    let log = scene.world.portal.log();
    assert_eq!(lines_with(&log, "the disk of the database is full"), 1, "{log}");
    assert!(lines_with(&log, "WARN") + lines_with(&log, "ERROR") <= 5, "the log is flooded:\n{log}");

    disk.free().unwrap();
    let healthy = wait::until_async("the portal to see that there is room", SEEN, async || {
        Ok((status(&scene.owner, "/healthz").await == StatusCode::OK).then_some(()))
    });
    healthy.await.unwrap();
    assert_eq!(metric(&metrics, "iroam_storage_full").await.as_deref(), Some("0"));
    assert_eq!(lines_with(&scene.world.portal.log(), "has room again"), 1);
    // The same listening goes on where it was, and each of its minutes is charged once.
    let played_ms = 70_000;
    let lease = listener.beat_until(played_ms).await;
    assert_eq!((lease.charged_minutes, lease.id), (minutes_due(played_ms), listener.lease.id));
    scene.player.person.close(&lease.id, played_ms).await.unwrap();
    let minutes: Vec<_> = scene.owner.charges().await.unwrap().iter().map(|charge| charge.minute.unwrap()).collect();
    assert_eq!(minutes, (0..minutes_due(played_ms)).collect::<Vec<_>>(), "each minute once");
    let list = json!({ "id": "01a1fddf-4862-7000-8000-00000000ffff", "name": "With room", "kind": "list" });
    let _: Value = scene.owner.post("/api/v1/playlists", &list).await.unwrap();
    assert_eq!(names(&scene.owner).await.len(), taken as usize + 1);
    scene.owner.elsewhere().await.unwrap();
    scene.end().await;
}

/// Every door says that the disk is full and who must do what, to a crowd that does not give up.
async fn refuses_plainly(scene: &Scene, listener: &Listener<'_>, metrics: &str) {
    for _ in 0..CROWD {
        assert_eq!(problem(listener.beat(8_000).await), Some((507, STORAGE_FULL.to_owned())));
    }
    let form = [("email", scene.owner.email.as_str()), ("password", PASSWORD), ("next", "")];
    let answer = scene.owner.request(Method::POST, "/sign-in").form(&form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::INSUFFICIENT_STORAGE);
    let page = answer.text().await.unwrap();
    let words = ["<!doctype html>", "disk is full", "must make room", "try again later"];
    assert!(words.iter().all(|words| page.to_lowercase().contains(words)), "{page}");

    let health = scene.owner.request(Method::GET, "/healthz").send().await.unwrap();
    assert_eq!(health.status(), StatusCode::INSUFFICIENT_STORAGE);
    assert!(health.headers().contains_key("retry-after"));
    let told: Problem = health.json().await.unwrap();
    assert_eq!(told.kind, STORAGE_FULL);
    assert!(told.detail.unwrap().contains("must make room on that disk"));
    assert_eq!(metric(metrics, "iroam_storage_full").await.as_deref(), Some("1"));
    let refused: u64 = metric(metrics, "iroam_storage_refused").await.unwrap().parse().unwrap();
    assert!(refused > CROWD, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_starts_on_a_full_disk_says_so_and_what_to_do() {
    let Some((mut world, disk)) = World::on_small_disk(PORTAL_DISK, &[]).unwrap() else { return };
    let owner = world.person("ada@example.org").await.unwrap();
    world.portal.process().stop().unwrap();
    disk.fill().unwrap();
    let error = world.portal.start_again().unwrap_err().to_string();
    assert!(error.contains("its disk is full; make room there, then start again"), "{error}");
    assert!(!world.portal.process().end(SEEN).unwrap().success());
    disk.free().unwrap();
    world.portal.start_again().unwrap();
    assert_eq!(status(&owner, "/api/v1/me").await, StatusCode::OK);
    world.portal.audit().unwrap();
}

/// A home on a small disk, with music of its own that grows.
async fn small_home() -> Option<(Scene, SmallDisk)> {
    let world = World::plain().unwrap();
    let disk = SmallDisk::at(&world.folder("agent"), HOME_DISK).unwrap()?;
    let owner = world.person("ada@example.org").await.unwrap();
    let music = world.folder("music");
    corpus::copy(&Corpus::Tones.folder().unwrap(), &music).unwrap();
    let agent = world.agent_on(disk.clone(), "agent", &music).unwrap();
    let home = world.approved(agent, &owner).await.unwrap();
    let id = home.id().unwrap();
    let player = Player::new(&world, &owner.elsewhere().await.unwrap()).unwrap();
    Some((Scene { player, home, id, owner, music, world }, disk))
}

fn tracks(home: &Agent) -> Option<u64> {
    home.status().ok()?["counts"]["tracks"].as_u64()
}

/// The trouble with the disk, as `iroam status --json` tells it.
fn trouble(home: &Agent) -> Option<(String, String)> {
    let status = home.status().ok()?;
    let troubles = status["troubles"].as_array()?.iter();
    let mut full = troubles.filter(|trouble| trouble["words"].as_str().unwrap_or_default().contains("is full"));
    full.next().map(|trouble| {
        (trouble["words"].as_str().unwrap().to_owned(), trouble["advice"].as_str().unwrap_or_default().to_owned())
    })
}

/// What the portal heard from the home about a listening, in media milliseconds.
fn served_ms(database: &Path, listening: &RowId) -> Option<u64> {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    let sum = "SELECT SUM(served_ms) FROM served_minutes WHERE listening = ?1";
    let ms: Option<i64> = db.query_row(sum, [listening.to_string()], |row| row.get(0)).ok()?;
    ms.and_then(|ms| u64::try_from(ms).ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_with_a_full_disk_plays_on_tells_it_and_goes_on_with_room() {
    let Some((mut scene, disk)) = small_home().await else { return };
    let track = scene.track("Tone mp3").await;
    let known = tracks(&scene.home).unwrap();
    let lease = scene.player.listen(scene.id).await.unwrap();

    disk.fill().unwrap();
    let song = scene.file("Tone mp3");
    assert!(scene.player.read(scene.id, &track, &lease.grant, 0).await.unwrap() == song);
    let (words, advice) = wait::until("the trouble to be told", SEEN, || trouble(&scene.home)).unwrap();
    assert!(words.contains("served on"), "{words}");
    assert!(advice.contains("make room on this disk"), "{advice}");
    let shown = scene.home.command("status", &[]).unwrap().stdout;
    assert!(shown.contains(&format!("trouble: {words}; what to do: {advice}")), "{shown}");

    // A new song waits, and so does what was served; neither makes a noise.
    fs::copy(scene.music.join("01 Tone mp3.mp3"), scene.music.join("new.mp3")).unwrap();
    let since = clock::now();
    while since.elapsed() < Duration::from_secs(12) {
        assert!(scene.player.read(scene.id, &track, &lease.grant, 0).await.unwrap() == song);
        assert_eq!(tracks(&scene.home), Some(known));
    }
    assert_eq!(served_ms(&scene.world.portal.database(), &lease.id), None);
    let log = scene.home.process().output().text();
    assert_eq!(lines_with(&log, "is full"), 1, "{log}");
    assert!(lines_with(&log, "WARN") + lines_with(&log, "ERROR") <= 3, "the log is flooded:\n{log}");

    disk.free().unwrap();
    scene.home.process().line("the disk has room again", SEEN).unwrap();
    let is_there = || (tracks(&scene.home) == Some(known + 1)).then_some(());
    wait::until("the new song to be listed", SEEN, is_there).unwrap();
    assert_eq!(trouble(&scene.home), None, "the trouble is over");
    // Nothing of what was served meanwhile is lost, and nothing counts twice.
    let told = || served_ms(&scene.world.portal.database(), &lease.id);
    let told_ms = wait::until("the portal to hear what was served", TOLD, told).unwrap();
    assert!(told_ms.abs_diff(track.duration_ms) < 2_000, "{told_ms} of {}", track.duration_ms);
    scene.player.person.close(&lease.id, 4_000).await.unwrap();
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_starts_on_a_full_disk_says_so_and_what_to_do() {
    let Some((mut scene, disk)) = small_home().await else { return };
    scene.home.process().stop().unwrap();
    disk.fill().unwrap();
    scene.home.begin_again().unwrap();
    let ended = scene.home.process().end(SEEN).unwrap();
    let said = scene.home.process().output().text();
    assert_eq!(ended.code(), Some(73), "{said}");
    assert!(said.contains("its disk is full") && said.contains("what to do: make room on this disk"), "{said}");
    disk.free().unwrap();
    scene.home.start_again().unwrap();
    let track = scene.track("Tone mp3").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    assert!(scene.player.read(scene.id, &track, &lease.grant, 0).await.unwrap() == scene.file("Tone mp3"));
    scene.player.person.close(&lease.id, 0).await.unwrap();
    scene.end().await;
}
