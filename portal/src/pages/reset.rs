//! Another password, by the link that was sent to the account's address.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use iroam_store::{Account, Purpose, Reset, SecretHash};
use serde::Deserialize;

use super::{Frame, Instead, Posted, Visitor, framed, render, without_referrer};
use crate::{account_mail, clock, entropy, failure::Failure, metrics, people, session, session::Current, state::App};

/// The entry of the navigation.
const HERE: &str = "sign-in";

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    frame: Frame,
    token: String,
    email: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "reset_gone.html")]
struct GonePage {
    frame: Frame,
}

framed!(ResetPage, GonePage);

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Form {
    password: String,
}

/// `GET /reset/{token}`. Opening the link does not use it up: mail scanners open all of them.
pub(crate) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Instead> {
    let page = match find(&app, &token).await? {
        Some(account) => form(StatusCode::OK, &visitor, token, account.email, None),
        None => gone(&visitor),
    };
    Ok(without_referrer(page))
}

/// `POST /reset/{token}`.
pub(crate) async fn submit(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
    Posted(typed): Posted<Form>,
) -> Result<Response, Instead> {
    let Some(account) = find(&app, &token).await? else { return Ok(without_referrer(gone(&visitor))) };
    if let Err(failure) = people::new_password(&typed.password) {
        let words = Some(failure.detail_in(visitor.words()));
        return Ok(without_referrer(form(failure.status(), &visitor, token, account.email, words)));
    }
    let own = visitor.current.as_ref().filter(|current| current.account.id == account.id);
    if !replace(&app, &token, &account, typed.password, own).await? {
        return Ok(without_referrer(gone(&visitor)));
    }
    let next = if own.is_some() { "/account?done=password" } else { "/sign-in?done=password" };
    Ok(without_referrer(Redirect::to(next).into_response()))
}

async fn find(app: &App, token: &str) -> Result<Option<Account>, Failure> {
    Ok(app.store().mail_link(SecretHash(entropy::hash(token)), Purpose::Reset, clock::now_ms()).await?)
}

/// Replaces the password and ends every session but one's own; `false` when the link was used in the meantime.
async fn replace(
    app: &App,
    token: &str,
    account: &Account,
    password: String,
    own: Option<&Current>,
) -> Result<bool, Failure> {
    let hash = app.passwords().hash(password).await?;
    let mail = account_mail::password_changed(app, account)?;
    let except = own.map(|current| current.session);
    match app.store().reset_password(SecretHash(entropy::hash(token)), &hash, except, &mail).await? {
        Reset::Gone => Ok(false),
        Reset::Done(ended) => {
            session::tell_ended(app, account.id, ended).await;
            metrics::happened("password_reset");
            tracing::info!(account = %account.id, "a password was replaced");
            Ok(true)
        }
    }
}

fn form(status: StatusCode, visitor: &Visitor, token: String, email: String, error: Option<String>) -> Response {
    render(status, &ResetPage { frame: visitor.frame(HERE), token, email, error })
}

fn gone(visitor: &Visitor) -> Response {
    render(StatusCode::GONE, &GonePage { frame: visitor.frame(HERE) })
}
