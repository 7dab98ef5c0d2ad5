//! The sender's links.

use axum::{Json, extract::State};
use iroam_protocol::shares::Shares;
use serde::Deserialize;

use crate::{
    clock,
    failure::{Failure, Query},
    session::SignedIn,
    state::App,
};

/// Rows of a page when the request does not say.
const LIMIT: u32 = 50;
/// Most rows of a page.
const LIMIT_MAX: u32 = 100;

/// Which part of the list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// `next` of the page before; without it, the newest rows.
    cursor: Option<String>,
    /// Rows, 1 to 100; 50 without it.
    limit: Option<u32>,
}

/// Lists the links that the account made, newest first, with their plays.
#[utoipa::path(get, path = "/shares", params(Page), responses((status = 200, body = Shares)))]
pub(crate) async fn list(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Query(page): Query<Page>,
) -> Result<Json<Shares>, Failure> {
    let limit = page.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    Ok(Json(app.store().shares(current.account.id, page.cursor.as_deref(), limit, clock::now_ms()).await?))
}
