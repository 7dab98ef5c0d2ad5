//! What is left.

use axum::{Json, extract::State};
use iroam_protocol::portal::Wallet;

use crate::{failure::Failure, session::SignedIn, state::App};

/// Money and minutes of the account, and the tariff.
#[utoipa::path(get, path = "/wallet", responses((status = 200, body = Wallet)))]
pub(crate) async fn show(State(app): State<App>, SignedIn(current): SignedIn) -> Result<Json<Wallet>, Failure> {
    Ok(Json(app.store().wallet(current.account.id).await?))
}
