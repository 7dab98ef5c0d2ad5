//! A process that is killed while it works on the database of a test: this test binary again, running one test that stops
//! at a named point of a unit and says so.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
};

use iroam_store::{Faults, Options, Store, Target};

/// Set for the process that is to be killed: database, URL or file, unit, point, and what the unit needs.
const ORDERS: &str = "IROAM_CRASH_ORDERS";
const REACHED: &str = "the point is reached";

/// One test on each database for each point: `name: "unit" "point", durable: bool;`, run by `killed` of the same module.
macro_rules! killed_at {
    ($($name:ident: $unit:literal $point:literal, durable: $durable:literal;)*) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                super::killed(crate::kit::Kind::Sqlite, $unit, $point, $durable);
            }

            #[test]
            fn on_postgres() {
                super::killed(crate::kit::Kind::Postgres, $unit, $point, $durable);
            }
        }
    )*};
}
pub(crate) use killed_at;

/// Starts `test` of this binary with its orders, waits until it is at the point of the unit, and kills it.
pub(crate) async fn kill_at(test: &'static str, target: &Target, [unit, point]: [&str; 2], needs: String) {
    let place = match target {
        Target::Sqlite(path) => format!("sqlite {}", path.display()),
        Target::Postgres(url) => format!("postgres {url}"),
    };
    let orders = format!("{place} {unit} {point} {needs}");
    let reached = tokio::task::spawn_blocking(move || run_until_the_point(test, &orders)).await.unwrap();
    assert!(reached, "{unit} never came to {point}");
}

fn run_until_the_point(test: &str, orders: &str) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ORDERS, orders)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The test harness prints lines of its own; the output ends when the child does.
    let reached = lines.by_ref().map_while(Result::ok).any(|line| line.contains(REACHED));
    child.kill().unwrap();
    child.wait().unwrap();
    reached
}

/// In the process that is to be killed: does its orders, given the store, the unit and what it needs. Nothing without.
pub(crate) fn obey(act: impl AsyncFnOnce(Store, &str, &[&str])) {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let words: Vec<&str> = orders.split(' ').collect();
    let [kind, place, unit, point, needs @ ..] = &words[..] else { panic!("{orders}") };
    let target = if *kind == "sqlite" { Target::Sqlite(place.into()) } else { Target::Postgres((*place).into()) };
    let stop = StopAt { unit: (*unit).into(), point: (*point).into() };
    let options = Options { faults: Some(Arc::new(stop)), ..Options::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { act(Store::open(&target, options).await.unwrap(), unit, needs).await });
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
