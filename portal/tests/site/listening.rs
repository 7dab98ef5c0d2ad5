use iroam_protocol::{
    assertion::PathReport,
    grant::{Grant, Scope},
    lease,
    path::Path,
    portal::{Entries, Lease, RunningListening, ServedAnswer, Wallet},
    problem::Kind,
};
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use crate::kit::{Events, Home, Person, World, now_s, player, problem};

async fn open(person: &Person<'_>, home: &Home<'_>, tab: u8, key: &str) -> Response {
    let body = json!({ "home": home.id(), "player_peer": player(tab), "idempotency_key": key });
    person.post("/api/v1/listenings", &body).await
}

async fn opened(person: &Person<'_>, home: &Home<'_>, tab: u8) -> Lease {
    let response = open(person, home, tab, &format!("the key of the tab {tab}")).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    response.json().await.unwrap()
}

async fn beat(person: &Person<'_>, lease: &Lease, seq: u64, played_ms: u64, path_report: Option<String>) -> Response {
    let body = json!({
        "seq": seq, "played_ms": played_ms, "buffered_ms": 0, "playing": true, "path_report": path_report,
    });
    person.post(&format!("/api/v1/listenings/{}/heartbeat", lease.id), &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_is_charged_once_and_shows_in_the_statement() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    let lease = opened(&ann, &home, 9).await;
    assert_eq!((lease.ceil_ms, lease.charged_minutes), (lease::ceil_ms(0).max(lease.ceil_ms), 0));
    let keys = serde_json::from_value(world.get("/.well-known/jwks.json").await.json().await.unwrap()).unwrap();
    let grant = Grant::verify(&lease.grant, &keys, &home.id(), &player(9), now_s()).unwrap();
    assert_eq!((grant.scope, grant.lst, grant.ceil_ms), (Scope::Listen, Some(lease.id), Some(lease.ceil_ms)));
    let again: Lease = open(&ann, &home, 9, "the key of the tab 9").await.json().await.unwrap();
    assert_eq!(again.id, lease.id, "the same key gives the same listening");

    let charged: Lease = beat(&ann, &lease, 1, 4_000, None).await.json().await.unwrap();
    assert_eq!((charged.played_ms, charged.charged_minutes), (4_000, 1));
    let repeated: Lease = beat(&ann, &lease, 1, 4_000, None).await.json().await.unwrap();
    assert_eq!(repeated.charged_minutes, 1);
    let entries: Entries = ann.get("/api/v1/wallet/entries").await.json().await.unwrap();
    let charges: Vec<_> = entries.items.iter().filter(|entry| entry.kind == "charge").collect();
    assert_eq!(charges.len(), 1);
    assert_eq!((charges[0].listening, charges[0].home.as_deref()), (Some(lease.id), Some("Attic")));
    assert!(charges[0].amount_micros < 0);
    let page = ann.get("/account/minutes").await.text().await.unwrap();
    assert!(page.contains("Minute 1 of a listening") && page.contains("−0.01 EUR"), "{page}");

    let served =
        json!({ "rows": [{ "listening": lease.id, "minute": 0, "served_ms": 4000, "bytes": 64000, "path": "relay" }] });
    let answer: ServedAnswer =
        home.request(Method::POST, "/served").json(&served).send().await.unwrap().json().await.unwrap();
    assert_eq!((answer.accepted, answer.unknown.len()), (1, 0));

    let close = ann.post(&format!("/api/v1/listenings/{}/close", lease.id), &json!({ "played_ms": 5_000 })).await;
    assert_eq!(close.status(), StatusCode::NO_CONTENT);
    problem(beat(&ann, &lease, 2, 6_000, None).await, Kind::ListeningClosed).await;
    let audit = world.admin(&["audit-ledger"]);
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_home_s_signed_word_on_the_path_sets_the_price_and_nobody_else_s() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    let lease = opened(&ann, &home, 9).await;
    let report = |key: &iroam_protocol::token::SigningKey| {
        PathReport { iss: key.peer_id(), player: player(9), lst: lease.id, path: Path::Lan, iat: now_s() }
            .sign(key)
            .unwrap()
    };
    let forged = report(&iroam_protocol::token::SigningKey::from_seed([2; 32]));
    let dear: Lease = beat(&ann, &lease, 1, 100, Some(forged)).await.json().await.unwrap();
    assert!(dear.price_micros > 0);
    let free: Lease = beat(&ann, &lease, 2, 200, Some(report(&home.key))).await.json().await.unwrap();
    assert_eq!(free.price_micros, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fourth_listening_waits_until_another_was_stopped() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    for tab in 10..13 {
        opened(&ann, &home, tab).await;
    }
    problem(open(&ann, &home, 13, "the key of the fourth tab").await, Kind::TooManyListenings).await;
    let mut events = Events::of(ann.get("/api/v1/events").await);
    let running: Vec<RunningListening> = ann.get("/api/v1/listenings").await.json().await.unwrap();
    assert_eq!(running.len(), 3);
    let stop = ann.request(Method::DELETE, &format!("/api/v1/listenings/{}", running[0].id)).send().await.unwrap();
    assert_eq!(stop.status(), StatusCode::NO_CONTENT);
    let told = loop {
        let (_, name, data) = events.next().await.unwrap();
        if name == "listening" {
            break data;
        }
    };
    assert_eq!(told, json!({ "id": running[0].id, "state": "closed" }));
    assert_eq!(open(&ann, &home, 13, "the key of the fourth tab").await.status(), StatusCode::CREATED);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_s_listening_answers_as_if_there_were_none() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann@example.org").await, world.person("bob@example.org").await);
    let home = ann.home(1).await;
    let lease = opened(&ann, &home, 9).await;
    problem(beat(&bob, &lease, 1, 1_000, None).await, Kind::NotFound).await;
    let stop = bob.request(Method::DELETE, &format!("/api/v1/listenings/{}", lease.id)).send().await.unwrap();
    problem(stop, Kind::NotFound).await;
    problem(open(&bob, &home, 8, "a key of sixteen chars").await, Kind::NotFound).await;
    let short = open(&ann, &home, 8, "short").await;
    assert_eq!(problem(short, Kind::Invalid).await.field.as_deref(), Some("idempotency_key"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_by_the_operator_shows_while_the_portal_serves() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let mut events = Events::of(ann.get("/api/v1/events").await);
    let credit = world.admin(&["credit", "--email", "ann@example.org", "--minutes", "5", "--key", "gift 1"]);
    assert!(credit.status.success(), "{}", String::from_utf8_lossy(&credit.stderr));
    let repeat = world.admin(&["credit", "--email", "ann@example.org", "--minutes", "5", "--key", "gift 1"]);
    assert!(repeat.status.success());
    let wallet = loop {
        let (_, name, data) = events.next().await.unwrap();
        let wallet: Option<Wallet> = (name == "wallet").then(|| serde_json::from_value(data).unwrap());
        if let Some(wallet) = wallet.filter(|wallet| wallet.balance_ms != 600_000) {
            break wallet;
        }
    };
    assert_eq!(wallet.balance_ms, 900_000, "the same key is booked once");
    world.end().await;
}
