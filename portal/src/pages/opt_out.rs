//! "No more invitations": the link at the end of each invitation. Looking changes nothing, since mail scanners look; the
//! button does, and so does the one click of a mail program (RFC 8058).

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::{Frame, Instead, not_found, render, without_referrer};
use crate::{clock, shares::Addressee, state::App};

#[derive(Template)]
#[template(path = "opt_out.html")]
struct OptOutPage {
    frame: Frame,
    token: String,
    done: bool,
}

/// `GET /opt-out/{token}`.
pub(crate) async fn show(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Instead> {
    let Some(addressee) = Addressee::from_token(app.keys(), &token) else { return Ok(not_found()) };
    let done = app.store().has_opted_out(addressee.listed(app.keys())).await?;
    Ok(page(token, done))
}

/// `POST /opt-out/{token}`.
pub(crate) async fn submit(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Instead> {
    let Some(addressee) = Addressee::from_token(app.keys(), &token) else { return Ok(not_found()) };
    app.store().opt_out(addressee.listed(app.keys()), addressee.hash(), clock::now_ms()).await?;
    Ok(page(token, true))
}

fn page(token: String, done: bool) -> Response {
    without_referrer(render(StatusCode::OK, &OptOutPage { frame: Frame::new(None, ""), token, done }))
}
