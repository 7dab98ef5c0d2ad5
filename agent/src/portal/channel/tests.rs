//! The channel against a server that tells a script of events, one connection after the other.

use std::{convert::Infallible, sync::Mutex, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use futures::{StreamExt as _, stream};
use iroam_protocol::{id::RowId, token::SigningKey};
use tokio::net::TcpListener;

use super::*;
use crate::{room::Room, spool::Spool};

/// What one connection gets: events and then the end, or a refusal.
#[derive(Clone)]
enum Act {
    Events { events: Vec<AgentEvent>, stays_open: bool },
    Refusal(Kind),
}

#[derive(Clone, Default)]
struct Script {
    acts: Arc<Mutex<Vec<Act>>>,
    cursors: Arc<Mutex<Vec<Option<String>>>>,
}

async fn play(State(script): State<Script>, headers: HeaderMap) -> Response {
    let cursor = headers.get("last-event-id").map(|value| value.to_str().unwrap().to_owned());
    script.cursors.lock().unwrap().push(cursor);
    let act = {
        let mut acts = script.acts.lock().unwrap();
        if acts.is_empty() { Act::Refusal(Kind::Unavailable) } else { acts.remove(0) }
    };
    match act {
        Act::Refusal(kind) => {
            let status = StatusCode::from_u16(kind.status()).unwrap();
            (status, axum::Json(kind.problem("words"))).into_response()
        }
        Act::Events { events, stays_open } => {
            let lines = events.into_iter().enumerate().map(|(n, event)| {
                Ok::<_, Infallible>(format!("id: {}\ndata: {}\n\n", n + 1, serde_json::to_string(&event).unwrap()))
            });
            let told = stream::iter(lines.collect::<Vec<_>>());
            let body = match stays_open {
                true => Body::from_stream(told.chain(stream::pending())),
                false => Body::from_stream(told),
            };
            ([("content-type", "text/event-stream")], body).into_response()
        }
    }
}

struct World {
    _dir: tempfile::TempDir,
    portal_key: SigningKey,
    reach: Reach,
    script: Script,
    cancel: CancellationToken,
    running: tokio::task::JoinHandle<Ended>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

fn relay(token: &str) -> RelayAccess {
    RelayAccess { token: token.into(), addrs: vec![], stun: vec![], expires_ms: 0 }
}

fn hello(portal_key: &SigningKey) -> AgentEvent {
    AgentEvent::Hello {
        time_ms: 4_000_000_000_000,
        keys: KeySet { keys: vec![portal_key.jwk().clone()] },
        relay: relay("first"),
        name: "Attic".into(),
    }
}

impl World {
    async fn new(acts: impl FnOnce(&SigningKey) -> Vec<Act>) -> Self {
        crate::install_crypto();
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        let portal_key = SigningKey::from_seed([1; 32]);
        let script = Script { acts: Arc::new(Mutex::new(acts(&portal_key))), ..Script::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let portal = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/api/v1/homes/{id}/events", get(play)).with_state(script.clone());
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await });

        let activation = Activation {
            portal: portal.clone(),
            account_email: "owner@example.com".into(),
            name: "before".into(),
            keys: KeySet { keys: vec![portal_key.jwk().clone()] },
        };
        let clock = Clock::system();
        let reach = Reach {
            clock: clock.clone(),
            deny: DenyList::default(),
            meters: Meters::new(Spool::open(&data.spool()).unwrap(), clock.clone(), Room::default()),
            data,
            activation: watch::Sender::new(Some(Arc::new(activation))),
            relay: watch::Sender::new(None),
            state: watch::Sender::new(Channel::Connecting),
        };
        let client = Client::new(&portal, &[], SigningKey::from_seed([2; 32]), clock).unwrap();
        let running = tokio::spawn(run(client, reach.clone(), cancel.clone()));
        Self { _dir: dir, portal_key, reach, script, cancel, running }
    }

    async fn until(&self, condition: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !condition(self) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap();
    }

    fn activation(&self) -> Activation {
        self.reach.activation.borrow().as_deref().cloned().unwrap()
    }
}

#[tokio::test]
async fn clock_relays_name_and_revocations_are_followed() {
    let listening = Revoked::Listening(RowId::from_bytes([7; 16]));
    let revoked = listening.clone();
    let world = World::new(|key| {
        let revoke = AgentEvent::Revoke { what: revoked, until_s: 4_000_000_500 };
        let events = vec![hello(key), revoke, AgentEvent::Relays { relay: relay("second") }, AgentEvent::Unknown];
        vec![Act::Events { events, stays_open: true }]
    })
    .await;
    world.until(|world| world.reach.relay.borrow().as_ref() == Some(&relay("second"))).await;
    assert!(world.reach.clock.now_s() >= 4_000_000_000);
    assert_eq!(world.activation().name, "Attic");
    assert_eq!(Activation::load(&world.reach.data).unwrap(), Some(world.activation()));
    assert_eq!(world.reach.meters.spool().denied().unwrap(), [(listening, 4_000_000_500)]);
    assert!(matches!(*world.reach.state.borrow(), Channel::Online { .. }));
    world.until(|world| world.reach.meters.spool().cursor().unwrap().as_deref() == Some("4")).await;
}

#[tokio::test]
async fn a_lost_channel_is_opened_again_behind_the_last_event() {
    let world = World::new(|key| {
        vec![
            Act::Events { events: vec![hello(key), AgentEvent::Time { time_ms: 1 }], stays_open: false },
            Act::Refusal(Kind::Unavailable),
            Act::Events { events: vec![hello(key)], stays_open: true },
        ]
    })
    .await;
    world.until(|world| world.script.cursors.lock().unwrap().len() == 3).await;
    let cursors = world.script.cursors.lock().unwrap().clone();
    assert_eq!(cursors, [None, Some("2".to_owned()), Some("2".to_owned())]);
    world.until(|world| matches!(*world.reach.state.borrow(), Channel::Online { .. })).await;
}

#[tokio::test]
async fn successor_keys_count_only_when_a_known_key_signed_them() {
    let successor = SigningKey::from_seed([11; 32]);
    let stranger = SigningKey::from_seed([12; 32]);
    let keys = |key: &SigningKey| KeySet { keys: vec![key.jwk().clone()] };
    let world = World::new(|portal_key| {
        let by = |key: &SigningKey, set| AgentEvent::Keys { signed: key.sign(KEYS_TYP, &set).unwrap() };
        let events = vec![hello(portal_key), by(&stranger, keys(&stranger)), by(portal_key, keys(&successor))];
        let events =
            events.into_iter().chain([by(&stranger, keys(&stranger)), AgentEvent::Relays { relay: relay("end") }]);
        vec![Act::Events { events: events.collect(), stays_open: true }]
    })
    .await;
    world.until(|world| world.reach.relay.borrow().as_ref() == Some(&relay("end"))).await;
    assert_eq!(world.activation().keys, keys(&successor));
    assert_ne!(world.portal_key.jwk(), successor.jwk());
}

#[tokio::test]
async fn only_the_portals_word_ends_the_activation() {
    for (act, ends) in [
        (Act::Events { events: vec![AgentEvent::Deactivated], stays_open: true }, true),
        (Act::Refusal(Kind::NotActivated), true),
        (Act::Refusal(Kind::Unauthorized), false),
        (Act::Refusal(Kind::NotFound), false),
    ] {
        let mut world = World::new(|_| vec![act]).await;
        if ends {
            let ended = tokio::time::timeout(Duration::from_secs(20), &mut world.running).await.unwrap().unwrap();
            assert_eq!(ended, Ended::Deactivated);
        } else {
            world.until(|world| world.script.cursors.lock().unwrap().len() >= 2).await;
            assert!(!world.running.is_finished());
        }
    }
}

#[tokio::test]
async fn an_endless_event_drops_the_connection_and_nothing_else() {
    let world = World::new(|key| {
        let endless = AgentEvent::Renamed { name: "x".repeat(sse::EVENT_BYTES_MAX) };
        vec![
            Act::Events { events: vec![endless], stays_open: true },
            Act::Events { events: vec![hello(key)], stays_open: true },
        ]
    })
    .await;
    world.until(|world| matches!(*world.reach.state.borrow(), Channel::Online { .. })).await;
    assert_eq!(world.activation().name, "Attic");
}
