//! A link is taken back.

use axum::{extract::State, http::StatusCode};
use iroam_protocol::{id::RowId, problem::Kind};

use crate::{
    clock,
    failure::{Failure, Segment},
    hub::Call,
    metrics,
    session::SignedIn,
    state::App,
};

/// Takes a link back: it opens nothing any more, and what streams by it stops within 5 s.
#[utoipa::path(delete, path = "/shares/{id}", params(("id" = RowId, Path,)), responses((status = 204)))]
pub(crate) async fn revoke(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
) -> Result<StatusCode, Failure> {
    let account = current.account.id;
    let home = app.store().revoke_share(Some(account), id, clock::now_ms()).await?;
    let home = home.ok_or_else(|| Failure::new(Kind::NotFound, "Your account has no such share."))?;
    app.hub().call(Call::Home(home));
    app.hub().call(Call::Account(account));
    metrics::happened("share_revoked");
    Ok(StatusCode::NO_CONTENT)
}
