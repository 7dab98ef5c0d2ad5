//! Sign up.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use iroam_protocol::portal::{Me, NewAccount};

use crate::{
    address::ClientAddress,
    api::v1::me,
    catalogue::accept,
    failure::{Body, Failure},
    people::{self, Candidate},
    session,
    state::App,
};

/// Signs up and in. Sets the session cookie. The account speaks the language that `Accept-Language` asks for.
#[utoipa::path(post, path = "/accounts", request_body = NewAccount, responses((status = 201, body = Me)))]
pub(crate) async fn create(
    State(app): State<App>,
    address: ClientAddress,
    headers: HeaderMap,
    Body(new): Body<NewAccount>,
) -> Result<impl IntoResponse, Failure> {
    let language = accept::preferred(&headers);
    let candidate = Candidate { email: new.email, password: new.password, time_zone: new.time_zone, language };
    let account = people::sign_up(&app, address, candidate).await?;
    let cookie = session::begin(&app, account.id, &headers, address).await?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(me::show::of(&app, &account).await?)))
}
