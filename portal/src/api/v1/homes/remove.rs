//! A home leaves its account.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use iroam_protocol::id::{PeerId, RowId};

use super::rename::unknown;
use crate::{
    agent, clock,
    failure::{Failure, Segment},
    hub::Call,
    session,
    state::App,
};

/// Removes a home, asked by its owner (cookie) or by the home itself (assertion).
#[utoipa::path(delete, path = "/homes/{id}", params(("id" = PeerId, Path,)), responses((status = 204)))]
pub(crate) async fn remove(
    State(app): State<App>,
    Segment(home): Segment<PeerId>,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    let account = match agent::bearer(&headers) {
        Some(assertion) => {
            agent::verify(&app, assertion, &home)?;
            app.store().home(home).await?.ok_or_else(unknown)?.account
        }
        None => session::current(&app, &headers).await?.ok_or_else(Failure::unauthorized)?.account.id,
    };
    apply(&app, account, home).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a home of an account, for API and page: it is told, and leaves the relay.
///
/// # Errors
/// A home that is not the account's.
pub(crate) async fn apply(app: &App, account: RowId, home: PeerId) -> Result<(), Failure> {
    if !app.store().remove_home(account, home, clock::now_ms()).await? {
        return Err(unknown());
    }
    app.hub().call(Call::Home(home));
    app.hub().call(Call::Account(account));
    app.relay().disconnect(home).await;
    tracing::info!(%home, "a home was removed");
    Ok(())
}
