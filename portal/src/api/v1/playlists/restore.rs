//! A removed list comes back.

use axum::{Json, extract::State};
use iroam_protocol::{id::RowId, playlists::Playlist};

use super::told;
use crate::{
    clock,
    failure::{Failure, Segment},
    session::SignedIn,
    state::App,
};

/// Brings a removed list back, or a folder with what was removed with it.
#[utoipa::path(
    post, path = "/playlists/{id}/restore", params(("id" = RowId, Path,)), responses((status = 200, body = Playlist))
)]
pub(crate) async fn restore(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
) -> Result<Json<Playlist>, Failure> {
    let restored = app.store().restore_playlist(current.account.id, id, clock::now_ms()).await?;
    Ok(Json(told(&app, restored).await?))
}
