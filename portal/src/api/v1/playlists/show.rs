//! A list with its items, or what changed in it.

use axum::{Json, extract::State};
use iroam_protocol::{id::RowId, playlists::Contents};
use serde::Deserialize;

use super::granted;
use crate::{
    failure::{Failure, Query, Segment},
    session::SignedIn,
    state::App,
};

/// Which part of the list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// What changed after this number of the list's sequence; without it, all items.
    since: Option<u64>,
}

/// Reads a list: all of it, or what changed since. Changes that are no longer kept answer 410 `changes-gone`.
#[utoipa::path(
    get, path = "/playlists/{id}", params(("id" = RowId, Path,), Part), responses((status = 200, body = Contents))
)]
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
    Query(part): Query<Part>,
) -> Result<Json<Contents>, Failure> {
    granted(app.store().playlist_contents(current.account.id, id, part.since).await?).map(Json)
}
