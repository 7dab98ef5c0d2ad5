//! `GET /v1/path`: which way a request came, signed for the portal.

use axum::{Extension, Json, extract::State};
use iroam_protocol::{assertion::PathReport, home::PathAnswer, problem::Kind};

use super::{Home, answer::Refusal, gate::Access};

/// Answers `GET /v1/path`.
///
/// # Errors
/// A problem when the report cannot be signed.
pub async fn path(State(home): State<Home>, Extension(access): Extension<Access>) -> Result<Json<PathAnswer>, Refusal> {
    let path = access.path();
    let Access::Granted(granted) = &access else { return Ok(Json(PathAnswer { path, report: None, served_ms: 0 })) };
    let Some(lst) = granted.grant.lst else { return Ok(Json(PathAnswer { path, report: None, served_ms: 0 })) };
    let claims = PathReport { iss: home.id(), player: granted.grant.cnf.peer, lst, path, iat: home.clock().now_s() };
    let report = claims.sign(home.key()).map_err(|error| {
        tracing::error!(%error, "a path report cannot be signed");
        Refusal::new(Kind::Internal, "The path report cannot be signed.")
    })?;
    let served_ms = home.meters().served_ms(lst).await;
    Ok(Json(PathAnswer { path, report: Some(report), served_ms }))
}
