//! An address is confirmed by the link that was sent to it. Opening the link only shows a button: mail scanners open all
//! of them.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use iroam_store::{Asked, Confirmation, Purpose, SecretHash};

use super::{Frame, Instead, Member, Visitor, render, without_referrer};
use crate::{account_mail, clock, entropy, hub::Call, metrics, session::Current, state::App};

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    frame: Frame,
    token: String,
    email: String,
    minutes: i64,
}

#[derive(Template)]
#[template(path = "confirm_done.html")]
struct DonePage {
    frame: Frame,
    confirmed: bool,
    minutes: i64,
}

/// `GET /confirm/{token}`.
pub(crate) async fn show(
    State(app): State<App>,
    Visitor(current): Visitor,
    Path(token): Path<String>,
) -> Result<Response, Instead> {
    let found = app.store().mail_link(hash(&token), Purpose::Confirm, clock::now_ms()).await?;
    let page = match found {
        Some(account) if !account.email_confirmed => {
            let (frame, minutes) = (frame(current.as_ref()), minutes(&app));
            render(StatusCode::OK, &ConfirmPage { frame, token, email: account.email, minutes })
        }
        found => done(&app, current.as_ref(), found.is_some()),
    };
    Ok(without_referrer(page))
}

/// `POST /confirm/{token}`. Pressing twice is fine.
pub(crate) async fn submit(
    State(app): State<App>,
    Visitor(current): Visitor,
    Path(token): Path<String>,
) -> Result<Response, Instead> {
    let confirmed = app.store().confirm_address(hash(&token), clock::now_ms()).await?;
    if let Confirmation::Confirmed(account) = confirmed {
        metrics::happened("address_confirmed");
        app.hub().call(Call::Account(account));
    }
    let confirmed = matches!(confirmed, Confirmation::Confirmed(_));
    Ok(without_referrer(done(&app, current.as_ref(), confirmed)))
}

/// `POST /account/confirm`: sends the mail.
pub(crate) async fn ask(State(app): State<App>, Member(current): Member) -> Result<Response, Instead> {
    let done = match account_mail::ask(&app, &current.account).await? {
        Asked::Sent => "confirm-sent",
        Asked::Confirmed => "confirmed",
        Asked::Enough => "confirm-enough",
    };
    Ok(Redirect::to(&format!("/account?done={done}")).into_response())
}

/// Minutes that a confirmed address brings, at the price of the relay; 0 when they cost nothing anyway.
pub(crate) fn minutes(app: &App) -> i64 {
    let pricing = app.store().pricing();
    pricing.confirm_micros.checked_div(pricing.tariff.relay).unwrap_or(0)
}

fn done(app: &App, current: Option<&Current>, confirmed: bool) -> Response {
    let status = if confirmed { StatusCode::OK } else { StatusCode::GONE };
    render(status, &DonePage { frame: frame(current), confirmed, minutes: minutes(app) })
}

fn frame(current: Option<&Current>) -> Frame {
    Frame::new(current, "confirm")
}

fn hash(token: &str) -> SecretHash {
    SecretHash(entropy::hash(token))
}
