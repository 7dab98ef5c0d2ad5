use iroam_protocol::problem::{Kind, PROBLEM_MEDIA_TYPE};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::kit::{World, problem};

/// Every operation of version 1.
const OPERATIONS: &[(&str, &str)] = &[
    ("post", "/api/v1/accounts"),
    ("get", "/api/v1/boot"),
    ("post", "/api/v1/device/authorize"),
    ("post", "/api/v1/device/token"),
    ("get", "/api/v1/events"),
    ("post", "/api/v1/grants"),
    ("get", "/api/v1/homes"),
    ("patch", "/api/v1/homes/{id}"),
    ("delete", "/api/v1/homes/{id}"),
    ("get", "/api/v1/homes/{id}/events"),
    ("post", "/api/v1/homes/{id}/served"),
    ("get", "/api/v1/listenings"),
    ("post", "/api/v1/listenings"),
    ("delete", "/api/v1/listenings/{id}"),
    ("post", "/api/v1/listenings/{id}/close"),
    ("post", "/api/v1/listenings/{id}/heartbeat"),
    ("get", "/api/v1/marks"),
    ("put", "/api/v1/marks/{home}/{track}"),
    ("get", "/api/v1/me"),
    ("patch", "/api/v1/me"),
    ("get", "/api/v1/playlists"),
    ("post", "/api/v1/playlists"),
    ("get", "/api/v1/playlists/{id}"),
    ("patch", "/api/v1/playlists/{id}"),
    ("delete", "/api/v1/playlists/{id}"),
    ("post", "/api/v1/playlists/{id}/duplicate"),
    ("get", "/api/v1/playlists/{id}/invitations"),
    ("post", "/api/v1/playlists/{id}/invitations"),
    ("delete", "/api/v1/playlists/{id}/invitations/{invitation}"),
    ("get", "/api/v1/playlists/{id}/m3u8"),
    ("delete", "/api/v1/playlists/{id}/members/{account}"),
    ("post", "/api/v1/playlists/{id}/operations"),
    ("post", "/api/v1/playlists/{id}/restore"),
    ("get", "/api/v1/queue"),
    ("put", "/api/v1/queue"),
    ("delete", "/api/v1/queue"),
    ("get", "/api/v1/sessions"),
    ("post", "/api/v1/sessions"),
    ("delete", "/api/v1/sessions/current"),
    ("delete", "/api/v1/sessions/{id}"),
    ("post", "/api/v1/shared/listenings"),
    ("post", "/api/v1/shared/listenings/{id}/close"),
    ("post", "/api/v1/shared/listenings/{id}/heartbeat"),
    ("post", "/api/v1/shared/open"),
    ("post", "/api/v1/shared/report"),
    ("post", "/api/v1/shared/tell-me"),
    ("get", "/api/v1/shares"),
    ("post", "/api/v1/shares"),
    ("delete", "/api/v1/shares/{id}"),
    ("get", "/api/v1/wallet"),
    ("get", "/api/v1/wallet/entries"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_description_lists_exactly_the_routes_that_exist() {
    let world = World::start().await;
    let openapi: Value = world.get("/api/openapi.json").await.json().await.unwrap();
    assert_eq!(openapi["openapi"], "3.1.0");
    let paths = openapi["paths"].as_object().unwrap();
    let mut listed: Vec<(String, String)> = paths
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())))
        .collect();
    let mut known: Vec<_> =
        OPERATIONS.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    listed.sort();
    known.sort();
    assert_eq!(listed, known);
    for (method, path) in OPERATIONS {
        let problem = &openapi["paths"][path][method]["responses"]["default"]["content"][PROBLEM_MEDIA_TYPE];
        assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{method} {path}");
        let real = path.replace("{id}", "01a1fddf-4862-779f-b14a-8f09ecb06c75");
        let response = world.request(method.to_uppercase().parse().unwrap(), &real).send().await.unwrap();
        assert_ne!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trouble_is_a_problem() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    problem(world.get("/api/v1/nothing").await, Kind::NotFound).await;
    problem(world.get("/api/nothing").await, Kind::NotFound).await;
    problem(world.request(Method::PUT, "/api/v1/me").send().await.unwrap(), Kind::MethodNotAllowed).await;
    problem(world.get("/api/v1/me").await, Kind::Unauthorized).await;
    problem(world.post("/api/v1/accounts", &json!({ "email": 1 })).await, Kind::BadRequest).await;
    let truncated = world.request(Method::POST, "/api/v1/sessions").header(header::CONTENT_TYPE, "application/json");
    problem(truncated.body("{\"email\":").send().await.unwrap(), Kind::BadRequest).await;
    let huge = json!({ "email": "x".repeat(100_000), "password": "" });
    problem(world.post("/api/v1/sessions", &huge).await, Kind::TooLarge).await;
    let id = "../../etc/passwd".replace('/', "%2f");
    problem(ann.request(Method::PATCH, &format!("/api/v1/homes/{id}")).send().await.unwrap(), Kind::NotFound).await;
    problem(ann.post("/api/v1/grants", &json!({ "home": "x", "player_peer": "y" })).await, Kind::BadRequest).await;
    problem(ann.get("/api/v1/wallet/entries?limit=many").await, Kind::BadRequest).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_says_which_type_is_wanted() {
    let world = World::start().await;
    let plain = world.request(Method::POST, "/api/v1/sessions").body("email=ann").send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(plain.headers()[header::CONTENT_TYPE], PROBLEM_MEDIA_TYPE);
    assert!(plain.text().await.unwrap().contains("application/json"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_a_home_that_missed_its_worker_is_never_answered_with_content() {
    let world = World::start().await;
    for path in ["/home", "/home/", "/home/12D3KooW/v1/status", "/home/x/v1/media/y"] {
        problem(world.get(path).await, Kind::NotFound).await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_player_learns_what_it_talks_to_and_the_probe_that_all_is_well() {
    let world = World::start().await;
    let boot: Value = world.get("/api/v1/boot").await.json().await.unwrap();
    assert_eq!(boot, json!({ "mode": "portal" }));
    let health = world.get("/healthz").await;
    assert_eq!((health.status(), health.text().await.unwrap().as_str()), (StatusCode::OK, "ok\n"));
    world.end().await;
}
