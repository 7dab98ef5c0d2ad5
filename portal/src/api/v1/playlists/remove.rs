//! A list goes, and can be brought back.

use axum::{extract::State, http::StatusCode};
use iroam_protocol::id::RowId;

use super::{granted, tell};
use crate::{
    clock,
    failure::{Failure, Segment},
    session::SignedIn,
    state::App,
};

/// Removes a list, or a folder with the account's lists in it. For 30 days it can be brought back.
#[utoipa::path(delete, path = "/playlists/{id}", params(("id" = RowId, Path,)), responses((status = 204)))]
pub(crate) async fn remove(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
) -> Result<StatusCode, Failure> {
    for list in granted(app.store().remove_playlist(current.account.id, id, clock::now_ms()).await?)? {
        tell(&app, list).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
