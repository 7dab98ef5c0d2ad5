//! What the API answers when it cannot do what was asked: problem details (RFC 9457).

use std::borrow::Cow;

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use iroam_mail::Language;
use iroam_protocol::problem::{Kind, PROBLEM_MEDIA_TYPE, Problem};

use crate::{
    catalogue::{self, Words},
    limits::TooMany,
};

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
    told: Option<Told>,
    retry_after_s: Option<u64>,
    cause: Option<anyhow::Error>,
}

/// The words for the person concerned, in any language.
struct Told(Box<Say>);

type Say = dyn Fn(&Words) -> Cow<'static, str> + Send + Sync;

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&(self.0)(catalogue::words(Language::English)))
    }
}

impl Failure {
    /// A problem of this kind, with English words that say what to do: for what no page shows.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts { problem: kind.problem(detail), told: None, retry_after_s: None, cause: None }))
    }

    /// A problem of this kind, with words of the catalogue that say what to do: for what pages show as well. The API speaks
    /// English.
    pub(crate) fn told(kind: Kind, told: impl Fn(&Words) -> Cow<'static, str> + Send + Sync + 'static) -> Self {
        let mut failure = Self::new(kind, told(catalogue::words(Language::English)));
        failure.0.told = Some(Told(Box::new(told)));
        failure
    }

    /// A field that is not valid, with English words: for what no page shows.
    pub(crate) fn field(field: &'static str, detail: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, detail).at(field)
    }

    /// A field that is not valid, with words of the catalogue.
    pub(crate) fn told_at(
        field: &'static str,
        told: impl Fn(&Words) -> Cow<'static, str> + Send + Sync + 'static,
    ) -> Self {
        Self::told(Kind::Invalid, told).at(field)
    }

    /// Our bug or our trouble; the cause goes to the log.
    pub(crate) fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::told(Kind::Internal, |words| words.faults.internal.into()).because(cause.into())
    }

    /// The database or another part is away for the moment.
    pub(crate) fn unavailable(cause: impl Into<anyhow::Error>) -> Self {
        let failure = Self::told(Kind::Unavailable, |words| words.faults.unavailable.into());
        failure.retry_after(BUSY_RETRY_S).because(cause.into())
    }

    /// The disk of the database is full. The store tells the log; each refused request would flood it.
    pub(crate) fn storage_full() -> Self {
        Self::told(Kind::StorageFull, |words| words.faults.storage_full.into()).retry_after(FULL_RETRY_S)
    }

    /// Nobody is signed in.
    pub(crate) fn unauthorized() -> Self {
        Self::told(Kind::Unauthorized, |words| words.faults.signed_out.into())
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

    /// The words for the person concerned, in English.
    pub(crate) fn detail(&self) -> &str {
        self.0.problem.detail.as_deref().unwrap_or(&self.0.problem.title)
    }

    /// The words for the person concerned, in the language of a page.
    pub(crate) fn detail_in(&self, words: &Words) -> String {
        match &self.0.told {
            Some(Told(told)) => told(words).into_owned(),
            None if words.language == Language::English => self.detail().to_owned(),
            None => words.faults.other.into(),
        }
    }

    /// The summary, in the language of a page.
    pub(crate) fn title_in(&self, words: &Words) -> &'static str {
        (words.faults.title)(Kind::of(&self.0.problem).unwrap_or(Kind::Internal))
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
        Self::told(Kind::TooManyRequests, move |words| (words.faults.too_many_tries)(minutes).into())
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
    Failure::told(Kind::TooLarge, |words| words.faults.too_large.into())
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
