//! `kill -9` at each named step of a charge. A child process opens the same database, sends a heartbeat that charges a
//! minute, stops at the named point and says so; it is killed there. Afterwards the books are exact, and the repeated
//! heartbeat leaves exactly one charge.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
};

use iroam_protocol::id::RowId;
use iroam_store::{Beaten, Faults, Options, Store, Target};

use crate::kit::{self, Kind, World, relayed};

/// What the child does: database, URL or file, unit, point, listening, account, time.
const ORDERS: &str = "IROAM_CRASH_ORDERS";
const REACHED: &str = "the point is reached";

macro_rules! killed_at {
    ($($name:ident: $unit:literal $point:literal, durable: $durable:literal;)*) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                super::killed(super::Kind::Sqlite, $unit, $point, $durable);
            }

            #[test]
            fn on_postgres() {
                super::killed(super::Kind::Postgres, $unit, $point, $durable);
            }
        }
    )*};
}

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
        let orders = [
            match &world.target {
                Target::Sqlite(path) => format!("sqlite {}", path.display()),
                Target::Postgres(url) => format!("postgres {url}"),
            },
            format!("{unit} {point} {} {} {}", listening.id, anna.account, world.now()),
        ];
        let line = tokio::task::spawn_blocking(move || kill_at_the_point(&orders.join(" "))).await.unwrap();
        assert_eq!(line, REACHED, "the child never came to {unit} {point}");

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

/// Runs the child until it is at the point, kills it, and gives back its word.
fn kill_at_the_point(orders: &str) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::the_child_that_is_killed", "--nocapture"])
        .env(ORDERS, orders)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The test harness prints lines of its own; the output ends when the child does.
    let word = lines.map_while(Result::ok).find(|line| line.contains(REACHED));
    child.kill().unwrap();
    child.wait().unwrap();
    word.map(|_| REACHED.to_owned()).unwrap_or_default()
}

#[derive(Debug)]
struct StopAt {
    unit: String,
    point: String,
}

impl Faults for StopAt {
    fn reached(&self, unit: &'static str, point: &'static str) {
        if (unit, point) == (&self.unit, &self.point) {
            println!("{REACHED}");
            std::io::stdout().flush().unwrap();
            loop {
                std::thread::park();
            }
        }
    }
}

/// Does nothing unless it has orders.
#[test]
fn the_child_that_is_killed() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let words: Vec<&str> = orders.split(' ').collect();
    let [kind, place, unit, point, listening, account, now_ms] = words[..] else { panic!("{orders}") };
    let target = if kind == "sqlite" { Target::Sqlite(place.into()) } else { Target::Postgres(place.into()) };
    let stop = StopAt { unit: unit.into(), point: point.into() };
    let options = Options { faults: Some(Arc::new(stop)), ..Options::default() };
    let (listening, account): (RowId, RowId) = (listening.parse().unwrap(), account.parse().unwrap());
    let now_ms = now_ms.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&target, options).await.unwrap();
        match unit {
            "heartbeat" => drop(store.heartbeat(listening, account, relayed(1, 20_000), now_ms).await.unwrap()),
            _ => drop(store.close_listening(listening, account, Some(20_000), now_ms).await.unwrap()),
        }
    });
}
