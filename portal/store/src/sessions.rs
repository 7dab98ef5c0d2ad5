//! Sessions: a hashed 256-bit secret, an idle and an absolute end.

use std::collections::BTreeMap;

use iroam_ledger::lease::Reason;
use iroam_protocol::{
    events::{AgentEvent, Revoked},
    grant::BROWSE_LIFE_S,
    id::{PeerId, RowId},
};

use crate::{
    Account, Error, SecretHash, Store,
    accounts::{self, columns},
    db::{Decision, Row, Step, values},
    events,
};

/// A session that nobody used for so long is over: two weeks, a holiday.
pub const SESSION_IDLE_MS: i64 = 14 * 24 * 3_600_000;
/// No session outlives this: a season.
pub const SESSION_LIFE_MS: i64 = 90 * 24 * 3_600_000;
/// Use of a session is written down at most once in so long.
const TOUCH_EVERY_MS: i64 = 60_000;

/// A session, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Id.
    pub id: RowId,
    /// The account.
    pub account: RowId,
    /// Browser and system in short.
    pub device: String,
    /// The address it was opened from.
    pub address: String,
    /// When it was opened.
    pub first_seen_ms: i64,
    /// When the password was last given in it; 0 when it never was.
    pub signed_in_ms: i64,
    /// When it was last used, to the minute.
    pub last_seen_ms: i64,
    /// Its absolute end.
    pub expires_ms: i64,
}

/// A session to open.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Id of the session.
    pub id: RowId,
    /// The account.
    pub account: RowId,
    /// Hash of the cookie's secret.
    pub secret: SecretHash,
    /// Browser and system in short.
    pub device: String,
    /// The address it is opened from.
    pub address: String,
    /// Whether the password was given just now. Another device may vouch instead.
    pub by_password: bool,
    /// Portal time.
    pub now_ms: i64,
}

/// Whose cookie it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The account.
    pub account: Account,
}

/// What went with ended sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ended {
    /// Their players, each with the homes that it had grants for; these homes are told.
    pub players: Vec<(PeerId, Vec<PeerId>)>,
    /// All those homes.
    pub homes: Vec<PeerId>,
}

const INSERT: &str = "INSERT INTO sessions (id, account, secret_hash, device, address, first_seen_ms, signed_in_ms, \
    last_seen_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $6, $8)";
const BY_SECRET: &str = concat!(
    "SELECT s.id, s.account, s.device, s.address, s.first_seen_ms, s.signed_in_ms, s.last_seen_ms, s.expires_ms, ",
    columns!(),
    " FROM sessions s JOIN accounts a ON a.id = s.account \
     WHERE s.secret_hash = $1 AND s.expires_ms > $2 AND s.last_seen_ms > $3"
);
const OF_ACCOUNT: &str = "SELECT id, account, device, address, first_seen_ms, signed_in_ms, last_seen_ms, expires_ms \
    FROM sessions WHERE account = $1 AND expires_ms > $2 AND last_seen_ms > $3 ORDER BY last_seen_ms DESC, id DESC";
const RENEW: &str = "UPDATE sessions SET secret_hash = $2, signed_in_ms = $3, last_seen_ms = $3, expires_ms = $4 \
    WHERE id = $1 AND secret_hash = $5";
const TOUCH: &str = "UPDATE sessions SET last_seen_ms = $2 WHERE id = $1 AND last_seen_ms < $2";
const PLAYERS: &str = "SELECT p.peer, h.home FROM players p JOIN player_homes h ON h.player = p.peer \
    WHERE p.session = $1 ORDER BY p.peer, h.home";

impl Store {
    /// Opens a session.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_session(&self, new: NewSession) -> Result<Session, Error> {
        let NewSession { id, account, secret, device, address, by_password, now_ms } = new;
        let expires_ms = now_ms.saturating_add(SESSION_LIFE_MS);
        let signed_in_ms = if by_password { now_ms } else { 0 };
        let row = values![id, account, secret, &device, &address, now_ms, signed_in_ms, expires_ms];
        if !self.db.attempt("create-session", vec![Step::one("session", INSERT, row)]).await? {
            return Err(Error::KeyReused);
        }
        let (first_seen_ms, last_seen_ms) = (now_ms, now_ms);
        Ok(Session { id, account, device, address, first_seen_ms, signed_in_ms, last_seen_ms, expires_ms })
    }

    /// Gives a session whose owner proved himself again a new secret and a new life; its players and listenings go on.
    /// `false` when `old` is no longer its secret.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn renew_session(&self, id: RowId, old: SecretHash, new: SecretHash, now_ms: i64) -> Result<bool, Error> {
        let row = values![id, new, now_ms, now_ms.saturating_add(SESSION_LIFE_MS), old];
        self.db.attempt("renew-session", vec![Step::one("session", RENEW, row)]).await
    }

    /// The session of a cookie; `None` when there is none or it is over. Its use is noted, at most once a minute; a disk
    /// without room for that turns nobody away.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn session(&self, secret: SecretHash, now_ms: i64) -> Result<Option<SignedIn>, Error> {
        let alive = values![secret, now_ms, now_ms.saturating_sub(SESSION_IDLE_MS)];
        let Some(mut row) = self.db.read(BY_SECRET, alive).await?.into_iter().next() else { return Ok(None) };
        let mut session = session(&mut row)?;
        let account = accounts::account(&mut row)?;
        if now_ms.saturating_sub(session.last_seen_ms) >= TOUCH_EVERY_MS {
            let touch = Step::new("session", TOUCH, values![session.id, now_ms]);
            match self.db.attempt("touch-session", vec![touch]).await {
                Ok(_) => session.last_seen_ms = now_ms,
                Err(Error::StorageFull(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(SignedIn { session, account }))
    }

    /// The living sessions of an account, last used first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sessions(&self, account: RowId, now_ms: i64) -> Result<Vec<Session>, Error> {
        let alive = values![account, now_ms, now_ms.saturating_sub(SESSION_IDLE_MS)];
        let rows = self.db.read(OF_ACCOUNT, alive).await?;
        rows.into_iter().map(|mut row| session(&mut row)).collect()
    }

    /// Ends a session: tells every home to deny its players, and closes its listenings. A session that is over already
    /// gives the same answer and tells nobody.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn end_session(&self, id: RowId, now_ms: i64) -> Result<Ended, Error> {
        let ended = self
            .db
            .decide("end-session", async || {
                let ended = self.players_of(id).await?;
                if !self.session_lives(id).await? {
                    return Ok(Decision::nothing(ended));
                }
                let delete = "DELETE FROM sessions WHERE id = $1";
                let mut steps = vec![Step::one("session", delete, values![id])];
                steps.extend(revocations(&ended, now_ms)?);
                Ok(Decision::run(steps, ended))
            })
            .await?;
        self.after_end(id, ended, now_ms).await
    }

    /// Ends all sessions of an account but `except`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn end_sessions_of(&self, account: RowId, except: Option<RowId>, now_ms: i64) -> Result<Ended, Error> {
        let mut all = Ended::default();
        for id in self.sessions_but(account, except).await? {
            all.join(self.end_session(id, now_ms).await?);
        }
        Ok(all)
    }

    /// The ids of all sessions of an account but `except`.
    pub(crate) async fn sessions_but(&self, account: RowId, except: Option<RowId>) -> Result<Vec<RowId>, Error> {
        let rows = self.db.read("SELECT id FROM sessions WHERE account = $1", values![account]).await?;
        let ids = rows.into_iter().map(|mut row| row.id()).filter(|id| id.as_ref().ok() != except.as_ref());
        ids.collect()
    }

    /// Whether it has not ended.
    pub(crate) async fn session_lives(&self, id: RowId) -> Result<bool, Error> {
        Ok(!self.db.read("SELECT id FROM sessions WHERE id = $1", values![id]).await?.is_empty())
    }

    /// What a session that has ended leaves: its listenings are closed, and homes hear of players that were registered
    /// while it ended. Answers all that went with it, given what was `told` already.
    pub(crate) async fn after_end(&self, session: RowId, told: Ended, now_ms: i64) -> Result<Ended, Error> {
        let ended = self.players_of(session).await?;
        if ended != told {
            self.db.decide("late-players", async || Ok(Decision::run(revocations(&ended, now_ms)?, ()))).await?;
        }
        let open = "SELECT id, account FROM listenings WHERE session = $1 AND closed_ms IS NULL";
        self.close_all(open, values![session], Reason::SignedOut, now_ms).await?;
        Ok(ended)
    }

    /// What goes when a session ends.
    pub(crate) async fn players_of(&self, session: RowId) -> Result<Ended, Error> {
        let mut players: BTreeMap<PeerId, Vec<PeerId>> = BTreeMap::new();
        for mut row in self.db.read(PLAYERS, values![session]).await? {
            players.entry(row.peer()?).or_default().push(row.peer()?);
        }
        let mut homes: Vec<_> = players.values().flatten().copied().collect();
        homes.sort_unstable();
        homes.dedup();
        Ok(Ended { players: players.into_iter().collect(), homes })
    }
}

impl Ended {
    /// Takes in what went with another session.
    pub(crate) fn join(&mut self, other: Self) {
        self.players.extend(other.players);
        self.homes.extend(other.homes);
        self.homes.sort_unstable();
        self.homes.dedup();
    }
}

/// Fails a unit whose session has ended since it was recognised; whoever would end it waits for the unit. What is not done
/// together with this outlives a sign-out that comes between.
pub(crate) fn still_lives(session: RowId) -> Step {
    Step::one("session", "UPDATE sessions SET last_seen_ms = last_seen_ms WHERE id = $1", values![session])
}

/// The steps that tell the homes to deny the players of ended sessions.
pub(crate) fn revocations(ended: &Ended, now_ms: i64) -> Result<Vec<Step>, Error> {
    let until_s = now_ms / 1_000 + REVOKED_FOR_S;
    let mut steps = Vec::new();
    for (player, homes) in &ended.players {
        let event = AgentEvent::Revoke { what: Revoked::Player(*player), until_s };
        for home in homes {
            steps.extend(events::push(*home, &event, now_ms)?);
        }
    }
    Ok(steps)
}

/// How long a home must deny a player: the longest grant, and its clock's skew of 60 s.
const REVOKED_FOR_S: i64 = BROWSE_LIFE_S + 60;

fn session(row: &mut Row) -> Result<Session, Error> {
    Ok(Session {
        id: row.id()?,
        account: row.id()?,
        device: row.text()?,
        address: row.text()?,
        first_seen_ms: row.int()?,
        signed_in_ms: row.int()?,
        last_seen_ms: row.int()?,
        expires_ms: row.int()?,
    })
}
