//! The operator in a browser. `iroam-portal admin operator-link` prints a link that works once; it opens a session of an
//! hour that belongs to no account.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use iroam_protocol::problem::Kind;
use iroam_store::{OPERATOR_SESSION_LIFE_MS, SecretHash};

use crate::{clock, entropy, failure::Failure, metrics, pages::Instead, session, state::App};

/// Only the operator gets past this; anybody else is told how to become it.
#[derive(Debug)]
pub(crate) struct Operator;

impl FromRequestParts<App> for Operator {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Instead> {
        match secret(app, &parts.headers) {
            Some(secret) if app.store().is_operator(secret, clock::now_ms()).await? => Ok(Self),
            _ => Err(Instead::Failure(not_you())),
        }
    }
}

/// Uses a link; answers the cookie to set, or `None` when the link works no more.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn enter(app: &App, token: &str) -> Result<Option<HeaderValue>, Failure> {
    let (link, secret) = (SecretHash(entropy::hash(token)), entropy::secret());
    if !app.store().use_operator_link(link, SecretHash(secret.hash), clock::now_ms()).await? {
        return Ok(None);
    }
    metrics::happened("operator_entered");
    session::set_cookie(app, cookie_name(app), &secret.text, OPERATOR_SESSION_LIFE_MS / 1_000).map(Some)
}

/// Ends the session; answers the cookie to set.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn leave(app: &App, headers: &HeaderMap) -> Result<HeaderValue, Failure> {
    if let Some(secret) = secret(app, headers) {
        app.store().end_operator_session(secret).await?;
    }
    session::set_cookie(app, cookie_name(app), "", 0)
}

fn secret(app: &App, headers: &HeaderMap) -> Option<SecretHash> {
    session::cookie(headers, cookie_name(app)).map(|text| SecretHash(entropy::hash(text)))
}

fn cookie_name(app: &App) -> &'static str {
    if app.public_url().is_https() { "__Host-iroam-operator" } else { "iroam-operator" }
}

fn not_you() -> Failure {
    let words = "These pages are for whoever runs this portal. On its machine, this prints a link that opens them for an \
        hour: iroam-portal admin operator-link";
    Failure::new(Kind::Forbidden, words)
}
