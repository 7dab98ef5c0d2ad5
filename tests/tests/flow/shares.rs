//! Shares through a real home: what a visitor may hear and see, and how soon it ends.

use std::time::Duration;

use iroam_protocol::{
    home::Track,
    id::{ItemId, PeerId, RowId},
    portal::Lease,
    shares::{CreatedShare, CreatedShares, Shared},
};
use iroam_tests::{
    clock,
    person::Person,
    player::{Player, media_path},
    wait,
    world::World,
};
use serde_json::{Value, json};

use crate::{
    Scene, refusal,
    trouble::{begin_at, breaks},
};

/// The promise of the contract.
const REVOKED_WITHIN: Duration = Duration::from_secs(5);

/// A scene whose owner may share.
async fn scene() -> Scene {
    let scene = Scene::plain().await;
    let confirmed = scene.world.portal.admin("confirm-email", &["--email", "ada@example.org"]).unwrap();
    assert_eq!(confirmed.code, Some(0), "{}", confirmed.stderr);
    scene
}

async fn share(scene: &Scene, tracks: &[&Track], more: Value) -> CreatedShare {
    let items: Vec<_> = tracks.iter().map(|track| item(track)).collect();
    let mut request = json!({
        "id": RowId::from_bytes(clock::random()), "home": scene.id, "kind": "playlist",
        "title": "Two songs", "cover": tracks[0].cover_id, "items": items,
    });
    let Value::Object(more) = more else { panic!("{more} is no object") };
    request.as_object_mut().unwrap().extend(more);
    let made: CreatedShares = scene.owner.post("/api/v1/shares", &request).await.unwrap();
    made.shares.into_iter().next().unwrap()
}

fn item(track: &Track) -> Value {
    json!({
        "track": track.id, "title": track.title, "artist": "", "album": "", "duration_ms": track.duration_ms,
        "cover": track.cover_id,
    })
}

/// Somebody with a link, without an account, at a tab of their own.
struct Visitor {
    tab: Player,
    share: String,
    secret: String,
}

impl Visitor {
    fn new(world: &World, link: &CreatedShare) -> Self {
        let nobody = Person::stranger(&world.portal.url, world.authority.as_ref(), "nobody@example.org").unwrap();
        let (_, secret) = link.url.split_once('#').unwrap();
        let tab = Player::new(world, &nobody).unwrap();
        Self { tab, share: link.public_id.clone(), secret: secret.into() }
    }

    fn body(&self, more: Value) -> Value {
        let mut body = json!({ "share": self.share, "secret": self.secret });
        let Value::Object(more) = more else { panic!("{more} is no object") };
        body.as_object_mut().unwrap().extend(more);
        body
    }

    async fn open(&self) -> anyhow::Result<Shared> {
        let body = self.body(json!({ "player_peer": self.tab.id() }));
        let shared: Shared = self.tab.person.post("/api/v1/shared/open", &body).await?;
        self.tab.come_by(&shared.access.relay).await?;
        Ok(shared)
    }

    async fn listen(&self, key: &str) -> anyhow::Result<Lease> {
        let body = self.body(json!({ "player_peer": self.tab.id(), "idempotency_key": key }));
        let lease: Lease = self.tab.person.post("/api/v1/shared/listenings", &body).await?;
        self.tab.come_by(&lease.relay).await?;
        Ok(lease)
    }

    async fn beat(&self, lease: &Lease, seq: u64, played_ms: u64, report: Option<&str>) -> anyhow::Result<Lease> {
        let beat = json!({
            "seq": seq, "played_ms": played_ms, "buffered_ms": 0, "playing": true, "path_report": report,
        });
        self.tab.person.post(&format!("/api/v1/shared/listenings/{}/heartbeat", lease.id), &self.body(beat)).await
    }

    /// The status of an answer of the home.
    async fn status(&self, home: PeerId, path: &str, grant: &str) -> u16 {
        self.tab.get(home, path, Some(grant), Some("bytes=0-99")).await.unwrap().status.as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_without_an_account_hears_the_shared_songs_with_their_covers_and_nothing_else() {
    let scene = scene().await;
    let access = scene.player.browse(scene.id).await.unwrap();
    let tracks = scene.player.tracks(scene.id, &access.grant).await.unwrap();
    let with_cover = tracks.iter().find(|track| track.cover_id.is_some()).unwrap();
    let shared_cover = with_cover.cover_id.unwrap();
    let other = tracks.iter().find(|track| track.id != with_cover.id).unwrap();
    let link = share(&scene, &[with_cover], json!({})).await;
    let visitor = Visitor::new(&scene.world, &link);

    let shared = visitor.open().await.unwrap();
    assert!(shared.can_play && shared.home_online && shared.items.len() == 1);
    let looking = &shared.access.grant;
    assert_eq!(visitor.status(scene.id, &format!("/v1/covers/{shared_cover}"), looking).await, 200);
    assert_eq!(visitor.status(scene.id, &media_path(&with_cover.id), looking).await, 403, "looking is not listening");

    let lease = visitor.listen("the first key of the tab").await.unwrap();
    let song = visitor.tab.read(scene.id, with_cover, &lease.grant, 0).await.unwrap();
    assert!(song == scene.file(&with_cover.title), "what arrives is what lies at home");
    for grant in [looking, &lease.grant] {
        for path in [
            media_path(&other.id),
            format!("/v1/tracks/{}", other.id),
            "/v1/status".into(),
            "/v1/tracks".into(),
            "/v1/albums".into(),
            "/v1/artists".into(),
            "/v1/genres".into(),
            "/v1/search?q=tone".into(),
            "/v1/changes".into(),
        ] {
            assert_eq!(visitor.status(scene.id, &path, grant).await, 403, "{path}");
        }
        let foreign = ItemId::from_bytes(clock::random());
        assert_eq!(visitor.status(scene.id, &format!("/v1/covers/{foreign}"), grant).await, 403);
    }
    let album = format!("/v1/albums/{}", with_cover.album_id.unwrap());
    assert_eq!(visitor.status(scene.id, &album, &lease.grant).await, 403);

    let report = visitor.tab.path_report(scene.id, &lease.grant).await.unwrap().report;
    assert_eq!(scene.owner.charges().await.unwrap(), [], "a click costs nothing");
    for _ in 0..3 {
        let beat = visitor.beat(&lease, 1, 4_000, report.as_deref()).await.unwrap();
        assert_eq!((beat.charged_minutes, beat.price_micros), (1, 0));
    }
    let charges = scene.owner.charges().await.unwrap();
    assert_eq!((charges.len(), charges[0].listening), (1, Some(lease.id)), "the sender pays, once");
    let stolen = scene.player.get(scene.id, &media_path(&with_cover.id), Some(&lease.grant), Some("bytes=0-9")).await;
    assert_eq!(stolen.unwrap().problem().unwrap().name(), "grant-refused", "the grant is the tab's");
    visitor.tab.end().await.unwrap();
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_a_link_back_stops_its_running_streams_within_five_seconds() {
    let scene = scene().await;
    let track = scene.track("Tone wav").await;
    let (taken, kept) = (share(&scene, &[&track], json!({})).await, share(&scene, &[&track], json!({})).await);
    let (visitor, other) = (Visitor::new(&scene.world, &taken), Visitor::new(&scene.world, &kept));
    let lease = visitor.listen("the first key of the tab").await.unwrap();
    let kept_lease = other.listen("the first key of the tab").await.unwrap();
    let running = begin_at(&visitor.tab, scene.id, &track, &lease.grant).await;
    let goes_on = begin_at(&other.tab, scene.id, &track, &kept_lease.grant).await;
    let path = format!("/api/v1/shares/{}", taken.id);
    let revoked = scene.owner.request(reqwest::Method::DELETE, &path).send().await.unwrap();
    assert!(revoked.status().is_success(), "{}", revoked.status());
    let (broke, kept_broke) = tokio::join!(breaks(running), breaks(goes_on));
    assert!(broke, "the stream went on");
    assert!(!kept_broke, "the control: a stream by another link goes on");
    let refused = wait::until_async("the grant to be refused", REVOKED_WITHIN, async || {
        let answer = visitor.tab.get(scene.id, &media_path(&track.id), Some(&lease.grant), Some("bytes=0-9")).await?;
        Ok((answer.status != 206).then_some(answer))
    });
    assert_eq!(refused.await.unwrap().problem().unwrap().name(), "grant-revoked");
    assert_eq!(refusal(visitor.beat(&lease, 1, 4_000, None).await), "urn:iroam:problem:share-gone");
    assert_eq!(refusal(visitor.open().await), "urn:iroam:problem:share-gone");
    assert_eq!(other.status(scene.id, &media_path(&track.id), &kept_lease.grant).await, 206, "other links play on");
    visitor.tab.end().await.unwrap();
    other.tab.end().await.unwrap();
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_home_that_is_off_says_so_and_plays_when_it_is_back() {
    let mut scene = scene().await;
    let track = scene.track("Tone mp3").await;
    let link = share(&scene, &[&track], json!({})).await;
    scene.home.kill().unwrap();
    let visitor = Visitor::new(&scene.world, &link);
    let away = wait::until_async("the portal to see that the home is off", Duration::from_secs(60), async || {
        let shared = visitor.open().await?;
        Ok((!shared.home_online).then_some(shared))
    });
    let away = away.await.unwrap();
    assert!(away.can_play && away.last_seen_ms.is_some(), "{away:?}");
    let asked = visitor.body(json!({ "email": "bob@example.org" }));
    let told = visitor.tab.person.request(reqwest::Method::POST, "/api/v1/shared/tell-me").json(&asked).send().await;
    assert_eq!(told.unwrap().status().as_u16(), 202);
    scene.home.start_again().unwrap();
    let back = wait::until_async("the home to be back", Duration::from_secs(30), async || {
        Ok(visitor.open().await?.home_online.then_some(()))
    });
    back.await.unwrap();
    let lease = visitor.listen("the first key of the tab").await.unwrap();
    let song = wait::until_async("the song", Duration::from_secs(30), async || {
        Ok(visitor.tab.read(scene.id, &track, &lease.grant, 0).await.ok())
    });
    assert!(song.await.unwrap() == scene.file("Tone mp3"));
    visitor.tab.end().await.unwrap();
    scene.end().await;
}
