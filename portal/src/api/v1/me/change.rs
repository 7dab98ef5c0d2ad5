//! Other settings.

use axum::{Json, extract::State};
use iroam_protocol::{
    id::RowId,
    portal::{Account, AccountChange},
};

use crate::{
    failure::{Body, Failure},
    hub::Call,
    session::SignedIn,
    settings,
    state::App,
};

/// Changes settings of the account; what is not sent stays as it is.
#[utoipa::path(patch, path = "/me", request_body = AccountChange, responses((status = 200, body = Account)))]
pub(crate) async fn change(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Body(change): Body<AccountChange>,
) -> Result<Json<Account>, Failure> {
    apply(&app, current.account.id, change).await.map(Json)
}

/// Changes settings, for API and page.
///
/// # Errors
/// A [`iroam_protocol::problem::Kind::Invalid`] at the field that is not valid; nothing is changed then.
pub(crate) async fn apply(app: &App, account: RowId, change: AccountChange) -> Result<Account, Failure> {
    let change = settings::checked(change)?;
    let is_renamed = change.display_name.is_some();
    let account = app.store().change_account(account, change).await?.ok_or_else(Failure::unauthorized)?;
    if is_renamed {
        for fellow in app.store().fellows(account.id).await? {
            app.hub().call(Call::Shelf(fellow));
        }
    }
    Ok(account.to_wire())
}
