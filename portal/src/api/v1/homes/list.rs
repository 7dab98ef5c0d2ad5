//! The account's homes.

use axum::{Json, extract::State};
use iroam_protocol::{id::RowId, portal::Home};

use crate::{failure::Failure, session::SignedIn, state::App};

/// Lists the account's homes.
#[utoipa::path(get, path = "/homes", responses((status = 200, body = Vec<Home>)))]
pub(crate) async fn list(State(app): State<App>, SignedIn(current): SignedIn) -> Result<Json<Vec<Home>>, Failure> {
    Ok(Json(of(&app, current.account.id).await?))
}

/// The homes of an account, with whether they are online.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn of(app: &App, account: RowId) -> Result<Vec<Home>, Failure> {
    let homes = app.store().homes(account).await?;
    Ok(homes.iter().map(|home| home.to_wire(app.hub().is_online(&home.peer))).collect())
}
