//! Members of a shared list.

use axum::{extract::State, http::StatusCode};
use iroam_protocol::id::RowId;

use super::{granted, tell};
use crate::{
    failure::{Failure, Segment},
    hub::Call,
    session::SignedIn,
    state::App,
};

/// Takes a member off a list: the owner any other, everybody themselves.
#[utoipa::path(
    delete, path = "/playlists/{id}/members/{account}", params(("id" = RowId, Path,), ("account" = RowId, Path,)),
    responses((status = 204))
)]
pub(crate) async fn remove(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment((id, member)): Segment<(RowId, RowId)>,
) -> Result<StatusCode, Failure> {
    granted(app.store().remove_member(current.account.id, id, member).await?)?;
    tell(&app, id).await?;
    app.hub().call(Call::Shelf(member));
    Ok(StatusCode::NO_CONTENT)
}
