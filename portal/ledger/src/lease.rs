//! The listening lease: one player at one home, minute by minute, as a plain state machine.
//!
//! Every event takes the portal's time and the [`Purse`] of the account as it was read, changes the state, and answers
//! with [`Effect`]s. The caller makes state and effects durable in one transaction whose steps fail when the purse or the
//! state has changed since; then it reads again and asks again.
//!
//! After every event `charged_minutes` is at least what `played_ms` makes due: a minute that nothing can pay is not
//! accepted as played, and the listening closes.

mod effect;

use iroam_protocol::{lease as rules, path::Path};

pub use self::effect::Effect;
use crate::{Money, Purse, Tariff};

/// A minute that reaches a cheaper path within so much of its media time takes the cheaper price.
pub const CHEAPER_WITHIN_MS: u64 = 5_000;
/// Media time that may be played out at the house's cost when nothing is left: one long song.
pub const PLAY_OUT_MS: u64 = 10 * rules::MINUTE_MS;
/// Wall time between two play-outs of an account.
pub const COURTESY_EVERY_MS: i64 = 24 * 3_600_000;
/// Opens of an account within [`OPENS_WITHIN_MS`] that may stay uncharged; further ones are charged at open, so that
/// nobody listens for ever to the free first seconds.
pub const UNCHARGED_OPENS_MAX: u64 = 10;
/// The span over which uncharged opens count.
pub const OPENS_WITHIN_MS: i64 = 3_600_000;
/// A listening that claims to have played nothing is charged one minute when more than this was served.
pub const SERVED_UNPLAYED_MS: u64 = 30_000;
/// Media time that a free path buys, as far as an answer can say it: a year.
pub const UNLIMITED_MS: u64 = 365 * 24 * 60 * rules::MINUTE_MS;

/// Why a listening was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The player said so, or the owner stopped it from another one.
    Told,
    /// No heartbeat for [`rules::SILENCE_MS`].
    Silence,
    /// Nothing played for [`rules::IDLE_MS`].
    Idle,
    /// Nothing was left for another minute.
    NoMinutes,
    /// Its session ended.
    SignedOut,
    /// Its home was removed from the account.
    HomeRemoved,
    /// The share that it listened by has ended.
    ShareEnded,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 7] =
        [Self::Told, Self::Silence, Self::Idle, Self::NoMinutes, Self::SignedOut, Self::HomeRemoved, Self::ShareEnded];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Silence => "silence",
            Self::Idle => "idle",
            Self::NoMinutes => "no-minutes",
            Self::SignedOut => "signed-out",
            Self::HomeRemoved => "home-removed",
            Self::ShareEnded => "share-ended",
        }
    }

    /// Reads a stored name; `None` when it is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// What a player tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// Counts up; one that was seen is ignored.
    pub seq: u64,
    /// Cumulative media milliseconds played, as the player claims.
    pub played_ms: u64,
    /// Media milliseconds fetched ahead.
    pub buffered_ms: u64,
    /// Whether it plays.
    pub playing: bool,
    /// The path by the home's own report; `None` when the beat carries none.
    pub path: Option<Path>,
}

/// The end of the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Final {
    /// Cumulative media milliseconds up to which may be played.
    pub until_ms: u64,
    /// Whether minutes up to there are played out at the house's cost.
    pub courtesy: bool,
}

/// The last minute that was charged, for as long as its price may fall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastCharge {
    /// The minute, from 0.
    pub minute: u64,
    /// What was paid for it.
    pub money: Money,
}

/// Nothing is left for a first minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing is left for another minute")]
pub struct NoMinutes;

/// The state of a listening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Prices, frozen at open.
    pub tariff: Tariff,
    /// When it was opened, portal time.
    pub opened_ms: i64,
    /// When the last heartbeat was accepted, portal time.
    pub beat_ms: i64,
    /// The highest heartbeat seen; `None` before the first.
    pub seq: Option<u64>,
    /// Media milliseconds accepted as played; never falls.
    pub played_ms: u64,
    /// Media milliseconds fetched ahead, by the last heartbeat.
    pub buffered_ms: u64,
    /// Since when nothing plays, portal time; `None` while it plays.
    pub still_since_ms: Option<i64>,
    /// The path of the last report; `None` before the first.
    pub path: Option<Path>,
    /// The path that will price the minute under way; `None` when it has not begun or nothing was reported.
    pub minute_path: Option<Path>,
    /// Minutes settled: paid, free or played out.
    pub charged_minutes: u64,
    /// Those of `charged_minutes` that cost nothing and have no transfer.
    pub free_minutes: u64,
    /// Money held for the next minute.
    pub hold: Money,
    /// The last paid minute; `None` when there is none or it cannot become cheaper.
    pub last_charge: Option<LastCharge>,
    /// Set when nothing is left for another minute.
    pub r#final: Option<Final>,
    /// Why and when it was closed; `None` while it is open.
    pub closed: Option<(Reason, i64)>,
}

/// Whether a due minute could be settled.
enum Settled {
    Yes,
    /// It could not; no more than this counts as played.
    No {
        limit_ms: u64,
    },
}

impl Lease {
    /// Opens a listening: holds a minute, or charges it at once when the account has `crowded` the hour with uncharged
    /// opens. `path` is `None` when it is not known yet; the hold then is a relayed minute's.
    ///
    /// # Errors
    /// [`NoMinutes`] when the purse does not cover a minute.
    pub fn open(
        now_ms: i64,
        tariff: Tariff,
        path: Option<Path>,
        crowded: bool,
        purse: &mut Purse,
    ) -> Result<(Self, Vec<Effect>), NoMinutes> {
        let mut lease = Self::new(now_ms, tariff, path);
        let mut effects = Vec::new();
        if crowded && !lease.settle_from_purse(0, purse, &mut effects) {
            return Err(NoMinutes);
        }
        if !lease.hold(purse, &mut effects) && lease.charged_minutes == 0 {
            return Err(NoMinutes);
        }
        Ok((lease, effects))
    }

    /// A heartbeat. One that was seen, or that comes after the end, changes nothing.
    pub fn heartbeat(&mut self, now_ms: i64, beat: &Beat, purse: &mut Purse) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.closed.is_some() || self.seq.is_some_and(|seen| beat.seq <= seen) {
            return effects;
        }
        let claim_ms = self.believed(now_ms, beat.played_ms);
        self.seq = Some(beat.seq);
        self.beat_ms = self.beat_ms.max(now_ms);
        self.buffered_ms = beat.buffered_ms;
        self.still_since_ms = if beat.playing { None } else { self.still_since_ms.or(Some(now_ms)) };
        self.advance(now_ms, claim_ms, beat.path, purse, &mut effects);
        if self.closed.is_none() && beat.playing {
            self.hold_or_end(purse, &mut effects);
        }
        effects
    }

    /// Closes the listening. `played_ms` is the player's last word, `None` when somebody else closes; `served_ms` is what
    /// the home says that it served.
    pub fn close(
        &mut self,
        now_ms: i64,
        reason: Reason,
        played_ms: Option<u64>,
        served_ms: u64,
        purse: &mut Purse,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.closed.is_some() {
            return effects;
        }
        if let Some(played_ms) = played_ms {
            let claim_ms = self.believed(now_ms, played_ms);
            self.beat_ms = self.beat_ms.max(now_ms);
            self.advance(now_ms, claim_ms, None, purse, &mut effects);
        }
        if self.closed.is_none() {
            self.settle_unplayed(served_ms, purse, &mut effects);
            self.end(now_ms, reason, purse, &mut effects);
        }
        effects
    }

    /// What time alone brings: silence and idleness close, a long pause releases the hold. Silence counts from
    /// `serving_since_ms` when that is later, so that a portal's restart closes nothing.
    pub fn tick(&mut self, now_ms: i64, serving_since_ms: i64, served_ms: u64, purse: &mut Purse) -> Vec<Effect> {
        if self.closed.is_some() {
            return Vec::new();
        }
        if elapsed_ms(self.beat_ms.max(serving_since_ms), now_ms) >= rules::SILENCE_MS {
            return self.close(now_ms, Reason::Silence, None, served_ms, purse);
        }
        let mut effects = Vec::new();
        if let Some(still_since_ms) = self.still_since_ms {
            let still_ms = elapsed_ms(still_since_ms, now_ms);
            if still_ms >= rules::IDLE_MS {
                return self.close(now_ms, Reason::Idle, None, served_ms, purse);
            }
            if still_ms >= rules::PAUSE_HOLD_MS {
                self.release(purse, &mut effects);
            }
        }
        effects
    }

    /// The home's word after the end: a listening that claims to have played nothing though much was served is charged
    /// a minute, if the purse has it.
    pub fn witness(&mut self, served_ms: u64, purse: &mut Purse) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.closed.is_some() {
            self.settle_unplayed(served_ms, purse, &mut effects);
        }
        effects
    }

    /// Whether it plays.
    pub fn playing(&self) -> bool {
        self.still_since_ms.is_none() && self.closed.is_none()
    }

    /// Media milliseconds that the home may serve.
    pub fn ceil_ms(&self) -> u64 {
        rules::ceil_ms(self.charged_minutes)
    }

    /// What the next minute costs on the present path, in micros.
    pub fn price(&self) -> i64 {
        self.tariff.price(self.path)
    }

    /// Media milliseconds that are left on the present path: the rest of the minute under way, the hold, and `money`.
    pub fn balance_ms(&self, money: Money) -> u64 {
        let rest_ms = self.charged_minutes.saturating_mul(rules::MINUTE_MS).saturating_sub(self.played_ms);
        rest_ms.saturating_add(buys_ms(self.hold + money, self.price())).min(UNLIMITED_MS)
    }

    /// Media milliseconds that may still be played; `None` unless the end is near.
    pub fn play_out_ms(&self) -> Option<u64> {
        self.r#final.map(|end| end.until_ms.saturating_sub(self.played_ms))
    }

    fn new(now_ms: i64, tariff: Tariff, path: Option<Path>) -> Self {
        Self {
            tariff,
            opened_ms: now_ms,
            beat_ms: now_ms,
            seq: None,
            played_ms: 0,
            buffered_ms: 0,
            still_since_ms: Some(now_ms),
            path,
            minute_path: None,
            charged_minutes: 0,
            free_minutes: 0,
            hold: Money::ZERO,
            last_charge: None,
            r#final: None,
            closed: None,
        }
    }

    fn believed(&self, now_ms: i64, claim_ms: u64) -> u64 {
        rules::clamp_played(self.played_ms, elapsed_ms(self.beat_ms, now_ms), claim_ms)
    }

    /// Moves `played_ms` to `claim_ms`, settling every minute that becomes due on the way.
    fn advance(
        &mut self,
        now_ms: i64,
        claim_ms: u64,
        report: Option<Path>,
        purse: &mut Purse,
        effects: &mut Vec<Effect>,
    ) {
        self.reprice(claim_ms, report, purse, effects);
        let at_start = self.path.or(report);
        self.path = report.or(self.path);
        let mut played_ms = claim_ms;
        loop {
            let start_ms = self.charged_minutes.saturating_mul(rules::MINUTE_MS);
            if claim_ms < start_ms {
                break;
            }
            self.minute_path = self.minute_path.or(at_start);
            if claim_ms <= start_ms.saturating_add(CHEAPER_WITHIN_MS) {
                self.minute_path = self.cheaper(self.minute_path, report);
            }
            if rules::minutes_due(claim_ms) <= self.charged_minutes {
                break;
            }
            if let Settled::No { limit_ms } = self.settle(purse, effects) {
                played_ms = limit_ms.max(self.played_ms);
                self.played_ms = played_ms;
                self.end(now_ms, Reason::NoMinutes, purse, effects);
                break;
            }
        }
        self.played_ms = played_ms;
    }

    fn cheaper(&self, one: Option<Path>, other: Option<Path>) -> Option<Path> {
        match other {
            Some(_) if self.tariff.price(other) < self.tariff.price(one) => other,
            _ => one,
        }
    }

    /// Gives back what the last minute cost too much when it reached a cheaper path in its first seconds.
    fn reprice(&mut self, claim_ms: u64, report: Option<Path>, purse: &mut Purse, effects: &mut Vec<Effect>) {
        let (Some(path), Some(last)) = (report, self.last_charge) else { return };
        let start_ms = last.minute.saturating_mul(rules::MINUTE_MS);
        if claim_ms > start_ms.saturating_add(CHEAPER_WITHIN_MS) {
            self.last_charge = None;
            return;
        }
        let back = last.money.give_back(last.money.total().saturating_sub(self.tariff.price(Some(path))));
        if back != Money::ZERO {
            purse.money = purse.money + back;
            effects.push(Effect::Refund { minute: last.minute, path, money: back });
            self.last_charge = None;
        }
    }

    /// Settles the next minute: from the purse, at the house's cost, or not at all.
    fn settle(&mut self, purse: &mut Purse, effects: &mut Vec<Effect>) -> Settled {
        let minute = self.charged_minutes;
        if self.settle_from_purse(minute, purse, effects) {
            return Settled::Yes;
        }
        self.release(purse, effects);
        let start_ms = minute.saturating_mul(rules::MINUTE_MS);
        let end = self.end_of_money(purse, effects);
        if !end.courtesy || start_ms >= end.until_ms {
            return Settled::No { limit_ms: start_ms.saturating_add(rules::GRACE_MS) };
        }
        let path = self.minute_path;
        effects.push(Effect::Courtesy { minute, path, price: self.tariff.price(path) });
        self.settled(None);
        Settled::Yes
    }

    fn settle_from_purse(&mut self, minute: u64, purse: &mut Purse, effects: &mut Vec<Effect>) -> bool {
        let path = self.minute_path.or(self.path);
        let price = self.tariff.price(path);
        if price == 0 {
            self.free_minutes = self.free_minutes.saturating_add(1);
            self.settled(None);
            return true;
        }
        let mut funds = purse.money + self.hold;
        let Some(money) = funds.take(price) else { return false };
        effects.push(Effect::Charge { minute, path, held: self.hold, money });
        purse.money = funds;
        self.hold = Money::ZERO;
        self.settled(Some(LastCharge { minute, money }));
        true
    }

    fn settled(&mut self, last_charge: Option<LastCharge>) {
        self.charged_minutes = self.charged_minutes.saturating_add(1);
        self.minute_path = None;
        self.last_charge = last_charge;
    }

    fn settle_unplayed(&mut self, served_ms: u64, purse: &mut Purse, effects: &mut Vec<Effect>) {
        if self.played_ms == 0 && self.charged_minutes == 0 && served_ms > SERVED_UNPLAYED_MS {
            self.settle_from_purse(0, purse, effects);
        }
    }

    /// Holds the next minute if it has a price and is not held; whether it is covered now.
    fn hold(&mut self, purse: &mut Purse, effects: &mut Vec<Effect>) -> bool {
        let price = self.price();
        if self.hold != Money::ZERO || price == 0 {
            return true;
        }
        let Some(money) = purse.money.take(price) else { return false };
        self.hold = money;
        effects.push(Effect::Hold(money));
        true
    }

    fn hold_or_end(&mut self, purse: &mut Purse, effects: &mut Vec<Effect>) {
        if self.hold(purse, effects) {
            self.r#final = None;
        } else {
            self.end_of_money(purse, effects);
        }
    }

    fn end_of_money(&mut self, purse: &mut Purse, effects: &mut Vec<Effect>) -> Final {
        if let Some(end) = self.r#final {
            return end;
        }
        let paid_ms = self.charged_minutes.saturating_mul(rules::MINUTE_MS);
        let courtesy = std::mem::take(&mut purse.courtesy);
        let until_ms = if courtesy { paid_ms.saturating_add(PLAY_OUT_MS) } else { paid_ms };
        if courtesy {
            effects.push(Effect::GrantPlayOut);
        }
        *self.r#final.insert(Final { until_ms, courtesy })
    }

    fn release(&mut self, purse: &mut Purse, effects: &mut Vec<Effect>) {
        let held = std::mem::take(&mut self.hold);
        if held != Money::ZERO {
            purse.money = purse.money + held;
            effects.push(Effect::Release(held));
        }
    }

    fn end(&mut self, now_ms: i64, reason: Reason, purse: &mut Purse, effects: &mut Vec<Effect>) {
        self.release(purse, effects);
        self.closed = Some((reason, now_ms));
        effects.push(Effect::Close(reason));
    }
}

/// Media milliseconds that `money` buys at `price` micros per minute.
pub fn buys_ms(money: Money, price: i64) -> u64 {
    if price <= 0 {
        return UNLIMITED_MS;
    }
    let minutes = u64::try_from(money.total().max(0) / price).unwrap_or(0);
    minutes.saturating_mul(rules::MINUTE_MS).min(UNLIMITED_MS)
}

fn elapsed_ms(from_ms: i64, to_ms: i64) -> u64 {
    u64::try_from(to_ms.saturating_sub(from_ms)).unwrap_or(0)
}
