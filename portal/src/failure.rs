//! What the API answers when it cannot do what was asked: problem details (RFC 9457).

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use iroam_protocol::problem::{Kind, PROBLEM_MEDIA_TYPE, Problem};

use crate::limits::TooMany;

/// When a busy portal is asked again, in seconds.
const BUSY_RETRY_S: u64 = 2;

/// When a portal without room is asked again, in seconds: somebody has to do something first, and then it is soon seen.
const FULL_RETRY_S: u64 = 15;

/// A failed request: the problem for the caller and the cause for the log.
#[derive(Debug)]
pub(crate) struct Failure(Box<Parts>);

#[derive(Debug)]
struct Parts {
    problem: Problem,
    retry_after_s: Option<u64>,
    cause: Option<anyhow::Error>,
}

impl Failure {
    /// A problem of this kind, with words that say what to do.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts { problem: kind.problem(detail), retry_after_s: None, cause: None }))
    }

    /// A field that is not valid.
    pub(crate) fn field(field: &'static str, detail: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, detail).at(field)
    }

    /// Our bug or our trouble; the cause goes to the log.
    pub(crate) fn internal(cause: impl Into<anyhow::Error>) -> Self {
        let detail = "This is not your fault. Try again; the portal's log has the reason.";
        Self::new(Kind::Internal, detail).because(cause.into())
    }

    /// The database or another part is away for the moment.
    pub(crate) fn unavailable(cause: impl Into<anyhow::Error>) -> Self {
        let detail = "The portal is busy or starting. Try again in a moment.";
        Self::new(Kind::Unavailable, detail).retry_after(BUSY_RETRY_S).because(cause.into())
    }

    /// The disk of the database is full. The store tells the log; each refused request would flood it.
    pub(crate) fn storage_full() -> Self {
        let detail = "The disk of this portal is full, so nothing new can be kept; what is there can be read, and nothing \
            was changed. Whoever runs the portal must make room on that disk. Then it goes on by itself: try again later.";
        Self::new(Kind::StorageFull, detail).retry_after(FULL_RETRY_S)
    }

    /// Nobody is signed in.
    pub(crate) fn unauthorized() -> Self {
        Self::new(Kind::Unauthorized, "You are not signed in, or your session has ended. Sign in again.")
    }

    /// Names the field at fault.
    #[must_use]
    pub(crate) fn at(mut self, field: &'static str) -> Self {
        self.0.problem.field = Some(field.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// The problem, for pages that show it in words.
    pub(crate) fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// The words for the person concerned.
    pub(crate) fn detail(&self) -> &str {
        self.0.problem.detail.as_deref().unwrap_or(&self.0.problem.title)
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Writes the cause to the log, once, where the failure leaves the portal.
    pub(crate) fn log(&self) {
        if let Some(cause) = &self.0.cause {
            tracing::error!(problem = %self.0.problem.kind, error = format!("{cause:#}"), "request failed");
        }
    }

    fn because(mut self, cause: anyhow::Error) -> Self {
        self.0.cause = Some(cause);
        self
    }

    // The types of problems are ours; a media type that is not JSON is a bad request with a status of its own.
    fn with_status(mut self, status: StatusCode) -> Self {
        self.0.problem.status = status.as_u16();
        self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.log();
        let mut response = (self.status(), Json(&self.0.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<TooMany> for Failure {
    fn from(TooMany { retry_after_s }: TooMany) -> Self {
        let minutes = retry_after_s.div_ceil(60);
        let wait = if minutes == 1 { "a minute".into() } else { format!("{minutes} minutes") };
        Self::new(Kind::TooManyRequests, format!("Too many tries. Wait {wait}, then try again."))
            .retry_after(retry_after_s)
    }
}

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::new(Kind::BadRequest, "Send the body as JSON, with Content-Type: application/json.")
                    .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            }
            _ => Self::new(Kind::BadRequest, rejection.body_text()),
        }
    }
}

impl From<PathRejection> for Failure {
    fn from(rejection: PathRejection) -> Self {
        Self::new(Kind::NotFound, format!("The address names no such thing. {}", rejection.body_text()))
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(Kind::BadRequest, rejection.body_text())
    }
}

/// The body is beyond the limit.
pub(crate) fn too_large() -> Failure {
    Failure::new(Kind::TooLarge, "The body is larger than this request may have. Send less, or send it in parts.")
}

/// What a JSON body holds; a body that cannot be read is a [`Failure`].
#[derive(Debug, axum::extract::FromRequest)]
#[from_request(via(axum::Json), rejection(Failure))]
pub(crate) struct Body<T>(pub(crate) T);

/// What the path holds; a part that cannot be read is a [`Failure`].
#[derive(Debug, axum::extract::FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Failure))]
pub(crate) struct Segment<T>(pub(crate) T);

/// What the query holds; one that cannot be read is a [`Failure`].
#[derive(Debug, axum::extract::FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Failure))]
pub(crate) struct Query<T>(pub(crate) T);

impl From<iroam_store::Error> for Failure {
    fn from(error: iroam_store::Error) -> Self {
        match error {
            iroam_store::Error::KeyReused => {
                Self::new(Kind::Conflict, "This key was used for another request. Send a fresh one.")
            }
            iroam_store::Error::StorageFull(_) => Self::storage_full(),
            error @ (iroam_store::Error::Unavailable(_) | iroam_store::Error::Contended) => Self::unavailable(error),
            error => Self::internal(error),
        }
    }
}

impl From<iroam_protocol::token::TokenError> for Failure {
    fn from(error: iroam_protocol::token::TokenError) -> Self {
        Self::internal(error)
    }
}

impl From<crate::password::HashingError> for Failure {
    fn from(error: crate::password::HashingError) -> Self {
        Self::unavailable(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_a_problem_of_its_own_with_words_for_person_and_operator() {
        let failure = Failure::from(iroam_store::Error::StorageFull("database or disk is full".into()));
        assert_eq!((failure.status().as_u16(), Kind::of(failure.problem())), (507, Some(Kind::StorageFull)));
        assert!(failure.detail().contains("must make room") && failure.detail().contains("try again later"));
        assert!(failure.0.cause.is_none(), "the store tells the log once, not each request");
        let response = failure.into_response();
        assert_eq!(response.headers().get(header::RETRY_AFTER), Some(&HeaderValue::from(FULL_RETRY_S)));
    }
}
