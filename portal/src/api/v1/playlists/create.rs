//! A new list or folder.

use axum::{Json, extract::State, http::StatusCode};
use iroam_protocol::playlists::{NewPlaylist, Playlist};

use super::{list_name, told};
use crate::{
    clock,
    failure::{Body, Failure},
    session::SignedIn,
    state::App,
};

/// Makes a list or folder. The same id again gives the same one.
#[utoipa::path(post, path = "/playlists", request_body = NewPlaylist, responses((status = 201, body = Playlist)))]
pub(crate) async fn create(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Body(asked): Body<NewPlaylist>,
) -> Result<(StatusCode, Json<Playlist>), Failure> {
    let new = NewPlaylist { name: list_name(&asked.name)?, ..asked };
    let made = app.store().create_playlist(current.account.id, &new, clock::now_ms()).await?;
    Ok((StatusCode::CREATED, Json(told(&app, made).await?)))
}
