//! Another browser is signed out.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use iroam_protocol::{id::RowId, problem::Kind};

use super::list;
use crate::{
    failure::{Failure, Segment},
    session::{self, Current, SignedIn},
    state::App,
};

/// Signs out one browser of the account: its tabs lose their homes within seconds. One's own is `current`.
#[utoipa::path(
    delete, path = "/sessions/{id}", params(("id" = RowId, Path,)), responses((status = 204))
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
) -> Result<Response, Failure> {
    if id == current.session {
        let cookie = session::end(&app, &current).await?;
        return Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response());
    }
    apply(&app, &current, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Signs out another browser of the account, for API and page.
///
/// # Errors
/// A session that is not the account's, or is over.
pub(crate) async fn apply(app: &App, current: &Current, id: RowId) -> Result<(), Failure> {
    let known = list::of(app, current).await?.into_iter().any(|session| session.id == id);
    if !known {
        return Err(Failure::told(Kind::NotFound, |words| words.faults.no_session.into()));
    }
    session::end_one(app, current.account.id, id).await
}
