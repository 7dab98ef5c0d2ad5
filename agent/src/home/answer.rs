//! Answers of the home API: JSON, problems, and the headers that all have in common.

use axum::{
    body::Body,
    extract::{FromRequestParts, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header, request},
    response::{IntoResponse, Response},
};
use iroam_protocol::{
    id::ItemId,
    problem::{Kind, PROBLEM_MEDIA_TYPE, Problem},
};
use serde::{Serialize, de::DeserializeOwned};

/// An error answer of a handler.
#[derive(Debug)]
pub struct Refusal(Box<Problem>);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl Refusal {
    /// A refusal with words for the person concerned.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(kind.problem(detail)))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        problem(&self.0)
    }
}

/// The answer that a problem makes.
pub fn problem(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer to a method that does not exist.
pub async fn method_not_allowed() -> Response {
    let mut response = problem(&Kind::MethodNotAllowed.problem("The home API is read with GET and HEAD."));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// The answer in place of a panic, which is a bug of ours.
pub fn panicked(_panic: Box<dyn std::any::Any + Send>) -> Response<Body> {
    tracing::error!("a request panicked");
    problem(&Kind::Internal.problem("The home had an error of its own. Try again."))
}

/// What every answer carries.
pub async fn finish(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

/// JSON that the library's revision names: a client that has it is answered 304.
pub fn revised(request: &HeaderMap, revision: u64, value: &impl Serialize) -> Response {
    let etag = format!("W/\"r{revision}\"");
    if matches_etag(request, &etag) {
        return not_modified(&etag);
    }
    let mut response = axum::Json(value).into_response();
    set_etag(&mut response, &etag);
    response
}

/// The answer to a client that has it already.
pub fn not_modified(etag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    set_etag(&mut response, etag);
    response
}

/// Sets an entity tag.
pub fn set_etag(response: &mut Response, etag: &str) {
    if let Ok(value) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
}

/// Whether `If-None-Match` holds the tag, by weak comparison (RFC 9110 §13.1.2).
pub fn matches_etag(request: &HeaderMap, etag: &str) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = strong(etag);
    let values = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || strong(tag) == wanted)
}

/// The id in a path segment.
///
/// # Errors
/// A refusal for anything that is no id, a path above all.
pub fn item_id(text: &str) -> Result<ItemId, Refusal> {
    text.parse().map_err(|_| Refusal::new(Kind::BadRequest, "An id is expected here: 22 letters, digits, - and _."))
}

/// Query parameters, with a problem for those that cannot be read.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut request::Parts, _state: &S) -> Result<Self, Refusal> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(params)| Self(params))
            .map_err(|rejection| Refusal::new(Kind::BadRequest, format!("A parameter cannot be read: {rejection}.")))
    }
}

/// One segment of the path as text, with a problem for what is no UTF-8.
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Refusal> {
        axum::extract::Path::<String>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(text)| Self(text))
            .map_err(|_| Refusal::new(Kind::BadRequest, "The address cannot be read."))
    }
}
