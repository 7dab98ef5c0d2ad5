//! Nothing is to be continued.

use axum::{extract::State, http::StatusCode};

use crate::{failure::Failure, session::SignedIn, state::App};

/// Forgets what the account last played.
#[utoipa::path(delete, path = "/queue", responses((status = 204)))]
pub(crate) async fn forget(State(app): State<App>, SignedIn(current): SignedIn) -> Result<StatusCode, Failure> {
    app.store().forget_queue(current.account.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
