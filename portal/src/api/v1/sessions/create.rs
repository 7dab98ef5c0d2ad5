//! Sign in.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use iroam_protocol::portal::{Me, NewSession};

use crate::{
    address::ClientAddress,
    api::v1::me,
    failure::{Body, Failure},
    people, session,
    state::App,
};

/// Signs in. Sets the session cookie.
#[utoipa::path(post, path = "/sessions", request_body = NewSession, responses((status = 201, body = Me)))]
pub(crate) async fn create(
    State(app): State<App>,
    address: ClientAddress,
    headers: HeaderMap,
    Body(new): Body<NewSession>,
) -> Result<impl IntoResponse, Failure> {
    let account = people::sign_in(&app, address, &new.email, new.password).await?;
    let cookie = session::begin(&app, account.id, &headers, address).await?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(me::show::of(&app, &account).await?)))
}
