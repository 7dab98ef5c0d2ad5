//! `kill -9` at each named step of a visitor's open, first minute and close, and of making and taking back links. A child
//! process opens the same database, does one of these, stops at the named point and says so; it is killed there.
//! Afterwards the books are exact, and the repeated request finishes what was begun, once.

use iroam_protocol::id::{PeerId, RowId};
use iroam_store::{Beaten, OpenShared, OpenedShared, SecretHash, Store};

use crate::{
    kit::{self, Kind, World, relayed},
    shares::{self, PUBLIC_ID, SECRET},
    victim::{self, killed_at},
};

const KEY: &str = "0123456789abcdef";

killed_at! {
    before_a_visit_begins: "open-shared" "begin", durable: false;
    before_a_visit_is_counted: "open-shared" "share", durable: false;
    before_a_visit_is_written: "open-shared" "listening", durable: false;
    before_a_visit_is_held: "open-shared" "hold.transfer", durable: false;
    before_a_visit_s_wallets_change: "open-shared" "wallet", durable: false;
    before_a_visit_is_durable: "open-shared" "commit", durable: false;
    after_a_visit_began: "open-shared" "committed", durable: true;
    before_the_first_minute_moves: "heartbeat" "listening", durable: false;
    before_the_first_minute_is_counted: "heartbeat" "share", durable: false;
    before_the_play_is_counted: "heartbeat" "share.play", durable: false;
    before_the_first_minute_is_charged: "heartbeat" "charge.transfer", durable: false;
    before_the_wallets_of_the_first_minute: "heartbeat" "wallet", durable: false;
    before_the_first_minute_is_durable: "heartbeat" "commit", durable: false;
    after_the_first_minute: "heartbeat" "committed", durable: true;
    before_a_visit_s_end_is_counted: "close" "share", durable: false;
    before_a_visit_s_end_is_told: "close" "event", durable: false;
    after_a_visit_s_end: "close" "committed", durable: true;
    before_a_share_is_taken_back: "revoke-share" "share", durable: false;
    before_the_home_hears_of_it: "revoke-share" "event", durable: false;
    after_a_share_was_taken_back: "revoke-share" "committed", durable: true;
}

fn killed(kind: Kind, unit: &'static str, point: &'static str, durable: bool) {
    kit::run(kind, async |world: &World| {
        let anna = shares::confirmed(world, "a@example.org").await;
        let share = shares::shared(&anna, |_| ()).await;
        let player = world.peer();
        let listening = if unit == "open-shared" { world.id() } else { shares::opened(world, player, KEY).await.id };
        world.after(20_000);
        let needs = format!("{share} {listening} {} {player} {}", anna.account, world.now());
        victim::kill_at("share_crashes::the_child_that_is_killed", &world.target, [unit, point], needs).await;
        world.audit().await;

        let done = world.store.listening(listening).await.unwrap();
        let listed = async || world.store.shares(anna.account, None, 1, world.now()).await.unwrap().items.remove(0);
        match unit {
            "open-shared" => {
                assert_eq!(done.is_some(), durable);
                let again = act(&world.store, unit, share, listening, anna.account, player, world.now()).await;
                assert_eq!((again, listed().await.listening), (Some(listening), 1));
                assert_eq!(anna.wallet().await.held_micros, 10_000);
            }
            "heartbeat" => {
                assert_eq!(
                    (done.unwrap().charged_minutes, listed().await.plays),
                    (u64::from(durable), u32::from(durable))
                );
                act(&world.store, unit, share, listening, anna.account, player, world.now()).await;
                assert_eq!((listed().await.plays, listed().await.spent_minutes), (1, 1));
                let wallet = anna.wallet().await;
                assert_eq!((wallet.available_micros, wallet.held_micros), (80_000, 10_000));
            }
            _ => {
                let closed = done.unwrap().closed.is_some();
                assert!(
                    closed == durable || unit == "revoke-share" && !closed,
                    "taking back closes in units of its own"
                );
                act(&world.store, unit, share, listening, anna.account, player, world.now()).await;
                assert!(world.store.listening(listening).await.unwrap().unwrap().closed.is_some());
                assert_eq!((listed().await.listening, anna.wallet().await.held_micros), (0, 0));
                let events = world.store.agent_events(anna.home, 0, 10).await.unwrap();
                assert_eq!(events.len(), if unit == "close" { 1 } else { 2 }, "each is told once: {events:?}");
            }
        }
    });
}

/// Does what the unit is about; the listening that was opened, if one was.
async fn act(
    store: &Store,
    unit: &str,
    share: RowId,
    listening: RowId,
    account: RowId,
    player: PeerId,
    now_ms: i64,
) -> Option<RowId> {
    match unit {
        "open-shared" => {
            let open = OpenShared {
                id: listening,
                public_id: PUBLIC_ID.into(),
                secret: SecretHash::of(SECRET),
                player,
                idempotency_key: KEY.into(),
                device: "Safari on iPhone".into(),
                now_ms,
            };
            match store.open_shared_listening(open).await.unwrap() {
                OpenedShared::Ok(listening) => return Some(listening.id),
                other => panic!("{other:?}"),
            }
        }
        "heartbeat" => {
            let beaten = store.heartbeat(listening, account, relayed(1, 20_000), now_ms).await.unwrap();
            assert!(matches!(beaten, Beaten::Ok(_)), "{beaten:?}");
        }
        "close" => drop(store.close_listening(listening, account, None, now_ms).await.unwrap()),
        _ => drop(store.revoke_share(Some(account), share, now_ms).await.unwrap()),
    }
    None
}

/// Does nothing unless it has orders: a share, a listening, an account, a player and the time.
#[test]
fn the_child_that_is_killed() {
    victim::obey(async |store, unit, needs| {
        let [share, listening, account, player, now_ms] = needs else { panic!("{needs:?}") };
        let [share, listening, account] = [share, listening, account].map(|text| text.parse::<RowId>().unwrap());
        let (player, now_ms) = (player.parse().unwrap(), now_ms.parse().unwrap());
        act(&store, unit, share, listening, account, player, now_ms).await;
    });
}
