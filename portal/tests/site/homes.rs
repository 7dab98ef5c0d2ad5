use iroam_protocol::{
    events::{AgentEvent, Revoked},
    grant::{Grant, RelayAdmission, Scope},
    portal::Home as WireHome,
    problem::Kind,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::kit::{Events, Home, World, now_s, player, problem};

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_gets_a_grant_that_its_home_accepts() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    let tab = player(9);
    let access = ann.granted(&home.id(), &tab).await;
    let keys = serde_json::from_value(world.get("/.well-known/jwks.json").await.json().await.unwrap()).unwrap();
    let grant = Grant::verify(&access.grant, &keys, &home.id(), &tab, now_s()).unwrap();
    assert_eq!((grant.scope, grant.lst, grant.iss.as_str()), (Scope::Browse, None, world.url.as_str()));
    assert_ne!(grant.sub, ann.me.account.id.to_string(), "a home learns a pseudonym only");
    let admission = RelayAdmission::verify(&access.relay.token, &keys, &tab, now_s()).unwrap();
    assert_eq!((admission.homes, admission.reserve), (vec![home.id()], false));
    let port = world.url.rsplit(':').next().unwrap();
    assert!(access.relay.addrs[0].starts_with(&format!("/dns4/localhost/tcp/{port}/ws/p2p/12D3")));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_home_or_a_tab_of_another_session_gets_nothing() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann@example.org").await, world.person("bob@example.org").await);
    let (attic, cellar) = (ann.home(1).await, bob.home(2).await);
    problem(bob.grant(&attic.id(), &player(9)).await, Kind::NotFound).await;
    problem(bob.grant(&player(77), &player(9)).await, Kind::NotFound).await;
    ann.granted(&attic.id(), &player(9)).await;
    problem(bob.grant(&cellar.id(), &player(9)).await, Kind::Conflict).await;
    let rename = bob.request(Method::PATCH, &format!("/api/v1/homes/{}", attic.id())).json(&json!({ "name": "Mine" }));
    problem(rename.send().await.unwrap(), Kind::NotFound).await;
    let remove = bob.request(Method::DELETE, &format!("/api/v1/homes/{}", attic.id()));
    problem(remove.send().await.unwrap(), Kind::NotFound).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_hears_of_its_name_of_sign_out_and_of_its_end() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    let mut events = home.events(None).await;
    let (_, hello) = events.until(|event| matches!(event, AgentEvent::Hello { .. })).await;
    let AgentEvent::Hello { keys, relay, name, .. } = hello else { unreachable!("asked for") };
    assert_eq!(name, "Attic");
    let admission = RelayAdmission::verify(&relay.token, &keys, &home.id(), now_s()).unwrap();
    assert_eq!((admission.reserve, admission.homes.len()), (true, 0));
    let homes: Vec<WireHome> = ann.get("/api/v1/homes").await.json().await.unwrap();
    assert!(homes[0].online);

    let path = format!("/api/v1/homes/{}", home.id());
    ann.request(Method::PATCH, &path).json(&json!({ "name": "Cellar" })).send().await.unwrap();
    let (cursor, renamed) = events.until(|event| matches!(event, AgentEvent::Renamed { .. })).await;
    assert_eq!(renamed, AgentEvent::Renamed { name: "Cellar".into() });

    let tab = player(9);
    ann.granted(&home.id(), &tab).await;
    ann.request(Method::DELETE, "/api/v1/sessions/current").send().await.unwrap();
    let (_, revoke) = events.until(|event| matches!(event, AgentEvent::Revoke { .. })).await;
    let AgentEvent::Revoke { what, until_s } = revoke else { unreachable!("asked for") };
    assert_eq!(what, Revoked::Player(tab));
    assert!(until_s >= now_s());

    drop(events);
    let mut resumed = home.events(cursor).await;
    let is_that =
        |event: &AgentEvent| matches!(event, AgentEvent::Revoke { what: Revoked::Player(peer), .. } if *peer == tab);
    resumed.until(is_that).await;
    let mut anew = home.events(None).await;
    anew.until(is_that).await;

    let bye = home.request(Method::DELETE, "").send().await.unwrap();
    assert_eq!(bye.status(), StatusCode::NO_CONTENT, "a home may leave by itself");
    resumed.until(|event| *event == AgentEvent::Deactivated).await;
    assert!(resumed.next().await.is_none(), "nothing follows the end");
    problem(home.request(Method::GET, "/events").send().await.unwrap(), Kind::NotActivated).await;
    let report = home.request(Method::POST, "/served").json(&json!({ "rows": [] }));
    problem(report.send().await.unwrap(), Kind::NotActivated).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_of_a_home_is_its_own() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    let path = format!("/api/v1/homes/{}/events", home.id());
    problem(world.get(&path).await, Kind::Unauthorized).await;
    problem(ann.get(&path).await, Kind::Unauthorized).await;
    let stranger = Home::new(&world, 2);
    let stolen = world.request(Method::GET, &path).bearer_auth(stranger.assertion()).send().await.unwrap();
    problem(stolen, Kind::Unauthorized).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_sees_its_homes_come_and_go() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    let mut events = Events::of(ann.get("/api/v1/events").await);
    let mut online = async |wanted: bool| loop {
        let (_, name, data) = events.next().await.unwrap();
        if name == "homes" && data[0]["online"] == Value::Bool(wanted) {
            break;
        }
    };
    online(false).await;
    let channel = home.events(None).await;
    online(true).await;
    drop(channel);
    online(false).await;
    world.end().await;
}
