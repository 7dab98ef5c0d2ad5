//! What is marked.

use axum::{Json, extract::State};
use iroam_protocol::playlists::Marks;
use serde::Deserialize;

use crate::{
    api::v1::playlists::granted,
    failure::{Failure, Query},
    session::SignedIn,
    state::App,
};

/// Which marks.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct After {
    /// `cursor` of the answer before; without it, from the first.
    since: Option<u64>,
}

/// Lists marks in the order of marking. A cursor that is too old answers 410 `changes-gone`.
#[utoipa::path(get, path = "/marks", params(After), responses((status = 200, body = Marks)))]
pub(crate) async fn list(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Query(after): Query<After>,
) -> Result<Json<Marks>, Failure> {
    granted(app.store().marks(current.account.id, after.since.unwrap_or(0)).await?).map(Json)
}
