//! The site's pages: rendered here, working without any script.

pub(crate) mod account;
pub(crate) mod approve;
pub(crate) mod confirm;
pub(crate) mod device;
pub(crate) mod download;
pub(crate) mod forgot;
pub(crate) mod invite;
pub(crate) mod landing;
pub(crate) mod one_time;
pub(crate) mod operator;
pub(crate) mod opt_out;
pub(crate) mod reset;
pub(crate) mod second_device;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
pub(crate) mod words;

use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Form, FromRequest, Request},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use iroam_protocol::problem::Kind;
use tower_http::csrf::CsrfLayer;

use crate::{
    assets,
    failure::Failure,
    headers::PAGE_CSP,
    session::{self, Current},
    state::App,
};

/// The largest form: a password of 256 characters, percent-encoded, is below 3 KiB.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// The routes of the pages. Forms come from this site only.
pub(crate) fn routes(csrf: CsrfLayer) -> Router<App> {
    Router::new()
        .route("/", get(landing::show))
        .route("/sign-up", get(sign_up::show).post(sign_up::submit))
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-in/qr", get(second_device::show))
        .route("/forgot", get(forgot::show).post(forgot::submit))
        .route("/reset/{token}", get(reset::show).post(reset::submit))
        .route("/confirm/{token}", get(confirm::show).post(confirm::submit))
        .route("/account/confirm", post(confirm::ask))
        .route("/approve", get(approve::show).post(approve::submit))
        .route("/sign-out", post(sign_out::submit))
        .route("/one-time/{token}", get(one_time::show))
        .route("/invite/{token}", get(invite::show).post(invite::accept))
        .route("/device", get(device::show).post(device::submit))
        .route("/account", get(account::overview::show))
        .route("/account/homes", get(account::homes::show))
        .route("/account/homes/{id}/rename", post(account::homes::rename))
        .route("/account/homes/{id}/remove", post(account::homes::remove))
        .route("/account/minutes", get(account::minutes::show))
        .route("/account/sessions", get(account::sessions::show))
        .route("/account/sessions/end-others", post(account::sessions::end_others))
        .route("/account/sessions/{id}/end", post(account::sessions::end))
        .route("/account/settings", get(account::settings::show).post(account::settings::submit))
        .route("/account/listenings/{id}/stop", post(account::overview::stop))
        .route("/download", get(download::show))
        .route("/opt-out/{token}", get(opt_out::show).post(opt_out::submit))
        .merge(operator::routes())
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(csrf.with_rejection_response(|_| forbidden()))
        .route("/assets/{name}", get(assets::asset))
        .route("/favicon.svg", get(assets::favicon))
}

/// What every page shows around its content.
pub(crate) struct Frame {
    /// Path of the style sheet.
    pub(crate) stylesheet: &'static str,
    /// Who is signed in; `None` when nobody.
    pub(crate) email: Option<String>,
    /// Which entry of the navigation is this page.
    pub(crate) here: &'static str,
}

impl Frame {
    /// The frame for whoever asks.
    pub(crate) fn new(current: Option<&Current>, here: &'static str) -> Self {
        Self { stylesheet: assets::stylesheet(), email: current.map(|current| current.account.email.clone()), here }
    }
}

/// A page of this template.
pub(crate) fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => page(status, text),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            page(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here. Try again.".into())
        }
    }
}

fn page(status: StatusCode, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_CSP)),
    ];
    (status, headers, text).into_response()
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    status: u16,
    title: &'a str,
    detail: &'a str,
    way_out: &'a str,
    way_out_words: &'a str,
}

/// A failure, as a page for whoever asks.
pub(crate) fn failed(failure: &Failure) -> Response {
    failed_in(Frame::new(None, ""), failure)
}

fn failed_in(frame: Frame, failure: &Failure) -> Response {
    failure.log();
    let problem = failure.problem();
    let (title, detail) = (problem.title.as_str(), failure.detail());
    let status = problem.status;
    render(
        failure.status(),
        &ErrorPage { frame, status, title, detail, way_out: "/", way_out_words: "To the start page" },
    )
}

/// The page that is not there.
pub(crate) fn not_found() -> Response {
    failed(&no_page())
}

fn no_page() -> Failure {
    Failure::new(Kind::NotFound, "The address may be mistyped, or the page has moved.")
}

fn forbidden() -> Response {
    failed(&Failure::new(
        Kind::Forbidden,
        "This form came from another site, so nothing was done. Open the page here and send it again.",
    ))
}

/// A link that works no more.
fn link_used() -> Response {
    let frame = Frame::new(None, "");
    let detail = "A sign-in link works once, and for ten minutes. Sign in with your password, or ask for a fresh link.";
    let title = "This link works no more";
    let page = ErrorPage { frame, status: 410, title, detail, way_out: "/sign-in", way_out_words: "Sign in" };
    render(StatusCode::GONE, &page)
}

#[derive(Template)]
#[template(path = "player_missing.html")]
struct PlayerMissing {
    frame: Frame,
}

/// What stands in place of a player that was not built.
pub(crate) fn player_missing() -> Response {
    render(StatusCode::SERVICE_UNAVAILABLE, &PlayerMissing { frame: Frame::new(None, "") })
}

/// Why a page is not shown: sign in first, or a failure.
pub(crate) enum Instead {
    /// Go there.
    Redirect(String),
    /// Say this.
    Failure(Failure),
}

impl From<Failure> for Instead {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<iroam_store::Error> for Instead {
    fn from(error: iroam_store::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        match self {
            Self::Redirect(path) => Redirect::to(&path).into_response(),
            Self::Failure(failure) => failed(&failure),
        }
    }
}

/// Whoever asks, for pages that anybody may see.
pub(crate) struct Visitor(pub(crate) Option<Current>);

impl axum::extract::FromRequestParts<App> for Visitor {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &App) -> Result<Self, Instead> {
        Ok(Self(session::current(app, &parts.headers).await?))
    }
}

/// Whoever is signed in; anybody else is sent to sign in and comes back to this page.
pub(crate) struct Member(pub(crate) Current);

impl axum::extract::FromRequestParts<App> for Member {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &App) -> Result<Self, Instead> {
        match session::current(app, &parts.headers).await? {
            Some(current) => Ok(Self(current)),
            None => {
                let back = parts.uri.path_and_query().map_or("/account", |path| path.as_str());
                let back = if parts.method == axum::http::Method::GET { back } else { "/account" };
                Err(Instead::Redirect(sign_in_path(back)))
            }
        }
    }
}

/// The sign-in page that leads on to `next`.
pub(crate) fn sign_in_path(next: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", next);
    format!("/sign-in?{}", query.finish())
}

/// Where a form may lead on to: a path of this site. Everything else is the start of the player.
pub(crate) fn local_path(next: &str) -> &str {
    let local = next.starts_with('/') && !next.starts_with("//");
    let plain = next.len() <= 512 && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if local && plain && !next.starts_with("/sign-") { next } else { "/player/" }
}

/// A form; one that cannot be read is a page that says so.
pub(crate) struct Posted<T>(pub(crate) T);

impl<T: serde::de::DeserializeOwned> FromRequest<App> for Posted<T> {
    type Rejection = Instead;

    async fn from_request(request: Request, app: &App) -> Result<Self, Instead> {
        let form = Form::<T>::from_request(request, app).await;
        form.map(|Form(form)| Self(form)).map_err(|rejection| {
            let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
            let unread =
                Failure::new(Kind::BadRequest, "The form could not be read. Go back, reload it, and send it again.");
            Instead::Failure(if too_large { crate::failure::too_large() } else { unread })
        })
    }
}

/// Goes to a page, setting the session cookie.
fn redirect_with_cookie(path: &str, cookie: HeaderValue) -> Response {
    let mut response = Redirect::to(path).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// The address holds a secret, so it is told to nobody.
fn without_referrer(mut response: Response) -> Response {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Anything that is no page: problem details below `/api`, a page elsewhere.
pub(crate) async fn fallback(uri: axum::http::Uri, visitor: Result<Visitor, Instead>) -> Response {
    if uri.path().starts_with("/api/") || uri.path() == "/api" {
        return Failure::new(Kind::NotFound, "The API has no such address. /api/openapi.json lists all of them.")
            .into_response();
    }
    let current = visitor.ok().and_then(|Visitor(current)| current);
    failed_in(Frame::new(current.as_ref(), ""), &no_page())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_on_to_this_site_only() {
        for path in ["/player/", "/device?code=BCDF-GHJK", "/account/minutes"] {
            assert_eq!(local_path(path), path);
        }
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "",
            "/a\nb",
            "/sign-in",
        ] {
            assert_eq!(local_path(foreign), "/player/", "{foreign}");
        }
    }
}
