//! Opening a listening.

use iroam_ledger::lease::{self, Lease, NoMinutes};
use iroam_protocol::{
    id::{PeerId, RowId},
    lease as rules,
    path::Path,
    portal::RunningListening,
};

use super::{Listening, Loaded, Stored, exactly, settle};
use crate::{
    Error, Store,
    db::{Decision, Step, values},
    money, sessions,
};

/// A listening to open.
#[derive(Debug, Clone)]
pub struct Open {
    /// Id of the listening.
    pub id: RowId,
    /// Who pays.
    pub account: RowId,
    /// The session.
    pub session: RowId,
    /// The home.
    pub home: PeerId,
    /// The tab.
    pub player: PeerId,
    /// The same key of the same account gives the same listening.
    pub idempotency_key: String,
    /// Browser and system in short.
    pub device: String,
    /// The path, if the home has reported one; `None` holds a relayed minute.
    pub path: Option<Path>,
    /// Portal time.
    pub now_ms: i64,
}

/// How an open ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It stands; a repeat finds the first one, which may be closed by now.
    Ok(Listening),
    /// The account has as many as it may have; one of them must be stopped.
    TooMany(Vec<RunningListening>),
    /// Nothing is left for a minute.
    NoMinutes,
    /// The home is not the account's.
    NotYours,
    /// The session has ended since it was recognised.
    SignedOut,
    /// The key stands for another home or player.
    KeyReused,
}

pub(super) const BY_KEY: &str = "SELECT id, home, player FROM listenings WHERE account = $1 AND idempotency_key = $2";
const UNCHARGED: &str = "SELECT COUNT(*) FROM listenings WHERE account = $1 AND opened_ms > $2 AND charged_minutes = 0 \
    AND share IS NULL";
pub(super) const OF_HOME: &str = "UPDATE homes SET opens = opens + 1 WHERE peer = $1 AND account = $2";
const ONE_MORE: &str = "UPDATE accounts SET running = running + 1 WHERE id = $1 AND running < $2";

impl Store {
    /// Opens a listening and holds its first minute.
    ///
    /// # Errors
    /// [`Error`]; it may be repeated under the same key.
    pub async fn open_listening(&self, open: Open) -> Result<Opened, Error> {
        let open = &open;
        self.db
            .decide("open", async || {
                if let Some(found) = self.found(open).await? {
                    return Ok(Decision::nothing(found));
                }
                if self.home(open.home).await?.is_none_or(|home| home.account != open.account) {
                    return Ok(Decision::nothing(Opened::NotYours));
                }
                if !self.session_lives(open.session).await? {
                    return Ok(Decision::nothing(Opened::SignedOut));
                }
                let running = self.running(open.account).await?;
                if running.len() >= rules::LISTENINGS_MAX {
                    return Ok(Decision::nothing(Opened::TooMany(running)));
                }
                self.decide_open(open).await
            })
            .await
    }

    async fn found(&self, open: &Open) -> Result<Option<Opened>, Error> {
        let rows = self.db.read(BY_KEY, values![open.account, &open.idempotency_key]).await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        let (id, home, player) = (row.id()?, row.peer()?, row.peer()?);
        if (home, player) != (open.home, open.player) {
            return Ok(Some(Opened::KeyReused));
        }
        let loaded = self.load(id, open.account, open.now_ms).await?;
        Ok(loaded.map(|loaded| Opened::Ok(loaded.view())))
    }

    async fn decide_open(&self, open: &Open) -> Result<Decision<Opened>, Error> {
        let Open { id, account, session, home, player, now_ms, .. } = *open;
        let [wallets, play_out] = money::purse_queries(account);
        let since_ms = now_ms.saturating_sub(lease::OPENS_WITHIN_MS);
        let uncharged = (UNCHARGED, values![account, since_ms]);
        let [wallets, play_out, uncharged] = exactly(self.db.reads(vec![wallets, play_out, uncharged]).await?)?;
        let uncharged = uncharged.into_iter().next().map(|mut row| row.count()).transpose()?.unwrap_or(0);
        let mut purse = money::purse(wallets, play_out, account, now_ms)?;
        let crowded = uncharged >= lease::UNCHARGED_OPENS_MAX;
        let opened = Lease::open(now_ms, self.pricing.tariff, open.path, crowded, &mut purse);
        let (lease, effects) = match opened {
            Ok(opened) => opened,
            Err(NoMinutes) => return Ok(Decision::nothing(Opened::NoMinutes)),
        };
        let stored = Stored { id, account, session, home, player, version: 0, lease, share: None, reserved: false };
        let loaded = Loaded { stored, purse, served_ms: 0, visited: None };
        let most = rules::LISTENINGS_MAX as u64;
        let mut steps = vec![
            sessions::still_lives(session),
            Step::one("home", OF_HOME, values![home, account]),
            loaded.stored.insert(&open.device, &open.idempotency_key),
            Step::one("running", ONE_MORE, values![account, most]),
        ];
        steps.extend(settle(&loaded, &effects, now_ms)?);
        Ok(Decision::run(steps, Opened::Ok(loaded.view())))
    }
}
