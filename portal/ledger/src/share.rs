//! The counters of a share: who may begin to listen, what a visitor may spend, when a play counts.
//!
//! Plays are *reserved* when a visitor opens and *counted* at the first charged minute, so that the last play is never
//! given twice; money is bounded by what is spent and held together. Decides without I/O; the caller makes a [`Change`]
//! durable in a step that fails when the counters have moved past their bounds since.

use iroam_protocol::shares::{REPLAY_MS, State};

use crate::{
    Money, Purse,
    lease::{Effect, Lease, PLAY_OUT_MS},
};

/// The counters as they stand. Money is micros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// When its time is over, portal time.
    pub expires_ms: i64,
    /// Whether the sender took it back.
    pub revoked: bool,
    /// Plays in all.
    pub plays_max: u64,
    /// Plays that were counted.
    pub plays: u64,
    /// Plays that open listenings may come to.
    pub reserved: u64,
    /// Visitors that it admits at once.
    pub at_once: u64,
    /// Open listenings.
    pub running: u64,
    /// What it may cost.
    pub cap_micros: i64,
    /// What was charged.
    pub spent_micros: i64,
    /// What is held for the next minutes of its listenings.
    pub held_micros: i64,
}

/// Why a visitor cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its time is over, it was taken back, or it is used up.
    #[error("the share has ended")]
    Gone,
    /// Others use all that is left, for the moment.
    #[error("as many listen as the share admits")]
    Busy,
}

/// A visitor's listening, beside its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// Whether a play is reserved for it.
    pub reserved: bool,
    /// When a play of this tab was last counted, portal time; `None` when never.
    pub counted_ms: Option<i64>,
}

/// What a decision changes in the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Change {
    /// Change of `spent_micros`.
    pub spent_micros: i64,
    /// Change of `held_micros`.
    pub held_micros: i64,
    /// Change of `running`.
    pub running: i64,
    /// Change of `reserved`.
    pub reserved: i64,
    /// Change of `plays`.
    pub plays: i64,
}

impl Share {
    /// How it stands; `price` is what a minute costs at most now.
    pub fn state(&self, now_ms: i64, price: i64) -> State {
        if self.revoked {
            State::Revoked
        } else if self.expires_ms <= now_ms {
            State::Expired
        } else if self.plays >= self.plays_max || !self.affords(price, self.spent_micros) {
            State::UsedUp
        } else {
            State::Live
        }
    }

    /// Whether a tab may begin, and then whether a play is to be reserved for it: a tab whose play was counted lately
    /// plays again for nothing, even when it was the last.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn admit(&self, now_ms: i64, price: i64, counted_ms: Option<i64>) -> Result<bool, Refused> {
        let again = is_replay(now_ms, counted_ms);
        let is_open = match self.state(now_ms, price) {
            State::Live => true,
            State::UsedUp => again && self.affords(price, self.spent_micros),
            State::Revoked | State::Expired => false,
        };
        if !is_open {
            return Err(Refused::Gone);
        }
        let plays_taken = !again && self.plays.saturating_add(self.reserved) >= self.plays_max;
        let money_taken = !self.affords(price, self.spent_micros.saturating_add(self.held_micros));
        if self.running >= self.at_once || plays_taken || money_taken {
            return Err(Refused::Busy);
        }
        Ok(!again)
    }

    /// Whether open listenings must end: at once when it was taken back; after its time, one song may play out.
    pub fn is_over(&self, now_ms: i64) -> bool {
        let play_out_ms = i64::try_from(PLAY_OUT_MS).unwrap_or(0);
        self.revoked || self.expires_ms.saturating_add(play_out_ms) <= now_ms
    }

    /// What a visitor may spend of the sender's purse. Nothing is played out at the house's cost.
    pub fn purse(&self, sender: Purse) -> Purse {
        let left = self.cap_micros.saturating_sub(self.spent_micros).saturating_sub(self.held_micros).max(0);
        let promo = sender.money.promo.clamp(0, left);
        let paid = sender.money.paid.clamp(0, left - promo);
        Purse { money: Money { promo, paid }, courtesy: false }
    }

    /// What an event of a visitor's lease changes, and whether a play was counted. `visit` follows.
    pub fn follow(
        &self,
        now_ms: i64,
        before: Option<&Lease>,
        after: &Lease,
        effects: &[Effect],
        visit: &mut Visit,
    ) -> Change {
        let mut change = Change { running: i64::from(before.is_none()), ..Change::default() };
        for effect in effects {
            change.add_money(effect);
        }
        if visit.reserved && before.is_none() {
            change.reserved += 1;
        }
        let first_minute = before.map_or(0, |before| before.charged_minutes) == 0 && after.charged_minutes > 0;
        if first_minute && self.counts(now_ms, before, visit) {
            change.plays += 1;
            visit.counted_ms = Some(now_ms);
        }
        let was_open = before.is_none_or(|before| before.closed.is_none());
        let closes = was_open && after.closed.is_some();
        if visit.reserved && (first_minute || closes) {
            change.reserved -= 1;
            visit.reserved = false;
        }
        if closes {
            change.running -= 1;
        }
        change
    }

    /// Whether the first charged minute of a listening is a play of its own.
    fn counts(&self, now_ms: i64, before: Option<&Lease>, visit: &Visit) -> bool {
        if is_replay(now_ms, visit.counted_ms) {
            return false;
        }
        // The home's word came after the end, and with it the minute: it counts if a play is left.
        let late = before.is_some_and(|before| before.closed.is_some());
        visit.reserved || (late && self.plays.saturating_add(self.reserved) < self.plays_max)
    }

    fn affords(&self, price: i64, taken_micros: i64) -> bool {
        price <= 0 || taken_micros.saturating_add(price) <= self.cap_micros
    }
}

impl Change {
    fn add_money(&mut self, effect: &Effect) {
        match effect {
            Effect::Hold(money) => self.held_micros += money.total(),
            Effect::Release(money) => self.held_micros -= money.total(),
            Effect::Charge { held, money, .. } => {
                self.held_micros -= held.total();
                self.spent_micros += money.total();
            }
            Effect::Refund { money, .. } => self.spent_micros -= money.total(),
            Effect::Courtesy { .. } | Effect::GrantPlayOut | Effect::Close(_) => {}
        }
    }
}

fn is_replay(now_ms: i64, counted_ms: Option<i64>) -> bool {
    counted_ms.is_some_and(|counted_ms| now_ms.saturating_sub(counted_ms) < REPLAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Tariff,
        lease::{Beat, Reason},
    };

    const PRICE: i64 = 10_000;
    const TARIFF: Tariff = Tariff { lan: 0, direct: PRICE, relay: PRICE };

    fn share() -> Share {
        Share {
            expires_ms: 1_000_000,
            revoked: false,
            plays_max: 2,
            plays: 0,
            reserved: 0,
            at_once: 2,
            running: 0,
            cap_micros: 5 * PRICE,
            spent_micros: 0,
            held_micros: 0,
        }
    }

    fn purse() -> Purse {
        Purse { money: Money { promo: 3 * PRICE, paid: 100 * PRICE }, courtesy: true }
    }

    #[test]
    fn it_ends_by_time_by_hand_by_plays_and_by_money() {
        assert_eq!(share().state(999_999, PRICE), State::Live);
        assert_eq!(share().state(1_000_000, PRICE), State::Expired);
        assert_eq!(Share { revoked: true, plays: 2, ..share() }.state(2_000_000, PRICE), State::Revoked);
        assert_eq!(Share { plays: 2, ..share() }.state(0, PRICE), State::UsedUp);
        assert_eq!(Share { spent_micros: 4 * PRICE + 1, ..share() }.state(0, PRICE), State::UsedUp);
        assert_eq!(Share { spent_micros: 4 * PRICE, ..share() }.state(0, PRICE), State::Live);
        assert_eq!(Share { spent_micros: 5 * PRICE, ..share() }.state(0, 0), State::Live, "what is free has no cap");
    }

    #[test]
    fn the_last_play_is_given_once_and_again_to_the_tab_that_has_it() {
        let one_left = Share { plays: 1, ..share() };
        assert_eq!(one_left.admit(0, PRICE, None), Ok(true));
        assert_eq!(Share { reserved: 1, ..one_left }.admit(0, PRICE, None), Err(Refused::Busy));
        let none_left = Share { plays: 2, ..share() };
        assert_eq!(none_left.admit(0, PRICE, None), Err(Refused::Gone));
        assert_eq!(none_left.admit(REPLAY_MS - 1, PRICE, Some(0)), Err(Refused::Gone), "its time is over, too");
        let lasting = Share { expires_ms: i64::MAX, ..none_left };
        assert_eq!(lasting.admit(REPLAY_MS - 1, PRICE, Some(0)), Ok(false));
        assert_eq!(lasting.admit(REPLAY_MS, PRICE, Some(0)), Err(Refused::Gone));
    }

    #[test]
    fn no_more_listen_than_it_admits_and_than_the_money_covers() {
        assert_eq!(Share { running: 2, ..share() }.admit(0, PRICE, None), Err(Refused::Busy));
        let held = Share { spent_micros: 3 * PRICE, held_micros: 2 * PRICE, ..share() };
        assert_eq!(held.admit(0, PRICE, None), Err(Refused::Busy));
        assert_eq!(held.purse(purse()).money, Money::ZERO);
    }

    #[test]
    fn a_visitor_spends_within_the_cap_and_never_the_house_s_courtesy() {
        let open = Share { spent_micros: PRICE, ..share() };
        assert_eq!(open.purse(purse()), Purse { money: Money { promo: 3 * PRICE, paid: PRICE }, courtesy: false });
    }

    #[test]
    fn what_is_taken_back_ends_at_once_and_what_is_over_plays_out() {
        assert!(Share { revoked: true, ..share() }.is_over(0));
        assert!(!share().is_over(1_000_000 + 599_999));
        assert!(share().is_over(1_000_000 + 600_000));
    }

    /// Opens, plays 20 s, and closes; the sum of all changes.
    fn life(share: &Share, visit: &mut Visit, played_ms: u64) -> Vec<Change> {
        let mut purse = share.purse(purse());
        let (mut lease, effects) = Lease::open(0, TARIFF, None, false, &mut purse).unwrap();
        let mut changes = vec![share.follow(0, None, &lease, &effects, visit)];
        let before = lease.clone();
        let beat = Beat { seq: 1, played_ms, buffered_ms: 0, playing: true, path: None };
        let effects = lease.heartbeat(20_000, &beat, &mut purse);
        changes.push(share.follow(20_000, Some(&before), &lease, &effects, visit));
        let before = lease.clone();
        let effects = lease.close(21_000, Reason::Told, None, 0, &mut purse);
        changes.push(share.follow(21_000, Some(&before), &lease, &effects, visit));
        changes
    }

    #[test]
    fn a_play_is_reserved_at_open_and_counted_with_the_first_minute() {
        let mut visit = Visit { reserved: true, counted_ms: None };
        let changes = life(&share(), &mut visit, 20_000);
        let expected = [
            Change { held_micros: PRICE, running: 1, reserved: 1, ..Change::default() },
            Change { spent_micros: PRICE, reserved: -1, plays: 1, ..Change::default() },
            Change { held_micros: -PRICE, running: -1, ..Change::default() },
        ];
        assert_eq!(changes, expected);
        assert_eq!(visit, Visit { reserved: false, counted_ms: Some(20_000) });
    }

    #[test]
    fn a_click_counts_nothing_and_gives_everything_back() {
        let mut visit = Visit { reserved: true, counted_ms: None };
        let changes = life(&share(), &mut visit, 3_000);
        let last = Change { held_micros: -PRICE, running: -1, reserved: -1, ..Change::default() };
        assert_eq!(changes[1..], [Change::default(), last]);
        assert_eq!(visit, Visit { reserved: false, counted_ms: None });
    }

    #[test]
    fn a_second_listening_of_the_same_tab_is_the_same_play() {
        let mut visit = Visit { reserved: true, counted_ms: Some(10_000) };
        let changes = life(&share(), &mut visit, 20_000);
        assert_eq!((changes[1].plays, changes[1].reserved, visit.reserved), (0, -1, false));
    }

    #[test]
    fn a_minute_that_the_home_tells_of_after_the_end_counts_if_a_play_is_left() {
        let closed = |share: &Share| {
            let mut purse = share.purse(purse());
            let (mut lease, _) = Lease::open(0, TARIFF, None, false, &mut purse).unwrap();
            lease.close(1, Reason::Silence, None, 0, &mut purse);
            let before = lease.clone();
            let effects = lease.witness(60_000, &mut purse);
            let mut visit = Visit { reserved: false, counted_ms: None };
            share.follow(2, Some(&before), &lease, &effects, &mut visit)
        };
        assert_eq!(closed(&share()), Change { spent_micros: PRICE, plays: 1, ..Change::default() });
        assert_eq!(closed(&Share { plays: 1, reserved: 1, ..share() }).plays, 0);
    }
}
