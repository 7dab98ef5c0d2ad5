//! Playlists, favourites and the queue: two browsers of one account, and a home that is off.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use iroam_protocol::{
    home,
    id::{ItemId, PeerId, RowId},
    playlists::{
        Applied, Change, Contents, Edit, Item, Mark, Marks, Operation, OperationsApplied, Playlist, Playlists, Snapshot,
    },
    queue::{Queue, QueueStored},
};
use iroam_tests::{clock, person::Person, world::World};
use reqwest::{Method, Response, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{Scene, refusal};

/// What one browser does shows in the other within this time.
const SEEN: Duration = Duration::from_secs(1);
/// Anything may take so long on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// An id of its own, in the form of a UUIDv7.
fn id() -> RowId {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("01a1fddf-4862-7000-8000-{count:012x}").parse().unwrap()
}

fn item(title: &str, home: PeerId) -> Item {
    let about = Snapshot {
        title: title.into(),
        artist: Some("Known Frequencies".into()),
        album: None,
        album_id: None,
        duration_ms: 10_000,
        cover_id: None,
        kind: home::Kind::Audio,
    };
    Item { id: id(), home, track: ItemId::from_bytes([5; 16]), about, added_ms: 0, added_by: None }
}

/// One browser of a person.
struct Browser(Person);

impl Browser {
    async fn send<T: DeserializeOwned>(&self, method: Method, path: &str, body: &impl Serialize) -> T {
        let response = self.0.request(method, path).json(body).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path} answers {status}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn list(&self, name: &str) -> Playlist {
        self.send(Method::POST, "/api/v1/playlists", &json!({ "id": id(), "name": name, "kind": "list" })).await
    }

    async fn edit(&self, list: RowId, edit: Edit) -> OperationsApplied {
        let operations = json!({ "operations": [Operation { op: id(), edit }] });
        self.send(Method::POST, &format!("/api/v1/playlists/{list}/operations"), &operations).await
    }

    async fn insert(&self, list: RowId, title: &str, after: Option<RowId>) -> RowId {
        let item = Box::new(item(title, PeerId::from_public_key([1; 32])));
        let id = item.id;
        self.edit(list, Edit::Insert { item, after }).await;
        id
    }

    async fn contents(&self, list: RowId) -> Contents {
        self.0.get(&format!("/api/v1/playlists/{list}")).await.unwrap()
    }

    async fn titles(&self, list: RowId) -> Vec<String> {
        self.contents(list).await.items.unwrap().into_iter().map(|item| item.about.title).collect()
    }

    async fn events(&self) -> Events {
        let response = self.0.request(Method::GET, "/api/v1/events").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Events { response, rest: String::new() }
    }
}

/// An open stream of events.
struct Events {
    response: Response,
    rest: String,
}

impl Events {
    /// Reads until an event of that name satisfies.
    async fn until(&mut self, name: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        let found = async {
            loop {
                while let Some((event, rest)) = self.rest.split_once("\n\n") {
                    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                    let named = field("event:") == Some(name);
                    let data: Value =
                        field("data:").map(|data| serde_json::from_str(data).unwrap()).unwrap_or_default();
                    self.rest = rest.to_owned();
                    if named && wanted(&data) {
                        return data;
                    }
                }
                let chunk = self.response.chunk().await.unwrap().expect("the stream goes on");
                self.rest.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        timeout(DEADLINE, found).await.unwrap_or_else(|_| panic!("no such event {name:?}"))
    }
}

async fn two_browsers(world: &World) -> (Browser, Browser) {
    let desk = world.person("ada@example.org").await.unwrap();
    let phone = desk.elsewhere().await.unwrap();
    (Browser(desk), Browser(phone))
}

fn names(data: &Value, list: RowId) -> bool {
    data["changed"].as_array().is_some_and(|changed| changed.contains(&json!(list)))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_browser_does_the_other_hears_within_a_second() {
    let world = World::plain().unwrap();
    let (desk, phone) = two_browsers(&world).await;
    let mut events = phone.events().await;
    let start = events.until("playlists", |_| true).await;
    assert_eq!(start, json!({ "cursor": 0, "changed": [] }), "the first one says where the sidebar stands");
    let mut slowest = Duration::ZERO;
    let mut within = |since: Instant| slowest = slowest.max(clock::now() - since);

    let since = clock::now();
    let list = desk.list("Sunday").await.id;
    events.until("playlists", |data| names(data, list)).await;
    within(since);
    let since = clock::now();
    desk.insert(list, "Tone mp3", None).await;
    events.until("playlists", |data| names(data, list)).await;
    within(since);
    let changed: Contents = phone.0.get(&format!("/api/v1/playlists/{list}?since=1")).await.unwrap();
    let changes = changed.changes.unwrap();
    assert!(matches!(&changes[..], [Applied { seq: 2, change: Change::Put { item, after: None }, .. }]
        if item.about.title == "Tone mp3"));

    let (home, track) = (PeerId::from_public_key([1; 32]), ItemId::from_bytes([5; 16]));
    let since = clock::now();
    let about = item("Tone flac", home).about;
    let loved = json!({ "op": id(), "favourite": true, "stars": 4, "item": about });
    let _: Mark = desk.send(Method::PUT, &format!("/api/v1/marks/{home}/{track}"), &loved).await;
    events.until("marks", |data| data["cursor"] == 1).await;
    within(since);
    let marks: Marks = phone.0.get("/api/v1/marks?since=0").await.unwrap();
    assert_eq!((marks.marks[0].favourite, marks.marks[0].stars, marks.marks[0].item.as_ref()), (true, 4, Some(&about)));

    let tab = PeerId::from_public_key([9; 32]);
    let since = clock::now();
    let playing = json!({ "player": tab, "seq": 1, "items": [{ "home": home, "track": track }], "index": 0,
        "position_ms": 750_000, "playing": true });
    let _: QueueStored = desk.send(Method::PUT, "/api/v1/queue", &playing).await;
    events.until("queue", |data| data["player"] == json!(tab)).await;
    within(since);
    let queue: Queue = phone.0.get("/api/v1/queue").await.unwrap();
    assert_eq!((queue.position_ms, queue.items.len(), queue.seq), (750_000, 1, 1));

    assert!(slowest <= SEEN, "the slowest change was seen after {slowest:?}");
    drop(events);
    world.portal.audit().unwrap();
    let log = world.portal.log();
    for secret in ["Sunday", "Tone ", "Known Frequencies"] {
        assert!(!log.contains(secret), "the log holds {secret:?}:\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_browsers_that_edit_one_list_at_once_lose_nothing() {
    let world = World::plain().unwrap();
    let (desk, phone) = two_browsers(&world).await;
    let list = desk.list("Ours").await.id;
    let first = desk.insert(list, "first", None).await;
    let work = async |browser: &Browser, name: &str| {
        let mut after = first;
        for n in 0..20 {
            after = browser.insert(list, &format!("{name} {n}"), Some(after)).await;
        }
        browser.edit(list, Edit::Move { item: after, after: None }).await;
    };
    tokio::join!(work(&desk, "desk"), work(&phone, "phone"));
    let titles = desk.titles(list).await;
    assert_eq!(titles, phone.titles(list).await);
    assert_eq!(titles.len(), 41);
    for name in ["desk", "phone"] {
        let own: Vec<&String> = titles.iter().filter(|title| title.starts_with(name)).collect();
        let expected: Vec<String> = [19].into_iter().chain(0..19).map(|n| format!("{name} {n}")).collect();
        assert!(own.iter().copied().eq(&expected), "{own:?}");
    }
    let playlist = desk.contents(list).await.playlist;
    assert_eq!((playlist.count, playlist.duration_ms, playlist.seq), (41, 410_000, 44));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_read_while_the_home_is_off_and_stay_when_it_has_gone() {
    let mut scene = Scene::plain().await;
    let track = scene.track("Tone mp3").await;
    let desk = Browser(scene.owner.clone());
    let list = desk.list("Ours").await.id;
    let about = Snapshot {
        title: track.title.clone(),
        artist: track.artist.clone(),
        album: track.album.clone(),
        album_id: track.album_id,
        duration_ms: track.duration_ms,
        cover_id: track.cover_id,
        kind: track.kind,
    };
    let entry = Item { id: id(), home: scene.id, track: track.id, about, added_ms: 0, added_by: None };
    desk.edit(list, Edit::Insert { item: Box::new(entry.clone()), after: None }).await;
    scene.home.process().stop().unwrap();
    let items = desk.contents(list).await.items.unwrap();
    assert_eq!((&items[0].about, items[0].home, items[0].track), (&entry.about, scene.id, track.id));

    let removed = desk.0.request(Method::DELETE, &format!("/api/v1/homes/{}", scene.id)).send().await.unwrap();
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    assert_eq!(desk.titles(list).await, ["Tone mp3"]);
    let file = desk.0.request(Method::GET, &format!("/api/v1/playlists/{list}/m3u8")).send().await.unwrap();
    assert_eq!(file.headers()["content-type"], "audio/mpegurl; charset=utf-8");
    let text = file.text().await.unwrap();
    assert!(text.starts_with("#EXTM3U\n#PLAYLIST:Ours\n#EXTINF:"), "{text}");
    assert!(text.ends_with(&format!("iroam://{}/{}\n", scene.id, track.id)), "{text}");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_its_account_s_and_a_stranger_learns_nothing() {
    let world = World::plain().unwrap();
    let (desk, phone) = two_browsers(&world).await;
    let list = desk.list("Mine").await.id;
    let eve = Browser(world.person("eve@example.org").await.unwrap());
    let path = format!("/api/v1/playlists/{list}");
    let unknown = format!("/api/v1/playlists/{}", id());
    for path in [&path, &unknown] {
        for (method, rest) in [
            (Method::GET, ""),
            (Method::GET, "?since=1"),
            (Method::GET, "/m3u8"),
            (Method::PATCH, ""),
            (Method::DELETE, ""),
            (Method::POST, "/operations"),
            (Method::POST, "/duplicate"),
            (Method::POST, "/restore"),
        ] {
            let body = json!({ "op": id(), "id": id(), "name": "x", "operations": [{ "op": id(), "kind": "remove", "item": id() }] });
            let response = eve.0.request(method.clone(), &format!("{path}{rest}")).json(&body).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{method} {rest}");
            let problem: Value = response.json().await.unwrap();
            assert_eq!(problem["type"], "urn:iroam:problem:not-found", "{method} {rest}");
        }
    }
    let seen: Playlists = eve.0.get("/api/v1/playlists").await.unwrap();
    assert_eq!(seen.playlists, []);
    let known: Playlists = phone.0.get("/api/v1/playlists").await.unwrap();
    assert_eq!(known.playlists.len(), 1);
    let too_old = phone.0.get::<Contents>(&format!("{path}?since=0")).await;
    assert_eq!(refusal(too_old), "urn:iroam:problem:changes-gone");
    let crowd: Vec<Value> = (0..501).map(|_| json!({ "op": id(), "kind": "remove", "item": id() })).collect();
    let refused = desk.0.post::<Value>(&format!("{path}/operations"), &json!({ "operations": crowd })).await;
    assert_eq!(refusal(refused), "urn:iroam:problem:invalid");
}

/// What the portal's database says, past the portal.
fn asked(world: &World, sql: &str) -> String {
    let rows = rusqlite::Connection::open(world.portal.database()).unwrap();
    rows.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The address counts as confirmed.
fn confirm(world: &World, email: &str) {
    let rows = rusqlite::Connection::open(world.portal.database()).unwrap();
    let done = rows.execute("UPDATE accounts SET email_confirmed_ms = 1 WHERE email_key = ?1", [email]).unwrap();
    assert_eq!(done, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_shared_by_an_invitation_and_both_edit_it() {
    let world = World::plain().unwrap();
    let (ada, _) = two_browsers(&world).await;
    let bert = Browser(world.person("bert@example.org").await.unwrap());
    let list = ada.list("Ours & \"theirs\"\u{202e}").await.id;
    let invite = async |email: &str| {
        let path = format!("/api/v1/playlists/{list}/invitations");
        ada.0.request(Method::POST, &path).json(&json!({ "email": email })).send().await.unwrap().status()
    };
    assert_eq!(
        invite("bert@example.org").await,
        StatusCode::FORBIDDEN,
        "an address that is not confirmed invites nobody"
    );
    confirm(&world, "ada@example.org");
    assert_eq!(invite("bert@example.org\r\nBcc: all@example.org").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(invite("bert@example.org").await, StatusCode::ACCEPTED);
    assert_eq!(asked(&world, "SELECT CAST(COUNT(*) AS TEXT) FROM outbox"), "1");
    let mail = asked(&world, "SELECT text_body FROM outbox WHERE to_address = 'bert@example.org'");
    let link = mail.split_whitespace().find(|word| word.contains("/invite/")).unwrap();
    let path = link.strip_prefix(&world.portal.url).unwrap();

    let stranger = Person::stranger(&world.portal.url, None, "x@example.org").unwrap();
    let sent_away = stranger.request(Method::GET, path).send().await.unwrap();
    assert_eq!(sent_away.status(), StatusCode::SEE_OTHER, "sign in first");
    for _ in 0..2 {
        let page = bert.0.request(Method::GET, path).send().await.unwrap();
        assert_eq!(
            (page.status(), &page.headers()["referrer-policy"]),
            (StatusCode::OK, &"same-origin".parse().unwrap())
        );
        assert!(page.text().await.unwrap().contains("ada invites you"));
    }
    let none: Playlists = bert.0.get("/api/v1/playlists").await.unwrap();
    assert_eq!(none.playlists, [], "opening the page changes nothing");

    let mut heard = ada.events().await;
    heard.until("playlists", |_| true).await;
    let accepted = bert.0.request(Method::POST, path).send().await.unwrap();
    assert_eq!(accepted.status(), StatusCode::SEE_OTHER);
    heard.until("playlists", |data| names(data, list)).await;
    bert.insert(list, "Tone opus", None).await;
    heard.until("playlists", |data| names(data, list)).await;
    assert_eq!(ada.titles(list).await, ["Tone opus"]);
    let eve = world.person("eve@example.org").await.unwrap();
    let gone = eve.request(Method::GET, path).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::GONE, "an invitation works for one person");

    let me: Value = bert.0.get("/api/v1/me").await.unwrap();
    let member = format!("/api/v1/playlists/{list}/members/{}", me["account"]["id"].as_str().unwrap());
    let left = bert.0.request(Method::DELETE, &member).send().await.unwrap();
    assert_eq!(left.status(), StatusCode::NO_CONTENT);
    heard.until("playlists", |data| names(data, list)).await;
    assert_eq!(
        refusal(bert.0.get::<Contents>(&format!("/api/v1/playlists/{list}")).await),
        "urn:iroam:problem:not-found"
    );
    assert_eq!(ada.titles(list).await, ["Tone opus"]);
}
