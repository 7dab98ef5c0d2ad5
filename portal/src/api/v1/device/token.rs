//! A home asks whether it was approved (RFC 8628 §3.4).

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use iroam_protocol::portal::{Activation, DeviceToken};
use iroam_store::{Poll, SecretHash};
use serde::Serialize;

use crate::{
    agent, clock, entropy,
    failure::{Body, Failure},
    state::App,
};

/// An error of RFC 8628 §3.5.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenRefused {
    /// `authorization_pending`, `slow_down`, `access_denied` or `expired_token`.
    pub(crate) error: &'static str,
}

/// Answers the activation once a person has approved it.
#[utoipa::path(
    post, path = "/device/token", request_body = DeviceToken,
    responses((status = 200, body = Activation), (status = 400, body = TokenRefused))
)]
pub(crate) async fn token(State(app): State<App>, Body(asked): Body<DeviceToken>) -> Result<Response, Failure> {
    let code = SecretHash(entropy::hash(&asked.device_code));
    let Some(home) = app.store().device_by_code(code).await? else { return Ok(refused("expired_token")) };
    agent::verify(&app, &asked.proof, &home)?;
    let now_ms = clock::now_ms();
    Ok(match app.store().poll_device(code, now_ms).await? {
        Poll::Pending { .. } => refused("authorization_pending"),
        Poll::SlowDown { .. } => refused("slow_down"),
        Poll::Denied => refused("access_denied"),
        Poll::Expired | Poll::Unknown => refused("expired_token"),
        Poll::Approved { account_email, name, .. } => {
            Json(Activation { account_email, name, keys: app.keys().public(), time_ms: now_ms }).into_response()
        }
    })
}

fn refused(error: &'static str) -> Response {
    (StatusCode::BAD_REQUEST, Json(TokenRefused { error })).into_response()
}
