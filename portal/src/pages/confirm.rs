//! An address is confirmed by the link that was sent to it. Opening the link only shows a button: mail scanners open all
//! of them.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use iroam_store::{Asked, Confirmation, Purpose, SecretHash};

use super::{Frame, Instead, Member, Visitor, framed, render, without_referrer};
use crate::{account_mail, clock, entropy, hub::Call, metrics, state::App};

/// The entry of the navigation: none.
const HERE: &str = "confirm";

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    frame: Frame,
    token: String,
    email: String,
    minutes: u64,
}

#[derive(Template)]
#[template(path = "confirm_done.html")]
struct DonePage {
    frame: Frame,
    confirmed: bool,
    minutes: u64,
}

framed!(ConfirmPage, DonePage);

/// `GET /confirm/{token}`.
pub(crate) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Instead> {
    let found = app.store().mail_link(hash(&token), Purpose::Confirm, clock::now_ms()).await?;
    let page = match found {
        Some(account) if !account.email_confirmed => {
            let (frame, minutes) = (visitor.frame(HERE), minutes(&app));
            render(StatusCode::OK, &ConfirmPage { frame, token, email: account.email, minutes })
        }
        found => done(&app, &visitor, found.is_some()),
    };
    Ok(without_referrer(page))
}

/// `POST /confirm/{token}`. Pressing twice is fine.
pub(crate) async fn submit(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Instead> {
    let confirmed = app.store().confirm_address(hash(&token), clock::now_ms()).await?;
    if let Confirmation::Confirmed(account) = confirmed {
        metrics::happened("address_confirmed");
        app.hub().call(Call::Account(account));
    }
    let confirmed = matches!(confirmed, Confirmation::Confirmed(_));
    Ok(without_referrer(done(&app, &visitor, confirmed)))
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
pub(crate) fn minutes(app: &App) -> u64 {
    let pricing = app.store().pricing();
    let minutes = pricing.confirm_micros.checked_div(pricing.tariff.relay);
    minutes.and_then(|minutes| u64::try_from(minutes).ok()).unwrap_or(0)
}

fn done(app: &App, visitor: &Visitor, confirmed: bool) -> Response {
    let status = if confirmed { StatusCode::OK } else { StatusCode::GONE };
    render(status, &DonePage { frame: visitor.frame(HERE), confirmed, minutes: minutes(app) })
}

fn hash(token: &str) -> SecretHash {
    SecretHash(entropy::hash(token))
}
