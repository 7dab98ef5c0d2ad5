//! A copy of a list.

use axum::{Json, extract::State, http::StatusCode};
use iroam_protocol::{
    id::RowId,
    playlists::{DuplicatePlaylist, Playlist},
};

use super::{list_name, told};
use crate::{
    clock,
    failure::{Body, Failure, Segment},
    session::SignedIn,
    state::App,
};

/// Copies a list, also one that is shared with the account, into a new one of its own.
#[utoipa::path(
    post, path = "/playlists/{id}/duplicate", params(("id" = RowId, Path,)), request_body = DuplicatePlaylist,
    responses((status = 201, body = Playlist))
)]
pub(crate) async fn duplicate(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
    Body(asked): Body<DuplicatePlaylist>,
) -> Result<(StatusCode, Json<Playlist>), Failure> {
    let new = DuplicatePlaylist { name: list_name(&asked.name)?, ..asked };
    let made = app.store().duplicate_playlist(current.account.id, id, &new, clock::now_ms()).await?;
    Ok((StatusCode::CREATED, Json(told(&app, made).await?)))
}
