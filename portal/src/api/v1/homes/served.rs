//! The second witness: what a home served, minute by minute.

use axum::{Json, extract::State, http::HeaderMap};
use iroam_protocol::{
    id::PeerId,
    portal::{SERVED_ROWS_MAX, Served, ServedAnswer},
    problem::Kind,
};

use crate::{
    agent, clock,
    failure::{Body, Failure, Segment},
    state::App,
};

/// A report of [`SERVED_ROWS_MAX`] rows of at most 180 bytes each.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// Takes a report of the home; repeats are harmless.
#[utoipa::path(
    post, path = "/homes/{id}/served", params(("id" = PeerId, Path,)), request_body = Served,
    responses((status = 200, body = ServedAnswer))
)]
pub(crate) async fn served(
    State(app): State<App>,
    Segment(home): Segment<PeerId>,
    headers: HeaderMap,
    Body(report): Body<Served>,
) -> Result<Json<ServedAnswer>, Failure> {
    agent::authenticate(&app, &headers, &home).await?;
    if report.rows.len() > SERVED_ROWS_MAX {
        return Err(Failure::new(Kind::TooLarge, format!("Send at most {SERVED_ROWS_MAX} rows at once.")));
    }
    Ok(Json(app.store().served(home, &report.rows, clock::now_ms()).await?))
}
