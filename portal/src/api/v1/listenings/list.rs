//! The listenings that run, for "stop the other".

use axum::{Json, extract::State};
use iroam_protocol::portal::RunningListening;

use crate::{failure::Failure, session::SignedIn, state::App};

/// Lists the account's running listenings.
#[utoipa::path(get, path = "/listenings", responses((status = 200, body = Vec<RunningListening>)))]
pub(crate) async fn list(
    State(app): State<App>,
    SignedIn(current): SignedIn,
) -> Result<Json<Vec<RunningListening>>, Failure> {
    Ok(Json(app.store().running(current.account.id).await?))
}
