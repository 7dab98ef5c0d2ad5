//! Listenings: the lease of `iroam-ledger` made durable. Each event reads the row and the purse, lets the lease decide,
//! and writes row, entries, wallets and events in one transaction that demands the version it was decided on.

mod open;
mod open_shared;
mod row;

use iroam_ledger::{
    lease::{Beat, Effect, Lease, Reason},
    share::{Change, Share, Visit},
};
use iroam_protocol::{
    events::{AgentEvent, Revoked},
    grant::LISTEN_LIFE_S,
    id::{PeerId, RowId},
    lease as rules,
    path::Path,
    portal,
};

use self::row::Stored;
pub use self::{
    open::{Open, Opened},
    open_shared::{OpenShared, OpenedShared},
};
use crate::{
    Error, Store, books,
    db::{Decision, Row, Step, Value, values},
    events, money, served, shares,
};

/// A listening as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// Id.
    pub id: RowId,
    /// Who pays.
    pub account: RowId,
    /// The session that opened it; of a visitor, the share.
    pub session: RowId,
    /// The share that a visitor listens by; `None` for the account's own.
    pub share: Option<RowId>,
    /// The home.
    pub home: PeerId,
    /// The tab.
    pub player: PeerId,
    /// When it was opened.
    pub opened_ms: i64,
    /// Media milliseconds that the home may serve.
    pub ceil_ms: u64,
    /// Media milliseconds accepted as played.
    pub played_ms: u64,
    /// Minutes settled so far.
    pub charged_minutes: u64,
    /// Micros that the next minute costs on the present path.
    pub price_micros: i64,
    /// Media milliseconds left on the present path.
    pub balance_ms: u64,
    /// Nothing is left for another minute.
    pub is_final: bool,
    /// Media milliseconds that may still be played; `None` unless final.
    pub play_out_ms: Option<u64>,
    /// Whether the last heartbeat said that it plays.
    pub playing: bool,
    /// The path of the last report; `None` before the first.
    pub path: Option<Path>,
    /// Why it was closed; `None` while it is open.
    pub closed: Option<Reason>,
}

impl Listening {
    /// The answer of open and heartbeat on the wire.
    pub fn to_wire(&self, grant: String, expires_ms: i64, relay: portal::RelayAccess, now_ms: i64) -> portal::Lease {
        portal::Lease {
            id: self.id,
            grant,
            expires_ms,
            ceil_ms: self.ceil_ms,
            played_ms: self.played_ms,
            charged_minutes: self.charged_minutes,
            price_micros: self.price_micros,
            balance_ms: self.balance_ms,
            r#final: self.is_final,
            play_out_ms: self.play_out_ms,
            relay,
            time_ms: now_ms,
        }
    }
}

/// How a heartbeat was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beaten {
    /// It goes on.
    Ok(Listening),
    /// It is closed, perhaps by this heartbeat.
    Closed(Listening),
    /// The account has no such listening.
    Unknown,
}

/// Due listenings that one round of [`Store::expire`] takes, so that it stays short; the next round takes the rest.
const EXPIRE_MAX: u32 = 200;
const DUE: &str = "SELECT id, account FROM listenings WHERE closed_ms IS NULL AND ((beat_ms <= $1 AND $2 <= $1) \
    OR still_since_ms <= $3 OR (still_since_ms <= $4 AND hold_promo + hold_paid > 0)) ORDER BY beat_ms LIMIT $5";
const RUNNING: &str = "SELECT l.id, h.name, l.device, l.opened_ms, l.played_ms, l.still_since_ms FROM listenings l \
    LEFT JOIN homes h ON h.peer = l.home WHERE l.account = $1 AND l.closed_ms IS NULL AND l.share IS NULL ORDER BY l.opened_ms, l.id";
const SERVED: &str = "SELECT CAST(COALESCE(SUM(served_ms), 0) AS BIGINT) FROM served_minutes WHERE listening = $1";
const GIVE_PLAY_OUT: &str =
    "UPDATE accounts SET play_out_ms = $2 WHERE id = $1 AND (play_out_ms IS NULL OR play_out_ms <= $3)";
const ONE_LESS: &str = "UPDATE accounts SET running = running - 1 WHERE id = $1";
/// How long a home must deny a closed listening: the longest grant, and its clock's skew of 60 s.
const REVOKED_FOR_S: i64 = LISTEN_LIFE_S + 60;

impl Store {
    /// Takes a heartbeat: charges what became due, holds the next minute. A repeat gives the same answer.
    ///
    /// # Errors
    /// [`Error`]; the heartbeat may be sent again.
    pub async fn heartbeat(&self, id: RowId, account: RowId, beat: Beat, now_ms: i64) -> Result<Beaten, Error> {
        let event = |loaded: &mut Loaded| loaded.stored.lease.heartbeat(now_ms, &beat, &mut loaded.purse);
        Ok(match self.change("heartbeat", id, account, now_ms, event).await? {
            Some(listening) if listening.closed.is_some() => Beaten::Closed(listening),
            Some(listening) => Beaten::Ok(listening),
            None => Beaten::Unknown,
        })
    }

    /// Closes a listening and tells its home. `played_ms` is the player's last word, `None` when the owner stops it from
    /// another player. A closed one stays as it is; `None` when the account has no such listening.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn close_listening(
        &self,
        id: RowId,
        account: RowId,
        played_ms: Option<u64>,
        now_ms: i64,
    ) -> Result<Option<Listening>, Error> {
        self.close_for(id, account, Reason::Told, played_ms, now_ms).await
    }

    /// A listening as it stands; `None` when there is none.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn listening(&self, id: RowId) -> Result<Option<Listening>, Error> {
        let rows = self.db.read("SELECT account FROM listenings WHERE id = $1", values![id]).await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        // No decision hangs on the day's play-out here, so any time will do.
        let loaded = self.load(id, row.id()?, 0).await?;
        Ok(loaded.map(|loaded| loaded.view()))
    }

    /// The open listenings of an account, oldest first; those of visitors are not among them.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn running(&self, account: RowId) -> Result<Vec<portal::RunningListening>, Error> {
        self.db.read(RUNNING, values![account]).await?.into_iter().map(running).collect()
    }

    /// Closes what is silent or idle, and releases the holds of long pauses; answers what was closed. Call it every few
    /// seconds. Silence counts from `serving_since_ms` at the earliest, the time since when the portal listens.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn expire(&self, now_ms: i64, serving_since_ms: i64) -> Result<Vec<Listening>, Error> {
        let before = |ms: u64| now_ms.saturating_sub(i64::try_from(ms).unwrap_or(i64::MAX));
        let silent_ms = before(rules::SILENCE_MS);
        let (idle_ms, paused_ms) = (before(rules::IDLE_MS), before(rules::PAUSE_HOLD_MS));
        let due = values![silent_ms, serving_since_ms, idle_ms, paused_ms, EXPIRE_MAX];
        let mut closed = Vec::new();
        for mut row in self.db.read(DUE, due).await? {
            let (id, account) = (row.id()?, row.id()?);
            let event = |loaded: &mut Loaded| {
                let served_ms = loaded.served_ms;
                loaded.stored.lease.tick(now_ms, serving_since_ms, served_ms, &mut loaded.purse)
            };
            let listening = self.change("expire", id, account, now_ms, event).await?;
            closed.extend(listening.filter(|listening| listening.closed.is_some()));
        }
        Ok(closed)
    }

    /// Closes all listenings that `select` (of id and account) finds.
    pub(crate) async fn close_all(
        &self,
        select: &'static str,
        values: Vec<Value>,
        reason: Reason,
        now_ms: i64,
    ) -> Result<(), Error> {
        for mut row in self.db.read(select, values).await? {
            let (id, account) = (row.id()?, row.id()?);
            self.close_for(id, account, reason, None, now_ms).await?;
        }
        Ok(())
    }

    async fn close_for(
        &self,
        id: RowId,
        account: RowId,
        reason: Reason,
        played_ms: Option<u64>,
        now_ms: i64,
    ) -> Result<Option<Listening>, Error> {
        let event = |loaded: &mut Loaded| {
            let served_ms = loaded.served_ms;
            loaded.stored.lease.close(now_ms, reason, played_ms, served_ms, &mut loaded.purse)
        };
        self.change("close", id, account, now_ms, event).await
    }

    /// Lets the lease decide on what is stored now, and stores what it decided.
    async fn change(
        &self,
        name: &'static str,
        id: RowId,
        account: RowId,
        now_ms: i64,
        event: impl Fn(&mut Loaded) -> Vec<Effect>,
    ) -> Result<Option<Listening>, Error> {
        let event = &event;
        self.db
            .decide(name, async || {
                let Some(mut loaded) = self.load(id, account, now_ms).await? else {
                    return Ok(Decision::nothing(None));
                };
                let before = loaded.stored.lease.clone();
                let effects = event(&mut loaded);
                if loaded.stored.lease == before && effects.is_empty() {
                    return Ok(Decision::nothing(Some(loaded.view())));
                }
                let share_steps = loaded.follow(Some(&before), &effects, now_ms);
                let mut steps = vec![loaded.stored.update()];
                loaded.stored.version += 1;
                steps.extend(share_steps);
                steps.extend(settle(&loaded, &effects, now_ms)?);
                Ok(Decision::run(steps, Some(loaded.view())))
            })
            .await
    }

    async fn load(&self, id: RowId, account: RowId, now_ms: i64) -> Result<Option<Loaded>, Error> {
        let [wallets, play_out] = money::purse_queries(account);
        let share = (shares::OF_LISTENING, values![id]);
        let queries = vec![(row::SELECT, values![id, account]), wallets, play_out, (SERVED, values![id]), share];
        let [listening, wallets, play_out, served, share] = exactly(self.db.reads(queries).await?)?;
        let Some(mut row) = listening.into_iter().next() else { return Ok(None) };
        let stored = Stored::read(&mut row)?;
        let sender = money::purse(wallets, play_out, account, now_ms)?;
        let visited = share.into_iter().next().map(|row| visited(row, stored.reserved)).transpose()?;
        let purse = visited.as_ref().map_or(sender, |visited| visited.share.purse(sender));
        let served_ms = served.into_iter().next().map(|mut row| row.count()).transpose()?.unwrap_or(0);
        Ok(Some(Loaded { stored, purse, served_ms, visited }))
    }
}

/// A listening with all that its decisions hang on.
struct Loaded {
    stored: Stored,
    /// What may be spent: a visitor spends no more than the share may cost.
    purse: iroam_ledger::Purse,
    served_ms: u64,
    /// The share of a visitor.
    visited: Option<Visited>,
}

/// A share, as a visitor's decision found it.
struct Visited {
    share: Share,
    visit: Visit,
}

impl Loaded {
    fn view(&self) -> Listening {
        let Stored { id, account, session, home, player, share, lease, .. } = &self.stored;
        view((*id, *account, *session, *share), (*home, *player), lease, self.purse.money)
    }

    /// The steps that move the counters of a visitor's share as the lease has moved; none for the account's own.
    fn follow(&mut self, before: Option<&Lease>, effects: &[Effect], now_ms: i64) -> Vec<Step> {
        let (Some(Visited { share, visit }), Some(id)) = (&mut self.visited, self.stored.share) else {
            return Vec::new();
        };
        let known = *visit;
        let change: Change = share.follow(now_ms, before, &self.stored.lease, effects, visit);
        self.stored.reserved = visit.reserved;
        shares::change_steps((id, self.stored.player), change, (known, *visit), before.is_none(), now_ms)
    }
}

fn visited(mut row: Row, reserved: bool) -> Result<Visited, Error> {
    let share = shares::counters(&mut row)?;
    Ok(Visited { share, visit: Visit { reserved, counted_ms: row.opt_int()? } })
}

/// Charges a closed listening that claims to have played nothing though its home served much.
pub(crate) async fn witness(
    store: &Store,
    id: RowId,
    account: RowId,
    served_ms: u64,
    now_ms: i64,
) -> Result<(), Error> {
    let event = |loaded: &mut Loaded| loaded.stored.lease.witness(served_ms, &mut loaded.purse);
    store.change("witness", id, account, now_ms, event).await.map(drop)
}

/// The steps that make the effects of a decision durable. The order of the rows is the same in every unit.
fn settle(loaded: &Loaded, effects: &[Effect], now_ms: i64) -> Result<Vec<Step>, Error> {
    let Stored { id, account, home, version, share, .. } = loaded.stored;
    let mut steps = Vec::new();
    let mut transfers = Vec::new();
    for effect in effects {
        let transfer = effect.transfer(account, id, version).map_err(|error| Error::Corrupt(error.to_string()))?;
        transfers.extend(transfer);
        match effect {
            Effect::GrantPlayOut => {
                let earlier_ms = now_ms.saturating_sub(iroam_ledger::lease::COURTESY_EVERY_MS);
                steps.push(Step::one("play-out", GIVE_PLAY_OUT, values![account, now_ms, earlier_ms]));
            }
            Effect::Close(_) => {
                if share.is_none() {
                    steps.push(Step::one("running", ONE_LESS, values![account]));
                }
                let until_s = now_ms / 1_000 + REVOKED_FOR_S;
                let event = AgentEvent::Revoke { what: Revoked::Listening(id), until_s };
                steps.extend(events::push(home, &event, now_ms)?);
                steps.extend(served::flag_step(id, loaded.served_ms, loaded.stored.lease.played_ms, now_ms));
            }
            _ => {}
        }
    }
    steps.extend(books::post(&transfers, now_ms));
    Ok(steps)
}

fn view(
    (id, account, session, share): (RowId, RowId, RowId, Option<RowId>),
    (home, player): (PeerId, PeerId),
    lease: &Lease,
    money: iroam_ledger::Money,
) -> Listening {
    Listening {
        id,
        account,
        session,
        share,
        home,
        player,
        opened_ms: lease.opened_ms,
        ceil_ms: lease.ceil_ms(),
        played_ms: lease.played_ms,
        charged_minutes: lease.charged_minutes,
        price_micros: lease.price(),
        balance_ms: lease.balance_ms(money),
        is_final: lease.r#final.is_some(),
        play_out_ms: lease.play_out_ms(),
        playing: lease.playing(),
        path: lease.path,
        closed: lease.closed.map(|(reason, _)| reason),
    }
}

fn running(mut row: Row) -> Result<portal::RunningListening, Error> {
    Ok(portal::RunningListening {
        id: row.id()?,
        home: row.opt_text()?.unwrap_or_default(),
        device: row.text()?,
        opened_ms: row.int()?,
        played_ms: row.count()?,
        playing: row.opt_int()?.is_none(),
    })
}

fn exactly<T, const N: usize>(results: Vec<T>) -> Result<[T; N], Error> {
    results.try_into().map_err(|_| Error::Corrupt("a read answered fewer results than it has queries".into()))
}
