//! What was last played.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use iroam_protocol::queue::Queue;

use crate::{failure::Failure, session::SignedIn, state::App};

/// What the account last played, wherever it was.
#[utoipa::path(
    get, path = "/queue", responses((status = 200, body = Queue), (status = 204, description = "Nothing yet"))
)]
pub(crate) async fn show(State(app): State<App>, SignedIn(current): SignedIn) -> Result<Response, Failure> {
    Ok(match app.store().queue(current.account.id).await? {
        Some(queue) => Json(queue).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
