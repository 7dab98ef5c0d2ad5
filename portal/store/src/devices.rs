//! Activation of homes by the device flow (RFC 8628): the home polls with a secret code, a person types the short one.

use iroam_protocol::{
    activation::{CODE_LIFE_S, CODE_TRIES_MAX, UserCode},
    id::{PeerId, RowId},
};

use crate::{
    Error, Home, SecretHash, Store,
    db::{Decision, Row, Step, values},
};

/// Seconds between two polls at first: an approval feels immediate, and ten minutes are three hundred polls.
pub const POLL_INTERVAL_S: u64 = 2;
/// What each poll that comes too early adds (RFC 8628 §3.5).
const SLOW_DOWN_S: u64 = 5;
/// A poll may come so much early: timers and networks jitter.
const EARLY_MS: i64 = 1_000;

/// A home that asks to be activated.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// Id of the request.
    pub id: RowId,
    /// Hash of the code that the home polls with.
    pub device_code: SecretHash,
    /// The code for the person.
    pub user_code: UserCode,
    /// The home's PeerId, proved by the caller.
    pub peer: PeerId,
    /// The home's name for itself.
    pub name: String,
    /// Operating system.
    pub os: String,
    /// The agent's version.
    pub version: String,
    /// The address it asks from.
    pub address: String,
    /// Portal time.
    pub now_ms: i64,
}

/// Whether the codes could be given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorized {
    /// They live from now.
    Ok,
    /// One is in use; draw another.
    CodeTaken,
}

/// A pending request, for the approval page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// Id.
    pub id: RowId,
    /// The code for the person.
    pub user_code: UserCode,
    /// The home's PeerId.
    pub peer: PeerId,
    /// The home's name for itself.
    pub name: String,
    /// Operating system.
    pub os: String,
    /// The agent's version.
    pub version: String,
    /// The address it asks from.
    pub address: String,
    /// When it asked.
    pub created_ms: i64,
    /// When the code dies.
    pub expires_ms: i64,
    /// Wrong guesses that are left.
    pub tries_left: u32,
}

/// How an approval ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// The home is the account's. One that was the account's before is kept, under the new name.
    Approved(Home),
    /// The home belongs to another account, whose owner must remove it first.
    TakenByOther,
    /// The request is not pending any more.
    Gone,
}

/// What a polling home is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Poll {
    /// Nobody has decided yet.
    Pending {
        /// Seconds to wait.
        interval_s: u64,
    },
    /// It polls too fast.
    SlowDown {
        /// Seconds to wait from now on.
        interval_s: u64,
    },
    /// A person said no.
    Denied,
    /// The code is dead: too old, or guessed at too often.
    Expired,
    /// No such code.
    Unknown,
    /// A person said yes.
    Approved {
        /// Whose home it is.
        account_email: String,
        /// The home.
        peer: PeerId,
        /// The name that the person gave it.
        name: String,
    },
}

const INSERT: &str = "INSERT INTO device_requests (id, device_code_hash, user_code, peer, name, os, version, address, \
    state, tries_left, interval_s, created_ms, expires_ms) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10, $11, $12)";
const BY_USER_CODE: &str = "SELECT id, user_code, peer, name, os, version, address, created_ms, expires_ms, tries_left \
    FROM device_requests WHERE user_code = $1 AND state = 'pending' AND expires_ms > $2 AND tries_left > 0";
const BY_ID: &str = "SELECT id, user_code, peer, name, os, version, address, created_ms, expires_ms, tries_left \
    FROM device_requests WHERE id = $1 AND state = 'pending' AND expires_ms > $2 AND tries_left > 0";
const APPROVE: &str = "UPDATE device_requests SET state = 'approved', account = $2 \
    WHERE id = $1 AND state = 'pending' AND tries_left > 0";
const DENY: &str = "UPDATE device_requests SET state = 'denied' WHERE id = $1 AND state = 'pending'";
const POLLED: &str = "SELECT d.id, d.state, d.expires_ms, d.tries_left, d.interval_s, d.polled_ms, d.peer, a.email, h.name \
    FROM device_requests d LEFT JOIN accounts a ON a.id = d.account \
    LEFT JOIN homes h ON h.peer = d.peer AND h.account = d.account WHERE d.device_code_hash = $1";
const NOTE_POLL: &str = "UPDATE device_requests SET polled_ms = $2, interval_s = $3 WHERE id = $1";
const INSERT_HOME: &str = "INSERT INTO homes (peer, account, name, os, version, activated_ms, opens) \
    VALUES ($1, $2, $3, $4, $5, $6, 0)";
const UPDATE_HOME: &str = "UPDATE homes SET name = $3, os = $4, version = $5 WHERE peer = $1 AND account = $2";
// What was said to the home in its former activation, its end above all, is not said again.
const FORGET_EVENTS: &str = "DELETE FROM agent_events WHERE home = $1 AND until_s IS NULL";

impl Store {
    /// Gives out a pair of codes.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn authorize_device(&self, new: NewDevice) -> Result<Authorized, Error> {
        let expires_ms = new.now_ms.saturating_add(i64::try_from(CODE_LIFE_S).unwrap_or(0).saturating_mul(1_000));
        let row = values![
            new.id,
            new.device_code,
            new.user_code.as_str(),
            new.peer,
            new.name,
            new.os,
            new.version,
            new.address,
            CODE_TRIES_MAX,
            POLL_INTERVAL_S,
            new.now_ms,
            expires_ms,
        ];
        let given = self.db.attempt("authorize-device", vec![Step::one("device", INSERT, row)]).await?;
        Ok(if given { Authorized::Ok } else { Authorized::CodeTaken })
    }

    /// The pending request of a typed code.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn device(&self, user_code: &UserCode, now_ms: i64) -> Result<Option<DeviceRequest>, Error> {
        let rows = self.db.read(BY_USER_CODE, values![user_code.as_str(), now_ms]).await?;
        rows.into_iter().next().map(request).transpose()
    }

    /// Whose proof must come with a device code; `None` when there is no such code.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn device_by_code(&self, device_code: SecretHash) -> Result<Option<PeerId>, Error> {
        let select = "SELECT peer FROM device_requests WHERE device_code_hash = $1";
        let row = self.db.read(select, values![device_code]).await?.into_iter().next();
        row.map(|mut row| row.peer()).transpose()
    }

    /// Counts a wrong pick of the words; answers how many tries are left, 0 when the code is dead.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn device_wrong_words(&self, id: RowId, now_ms: i64) -> Result<u32, Error> {
        let update = "UPDATE device_requests SET tries_left = tries_left - 1 WHERE id = $1 AND tries_left = $2";
        self.db
            .decide("device-wrong-words", async || {
                let Some(request) = self.pending(id, now_ms).await? else { return Ok(Decision::nothing(0)) };
                let step = Step::one("device", update, values![id, request.tries_left]);
                Ok(Decision::run(vec![step], request.tries_left.saturating_sub(1)))
            })
            .await
    }

    /// Makes the home the account's.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn approve_device(&self, id: RowId, account: RowId, name: &str, now_ms: i64) -> Result<Approval, Error> {
        self.db
            .decide("approve-device", async || {
                let Some(request) = self.pending(id, now_ms).await? else {
                    return Ok(Decision::nothing(Approval::Gone));
                };
                let found = self.home(request.peer).await?;
                if found.as_ref().is_some_and(|home| home.account != account) {
                    return Ok(Decision::nothing(Approval::TakenByOther));
                }
                let home = Home {
                    peer: request.peer,
                    account,
                    name: name.to_owned(),
                    os: request.os,
                    version: request.version,
                    activated_ms: found.as_ref().map_or(now_ms, |home| home.activated_ms),
                    last_seen_ms: found.as_ref().and_then(|home| home.last_seen_ms),
                };
                let mut row = values![home.peer, account, &home.name, &home.os, &home.version];
                let step = if found.is_some() {
                    Step::one("home", UPDATE_HOME, row)
                } else {
                    row.push(now_ms.into());
                    Step::one("home", INSERT_HOME, row)
                };
                let steps = vec![
                    Step::one("device", APPROVE, values![id, account]),
                    step,
                    Step::new("events", FORGET_EVENTS, values![home.peer]),
                ];
                Ok(Decision::run(steps, Approval::Approved(home)))
            })
            .await
    }

    /// Turns a request down; `false` when it is not pending any more.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn deny_device(&self, id: RowId) -> Result<bool, Error> {
        self.db.attempt("deny-device", vec![Step::one("device", DENY, values![id])]).await
    }

    /// Answers a poll (RFC 8628 §3.4). An approval may be fetched again until the code's time is over.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn poll_device(&self, device_code: SecretHash, now_ms: i64) -> Result<Poll, Error> {
        self.db
            .decide("poll-device", async || {
                let row = self.db.read(POLLED, values![device_code]).await?.into_iter().next();
                let Some(polled) = row.map(polled).transpose()? else { return Ok(Decision::nothing(Poll::Unknown)) };
                let poll = polled.answer(now_ms);
                let interval_s = match poll {
                    Poll::Pending { interval_s } | Poll::SlowDown { interval_s } => interval_s,
                    _ => return Ok(Decision::nothing(poll)),
                };
                let note = Step::new("device", NOTE_POLL, values![polled.id, now_ms, interval_s]);
                Ok(Decision::run(vec![note], poll))
            })
            .await
    }

    async fn pending(&self, id: RowId, now_ms: i64) -> Result<Option<DeviceRequest>, Error> {
        self.db.read(BY_ID, values![id, now_ms]).await?.into_iter().next().map(request).transpose()
    }
}

struct Polled {
    id: RowId,
    state: String,
    expires_ms: i64,
    tries_left: i64,
    interval_s: u64,
    polled_ms: Option<i64>,
    peer: PeerId,
    account_email: Option<String>,
    name: Option<String>,
}

impl Polled {
    fn answer(&self, now_ms: i64) -> Poll {
        if self.expires_ms <= now_ms {
            return Poll::Expired;
        }
        match (self.state.as_str(), &self.account_email, &self.name) {
            ("approved", Some(email), Some(name)) => {
                Poll::Approved { account_email: email.clone(), peer: self.peer, name: name.clone() }
            }
            // Denied by a person, or the home was removed since it was approved.
            ("approved" | "denied", ..) => Poll::Denied,
            _ if self.tries_left == 0 => Poll::Expired,
            _ if self.is_early(now_ms) => Poll::SlowDown { interval_s: self.interval_s + SLOW_DOWN_S },
            _ => Poll::Pending { interval_s: self.interval_s },
        }
    }

    fn is_early(&self, now_ms: i64) -> bool {
        let interval_ms = i64::try_from(self.interval_s).unwrap_or(i64::MAX).saturating_mul(1_000);
        self.polled_ms.is_some_and(|polled_ms| now_ms.saturating_sub(polled_ms) < interval_ms - EARLY_MS)
    }
}

fn polled(mut row: Row) -> Result<Polled, Error> {
    Ok(Polled {
        id: row.id()?,
        state: row.text()?,
        expires_ms: row.int()?,
        tries_left: row.int()?,
        interval_s: row.count()?,
        polled_ms: row.opt_int()?,
        peer: row.peer()?,
        account_email: row.opt_text()?,
        name: row.opt_text()?,
    })
}

fn request(mut row: Row) -> Result<DeviceRequest, Error> {
    Ok(DeviceRequest {
        id: row.id()?,
        user_code: UserCode::parse(&row.text()?).ok_or_else(|| Error::Corrupt("a user code that is none".into()))?,
        peer: row.peer()?,
        name: row.text()?,
        os: row.text()?,
        version: row.text()?,
        address: row.text()?,
        created_ms: row.int()?,
        expires_ms: row.int()?,
        tries_left: u32::try_from(row.count()?).unwrap_or(0),
    })
}
