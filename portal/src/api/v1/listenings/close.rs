//! A listening ends.

use axum::{extract::State, http::StatusCode};
use iroam_protocol::{id::RowId, portal::Close};

use super::heartbeat::unknown;
use crate::{
    account_mail, clock,
    failure::{Body, Failure, Segment},
    hub::Call,
    session::{Current, SignedIn},
    state::App,
};

/// Closes a listening of the account. Without a body ("stop the other") what was played so far counts.
#[utoipa::path(
    delete, path = "/listenings/{id}", params(("id" = RowId, Path,)), request_body = Option<Close>,
    responses((status = 204))
)]
pub(crate) async fn close(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
    close: Result<Body<Close>, Failure>,
) -> Result<StatusCode, Failure> {
    // A body that says nothing readable must not keep a listening open that costs money.
    let played_ms = close.ok().map(|Body(close)| close.played_ms);
    apply(&app, &current, id, played_ms).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The same for beacons, which can only post.
#[utoipa::path(
    post, path = "/listenings/{id}/close", params(("id" = RowId, Path,)), request_body = Close,
    responses((status = 204))
)]
pub(crate) async fn beacon(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
    Body(close): Body<Close>,
) -> Result<StatusCode, Failure> {
    apply(&app, &current, id, Some(close.played_ms)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes a listening, for API and page: its home and its player are told.
///
/// # Errors
/// A listening that is not the account's.
pub(crate) async fn apply(app: &App, current: &Current, id: RowId, played_ms: Option<u64>) -> Result<(), Failure> {
    let account = current.account.id;
    let closed = app.store().close_listening(id, account, played_ms, clock::now_ms()).await?.ok_or_else(unknown)?;
    account_mail::after_listening(app, &current.account, closed.charged_minutes).await;
    app.hub().call(Call::Home(closed.home));
    app.hub().call(Call::Closed { account, listening: id });
    app.hub().call(Call::Account(account));
    Ok(())
}
