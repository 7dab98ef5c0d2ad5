//! Short random lives of an account on a real database: opens, heartbeats, repeats, credits, calls that are dropped half
//! way, two portals that write at once. After each the books are exact and no minute is lost or charged twice.

use std::{
    future::Future,
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll},
};

use iroam_protocol::{id::RowId, lease as rules, path::Path};
use iroam_store::{Beat, Error, Opened, Store};
use proptest::prelude::*;

use crate::kit::{self, Kind, Listener, World};

#[derive(Debug, Clone)]
enum Event {
    Open,
    Beat {
        which: usize,
        plays_ms: u64,
        playing: bool,
        path: Option<Path>,
    },
    Repeat {
        which: usize,
    },
    Close {
        which: usize,
    },
    Credit {
        micros: i64,
    },
    /// A heartbeat whose caller goes away after so many polls, and comes back with the same one.
    Dropped {
        which: usize,
        plays_ms: u64,
        polls: usize,
    },
    /// Heartbeats of two listenings, an expiry and a credit, through two portals at once.
    AtOnce {
        plays_ms: u64,
        micros: i64,
    },
    Wait {
        ms: i64,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let path = prop_oneof![Just(None), Just(Some(Path::Lan)), Just(Some(Path::Direct)), Just(Some(Path::Relay))];
    prop_oneof![
        2 => Just(Event::Open),
        6 => (0..3_usize, 0..120_000_u64, any::<bool>(), path)
            .prop_map(|(which, plays_ms, playing, path)| Event::Beat { which, plays_ms, playing, path }),
        1 => (0..3_usize).prop_map(|which| Event::Repeat { which }),
        1 => (0..3_usize).prop_map(|which| Event::Close { which }),
        1 => (1..30_000_i64).prop_map(|micros| Event::Credit { micros }),
        2 => (0..3_usize, 0..120_000_u64, 1..6_usize)
            .prop_map(|(which, plays_ms, polls)| Event::Dropped { which, plays_ms, polls }),
        2 => (0..120_000_u64, 1..30_000_i64).prop_map(|(plays_ms, micros)| Event::AtOnce { plays_ms, micros }),
        1 => (0..100_000_i64).prop_map(|ms| Event::Wait { ms }),
    ]
}

struct Life<'a> {
    anna: Listener<'a>,
    another: Store,
    open: Vec<RowId>,
    seq: u64,
    keys: AtomicU64,
}

impl Life<'_> {
    async fn live(&mut self, event: Event) {
        let world = self.anna.world;
        match event {
            Event::Open => self.open().await,
            Event::Beat { which, plays_ms, playing, path } => {
                let Some(id) = self.which(which) else { return };
                world.after(20_000);
                let beat = self.next_beat(id, plays_ms, playing, path).await;
                settled(world.store.heartbeat(id, self.anna.account, beat, world.now()).await);
            }
            Event::Repeat { which } => {
                let Some(id) = self.which(which) else { return };
                let before = world.store.listening(id).await.unwrap();
                let beat = Beat { seq: 0, played_ms: u64::MAX, buffered_ms: 0, playing: true, path: None };
                if before.as_ref().is_some_and(|listening| listening.charged_minutes > 0 || listening.path.is_some()) {
                    settled(world.store.heartbeat(id, self.anna.account, beat, world.now()).await);
                    assert_eq!(world.store.listening(id).await.unwrap(), before, "a repeat changed something");
                }
            }
            Event::Close { which } => {
                let Some(id) = self.which(which) else { return };
                settled(world.store.close_listening(id, self.anna.account, Some(u64::MAX), world.now()).await);
            }
            Event::Credit { micros } => drop(self.anna.credit(micros, &self.key()).await),
            Event::Dropped { which, plays_ms, polls } => self.dropped(which, plays_ms, polls).await,
            Event::AtOnce { plays_ms, micros } => self.at_once(plays_ms, micros).await,
            Event::Wait { ms } => {
                world.after(ms);
                settled(world.store.expire(world.now(), 0).await);
            }
        }
    }

    async fn open(&mut self) {
        let open = self.anna.open_with(&self.key());
        if let Opened::Ok(listening) = self.anna.world.store.open_listening(open).await.unwrap() {
            self.open.push(listening.id);
        }
    }

    async fn dropped(&mut self, which: usize, plays_ms: u64, polls: usize) {
        let Some(id) = self.which(which) else { return };
        let world = self.anna.world;
        world.after(20_000);
        let beat = self.next_beat(id, plays_ms, true, Some(Path::Relay)).await;
        poll_at_most(polls, world.store.heartbeat(id, self.anna.account, beat, world.now())).await;
        // The same heartbeat again, through the other portal; the first may be on its way still.
        settled(self.another.heartbeat(id, self.anna.account, beat, world.now()).await);
    }

    async fn at_once(&mut self, plays_ms: u64, micros: i64) {
        let (Some(one), Some(two)) = (self.which(0), self.which(1)) else { return };
        let world = self.anna.world;
        let now_ms = world.after(20_000);
        let a = self.next_beat(one, plays_ms, true, Some(Path::Relay)).await;
        let b = self.next_beat(two, plays_ms, true, Some(Path::Direct)).await;
        let account = self.anna.account;
        let (a, b, again, expired, credited) = tokio::join!(
            world.store.heartbeat(one, account, a, now_ms),
            self.another.heartbeat(two, account, b, now_ms),
            self.another.heartbeat(one, account, a, now_ms),
            world.store.expire(now_ms, 0),
            self.another.credit(self.anna.credit_of(micros, &self.key())),
        );
        settled(a);
        settled(b);
        settled(again);
        settled(expired);
        settled(credited);
    }

    async fn next_beat(&mut self, id: RowId, plays_ms: u64, playing: bool, path: Option<Path>) -> Beat {
        self.seq += 1;
        let played_ms = self.anna.world.store.listening(id).await.unwrap().unwrap().played_ms + plays_ms;
        Beat { seq: self.seq, played_ms, buffered_ms: 0, playing, path }
    }

    fn which(&self, which: usize) -> Option<RowId> {
        let back = self.open.len().checked_sub(1 + which)?;
        self.open.get(back).copied()
    }

    fn key(&self) -> String {
        format!("key-of-this-life-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    async fn check(&self) {
        self.anna.world.audit().await;
        for id in &self.open {
            let listening = self.anna.world.store.listening(*id).await.unwrap().unwrap();
            let due = rules::minutes_due(listening.played_ms);
            assert!(listening.charged_minutes == due || listening.charged_minutes == 1, "{listening:?}");
        }
    }
}

/// Many at once may be told to come again, and nothing else.
fn settled<T>(result: Result<T, Error>) {
    match result {
        Ok(_) | Err(Error::Contended) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Polls a future at most so many times, then drops it.
async fn poll_at_most<F: Future>(polls: usize, future: F) {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context: &mut Context<'_>| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Pending if left > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

fn random_lives(kind: Kind, cases: u32) {
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::default() };
    proptest!(config, |(events in proptest::collection::vec(event(), 5..40))| {
        kit::run(kind, async |world: &World| {
            let anna = world.listener("a@example.org").await;
            let another = world.another().await;
            let mut life = Life { anna, another, open: Vec::new(), seq: 0, keys: AtomicU64::new(0) };
            life.open().await;
            for event in events {
                life.live(event).await;
            }
            life.check().await;
        });
    });
}

mod whatever_happens_the_books_are_exact {
    use super::{Kind, random_lives};

    #[test]
    fn on_sqlite() {
        random_lives(Kind::Sqlite, 12);
    }

    #[test]
    fn on_postgres() {
        random_lives(Kind::Postgres, 12);
    }
}
