//! The operator's pages.

pub(crate) mod outbox;
pub(crate) mod reports;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::{ErrorPage, Frame, Instead, redirect_with_cookie, render, without_referrer};
use crate::{
    operator::{self, Operator},
    state::App,
};

/// Where the operator begins.
const FIRST: &str = "/operator/outbox";

/// The routes of the operator's pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/operator", get(first))
        .route("/operator/enter/{token}", get(enter))
        .route("/operator/leave", post(leave))
        .route("/operator/outbox", get(outbox::list))
        .route("/operator/outbox/{id}", get(outbox::show))
        .route("/operator/outbox/{id}/retry", post(outbox::retry))
        .route("/operator/reports", get(reports::list))
        .route("/operator/reports/{id}/revoke", post(reports::revoke))
}

/// `GET /operator`.
async fn first(_: Operator) -> Redirect {
    Redirect::to(FIRST)
}

/// `GET /operator/enter/{token}`.
async fn enter(State(app): State<App>, Path(token): Path<String>, method: Method) -> Result<Response, Instead> {
    // A HEAD request looks whether the address exists; it must not use the link up.
    if method == Method::HEAD {
        return Ok(StatusCode::OK.into_response());
    }
    let answer = match operator::enter(&app, &token).await? {
        Some(cookie) => redirect_with_cookie(FIRST, cookie),
        None => link_used(),
    };
    Ok(without_referrer(answer))
}

/// `POST /operator/leave`.
async fn leave(State(app): State<App>, headers: HeaderMap) -> Result<Response, Instead> {
    let cookie = operator::leave(&app, &headers).await?;
    let mut answer = Redirect::to("/").into_response();
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(answer)
}

fn link_used() -> Response {
    let detail = "An operator's link works once, and for ten minutes. On the portal's machine, this prints a fresh one: \
        iroam-portal admin operator-link";
    let (frame, title) = (Frame::operator(None), "This link works no more");
    let page = ErrorPage { frame, status: 410, title, detail, way_out: "/", way_out_words: "To the start page" };
    render(StatusCode::GONE, &page)
}
