//! All that the player needs at its start.

use axum::{Json, extract::State};
use iroam_protocol::portal::Me;
use iroam_store::Account;

use crate::{api::v1::homes, clock, failure::Failure, session::SignedIn, state::App};

/// Account, minutes and homes.
#[utoipa::path(get, path = "/me", responses((status = 200, body = Me)))]
pub(crate) async fn show(State(app): State<App>, SignedIn(current): SignedIn) -> Result<Json<Me>, Failure> {
    Ok(Json(of(&app, &current.account).await?))
}

/// The same for an account that has just proved itself.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn of(app: &App, account: &Account) -> Result<Me, Failure> {
    Ok(Me {
        account: account.to_wire(),
        wallet: app.store().wallet(account.id).await?,
        homes: homes::list::of(app, account.id).await?,
        time_ms: clock::now_ms(),
    })
}
