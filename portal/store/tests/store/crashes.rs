//! `kill -9` at each named step of a charge. A child process opens the same database, sends a heartbeat that charges a
//! minute, stops at the named point and says so; it is killed there. Afterwards the books are exact, and the repeated
//! heartbeat leaves exactly one charge.

use iroam_protocol::id::RowId;
use iroam_store::Beaten;

use crate::{
    kit::{self, Kind, World, relayed},
    victim::{self, killed_at},
};

killed_at! {
    before_the_charge_begins: "heartbeat" "begin", durable: false;
    before_the_listening_moves: "heartbeat" "listening", durable: false;
    before_the_charge_is_posted: "heartbeat" "charge.transfer", durable: false;
    before_the_charges_entries: "heartbeat" "charge.posting", durable: false;
    before_the_next_hold_is_posted: "heartbeat" "hold.transfer", durable: false;
    before_the_holds_entries: "heartbeat" "hold.posting", durable: false;
    before_the_wallets_change: "heartbeat" "wallet", durable: false;
    before_the_commit: "heartbeat" "commit", durable: false;
    after_the_commit_before_the_answer: "heartbeat" "committed", durable: true;
    before_a_close_charges: "close" "charge.transfer", durable: false;
    before_a_close_is_counted: "close" "running", durable: false;
    before_a_close_tells_the_home: "close" "event", durable: false;
    after_a_close: "close" "committed", durable: true;
}

fn killed(kind: Kind, unit: &'static str, point: &'static str, durable: bool) {
    kit::run(kind, async |world: &World| {
        let anna = world.listener("a@example.org").await;
        let listening = anna.open("0123456789abcdef").await;
        world.after(20_000);
        let needs = format!("{} {} {}", listening.id, anna.account, world.now());
        victim::kill_at("crashes::the_child_that_is_killed", &world.target, [unit, point], needs).await;
        world.audit().await;

        let now = world.store.listening(listening.id).await.unwrap().unwrap();
        let charged = u64::from(durable);
        assert_eq!(now.charged_minutes, charged, "a charge is done wholly or not at all");
        match unit {
            "heartbeat" => {
                let Beaten::Ok(again) = anna.beat(listening.id, relayed(1, 20_000)).await else { panic!("closed") };
                assert_eq!((again.played_ms, again.charged_minutes), (20_000, 1));
                let wallet = anna.wallet().await;
                assert_eq!((wallet.available_micros, wallet.held_micros), (80_000, 10_000));
            }
            _ => {
                assert_eq!(now.closed.is_some(), durable);
                let closed = world.store.close_listening(listening.id, anna.account, Some(20_000), world.now()).await;
                assert_eq!(closed.unwrap().unwrap().charged_minutes, 1);
                let wallet = anna.wallet().await;
                assert_eq!((wallet.available_micros, wallet.held_micros), (90_000, 0));
                let events = world.store.agent_events(anna.home, 0, 10).await.unwrap();
                assert_eq!(events.len(), 1, "the home is told once: {events:?}");
            }
        }
    });
}

/// Does nothing unless it has orders: a listening, an account and the time.
#[test]
fn the_child_that_is_killed() {
    victim::obey(async |store, unit, needs| {
        let [listening, account, now_ms] = needs else { panic!("{needs:?}") };
        let (listening, account): (RowId, RowId) = (listening.parse().unwrap(), account.parse().unwrap());
        let now_ms = now_ms.parse().unwrap();
        match unit {
            "heartbeat" => drop(store.heartbeat(listening, account, relayed(1, 20_000), now_ms).await.unwrap()),
            _ => drop(store.close_listening(listening, account, Some(20_000), now_ms).await.unwrap()),
        }
    });
}
