//! Headers that every answer carries, and the content security policies of the three kinds of answers.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::config::PublicUrl;

/// The site's pages: no script at all, nothing from elsewhere.
pub(crate) const PAGE_CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                            frame-ancestors 'none'";
/// JSON: nothing may run or load.
const DATA_CSP: &str = "default-src 'none'; frame-ancestors 'none'";
/// A year, as the preload lists of browsers ask.
const HSTS: &str = "max-age=31536000";

/// The player's policy: scripts and workers of this site, media by way of the service worker, sockets to the relay.
pub(crate) fn player_csp(public_url: &PublicUrl) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
         font-src 'self'; connect-src 'self' {}; worker-src 'self'; manifest-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        public_url.websocket_origin()
    )
}

/// Which of the fixed headers an answer gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixed {
    /// Whether people come over TLS.
    pub(crate) https: bool,
}

/// Middleware: adds what an answer does not say itself.
pub(crate) async fn add(State(fixed): State<Fixed>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut unless_set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    unless_set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    unless_set(header::REFERRER_POLICY, "same-origin");
    unless_set(header::CONTENT_SECURITY_POLICY, DATA_CSP);
    unless_set(header::CACHE_CONTROL, "no-store");
    unless_set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    unless_set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if fixed.https {
        unless_set(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}
