//! Another name or another place for a list.

use axum::{Json, extract::State};
use iroam_protocol::{
    id::RowId,
    playlists::{Playlist, PlaylistChange},
};

use super::{list_name, told};
use crate::{
    clock,
    failure::{Body, Failure, Segment},
    session::SignedIn,
    state::App,
};

/// Renames a list, or puts it elsewhere in the member's own sidebar.
#[utoipa::path(
    patch, path = "/playlists/{id}", params(("id" = RowId, Path,)), request_body = PlaylistChange,
    responses((status = 200, body = Playlist))
)]
pub(crate) async fn change(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
    Body(asked): Body<PlaylistChange>,
) -> Result<Json<Playlist>, Failure> {
    let change = PlaylistChange { name: asked.name.as_deref().map(list_name).transpose()?, ..asked };
    let changed = app.store().change_playlist(current.account.id, id, &change, clock::now_ms()).await?;
    Ok(Json(told(&app, changed).await?))
}
