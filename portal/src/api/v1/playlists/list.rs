//! The sidebar.

use axum::{Json, extract::State};
use iroam_protocol::playlists::Playlists;

use crate::{failure::Failure, session::SignedIn, state::App};

/// Lists all lists and folders of the account, those shared with it included.
#[utoipa::path(get, path = "/playlists", responses((status = 200, body = Playlists)))]
pub(crate) async fn list(State(app): State<App>, SignedIn(current): SignedIn) -> Result<Json<Playlists>, Failure> {
    Ok(Json(app.store().playlists(current.account.id).await?))
}
