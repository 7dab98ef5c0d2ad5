//! Who is signed in: a cookie of 256 random bits, of which the database holds a hash.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use iroam_protocol::id::RowId;
use iroam_store::{Account, Ended, NewSession, SecretHash};

use crate::{
    address::ClientAddress, clock, device_label::device_label, entropy, failure::Failure, hub::Call, metrics,
    state::App,
};

/// A person behind a request.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    /// The session.
    pub(crate) session: RowId,
    /// What the cookie proves.
    pub(crate) secret: SecretHash,
    /// When the password was last given.
    pub(crate) signed_in_ms: i64,
    /// The account.
    pub(crate) account: Account,
}

impl Current {
    /// Whether the password was given so recently that the account may be opened to a new home.
    pub(crate) fn is_recent(&self, now_ms: i64) -> bool {
        now_ms - self.signed_in_ms <= RECENT_MS
    }
}

/// A sign-in stays recent for 15 minutes: long enough to walk to the machine at home and back.
const RECENT_MS: i64 = 15 * 60_000;
/// How long a browser keeps the cookie: as long as a session may live at most.
const COOKIE_LIFE_S: i64 = iroam_store::SESSION_LIFE_MS / 1000;

/// Whoever sent this request; `None` when nobody is signed in.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn current(app: &App, headers: &HeaderMap) -> Result<Option<Current>, Failure> {
    let Some(secret) = cookie(headers, cookie_name(app)).map(|text| SecretHash(entropy::hash(text))) else {
        return Ok(None);
    };
    let found = app.store().session(secret, clock::now_ms()).await?;
    Ok(found.map(|found| Current {
        session: found.session.id,
        secret,
        signed_in_ms: found.session.signed_in_ms,
        account: found.account,
    }))
}

/// What let somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The password, or a link of the operator's: a recent sign-in.
    Own,
    /// Another browser of the account said yes. It opens the account to no new home: for that the password is asked.
    OtherDevice,
}

/// Opens a session for an account that has proved itself; answers the cookie to set.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn begin(
    app: &App,
    account: RowId,
    headers: &HeaderMap,
    address: ClientAddress,
) -> Result<HeaderValue, Failure> {
    begin_by(app, account, Proof::Own, headers, address).await
}

/// The same, by the proof given.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn begin_by(
    app: &App,
    account: RowId,
    proof: Proof,
    headers: &HeaderMap,
    address: ClientAddress,
) -> Result<HeaderValue, Failure> {
    let now_ms = clock::now_ms();
    let secret = entropy::secret();
    match current(app, headers).await? {
        // The same person again, to approve a home perhaps: the music in the next tab goes on.
        Some(before) if before.account.id == account && proof == Proof::Own => {
            let new = SecretHash(secret.hash);
            if app.store().renew_session(before.session, before.secret, new, now_ms).await? {
                return set_cookie(app, cookie_name(app), &secret.text, COOKIE_LIFE_S);
            }
        }
        // Somebody else leaves the session before: its cookie is gone from this browser.
        Some(before) => drop(end(app, &before).await?),
        None => {}
    }
    let new = NewSession {
        id: entropy::row_id(now_ms),
        account,
        secret: SecretHash(secret.hash),
        device: device_of(headers),
        address: address.ip().to_string(),
        by_password: proof == Proof::Own,
        now_ms,
    };
    app.store().create_session(new).await?;
    metrics::happened("sign_in");
    set_cookie(app, cookie_name(app), &secret.text, COOKIE_LIFE_S)
}

/// Ends a session: its tabs are revoked at every home and leave the relay.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn end(app: &App, current: &Current) -> Result<HeaderValue, Failure> {
    end_one(app, current.account.id, current.session).await?;
    set_cookie(app, cookie_name(app), "", 0)
}

/// Ends a session of an account, be it another browser's.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn end_one(app: &App, account: RowId, session: RowId) -> Result<(), Failure> {
    let ended = app.store().end_session(session, clock::now_ms()).await?;
    tell_ended(app, account, ended).await;
    metrics::happened("sign_out");
    Ok(())
}

/// Ends every session of an account but this one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn end_others(app: &App, current: &Current) -> Result<(), Failure> {
    let account = current.account.id;
    let ended = app.store().end_sessions_of(account, Some(current.session), clock::now_ms()).await?;
    tell_ended(app, account, ended).await;
    metrics::happened("sign_out_others");
    Ok(())
}

/// Tells homes, relay and open players what ended.
pub(crate) async fn tell_ended(app: &App, account: RowId, ended: Ended) {
    for home in ended.homes {
        app.hub().call(Call::Home(home));
    }
    for (player, homes) in ended.players {
        homes.into_iter().for_each(|home| app.hub().call(Call::Home(home)));
        app.relay().disconnect(player).await;
    }
    app.hub().call(Call::Account(account));
}

/// The browser behind a request, in short.
pub(crate) fn device_of(headers: &HeaderMap) -> String {
    device_label(headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

/// Whoever is signed in; anybody else is told to sign in.
#[derive(Debug)]
pub(crate) struct SignedIn(pub(crate) Current);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        current(app, &parts.headers).await?.map(Self).ok_or_else(Failure::unauthorized)
    }
}

// `__Host-` binds the cookie to this very host over TLS; browsers refuse the prefix over plain http.
fn cookie_name(app: &App) -> &'static str {
    if app.public_url().is_https() { "__Host-iroam" } else { "iroam" }
}

/// The value of a cookie; `None` when the browser sends none of that name.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A cookie that only this site gets and no script reads; a life of 0 takes it away.
///
/// # Errors
/// Never with the values that the portal makes.
pub(crate) fn set_cookie(app: &App, name: &str, value: &str, life_s: i64) -> Result<HeaderValue, Failure> {
    let secure = if app.public_url().is_https() { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life_s}{secure}");
    HeaderValue::from_str(&line).map_err(Failure::internal)
}
