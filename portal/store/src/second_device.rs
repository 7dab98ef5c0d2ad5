//! Signing in a second device: it shows a code and holds a secret, a browser that is signed in approves the code, and the
//! secret is worth a session, once. Nothing else is known of the account on the new device, and nothing is typed there.

use iroam_protocol::{activation::UserCode, id::RowId};

use crate::{
    Authorized, Error, SecretHash, Store,
    db::{Decision, Row, Step, values},
};

/// How long a request lives: five minutes, to unlock a phone and scan a code.
pub const SIGN_IN_LIFE_MS: i64 = 5 * 60_000;

/// A device that asks for a session.
#[derive(Debug, Clone)]
pub struct NewSignIn {
    /// Id of the request.
    pub id: RowId,
    /// Hash of the secret that the device keeps.
    pub secret: SecretHash,
    /// The code that it shows.
    pub user_code: UserCode,
    /// Browser and system in short.
    pub device: String,
    /// The address it asks from.
    pub address: String,
    /// Portal time.
    pub now_ms: i64,
}

/// A pending request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInRequest {
    /// Id.
    pub id: RowId,
    /// The code that the device shows.
    pub user_code: UserCode,
    /// Browser and system in short.
    pub device: String,
    /// The address it asks from.
    pub address: String,
    /// When it dies.
    pub expires_ms: i64,
}

/// What has become of a request, for the device that asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInState {
    /// Nobody has decided yet.
    Pending(SignInRequest),
    /// Somebody said yes: [`Store::take_sign_in`] answers who, once.
    Approved,
    /// Somebody said no.
    Denied,
    /// It is unknown, too old, or was taken.
    Gone,
}

const INSERT: &str = "INSERT INTO sign_in_requests \
    (id, secret_hash, user_code, device, address, state, created_ms, expires_ms) \
    VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7)";
const BY_CODE: &str = "SELECT id, user_code, device, address, expires_ms FROM sign_in_requests \
    WHERE user_code = $1 AND state = 'pending' AND expires_ms > $2";
const BY_SECRET: &str = "SELECT state, account, id, user_code, device, address, expires_ms FROM sign_in_requests \
    WHERE secret_hash = $1 AND expires_ms > $2";
const APPROVE: &str = "UPDATE sign_in_requests SET state = 'approved', account = $2 \
    WHERE id = $1 AND state = 'pending' AND expires_ms > $3";
const DENY: &str = "UPDATE sign_in_requests SET state = 'denied' WHERE id = $1 AND state = 'pending'";
const TAKE: &str = "UPDATE sign_in_requests SET state = 'taken' WHERE secret_hash = $1 AND state = 'approved'";

impl Store {
    /// Notes that a device asks for a session.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ask_sign_in(&self, new: NewSignIn) -> Result<Authorized, Error> {
        let NewSignIn { id, secret, user_code, device, address, now_ms } = new;
        let expires_ms = now_ms.saturating_add(SIGN_IN_LIFE_MS);
        let row = values![id, secret, user_code.as_str(), device, address, now_ms, expires_ms];
        let asked = self.db.attempt("ask-sign-in", vec![Step::one("sign-in", INSERT, row)]).await?;
        Ok(if asked { Authorized::Ok } else { Authorized::CodeTaken })
    }

    /// The pending request of a typed or scanned code.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sign_in_request(&self, user_code: &UserCode, now_ms: i64) -> Result<Option<SignInRequest>, Error> {
        let rows = self.db.read(BY_CODE, values![user_code.as_str(), now_ms]).await?;
        rows.into_iter().next().map(|mut row| request(&mut row)).transpose()
    }

    /// Lets the device in; `false` when the request is not pending any more.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn approve_sign_in(&self, id: RowId, account: RowId, now_ms: i64) -> Result<bool, Error> {
        self.db.attempt("approve-sign-in", vec![Step::one("sign-in", APPROVE, values![id, account, now_ms])]).await
    }

    /// Turns the device down; `false` when the request is not pending any more.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn deny_sign_in(&self, id: RowId) -> Result<bool, Error> {
        self.db.attempt("deny-sign-in", vec![Step::one("sign-in", DENY, values![id])]).await
    }

    /// What has become of the request of this secret.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sign_in_state(&self, secret: SecretHash, now_ms: i64) -> Result<SignInState, Error> {
        let Some(mut row) = self.db.read(BY_SECRET, values![secret, now_ms]).await?.into_iter().next() else {
            return Ok(SignInState::Gone);
        };
        let (state, _) = (row.text()?, row.opt_id()?);
        Ok(match state.as_str() {
            "pending" => SignInState::Pending(request(&mut row)?),
            "approved" => SignInState::Approved,
            "denied" => SignInState::Denied,
            _ => SignInState::Gone,
        })
    }

    /// Uses an approval: of two that try at once, one is told the account. `None` when there is none, or no longer.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn take_sign_in(&self, secret: SecretHash, now_ms: i64) -> Result<Option<RowId>, Error> {
        self.db
            .decide("take-sign-in", async || {
                let Some(mut row) = self.db.read(BY_SECRET, values![secret, now_ms]).await?.into_iter().next() else {
                    return Ok(Decision::nothing(None));
                };
                let (state, account) = (row.text()?, row.opt_id()?);
                Ok(match account.filter(|_| state == "approved") {
                    Some(account) => Decision::run(vec![Step::one("sign-in", TAKE, values![secret])], Some(account)),
                    None => Decision::nothing(None),
                })
            })
            .await
    }
}

/// The step that takes back every approval of an account that no device has used yet.
pub(crate) fn forget_approvals(account: RowId) -> Step {
    let update = "UPDATE sign_in_requests SET state = 'denied' WHERE account = $1 AND state = 'approved'";
    Step::new("sign-ins", update, values![account])
}

fn request(row: &mut Row) -> Result<SignInRequest, Error> {
    Ok(SignInRequest {
        id: row.id()?,
        user_code: UserCode::parse(&row.text()?).ok_or_else(|| Error::Corrupt("a user code that is none".into()))?,
        device: row.text()?,
        address: row.text()?,
        expires_ms: row.int()?,
    })
}
