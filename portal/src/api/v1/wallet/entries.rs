//! The statement.

use axum::{Json, extract::State};
use iroam_protocol::portal::Entries;
use serde::Deserialize;

use crate::{
    failure::{Failure, Query},
    session::SignedIn,
    state::App,
};

/// Rows of a page when the request does not say.
const LIMIT: u32 = 50;
/// Most rows of a page.
const LIMIT_MAX: u32 = 200;

/// Which part of the statement.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// `next` of the page before; without it, the newest rows.
    cursor: Option<String>,
    /// Rows, 1 to 200; 50 without it.
    limit: Option<u32>,
}

/// Lists what touched the account's money, newest first.
#[utoipa::path(get, path = "/wallet/entries", params(Page), responses((status = 200, body = Entries)))]
pub(crate) async fn entries(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Query(page): Query<Page>,
) -> Result<Json<Entries>, Failure> {
    let limit = page.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    Ok(Json(app.store().entries(current.account.id, page.cursor.as_deref(), limit).await?))
}
