//! The row of a listening.

use iroam_ledger::{
    Money, Tariff,
    lease::{Final, LastCharge, Lease, Reason},
};
use iroam_protocol::id::{PeerId, RowId};

use crate::{
    Error,
    db::{Row, Step, Value, values},
};

/// A listening as stored.
pub(super) struct Stored {
    pub(super) id: RowId,
    pub(super) account: RowId,
    pub(super) session: RowId,
    pub(super) home: PeerId,
    pub(super) player: PeerId,
    /// Counts changes.
    pub(super) version: u64,
    pub(super) lease: Lease,
    /// The share that a visitor listens by; `None` for the account's own.
    pub(super) share: Option<RowId>,
    /// Whether a play of the share is reserved.
    pub(super) reserved: bool,
}

pub(super) const SELECT: &str = "SELECT id, account, session, home, player, version, tariff_lan, tariff_direct, \
    tariff_relay, opened_ms, beat_ms, seq, played_ms, buffered_ms, still_since_ms, path, minute_path, charged_minutes, \
    free_minutes, hold_promo, hold_paid, last_minute, last_promo, last_paid, final_until_ms, final_courtesy, \
    closed_reason, closed_ms, share, share_reserved FROM listenings WHERE id = $1 AND account = $2";

const UPDATE: &str = "UPDATE listenings SET version = version + 1, beat_ms = $3, seq = $4, played_ms = $5, \
    buffered_ms = $6, still_since_ms = $7, path = $8, minute_path = $9, charged_minutes = $10, free_minutes = $11, \
    hold_promo = $12, hold_paid = $13, last_minute = $14, last_promo = $15, last_paid = $16, final_until_ms = $17, \
    final_courtesy = $18, closed_reason = $19, closed_ms = $20, share_reserved = $21 WHERE id = $1 AND version = $2";

const INSERT: &str = "INSERT INTO listenings (id, version, beat_ms, seq, played_ms, buffered_ms, still_since_ms, path, \
    minute_path, charged_minutes, free_minutes, hold_promo, hold_paid, last_minute, last_promo, last_paid, \
    final_until_ms, final_courtesy, closed_reason, closed_ms, share_reserved, account, session, home, player, device, \
    idempotency_key, tariff_lan, tariff_direct, tariff_relay, opened_ms, share) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, \
    $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, \
    $32)";

impl Stored {
    pub(super) fn read(row: &mut Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            account: row.id()?,
            session: row.id()?,
            home: row.peer()?,
            player: row.peer()?,
            version: row.count()?,
            lease: lease(row)?,
            share: row.opt_id()?,
            reserved: row.int()? != 0,
        })
    }

    /// The step that replaces the row of this version by the present state.
    pub(super) fn update(&self) -> Step {
        Step::one("listening", UPDATE, self.state())
    }

    /// The step that makes the row.
    pub(super) fn insert(&self, device: &str, idempotency_key: &str) -> Step {
        let Tariff { lan, direct, relay } = self.lease.tariff;
        let mut row = self.state();
        row.extend(values![
            self.account,
            self.session,
            self.home,
            self.player,
            device,
            idempotency_key,
            lan,
            direct,
            relay,
            self.lease.opened_ms,
            self.share
        ]);
        Step::one("listening", INSERT, row)
    }

    fn state(&self) -> Vec<Value> {
        let lease = &self.lease;
        values![
            self.id,
            self.version,
            lease.beat_ms,
            lease.seq,
            lease.played_ms,
            lease.buffered_ms,
            lease.still_since_ms,
            lease.path,
            lease.minute_path,
            lease.charged_minutes,
            lease.free_minutes,
            lease.hold.promo,
            lease.hold.paid,
            lease.last_charge.map(|last| last.minute),
            lease.last_charge.map(|last| last.money.promo),
            lease.last_charge.map(|last| last.money.paid),
            lease.r#final.map(|end| end.until_ms),
            lease.r#final.map(|end| i64::from(end.courtesy)),
            lease.closed.map(|(reason, _)| reason.as_str().to_owned()),
            lease.closed.map(|(_, closed_ms)| closed_ms),
            self.reserved,
        ]
    }
}

fn lease(row: &mut Row) -> Result<Lease, Error> {
    Ok(Lease {
        tariff: Tariff { lan: row.int()?, direct: row.int()?, relay: row.int()? },
        opened_ms: row.int()?,
        beat_ms: row.int()?,
        seq: row.opt_count()?,
        played_ms: row.count()?,
        buffered_ms: row.count()?,
        still_since_ms: row.opt_int()?,
        path: row.opt_path()?,
        minute_path: row.opt_path()?,
        charged_minutes: row.count()?,
        free_minutes: row.count()?,
        hold: Money { promo: row.int()?, paid: row.int()? },
        last_charge: last_charge(row)?,
        r#final: r#final(row)?,
        closed: closed(row)?,
    })
}

fn last_charge(row: &mut Row) -> Result<Option<LastCharge>, Error> {
    let (minute, promo, paid) = (row.opt_count()?, row.opt_int()?, row.opt_int()?);
    let charge = |minute| LastCharge { minute, money: Money { promo: promo.unwrap_or(0), paid: paid.unwrap_or(0) } };
    Ok(minute.map(charge))
}

fn r#final(row: &mut Row) -> Result<Option<Final>, Error> {
    let (until_ms, courtesy) = (row.opt_count()?, row.opt_int()?);
    Ok(until_ms.map(|until_ms| Final { until_ms, courtesy: courtesy == Some(1) }))
}

fn closed(row: &mut Row) -> Result<Option<(Reason, i64)>, Error> {
    let (reason, closed_ms) = (row.opt_text()?, row.opt_int()?);
    let Some(closed_ms) = closed_ms else { return Ok(None) };
    let reason = reason.and_then(|name| Reason::parse(&name));
    reason
        .map(|reason| Some((reason, closed_ms)))
        .ok_or_else(|| Error::Corrupt("a listening closed for no reason".into()))
}
