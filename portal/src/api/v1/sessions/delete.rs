//! Sign out.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};

use crate::{
    failure::Failure,
    session::{self, SignedIn},
    state::App,
};

/// Signs out: the session's tabs lose their homes within seconds.
#[utoipa::path(delete, path = "/sessions/current", responses((status = 204)))]
pub(crate) async fn delete(State(app): State<App>, SignedIn(current): SignedIn) -> Result<impl IntoResponse, Failure> {
    let cookie = session::end(&app, &current).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
}
