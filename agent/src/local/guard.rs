//! Who may see the local page: a browser on this machine that followed the link with the token of a private file.
//! `Host` is parsed against loopback names (DNS rebinding), `Origin` and `Sec-Fetch-Site` are checked (other sites),
//! and a `SameSite=Strict` cookie keeps the session.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use iroam_protocol::problem::Kind;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use super::page;
use crate::home::answer;

/// What a request is let in by.
#[derive(Debug)]
pub struct Guard {
    token: String,
    cookie: String,
    port: u16,
}

/// Where a request comes from, judged by its headers alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// This page, a typed address, or a program.
    Own,
    /// A name that is not this machine's: DNS rebinding.
    ForeignHost,
    /// A page of another site.
    ForeignSite,
}

impl Guard {
    /// A guard for the token of the data folder and the address that is listened on.
    pub fn new(token: String, listen: SocketAddr) -> Self {
        let digest = Sha256::new().chain_update(b"iroam local session 1").chain_update(&token).finalize();
        Self { token, cookie: URL_SAFE_NO_PAD.encode(digest), port: listen.port() }
    }

    /// The cookie's name holds the port, since cookies do not keep ports apart.
    fn cookie_name(&self) -> String {
        format!("iroam-local-{}", self.port)
    }

    fn set_cookie(&self) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000", self.cookie_name(), self.cookie)
    }

    fn origin(&self, uri: &Uri, headers: &HeaderMap) -> Origin {
        let host = uri.authority().cloned().or_else(|| authority(headers.get(header::HOST)?));
        if !host.is_some_and(|host| self.is_own(&host)) {
            return Origin::ForeignHost;
        }
        let own_origin = |value: &HeaderValue| {
            let text = value.to_str().unwrap_or("");
            text.strip_prefix("http://").and_then(|host| host.parse().ok()).is_some_and(|host| self.is_own(&host))
        };
        if headers.get(header::ORIGIN).is_some_and(|value| !own_origin(value)) {
            return Origin::ForeignSite;
        }
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        match site {
            None | Some(b"same-origin" | b"none") => Origin::Own,
            Some(_) => Origin::ForeignSite,
        }
    }

    fn is_own(&self, authority: &Authority) -> bool {
        let is_loopback = matches!(authority.host(), "127.0.0.1" | "localhost" | "[::1]");
        let no_user = !authority.as_str().contains('@');
        is_loopback && no_user && authority.port_u16().unwrap_or(80) == self.port
    }

    fn is_signed_in(&self, headers: &HeaderMap) -> bool {
        self.has_cookie(headers) || self.has_bearer(headers)
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(key, value)| key == name && same(value, &self.cookie))
    }

    /// For `iroam status` and `iroam logout`, which read the file themselves.
    fn has_bearer(&self, headers: &HeaderMap) -> bool {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        value.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|token| same(token, &self.token))
    }

    fn has_token(&self, uri: &Uri) -> Option<bool> {
        let query = uri.query()?;
        let token = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "token")?.1;
        Some(same(&token, &self.token))
    }
}

fn authority(value: &HeaderValue) -> Option<Authority> {
    value.to_str().ok()?.parse().ok()
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Lets a request pass, signs a browser in, or answers.
pub async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.origin(request.uri(), request.headers()) {
        Origin::Own => {}
        Origin::ForeignHost => {
            return answer::problem(
                &Kind::Forbidden
                    .problem("This page answers to 127.0.0.1 and localhost only. `iroam open` shows its address."),
            );
        }
        Origin::ForeignSite => {
            return answer::problem(
                &Kind::Forbidden
                    .problem("Another site sent this request. Open the page by the address that `iroam open` shows."),
            );
        }
    }
    if request.uri().path() == "/"
        && let Some(is_right) = guard.has_token(request.uri())
    {
        return if is_right { signed_in(&guard) } else { page::sign_in(StatusCode::UNAUTHORIZED) };
    }
    if guard.is_signed_in(request.headers()) {
        return next.run(request).await;
    }
    if matches!(request.uri().path(), "/local/style.css") {
        return next.run(request).await;
    }
    if wants_html(request.headers()) {
        return page::sign_in(StatusCode::UNAUTHORIZED);
    }
    answer::problem(&Kind::Unauthorized.problem("Open this page with the link that `iroam open` prints."))
}

/// The token leaves the address bar at once.
fn signed_in(guard: &Guard) -> Response {
    let mut response = Redirect::to("/").into_response();
    if let Ok(cookie) = HeaderValue::from_str(&guard.set_cookie()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http, middleware, routing::get};
    use tower::ServiceExt as _;

    use super::*;

    const TOKEN: &str = "a-token-of-at-least-thirty-two-characters";

    async fn ask(headers: &[(&str, &str)], uri: &str) -> http::Response<Body> {
        let guard = Arc::new(Guard::new(TOKEN.into(), ([127, 0, 0, 1], 4747).into()));
        let router = Router::new()
            .route("/", get(async || "page"))
            .route("/local/status", get(async || "status"))
            .layer(middleware::from_fn_with_state(guard, super::guard));
        let mut request = http::Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    const HOST: (&str, &str) = ("host", "127.0.0.1:4747");

    #[tokio::test]
    async fn the_link_signs_in_and_hides_its_token() {
        let response = ask(&[HOST], &format!("/?token={TOKEN}")).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()["location"], "/");
        let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        assert!(!cookie.contains(TOKEN));
        let pair = cookie.split(';').next().unwrap();
        let response = ask(&[HOST, ("cookie", &format!("other=1; {pair}"))], "/").await;
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn nobody_comes_in_without_the_token() {
        for (headers, uri) in [
            (&[HOST][..], "/"),
            (&[HOST], "/local/status"),
            (&[HOST], "/?token=wrong"),
            (&[HOST, ("cookie", "iroam-local-4747=wrong")], "/"),
            (&[HOST, ("authorization", "Bearer wrong")], "/local/status"),
        ] {
            assert_eq!(ask(headers, uri).await.status(), StatusCode::UNAUTHORIZED, "{headers:?} {uri}");
        }
        let bearer = format!("Bearer {TOKEN}");
        assert_eq!(ask(&[HOST, ("authorization", &bearer)], "/local/status").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn other_names_other_ports_and_other_sites_are_refused_even_with_the_token() {
        let bearer = format!("Bearer {TOKEN}");
        let signed_in = ("authorization", bearer.as_str());
        for headers in [
            &[("host", "evil.example:4747")][..],
            &[("host", "127.0.0.1.evil.example:4747")],
            &[("host", "127.0.0.1:4748")],
            &[("host", "127.0.0.1")],
            &[("host", "user@127.0.0.1:4747")],
            &[],
            &[HOST, ("origin", "http://evil.example")],
            &[HOST, ("origin", "null")],
            &[HOST, ("origin", "https://127.0.0.1:4747")],
            &[HOST, ("origin", "http://127.0.0.1:8080")],
            &[HOST, ("sec-fetch-site", "cross-site")],
            &[HOST, ("sec-fetch-site", "same-site")],
        ] {
            let all: Vec<_> = headers.iter().copied().chain([signed_in]).collect();
            assert_eq!(ask(&all, "/local/status").await.status(), StatusCode::FORBIDDEN, "{headers:?}");
            assert_eq!(ask(&all, &format!("/?token={TOKEN}")).await.status(), StatusCode::FORBIDDEN, "{headers:?}");
        }
        for headers in [
            &[("host", "localhost:4747"), ("origin", "http://localhost:4747"), ("sec-fetch-site", "same-origin")][..],
            &[("host", "[::1]:4747"), ("sec-fetch-site", "none")],
        ] {
            let all: Vec<_> = headers.iter().copied().chain([signed_in]).collect();
            assert_eq!(ask(&all, "/local/status").await.status(), StatusCode::OK, "{headers:?}");
        }
    }
}
