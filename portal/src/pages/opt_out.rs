//! "No more invitations": the link at the end of each invitation. Looking changes nothing, since mail scanners look; the
//! button does, and so does the one click of a mail program (RFC 8058).

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{Frame, Instead, framed, not_found, render, without_referrer};
use crate::{catalogue::accept, clock, shares::Addressee, state::App};

#[derive(Template)]
#[template(path = "opt_out.html")]
struct OptOutPage {
    frame: Frame,
    token: String,
    done: bool,
}

framed!(OptOutPage);

/// `GET /opt-out/{token}`.
pub(crate) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Instead> {
    let Some(addressee) = Addressee::from_token(app.keys(), &token) else { return Ok(not_found()) };
    let done = app.store().has_opted_out(addressee.listed(app.keys())).await?;
    Ok(page(&headers, token, done))
}

/// `POST /opt-out/{token}`.
pub(crate) async fn submit(
    State(app): State<App>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Instead> {
    let Some(addressee) = Addressee::from_token(app.keys(), &token) else { return Ok(not_found()) };
    app.store().opt_out(addressee.listed(app.keys()), addressee.hash(), clock::now_ms()).await?;
    Ok(page(&headers, token, true))
}

/// Whoever follows the link of a mail is nobody that the portal knows, whoever is signed in here.
fn page(headers: &HeaderMap, token: String, done: bool) -> Response {
    let frame = Frame::stranger(accept::preferred(headers), "");
    without_referrer(render(StatusCode::OK, &OptOutPage { frame, token, done }))
}
