//! A home asks to be activated (RFC 8628 §3.1).

use axum::{Json, extract::State};
use iroam_protocol::{
    activation::{CODE_LIFE_S, UserCode},
    portal::{DeviceAuthorize, DeviceAuthorized},
};
use iroam_store::{Authorized, NewDevice, POLL_INTERVAL_S, SecretHash};

use crate::{
    address::ClientAddress,
    agent, clock, entropy,
    failure::{Body, Failure},
    metrics,
    state::App,
};

/// Longest name, system and version that are kept of a machine.
const TOLD_CHARS_MAX: usize = 60;
/// Codes drawn before giving up; two live codes are equal with a chance of 2^-34 each.
const DRAWS_MAX: u32 = 8;

/// Begins an activation: the answer holds the code that the home shows.
#[utoipa::path(
    post, path = "/device/authorize", request_body = DeviceAuthorize,
    responses((status = 200, body = DeviceAuthorized))
)]
pub(crate) async fn authorize(
    State(app): State<App>,
    address: ClientAddress,
    Body(asked): Body<DeviceAuthorize>,
) -> Result<Json<DeviceAuthorized>, Failure> {
    agent::verify(&app, &asked.proof, &asked.peer_id)?;
    app.limiters().device_authorize.count(address.ip(), clock::now_ms())?;
    let secret = entropy::secret();
    let code = store(&app, address, asked, SecretHash(secret.hash)).await?;
    metrics::happened("device_authorize");
    let uri = format!("{}/device", app.public_url().origin());
    Ok(Json(DeviceAuthorized {
        device_code: secret.text,
        user_code: code.to_string(),
        verification_uri_complete: format!("{uri}?code={code}"),
        verification_uri: uri,
        interval: POLL_INTERVAL_S,
        expires_in: CODE_LIFE_S,
    }))
}

async fn store(
    app: &App,
    address: ClientAddress,
    asked: DeviceAuthorize,
    device_code: SecretHash,
) -> Result<UserCode, Failure> {
    for _ in 0..DRAWS_MAX {
        let now_ms = clock::now_ms();
        let user_code = entropy::user_code();
        let new = NewDevice {
            id: entropy::row_id(now_ms),
            device_code,
            user_code: user_code.clone(),
            peer: asked.peer_id,
            name: told(&asked.name, "A computer"),
            os: told(&asked.os, "an unknown system"),
            version: told(&asked.version, "of an unknown version"),
            address: address.ip().to_string(),
            now_ms,
        };
        if matches!(app.store().authorize_device(new).await?, Authorized::Ok) {
            return Ok(user_code);
        }
    }
    Err(Failure::unavailable(anyhow::anyhow!("no free user code was drawn")))
}

/// What a machine tells of itself, in one line that fits the page.
fn told(text: &str, otherwise: &str) -> String {
    let line: String = text.chars().filter(|c| !c.is_control()).take(TOLD_CHARS_MAX).collect();
    let line = line.trim();
    if line.is_empty() { otherwise.into() } else { line.into() }
}
