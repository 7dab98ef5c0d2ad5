//! `GET /v1/covers/{id}?size=`: thumbnails of covers, which never change.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use iroam_protocol::problem::Kind;
use serde::Deserialize;

use super::{
    Home,
    answer::{Params, Refusal, Segment, item_id, matches_etag, not_modified, set_etag},
    gate::Access,
};
use crate::index::CoverSize;

/// An id names the picture's bytes, so a client need never ask again.
const FOREVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// The parameters.
#[derive(Debug, Deserialize)]
pub struct Asked {
    size: Option<u32>,
}

/// Answers `GET /v1/covers/{id}`.
///
/// # Errors
/// A problem when the size is not made, or there is no such cover.
pub async fn cover(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    Segment(id): Segment,
    Params(asked): Params<Asked>,
) -> Result<Response, Refusal> {
    let id = item_id(&id)?;
    if let Some(tracks) = access.only()
        && !home.index().is_cover_of(id, tracks.to_vec()).await?
    {
        return Err(Refusal::new(Kind::Forbidden, "This grant does not reach this cover."));
    }
    let size = asked.size.map_or(Some(CoverSize::Medium), CoverSize::from_pixels);
    let size = size.ok_or_else(|| Refusal::new(Kind::BadRequest, "Covers come in the sizes 96, 256 and 512."))?;
    let etag = format!("\"{id}-{}\"", size.pixels());
    if matches_etag(&headers, &etag) {
        let mut response = not_modified(&etag);
        response.headers_mut().insert(header::CACHE_CONTROL, FOREVER);
        return Ok(response);
    }
    let cover = home.index().cover(id, size).await?;
    let cover = cover.ok_or_else(|| Refusal::new(Kind::NotFound, "The library has no such cover."))?;
    let mut response = cover.bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(cover.media_type));
    response.headers_mut().insert(header::CACHE_CONTROL, FOREVER);
    set_etag(&mut response, &etag);
    Ok(response)
}
