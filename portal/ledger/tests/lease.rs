//! The lease in simulated time: an hour of listening takes milliseconds.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use iroam_ledger::{
    Book, Kind, Money, Purse, Tariff, Transfer,
    lease::{Beat, COURTESY_EVERY_MS, Effect, Lease, Reason},
};
use iroam_protocol::{id::RowId, lease as rules, path::Path};
use proptest::prelude::*;

const RELAY: Option<Path> = Some(Path::Relay);
const MINUTE: i64 = 10_000;

fn owner() -> RowId {
    RowId::from_bytes([1; 16])
}

/// An account with its books, and one listening after another.
struct World {
    now_ms: i64,
    books: BTreeMap<Book, i64>,
    keys: BTreeMap<String, Transfer>,
    courtesy_ms: Option<i64>,
    lease: Option<Lease>,
    listening: u8,
    serial: u64,
    seq: u64,
}

impl World {
    fn with(money: Money) -> Self {
        let mut world = Self {
            now_ms: 1_000_000,
            books: BTreeMap::new(),
            keys: BTreeMap::new(),
            courtesy_ms: None,
            lease: None,
            listening: 0,
            serial: 0,
            seq: 0,
        };
        if money != Money::ZERO {
            world.credit(money);
        }
        world
    }

    fn credit(&mut self, money: Money) {
        self.serial += 1;
        let key = format!("credit/{}", self.serial);
        self.post(Transfer::give(key, Kind::Credit, Book::Operator, owner(), money).unwrap());
    }

    fn balance(&self, book: Book) -> i64 {
        self.books.get(&book).copied().unwrap_or(0)
    }

    fn purse(&self) -> Purse {
        let money = Money { promo: self.balance(Book::Promo(owner())), paid: self.balance(Book::Paid(owner())) };
        Purse { money, courtesy: self.courtesy_ms.is_none_or(|at| self.now_ms - at >= COURTESY_EVERY_MS) }
    }

    fn post(&mut self, transfer: Transfer) {
        for line in transfer.postings() {
            *self.books.entry(line.book).or_default() += line.amount;
            assert!(line.book.owner().is_none() || self.books[&line.book] >= 0, "{} is overdrawn", line.book);
        }
        let key = transfer.key().to_owned();
        assert!(self.keys.insert(key.clone(), transfer).is_none(), "{key} was posted twice");
    }

    fn apply(&mut self, effects: &[Effect]) {
        let listening = RowId::from_bytes([self.listening; 16]);
        for effect in effects {
            self.serial += 1;
            if let Some(transfer) = effect.transfer(owner(), listening, self.serial).unwrap() {
                self.post(transfer);
            }
            if *effect == Effect::GrantPlayOut {
                self.courtesy_ms = Some(self.now_ms);
            }
        }
    }

    fn open(&mut self, path: Option<Path>, crowded: bool) -> bool {
        let mut purse = self.purse();
        let Ok((lease, effects)) = Lease::open(self.now_ms, Tariff::default(), path, crowded, &mut purse) else {
            return false;
        };
        self.listening += 1;
        self.seq = 0;
        self.apply(&effects);
        self.lease = Some(lease);
        self.check(purse);
        true
    }

    fn event(&mut self, event: impl FnOnce(&mut Lease, i64, &mut Purse) -> Vec<Effect>) -> Vec<Effect> {
        let Some(mut lease) = self.lease.take() else { return Vec::new() };
        let mut purse = self.purse();
        let played_ms = lease.played_ms;
        let effects = event(&mut lease, self.now_ms, &mut purse);
        assert!(lease.played_ms >= played_ms, "played media time fell");
        self.apply(&effects);
        self.lease = Some(lease);
        self.check(purse);
        effects
    }

    fn beat(&mut self, played_ms: u64, playing: bool, path: Option<Path>) -> Vec<Effect> {
        self.seq += 1;
        let beat = Beat { seq: self.seq, played_ms, buffered_ms: 0, playing, path };
        self.event(|lease, now_ms, purse| lease.heartbeat(now_ms, &beat, purse))
    }

    /// Plays `seconds` in real time with a heartbeat every 20 s.
    fn play(&mut self, seconds: u64, path: Option<Path>) {
        for _ in 0..seconds / 20 {
            self.now_ms += 20_000;
            let played_ms = self.lease().played_ms + 20_000;
            self.beat(played_ms, true, path);
        }
    }

    fn lease(&self) -> &Lease {
        self.lease.as_ref().unwrap()
    }

    fn check(&self, purse: Purse) {
        let lease = self.lease();
        assert_eq!(self.books.values().sum::<i64>(), 0, "the books do not sum to zero");
        assert_eq!(self.purse(), purse, "the lease and the books disagree about the purse");
        let held = Money { promo: self.balance(Book::HeldPromo(owner())), paid: self.balance(Book::HeldPaid(owner())) };
        assert_eq!(held, lease.hold, "held money is the open hold");
        assert!(lease.charged_minutes >= rules::minutes_due(lease.played_ms), "a minute was lost");
        assert!(lease.closed.is_none() || lease.hold == Money::ZERO, "a closed listening holds money");
        let id = RowId::from_bytes([self.listening; 16]);
        let posted = (0..lease.charged_minutes).filter(|n| self.keys.contains_key(&format!("{id}/{n}"))).count() as u64;
        assert_eq!(posted + lease.free_minutes, lease.charged_minutes, "a minute without its entries");
        let courtesy = self.keys.values().filter(|t| t.kind() == Kind::Courtesy && t.about().listening == Some(id));
        assert!(courtesy.count() <= 10, "more than ten minutes were played out");
    }
}

#[test]
fn an_hour_through_the_relay_costs_sixty_minutes() {
    let mut world = World::with(Money { promo: 30 * MINUTE, paid: 70 * MINUTE });
    assert!(world.open(None, false));
    world.play(3_600, RELAY);
    assert_eq!(world.lease().played_ms, 3_600_000);
    assert_eq!(world.balance(Book::RevenuePromo), 30 * MINUTE);
    assert_eq!(world.balance(Book::RevenuePaid), 30 * MINUTE);
    assert_eq!(world.lease().ceil_ms(), 3_600_000 + 120_000);
}

#[test]
fn the_local_network_is_free_and_needs_no_money() {
    let mut world = World::with(Money::ZERO);
    assert!(!world.open(None, false), "an unknown path holds a relayed minute");
    assert!(world.open(Some(Path::Lan), false));
    world.play(600, Some(Path::Lan));
    assert_eq!(world.lease().charged_minutes, 10);
    assert_eq!(world.lease().r#final, None);
    assert!(world.keys.is_empty());
}

#[test]
fn an_accidental_click_costs_nothing() {
    let mut world = World::with(Money { promo: MINUTE, paid: 0 });
    world.open(None, false);
    world.now_ms += 3_000;
    world.beat(3_000, true, RELAY);
    let effects = world.event(|lease, now, purse| lease.close(now, Reason::Told, Some(3_000), 0, purse));
    assert!(effects.contains(&Effect::Close(Reason::Told)));
    assert_eq!(world.balance(Book::Promo(owner())), MINUTE);
}

#[test]
fn repeats_and_reordering_change_nothing() {
    let mut world = World::with(Money { promo: 5 * MINUTE, paid: 0 });
    world.open(None, false);
    world.play(60, RELAY);
    let before = world.lease().clone();
    for seq in [0, 1, 2, 3] {
        let beat = Beat { seq, played_ms: 300_000, buffered_ms: 0, playing: true, path: RELAY };
        let effects = world.event(|lease, now, purse| lease.heartbeat(now, &beat, purse));
        assert_eq!(effects, []);
    }
    assert_eq!(*world.lease(), before);
}

#[test]
fn a_minute_is_priced_by_its_path_at_its_start() {
    let mut world = World::with(Money { promo: 9 * MINUTE, paid: 0 });
    world.open(None, false);
    world.play(60, RELAY);
    world.play(20, Some(Path::Lan)); // minute 1 began while the relay was reported, the cheaper report came late
    assert_eq!(world.balance(Book::RevenuePromo), 2 * MINUTE);
    world.play(60, Some(Path::Lan));
    assert_eq!(world.balance(Book::RevenuePromo), 2 * MINUTE);
    assert_eq!(world.lease().free_minutes, 1);
}

#[test]
fn a_cheaper_path_within_five_seconds_gives_the_minute_back() {
    let mut world = World::with(Money { promo: MINUTE, paid: MINUTE });
    world.open(None, false);
    world.now_ms += 3_500;
    world.beat(3_500, true, RELAY);
    assert_eq!(world.balance(Book::RevenuePromo), MINUTE);
    world.now_ms += 1_400;
    let effects = world.beat(4_900, true, Some(Path::Lan));
    assert!(matches!(effects[..], [Effect::Refund { minute: 0, .. }, ..]), "{effects:?}");
    assert_eq!(world.balance(Book::RevenuePromo), 0);
}

#[test]
fn a_pause_of_a_minute_releases_the_hold_and_playing_takes_it_again() {
    let mut world = World::with(Money { promo: 5 * MINUTE, paid: 0 });
    world.open(None, false);
    world.play(20, RELAY);
    world.beat(20_000, false, RELAY);
    world.now_ms += 59_999;
    assert_eq!(world.event(|lease, now, purse| lease.tick(now, 0, 0, purse)), []);
    world.now_ms += 1;
    world.event(|lease, now, purse| lease.tick(now, 0, 0, purse));
    assert_eq!(world.lease().hold, Money::ZERO);
    world.beat(20_000, true, RELAY);
    assert_eq!(world.lease().hold.total(), MINUTE);
    assert_eq!(world.lease().charged_minutes, 1, "the pause keeps the rest of its minute");
}

#[test]
fn silence_and_idleness_close_but_a_restart_of_the_portal_does_not() {
    let mut world = World::with(Money { promo: 5 * MINUTE, paid: 0 });
    world.open(None, false);
    world.play(20, RELAY);
    world.now_ms += 300_000;
    let restarted_ms = world.now_ms - 89_999;
    assert_eq!(world.event(|lease, now, purse| lease.tick(now, restarted_ms, 0, purse)), []);
    world.now_ms += 1;
    world.event(|lease, now, purse| lease.tick(now, restarted_ms, 0, purse));
    assert_eq!(world.lease().closed.unwrap().0, Reason::Silence);

    world.open(None, false);
    for _ in 0..45 {
        world.now_ms += 20_000;
        world.beat(0, false, RELAY);
        world.event(|lease, now, purse| lease.tick(now, 0, 0, purse));
    }
    assert_eq!(world.lease().closed.unwrap().0, Reason::Idle);
    assert_eq!(world.balance(Book::Promo(owner())), 4 * MINUTE);
}

#[test]
fn at_the_end_of_the_money_ten_minutes_play_out_and_no_more() {
    let mut world = World::with(Money { promo: 2 * MINUTE, paid: 0 });
    world.open(None, false);
    world.play(80, RELAY);
    assert_eq!(world.lease().play_out_ms(), Some(600_000 + 40_000));
    world.play(1_200, RELAY);
    assert_eq!(world.lease().closed.unwrap().0, Reason::NoMinutes);
    assert_eq!(world.lease().played_ms, 12 * 60_000 + 3_000);
    assert_eq!(world.balance(Book::Courtesy), -10 * MINUTE);
    assert!(!world.open(None, false), "nothing is left");
}

#[test]
fn the_second_play_out_of_a_day_is_not_given() {
    let mut world = World::with(Money { promo: MINUTE, paid: 0 });
    world.open(None, false);
    world.play(20, RELAY);
    assert!(world.lease().r#final.unwrap().courtesy);
    world.event(|lease, now, purse| lease.close(now, Reason::Told, None, 0, purse));
    world.credit(Money { promo: 0, paid: MINUTE });
    world.open(None, false);
    world.play(20, RELAY);
    assert_eq!(world.lease().play_out_ms(), Some(40_000));
    world.play(60, RELAY);
    assert_eq!(world.lease().closed.unwrap().0, Reason::NoMinutes);
    assert_eq!(world.lease().played_ms, 63_000);
}

#[test]
fn a_top_up_lifts_the_end() {
    let mut world = World::with(Money { promo: MINUTE, paid: 0 });
    world.open(None, false);
    world.play(20, RELAY);
    assert!(world.lease().r#final.is_some());
    world.credit(Money { promo: 0, paid: 5 * MINUTE });
    world.play(60, RELAY);
    assert_eq!(world.lease().r#final, None);
    assert_eq!(world.balance(Book::RevenuePaid), MINUTE);
}

#[test]
fn the_eleventh_uncharged_open_is_charged_at_once() {
    let mut world = World::with(Money { promo: 5 * MINUTE, paid: 0 });
    world.open(None, true);
    assert_eq!(world.lease().charged_minutes, 1);
    world.play(60, RELAY);
    assert_eq!(world.lease().charged_minutes, 1, "the charged minute is the first one");
    world.play(20, RELAY);
    assert_eq!(world.lease().charged_minutes, 2);
}

#[test]
fn a_listening_that_claims_nothing_but_was_served_is_charged_a_minute() {
    let mut world = World::with(Money { promo: 5 * MINUTE, paid: 0 });
    world.open(None, false);
    world.event(|lease, now, purse| lease.close(now, Reason::Told, Some(0), 30_000, purse));
    assert_eq!(world.lease().charged_minutes, 0);
    world.event(|lease, _, purse| lease.witness(30_001, purse));
    assert_eq!(world.lease().charged_minutes, 1);
    assert_eq!(world.event(|lease, _, purse| lease.witness(90_000, purse)), []);
}

/// Anything that may happen.
#[derive(Debug, Clone)]
enum Event {
    Open { path: Option<Path>, crowded: bool },
    Beat { after_ms: i64, plays_ms: u64, playing: bool, path: Option<Path> },
    Repeat { back: u64, played_ms: u64 },
    Tick { after_ms: i64, served_ms: u64 },
    Close { played_ms: Option<u64>, served_ms: u64 },
    Witness { served_ms: u64 },
    Credit { promo: i64, paid: i64 },
}

fn path() -> impl Strategy<Value = Option<Path>> {
    prop_oneof![Just(None), Just(Some(Path::Lan)), Just(Some(Path::Direct)), Just(Some(Path::Relay))]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        1 => (path(), any::<bool>()).prop_map(|(path, crowded)| Event::Open { path, crowded }),
        9 => (0..70_000_i64, 0..200_000_u64, any::<bool>(), path())
            .prop_map(|(after_ms, plays_ms, playing, path)| Event::Beat { after_ms, plays_ms, playing, path }),
        2 => (0..3_u64, any::<u64>()).prop_map(|(back, played_ms)| Event::Repeat { back, played_ms }),
        2 => (0..100_000_i64, 0..90_000_u64).prop_map(|(after_ms, served_ms)| Event::Tick { after_ms, served_ms }),
        1 => (proptest::option::of(any::<u64>()), 0..90_000_u64)
            .prop_map(|(played_ms, served_ms)| Event::Close { played_ms, served_ms }),
        1 => (0..90_000_u64).prop_map(|served_ms| Event::Witness { served_ms }),
        1 => (0..50_000_i64, 0..50_000_i64).prop_map(|(promo, paid)| Event::Credit { promo, paid }),
    ]
}

fn step(world: &mut World, event: &Event) {
    match *event {
        Event::Open { path, crowded } => {
            if world.lease.as_ref().is_none_or(|lease| lease.closed.is_some()) {
                world.open(path, crowded);
            }
        }
        Event::Beat { after_ms, plays_ms, playing, path } if world.lease.is_some() => {
            world.now_ms += after_ms;
            let played_ms = world.lease().played_ms + plays_ms;
            world.beat(played_ms, playing, path);
        }
        Event::Beat { .. } => {}
        Event::Repeat { back, played_ms } => {
            let seq = world.seq.saturating_sub(back);
            let beat = Beat { seq, played_ms, buffered_ms: 0, playing: true, path: None };
            if seq > 0 {
                let effects = world.event(|lease, now, purse| lease.heartbeat(now, &beat, purse));
                assert_eq!(effects, [], "a repeat had an effect");
            }
        }
        Event::Tick { after_ms, served_ms } => {
            world.now_ms += after_ms;
            world.event(|lease, now, purse| lease.tick(now, 0, served_ms, purse));
        }
        Event::Close { played_ms, served_ms } => {
            world.event(|lease, now, purse| lease.close(now, Reason::Told, played_ms, served_ms, purse));
        }
        Event::Witness { served_ms } => {
            world.event(|lease, _, purse| lease.witness(served_ms, purse));
        }
        Event::Credit { promo, paid } => {
            if promo + paid > 0 {
                world.credit(Money { promo, paid });
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_the_books_are_exact(
        promo in 0..120_000_i64, paid in 0..60_000_i64, events in proptest::collection::vec(event(), 1..80)
    ) {
        let mut world = World::with(Money { promo, paid });
        world.open(None, false);
        for event in events {
            step(&mut world, &event);
        }
    }
}
