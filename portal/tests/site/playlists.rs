use iroam_protocol::{id::RowId, problem::Kind};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::kit::{Events, Person, World, player, problem};

const TRACK: &str = "BQUFBQUFBQUFBQUFBQUFBQ";

fn id(n: u16) -> RowId {
    format!("01a1fddf-4862-7000-8000-{n:012x}").parse().unwrap()
}

async fn send(person: &Person<'_>, method: Method, path: &str, body: &Value) -> Response {
    person.request(method, path).json(body).send().await.unwrap()
}

async fn list(person: &Person<'_>, n: u16, name: &str) -> String {
    let made = person.post("/api/v1/playlists", &json!({ "id": id(n), "name": name, "kind": "list" })).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    format!("/api/v1/playlists/{}", id(n))
}

fn insert(n: u16, title: &str) -> Value {
    let item = json!({ "id": id(n), "home": player(1), "track": TRACK, "title": title, "duration_ms": 1_000, "kind": "audio" });
    json!({ "op": id(n + 10_000), "kind": "insert", "item": item, "after": null })
}

async fn field(response: Response) -> String {
    problem(response, Kind::Invalid).await.field.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_made_filled_renamed_copied_removed_and_brought_back() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let one = list(&ann, 1, "  One ").await;
    let again = ann.post("/api/v1/playlists", &json!({ "id": id(1), "name": "x", "kind": "list" })).await;
    let again: Value = again.json().await.unwrap();
    assert_eq!(again["name"], "One", "the same id gives the same list");
    let operations = json!({ "operations": [insert(20, "a"), insert(21, "b"), insert(20, "again")] });
    let applied: Value = ann.post(&format!("{one}/operations"), &operations).await.json().await.unwrap();
    assert_eq!((&applied["seq"], applied["applied"].as_array().unwrap().len()), (&json!(3), 3));

    let rename = json!({ "op": id(30), "name": "Two" });
    let renamed: Value = send(&ann, Method::PATCH, &one, &rename).await.json().await.unwrap();
    assert_eq!((&renamed["name"], &renamed["count"], &renamed["seq"]), (&json!("Two"), &json!(2), &json!(3)));
    let copy = ann.post(&format!("{one}/duplicate"), &json!({ "id": id(2), "name": "Copy" })).await;
    assert_eq!(copy.status(), StatusCode::CREATED);
    let whole: Value = ann.get(&format!("/api/v1/playlists/{}", id(2))).await.json().await.unwrap();
    let titles: Vec<&Value> = whole["items"].as_array().unwrap().iter().map(|item| &item["title"]).collect();
    assert_eq!(titles, ["b", "a"]);
    let changes: Value = ann.get(&format!("{one}?since=2")).await.json().await.unwrap();
    assert_eq!((&changes["items"], &changes["changes"][0]["change"]), (&Value::Null, &json!("put")));

    assert_eq!(send(&ann, Method::DELETE, &one, &Value::Null).await.status(), StatusCode::NO_CONTENT);
    problem(ann.get(&one).await, Kind::NotFound).await;
    let back = ann.post(&format!("{one}/restore"), &Value::Null).await;
    assert_eq!(back.status(), StatusCode::OK);
    let shelf: Value = ann.get("/api/v1/playlists").await.json().await.unwrap();
    assert_eq!(shelf["playlists"].as_array().unwrap().len(), 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_its_field() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let one = list(&ann, 1, "One").await;
    for name in ["", "a\nb", &"x".repeat(121)] {
        let new = json!({ "id": id(2), "name": name, "kind": "list" });
        assert_eq!(field(ann.post("/api/v1/playlists", &new).await).await, "name");
        assert_eq!(field(send(&ann, Method::PATCH, &one, &json!({ "op": id(3), "name": name })).await).await, "name");
    }
    let nowhere = json!({ "op": id(3), "place": { "parent": id(99), "after": null } });
    assert_eq!(field(send(&ann, Method::PATCH, &one, &nowhere).await).await, "place");
    assert_eq!(field(ann.post(&format!("{one}/operations"), &json!({ "operations": [] })).await).await, "operations");
    let foreign = world.person("bob@example.org").await;
    let taken = foreign.post("/api/v1/playlists", &json!({ "id": id(1), "name": "x", "kind": "list" })).await;
    problem(taken, Kind::Conflict).await;
    let folder = ann.post("/api/v1/playlists", &json!({ "id": id(5), "name": "f", "kind": "folder" })).await;
    assert_eq!(folder.status(), StatusCode::CREATED);
    let into_folder = json!({ "operations": [insert(20, "a")] });
    problem(ann.post(&format!("/api/v1/playlists/{}/operations", id(5)), &into_folder).await, Kind::Conflict).await;
    problem(ann.post("/api/v1/playlists", &json!({ "id": "x", "name": "x", "kind": "list" })).await, Kind::BadRequest)
        .await;
    problem(world.get("/api/v1/playlists").await, Kind::Unauthorized).await;
    let huge = json!({ "operations": [insert(20, &"x".repeat(3_000_000))] });
    problem(ann.post(&format!("{one}/operations"), &huge).await, Kind::TooLarge).await;
    let odd = json!({ "operations": [insert(21, &format!("a\0b\r\n{}", "ü".repeat(5_000)))] });
    assert_eq!(ann.post(&format!("{one}/operations"), &odd).await.status(), StatusCode::OK);
    let whole: Value = ann.get(&one).await.json().await.unwrap();
    let title = whole["items"][0]["title"].as_str().unwrap();
    assert!(title.starts_with("a b  ü") && title.chars().count() == 300, "{title}");

    let mark = format!("/api/v1/marks/{}/{TRACK}", player(1));
    assert_eq!(field(send(&ann, Method::PUT, &mark, &json!({ "op": id(40), "stars": 6 })).await).await, "stars");
    assert_eq!(field(send(&ann, Method::PUT, &mark, &json!({ "op": id(41), "favourite": true })).await).await, "item");
    let queue = |count: usize, index: u32| {
        let items: Vec<Value> = (0..count).map(|_| json!({ "home": player(1), "track": TRACK })).collect();
        json!({ "player": player(2), "seq": 1, "items": items, "index": index, "position_ms": 0, "playing": true })
    };
    assert_eq!(field(send(&ann, Method::PUT, "/api/v1/queue", &queue(1_001, 0)).await).await, "items");
    assert_eq!(field(send(&ann, Method::PUT, "/api/v1/queue", &queue(3, 3)).await).await, "index");
    assert_eq!(send(&ann, Method::PUT, "/api/v1/queue", &queue(1_000, 999)).await.status(), StatusCode::OK);
    let without = json!({ "player": player(3), "seq": 1, "index": 0, "position_ms": 0, "playing": true });
    let conflict = problem(send(&ann, Method::PUT, "/api/v1/queue", &without).await, Kind::Conflict).await;
    assert_eq!(conflict.field.as_deref(), Some("items"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_lists_of_an_account_hold_a_hundred_thousand_songs_and_then_it_is_said_what_to_do() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let full = list(&ann, 1, "Full").await;
    for start in (0..10_000).step_by(500) {
        let operations: Vec<Value> = (start..start + 500).map(|n| insert(20_000 + n, "a")).collect();
        let put = ann.post(&format!("{full}/operations"), &json!({ "operations": operations })).await;
        assert_eq!(put.status(), StatusCode::OK);
    }
    let copy = async |n: u16| {
        ann.post(&format!("{full}/duplicate"), &json!({ "id": id(n), "name": format!("Copy {n}") })).await
    };
    for n in 2..=10 {
        assert_eq!(copy(n).await.status(), StatusCode::CREATED);
    }
    let more = list(&ann, 11, "More").await;
    let put = async || ann.post(&format!("{more}/operations"), &json!({ "operations": [insert(20, "a")] })).await;
    for refused in [copy(12).await, put().await] {
        let detail = problem(refused, Kind::TooMany).await.detail.unwrap();
        assert!(
            detail.contains("100000 songs together") && detail.contains("Remove songs, or delete a list"),
            "{detail}"
        );
    }
    let gone = send(&ann, Method::DELETE, &format!("/api/v1/playlists/{}", id(10)), &Value::Null).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(put().await.status(), StatusCode::OK);
    let back = ann.post(&format!("/api/v1/playlists/{}/restore", id(10)), &Value::Null).await;
    problem(back, Kind::TooMany).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_says_where_lists_marks_and_queue_stand_and_when_they_move() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann@example.org").await, world.person("bob@example.org").await);
    assert_eq!(ann.get("/api/v1/queue").await.status(), StatusCode::NO_CONTENT);
    let mut events = Events::of(ann.get("/api/v1/events").await);
    let mut next = async |wanted: &str| loop {
        let (_, name, data) = events.next().await.unwrap();
        if name == wanted {
            break data;
        }
    };
    assert_eq!(next("playlists").await, json!({ "cursor": 0, "changed": [] }));
    assert_eq!(next("marks").await, json!({ "cursor": 0 }));
    list(&bob, 1, "not Ann's").await;
    list(&ann, 2, "Ann's").await;
    assert_eq!(next("playlists").await, json!({ "cursor": 1, "changed": [id(2)] }));
    let mark = format!("/api/v1/marks/{}/{TRACK}", player(1));
    let marked: Value =
        send(&ann, Method::PUT, &mark, &json!({ "op": id(40), "stars": 3 })).await.json().await.unwrap();
    assert_eq!((&marked["stars"], &marked["item"]), (&json!(3), &Value::Null));
    assert_eq!(next("marks").await, json!({ "cursor": 1 }));
    let playing = json!({ "player": player(2), "seq": 7, "items": [{ "home": player(1), "track": TRACK }], "index": 0,
        "position_ms": 750_000, "playing": true, "repeat": "all" });
    let put = ann.request(Method::PUT, "/api/v1/queue").header(header::USER_AGENT, "Firefox/140 Windows NT");
    assert_eq!(put.json(&playing).send().await.unwrap().status(), StatusCode::OK);
    let changed = next("queue").await;
    assert_eq!((&changed["player"], &changed["seq"]), (&json!(player(2)), &json!(7)));
    let queue: Value = ann.get("/api/v1/queue").await.json().await.unwrap();
    assert_eq!((&queue["device"], &queue["repeat"]), (&json!("Firefox on Windows"), &json!("all")));
    assert_eq!(queue["updated_ms"], changed["updated_ms"]);
    assert_eq!(bob.get("/api/v1/queue").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(send(&ann, Method::DELETE, "/api/v1/queue", &Value::Null).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(ann.get("/api/v1/queue").await.status(), StatusCode::NO_CONTENT);
    world.end().await;
}
