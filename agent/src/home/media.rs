//! `GET /v1/media/{id}`: bounded ranges of a file, metered against the ceiling of the grant.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use iroam_media::{Caps, Playable, playable};
use iroam_protocol::{
    home::{Plan, PlanMode},
    problem::Kind,
    range::{self, ByteRange, CHUNK_BYTES_MAX, Requested},
};
use serde::Deserialize;

use super::{
    Home,
    answer::{self, Params, Refusal, Segment, item_id, matches_etag, not_modified, set_etag},
    gate::Access,
    media_body::{self, Source},
};
use crate::{
    index::{Media, MediaFile},
    metering::{Facts, Key},
    meters::Metered,
};

/// What a request comes to, before any byte is read.
enum Wanted {
    Whole,
    Part(ByteRange),
}

/// Answers `GET` and `HEAD /v1/media/{id}`.
///
/// # Errors
/// A problem; see the module's tests for each.
pub async fn media(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    method: Method,
    headers: HeaderMap,
    Segment(id): Segment,
) -> Result<Response, Refusal> {
    let id = item_id(&id)?;
    if !access.may_play(&id) {
        return Err(Refusal::new(Kind::Forbidden, "This grant does not reach this item's media. Open a listening."));
    }
    let (media, file) = home.index().media(id).await?;
    let etag = etag(&media);
    if matches_etag(&headers, &etag) {
        return Ok(not_modified(&etag));
    }
    let wanted = match wanted(&headers, &etag, &media, &access) {
        Ok(wanted) => wanted,
        Err(response) => return Ok(*response),
    };
    let mut answer = Answer { home: &home, access: &access, media: &media, etag: &etag };
    if method == Method::HEAD {
        Ok(answer.head(&wanted))
    } else {
        answer.get(file, wanted, Key::new(&access, id)).await
    }
}

/// Parameters of the plan.
#[derive(Debug, Deserialize)]
pub struct PlanAsked {
    caps: Option<String>,
}

/// Answers `GET /v1/media/{id}/plan`.
///
/// # Errors
/// A problem when there is no such item, or the grant does not reach it.
pub async fn plan(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    Segment(id): Segment,
    Params(asked): Params<PlanAsked>,
) -> Result<Json<Plan>, Refusal> {
    let id = item_id(&id)?;
    if !access.may_know(&id) {
        return Err(Refusal::new(Kind::Forbidden, "This grant does not reach this item."));
    }
    let (media, _) = home.index().media(id).await?;
    let caps = Caps::parse(asked.caps.as_deref().unwrap_or(""));
    let (mode, reason) = match playable(&caps, &media.media_type, media.codec.as_deref(), media.video_codec.as_deref())
    {
        Playable::Direct => (PlanMode::Direct, None),
        Playable::Unsupported { reason } => (PlanMode::Unsupported, Some(reason)),
    };
    let Media { size_bytes, duration_ms, .. } = media;
    Ok(Json(Plan { mode, media_type: media_type(&media).to_owned(), size_bytes, duration_ms, reason }))
}

struct Answer<'a> {
    home: &'a Home,
    access: &'a Access,
    media: &'a Media,
    etag: &'a str,
}

impl Answer<'_> {
    fn head(&self, wanted: &Wanted) -> Response {
        match wanted {
            Wanted::Whole => self.response(StatusCode::OK, self.whole(), Body::empty()),
            Wanted::Part(range) => self.response(StatusCode::PARTIAL_CONTENT, Some(*range), Body::empty()),
        }
    }

    async fn get(&mut self, file: MediaFile, wanted: Wanted, key: Option<Key>) -> Result<Response, Refusal> {
        let (status, range) = match wanted {
            Wanted::Whole => (StatusCode::OK, self.whole()),
            Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, Some(range)),
        };
        let Some(mut range) = range else { return Ok(self.response(status, None, Body::empty())) };
        let mut metered = None;
        if let (Access::Granted(granted), Some(key)) = (self.access, key) {
            let ceil_ms = granted.grant.ceil_ms.unwrap_or(0).saturating_add(granted.away_ms);
            match self.meter(key, range, ceil_ms, status).await {
                Ok(ticket) => {
                    range = ticket.range();
                    metered = Some(ticket);
                }
                Err(response) => return Ok(*response),
            }
        }
        let source = Source {
            file: Arc::new(file),
            range,
            metered,
            access: self.access.clone(),
            deny: self.home.deny().clone(),
            clock: self.home.clock().clone(),
            cancel: self.home.cancel().clone(),
        };
        Ok(self.response(status, Some(range), media_body::body(source)))
    }

    async fn meter(
        &self,
        key: Key,
        range: ByteRange,
        ceil_ms: u64,
        status: StatusCode,
    ) -> Result<Metered, Box<Response>> {
        let facts = Facts::new(self.media.size_bytes, self.media.duration_ms, &self.media.payload);
        let ticket = self.home.meters().admit(key, facts, range, ceil_ms).await;
        match ticket {
            // A whole body cannot be answered in part.
            Ok(ticket) if status == StatusCode::OK && ticket.range() != range => Err(ahead(1)),
            Ok(ticket) => Ok(ticket),
            Err(refused) => Err(ahead(refused.retry_after_s)),
        }
    }

    /// `None` for an empty file.
    fn whole(&self) -> Option<ByteRange> {
        self.media.size_bytes.checked_sub(1).map(|last| ByteRange { first: 0, last })
    }

    fn response(&self, status: StatusCode, range: Option<ByteRange>, body: Body) -> Response {
        let mut response = (status, body).into_response();
        let bytes = range.map_or(0, |range| range.byte_len());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(self.media)));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if let (StatusCode::PARTIAL_CONTENT, Some(range)) = (status, range) {
            set_content_range(headers, &format!("bytes {}-{}/{}", range.first, range.last, self.media.size_bytes));
        }
        set_etag(&mut response, self.etag);
        response
    }
}

impl Key {
    /// What a request counts for; `None` when it is free or paid as a whole.
    fn new(access: &Access, track: iroam_protocol::id::ItemId) -> Option<Self> {
        match access {
            Access::Local => None,
            Access::Granted(granted) => granted.grant.lst.map(|listening| Self { listening, track }),
        }
    }
}

fn wanted(headers: &HeaderMap, etag: &str, media: &Media, access: &Access) -> Result<Wanted, Box<Response>> {
    let is_local = matches!(access, Access::Local);
    let if_range = headers.get(header::IF_RANGE);
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let range = range.filter(|_| if_range.is_none_or(|value| value.as_bytes() == etag.as_bytes()));
    match range::parse(range, media.size_bytes) {
        Requested::Unsatisfiable => Err(Box::new(past_the_end(media.size_bytes))),
        Requested::Part(range) if is_local => Ok(Wanted::Part(range)),
        Requested::Part(range) => Ok(Wanted::Part(range.at_most(CHUNK_BYTES_MAX))),
        Requested::Whole if is_local || media.size_bytes <= CHUNK_BYTES_MAX => Ok(Wanted::Whole),
        Requested::Whole => Err(Box::new(answer::problem(&Kind::BadRequest.problem(
            "Over a stream, media are read in single ranges of up to 1 MiB: send `Range: bytes=…` (and If-Range only \
             with the present ETag).",
        )))),
    }
}

fn past_the_end(size_bytes: u64) -> Response {
    let words = format!("The file has {size_bytes} bytes.");
    let mut response = answer::problem(&Kind::RangeNotSatisfiable.problem(words));
    set_content_range(response.headers_mut(), &format!("bytes */{size_bytes}"));
    response
}

fn ahead(retry_after_s: u64) -> Box<Response> {
    let words = "As much was served as is paid, and two minutes more. Play on; more follows with the next minute.";
    let mut response = answer::problem(&Kind::AheadOfLease.problem(words));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
    Box::new(response)
}

fn set_content_range(headers: &mut HeaderMap, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(header::CONTENT_RANGE, value);
    }
}

/// Changes whenever the bytes may have.
fn etag(media: &Media) -> String {
    format!("\"{:x}-{:x}\"", media.size_bytes, media.modified_ns)
}

/// Media types that are sent as they are; whatever else the index says is sent as bytes that nothing plays.
const MEDIA_TYPES: &[&str] = &[
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/flac",
    "audio/ogg",
    "audio/opus",
    "audio/wav",
    "audio/x-wav",
    "audio/webm",
    "audio/aiff",
    "audio/x-aiff",
    "audio/x-caf",
    "audio/x-matroska",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/x-matroska",
    "video/quicktime",
];

fn media_type(media: &Media) -> &'static str {
    MEDIA_TYPES.iter().copied().find(|known| *known == media.media_type).unwrap_or("application/octet-stream")
}
