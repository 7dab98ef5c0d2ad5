//! The portal, seen from a home: requests signed with the home's key, and errors in plain words.

pub mod backoff;
pub mod channel;
pub mod device;
pub mod report;
pub mod sse;

use std::{fs, path::Path, time::Duration};

use iroam_protocol::{
    assertion::{ASSERTION_LIFE_S, Assertion},
    id::PeerId,
    portal::{Activation, DeviceAuthorize, DeviceAuthorized, DeviceToken, Served, ServedAnswer},
    problem::{self, Problem},
    token::SigningKey,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use serde::de::DeserializeOwned;

use crate::{
    clock::{self, Clock},
    entropy,
    fault::{Exit, Fault},
};

/// A request that has no answer by then will not have one: the portal answers in milliseconds, slow lines in seconds.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// TCP and TLS set-up over a bad line.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest JSON answer that is read: the largest, a served answer, stays below 40 kB.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Why the portal did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No connection.
    #[error("the portal {portal} cannot be reached: {reason}")]
    Unreachable {
        /// The portal.
        portal: String,
        /// Why, in the system's words.
        reason: String,
    },
    /// A connection, but no trust.
    #[error("the portal {portal} cannot be trusted: {reason}")]
    Tls {
        /// The portal.
        portal: String,
        /// Why, in the TLS library's words.
        reason: String,
    },
    /// A connection, but the certificate is not valid by this machine's clock.
    #[error("the certificate of the portal {portal} {words}")]
    Clock {
        /// The portal.
        portal: String,
        /// Until when or from when on it is valid, and what the clock says.
        words: String,
    },
    /// Something else answers there.
    #[error("{portal} answers, but not as an iRoam portal ({reason})")]
    NotAPortal {
        /// The portal.
        portal: String,
        /// What came instead.
        reason: String,
    },
    /// The portal says no.
    #[error("the portal refuses: {}", .0.detail.as_deref().unwrap_or(&.0.title))]
    Refused(Box<Problem>),
    /// The portal has trouble of its own.
    #[error("the portal has trouble (status {0})")]
    Trouble(u16),
}

impl Error {
    /// The kind of problem that the portal named; `None` when it named none.
    pub fn kind(&self) -> Option<problem::Kind> {
        match self {
            Self::Refused(problem) => problem::Kind::of(problem),
            _ => None,
        }
    }

    /// The same for the command line, with what to do.
    pub fn fault(&self) -> Fault {
        let words = self.to_string();
        let mut letters = words.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        let fault = Fault::new(Exit::Unavailable, format!("{first}{}.", letters.as_str().trim_end_matches('.')));
        match self.advice() {
            Some(advice) => fault.advise(advice),
            None => fault,
        }
    }

    /// What to do; `None` when the words say it all.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Unreachable { .. } => {
                Some("check the address given with --portal, that the portal runs, and that this machine is online")
            }
            Self::Tls { .. } => Some(
                "when the portal uses a private certificate authority, name its file: --ca FILE; otherwise check the \
                 address and this machine's clock",
            ),
            Self::Clock { .. } => Some(
                "set this machine's clock right (switch on automatic time); if it is right, the portal needs a new \
                 certificate",
            ),
            Self::NotAPortal { .. } => Some("check the address given with --portal: it is the one for the browser"),
            Self::Refused(_) => None,
            Self::Trouble(_) => Some("try again in a minute"),
        }
    }
}

/// A client of one portal for one home.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    portal: String,
    key: SigningKey,
    clock: Clock,
}

impl Client {
    /// A client of `portal` (its public URL without trailing slash) that speaks for the home of `key`.
    ///
    /// # Errors
    /// A [`Fault`] when TLS cannot be set up.
    pub fn new(portal: &str, roots: &[CertificateDer<'static>], key: SigningKey, clock: Clock) -> Result<Self, Fault> {
        let http = http_client(roots).map_err(|error| {
            Fault::new(Exit::Config, format!("TLS cannot be set up: {}.", innermost(&error)))
                .advise("install the system's certificate authorities (ca-certificates) or name one with --ca FILE")
        })?;
        Ok(Self { http, portal: portal.to_owned(), key, clock })
    }

    /// The portal's public URL.
    pub fn portal(&self) -> &str {
        &self.portal
    }

    /// The home.
    pub fn home(&self) -> PeerId {
        self.key.peer_id()
    }

    /// An assertion for one request.
    fn assertion(&self) -> Result<String, Error> {
        let iat = self.clock.now_s();
        let claims = Assertion {
            iss: self.home(),
            aud: self.portal.clone(),
            iat,
            exp: iat + ASSERTION_LIFE_S,
            jti: entropy::nonce(),
        };
        claims.sign(&self.key).map_err(|error| self.strange(error.to_string()))
    }

    /// Asks for a device code.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn authorize(&self, name: &str) -> Result<DeviceAuthorized, Error> {
        let ask = async || {
            let body = DeviceAuthorize {
                name: name.to_owned(),
                os: std::env::consts::OS.to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                peer_id: self.home(),
                proof: self.assertion()?,
            };
            let response = self.send(self.request(Method::POST, "/api/v1/device/authorize").json(&body)).await?;
            self.json(self.accepted(response).await?).await
        };
        match ask().await {
            // The clock follows the portal's answer, so a proof from another time is worth one more try.
            Err(Error::Refused(_)) if clock::skew_words(self.clock.behind_ms()).is_some() => ask().await,
            answer => answer,
        }
    }

    /// Asks whether the code was approved.
    ///
    /// # Errors
    /// Every [`Error`]; being told to wait is none.
    pub async fn token(&self, device_code: &str) -> Result<device::Answer, Error> {
        let body = DeviceToken { device_code: device_code.to_owned(), proof: self.assertion()? };
        let response = self.send(self.request(Method::POST, "/api/v1/device/token").json(&body)).await?;
        if response.status() != StatusCode::BAD_REQUEST {
            let activation: Activation = self.json(self.accepted(response).await?).await?;
            return Ok(device::Answer::Activated(Box::new(activation)));
        }
        let bytes = self.bytes(response).await?;
        device::Answer::of_error(&bytes).ok_or_else(|| self.refusal(StatusCode::BAD_REQUEST, &bytes))
    }

    /// Opens the event channel after the event `cursor`.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn events(&self, cursor: Option<&str>) -> Result<Response, Error> {
        let path = format!("/api/v1/homes/{}/events", self.home());
        let mut request = self
            .request(Method::GET, &path)
            .bearer_auth(self.assertion()?)
            .header(header::ACCEPT, "text/event-stream")
            // The stream lives for days; its silence is watched by the channel.
            .timeout(Duration::from_secs(60 * 60 * 24 * 365));
        if let Some(cursor) = cursor {
            request = request.header("last-event-id", cursor);
        }
        let response = tokio::time::timeout(REQUEST_TIMEOUT, self.send(request)).await;
        let response = response.map_err(|_| self.unreachable("no answer in time".into()))??;
        let response = self.accepted(response).await?;
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if kind.starts_with("text/event-stream") {
            return Ok(response);
        }
        Err(self.strange(format!("{kind:?} in place of an event stream")))
    }

    /// Reports what was served.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn served(&self, served: &Served) -> Result<ServedAnswer, Error> {
        let path = format!("/api/v1/homes/{}/served", self.home());
        let request = self.request(Method::POST, &path).bearer_auth(self.assertion()?).json(served);
        let response = self.send(request).await?;
        self.json(self.accepted(response).await?).await
    }

    /// Removes this home from its account.
    ///
    /// # Errors
    /// Every [`Error`]; that the portal does not know the home any more is none.
    pub async fn deactivate(&self) -> Result<(), Error> {
        let path = format!("/api/v1/homes/{}", self.home());
        let response = self.send(self.request(Method::DELETE, &path).bearer_auth(self.assertion()?)).await?;
        match self.accepted(response).await {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.kind(), Some(problem::Kind::NotFound | problem::Kind::NotActivated)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.portal)).timeout(REQUEST_TIMEOUT)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        self.follow_clock(&response);
        Ok(response)
    }

    /// The `Date` header tells seconds only, so it counts only while it tells of a clock that is plainly wrong.
    fn follow_clock(&self, response: &Response) {
        let date = response.headers().get(header::DATE).and_then(|value| value.to_str().ok()).and_then(http_date_ms);
        if let Some(portal_ms) = date
            && (portal_ms - self.clock.now_ms()).saturating_abs() > clock::SKEW_WORTH_TELLING_MS
        {
            self.clock.follow(portal_ms);
        }
    }

    async fn accepted(&self, response: Response) -> Result<Response, Error> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status.is_redirection() {
            return Err(self.strange(format!("status {status}")));
        }
        let bytes = self.bytes(response).await?;
        Err(self.refusal(status, &bytes))
    }

    fn refusal(&self, status: StatusCode, bytes: &[u8]) -> Error {
        match serde_json::from_slice::<Problem>(bytes) {
            Ok(problem) if problem::Kind::of(&problem).is_some() => Error::Refused(Box::new(problem)),
            _ if status.is_server_error() => Error::Trouble(status.as_u16()),
            _ => self.strange(format!("status {status}")),
        }
    }

    async fn json<T: DeserializeOwned>(&self, response: Response) -> Result<T, Error> {
        let bytes = self.bytes(response).await?;
        serde_json::from_slice(&bytes).map_err(|error| self.strange(format!("an answer that is not ours: {error}")))
    }

    async fn bytes(&self, mut response: Response) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(self.strange("an answer that is far too long".into()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn failure(&self, error: &reqwest::Error) -> Error {
        let (portal, reason) = (self.portal.clone(), innermost(error));
        if let Some(tls) = tls_error(error) {
            return match untimely_words(tls) {
                Some(words) => Error::Clock { portal, words },
                None => Error::Tls { portal, reason },
            };
        }
        let reason = if error.is_timeout() { "no answer in time".to_owned() } else { reason };
        self.unreachable(reason)
    }

    fn unreachable(&self, reason: String) -> Error {
        Error::Unreachable { portal: self.portal.clone(), reason }
    }

    fn strange(&self, reason: String) -> Error {
        Error::NotAPortal { portal: self.portal.clone(), reason }
    }
}

fn http_client(roots: &[CertificateDer<'static>]) -> reqwest::Result<reqwest::Client> {
    let certificates = || roots.iter().filter_map(|der| reqwest::Certificate::from_der(der).ok());
    let builder = || {
        reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(1)
            .user_agent(concat!("iroam/", env!("CARGO_PKG_VERSION")))
    };
    match builder().tls_certs_merge(certificates()).build() {
        Ok(client) => Ok(client),
        // A machine without system authorities still trusts the one that its owner named.
        Err(_) => builder().tls_certs_only(certificates()).build(),
    }
}

/// Reads certificate authorities from a PEM file.
///
/// # Errors
/// A [`Fault`] that names the file.
pub fn read_roots(path: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let wrong = |why: String| {
        Fault::new(Exit::Config, format!("--ca {}: {why}.", path.display()))
            .advise("give a PEM file with the certificate of the authority")
    };
    let pem = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let roots = roots.map_err(|error| wrong(error.to_string()))?;
    if roots.is_empty() {
        return Err(wrong("there is no certificate in it".into()));
    }
    Ok(roots)
}

/// The words of the error that began it all; reqwest's own name the URL only.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        // An io::Error's source is that of what it wraps, so what it wraps is asked for itself.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// How a certificate's time and this machine's clock do not fit; `None` when it is something else that is wrong.
fn untimely_words(error: &rustls::Error) -> Option<String> {
    use rustls::CertificateError as Bad;
    let (validity, now) = match error {
        rustls::Error::InvalidCertificate(Bad::NotValidYetContext { time, not_before }) => {
            (format!("is valid only from {} on", minute_words(*not_before)), time)
        }
        rustls::Error::InvalidCertificate(Bad::ExpiredContext { time, not_after }) => {
            (format!("was valid only until {}", minute_words(*not_after)), time)
        }
        _ => return None,
    };
    Some(format!("{validity}, and this machine's clock says {}", minute_words(*now)))
}

fn minute_words(time: rustls_pki_types::UnixTime) -> String {
    let at = i64::try_from(time.as_secs()).ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    at.map_or_else(|| "a time far away".to_owned(), |at| at.strftime("%F %H:%M UTC").to_string())
}

/// Reads an HTTP date (RFC 9110 §5.6.7, IMF-fixdate), as Unix milliseconds.
fn http_date_ms(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(portal: &str) -> Client {
        crate::install_crypto();
        Client::new(portal, &[], SigningKey::from_seed([1; 32]), Clock::system()).unwrap()
    }

    #[test]
    fn http_dates_are_read() {
        assert_eq!(http_date_ms("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(http_date_ms("yesterday"), None);
    }

    #[test]
    fn a_problem_keeps_its_words_and_anything_else_is_no_portal() {
        let client = client("http://127.0.0.1:1");
        let problem = problem::Kind::ClockSkew.problem("Set your clock.");
        let error = client.refusal(StatusCode::UNAUTHORIZED, &serde_json::to_vec(&problem).unwrap());
        assert_eq!(error.kind(), Some(problem::Kind::ClockSkew));
        assert!(error.to_string().contains("Set your clock."));
        let error = client.refusal(StatusCode::NOT_FOUND, b"<html>");
        assert!(matches!(&error, Error::NotAPortal { .. }), "{error}");
        assert_eq!(client.refusal(StatusCode::BAD_GATEWAY, b""), Error::Trouble(502));
    }

    #[test]
    fn trouble_with_certificates_is_found_below_its_wrappings() {
        let tls = || rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert_eq!(tls_error(&tls()), Some(&tls()));
        assert_eq!(tls_error(&std::io::Error::other(std::io::Error::other(tls()))), Some(&tls()));
        assert_eq!(tls_error(&std::io::Error::other("reset")), None);
    }

    #[test]
    fn a_certificate_of_another_time_is_told_with_the_clock_beside_it() {
        let at = |s| rustls_pki_types::UnixTime::since_unix_epoch(Duration::from_secs(s));
        let early = rustls::CertificateError::NotValidYetContext { time: at(0), not_before: at(3 * 3_600) };
        assert_eq!(
            untimely_words(&rustls::Error::InvalidCertificate(early)).unwrap(),
            "is valid only from 1970-01-01 03:00 UTC on, and this machine's clock says 1970-01-01 00:00 UTC"
        );
        let late = rustls::CertificateError::ExpiredContext { time: at(u64::MAX), not_after: at(60) };
        assert_eq!(
            untimely_words(&rustls::Error::InvalidCertificate(late)).unwrap(),
            "was valid only until 1970-01-01 00:01 UTC, and this machine's clock says a time far away"
        );
        let other = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert_eq!(untimely_words(&other), None);
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_is_told_in_words() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        drop(listener);
        let error = client(&format!("http://{addr}")).authorize("x").await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
        assert!(error.fault().advice.unwrap().contains("--portal"));
    }
}
