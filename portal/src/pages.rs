//! The site's pages: rendered here, working without any script.

pub(crate) mod account;
pub(crate) mod approve;
pub(crate) mod confirm;
pub(crate) mod device;
pub(crate) mod download;
pub(crate) mod figures;
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

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Form, FromRequest, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use iroam_mail::Language;
use iroam_protocol::problem::Kind;
use tower_http::csrf::CsrfLayer;

use crate::{
    assets,
    catalogue::{self, Words, accept},
    failure::Failure,
    headers::PAGE_CSP,
    session::{self, Current},
    settings,
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

/// What every page shows around its content, and the words that it speaks.
pub(crate) struct Frame {
    /// Path of the style sheet.
    pub(crate) stylesheet: &'static str,
    /// Who is signed in; `None` when nobody.
    pub(crate) email: Option<String>,
    /// Which entry of the navigation is this page.
    pub(crate) here: &'static str,
    /// The catalogue of the page.
    pub(crate) words: &'static Words,
    /// What of the request made the language what it is.
    vary: &'static str,
}

impl Frame {
    /// The frame for whoever is signed in, in the account's language.
    pub(crate) fn member(current: &Current, here: &'static str) -> Self {
        let email = Some(current.account.email.clone());
        Self { email, vary: "cookie", ..Self::stranger(settings::language_of(&current.account), here) }
    }

    /// The frame of a page that knows nobody.
    pub(crate) fn stranger(language: Language, here: &'static str) -> Self {
        let (stylesheet, words) = (assets::stylesheet(), catalogue::words(language));
        Self { stylesheet, email: None, here, words, vary: "accept-language, cookie" }
    }

    /// The frame of the operator's pages, which speak English.
    pub(crate) fn operator(current: Option<&Current>) -> Self {
        let email = current.map(|current| current.account.email.clone());
        Self { email, vary: "cookie", ..Self::stranger(Language::English, "operator") }
    }
}

/// A template with a frame.
pub(crate) trait Page: Template {
    /// Its frame.
    fn frame(&self) -> &Frame;
}

/// Makes pages of templates that hold their frame in `frame`.
macro_rules! framed {
    ($($page:ty),+) => {
        $(impl $crate::pages::Page for $page {
            fn frame(&self) -> &$crate::pages::Frame {
                &self.frame
            }
        })+
    };
}
pub(crate) use framed;

/// A page of this template.
pub(crate) fn render(status: StatusCode, template: &impl Page) -> Response {
    let Frame { words, vary, .. } = template.frame();
    let (status, text) = match template.render() {
        Ok(text) => (status, text),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, (words.faults.title)(Kind::Internal).into())
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_CSP)),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(words.language.tag())),
        (header::VARY, HeaderValue::from_static(vary)),
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

framed!(ErrorPage<'_>);

/// A failure on its way to becoming a page: it is dressed where it leaves the portal, in the language of whoever asked.
#[derive(Debug, Clone)]
pub(crate) struct Undressed(Arc<Failure>);

/// A failure, as a page for whoever asks. [`Undressed::dressed`] writes it.
pub(crate) fn failed(failure: Failure) -> Response {
    let mut response = failure.status().into_response();
    response.extensions_mut().insert(Undressed::from(failure));
    response
}

/// The page of an answer that [`failed`] made; `None` for any other answer.
pub(crate) fn undressed(response: &Response) -> Option<Undressed> {
    response.extensions().get().cloned()
}

impl From<Failure> for Undressed {
    fn from(failure: Failure) -> Self {
        Self(Arc::new(failure))
    }
}

impl Undressed {
    /// The page for whoever sent these headers. The operator's pages speak English.
    pub(crate) async fn dressed(&self, app: &App, path: &str, headers: &HeaderMap) -> Response {
        // A database in trouble is not asked who is there.
        let visitor = match self.0.status().is_server_error() {
            true => None,
            false => Visitor::of(app, headers).await.ok(),
        };
        let frame = match visitor {
            _ if path == "/operator" || path.starts_with("/operator/") => Frame::operator(None),
            Some(visitor) => visitor.frame(""),
            None => Frame::stranger(accept::preferred(headers), ""),
        };
        failed_in(frame, &self.0)
    }
}

fn failed_in(frame: Frame, failure: &Failure) -> Response {
    failure.log();
    let (words, status) = (frame.words, failure.problem().status);
    let (title, detail) = (failure.title_in(words), &failure.detail_in(words));
    let (way_out, way_out_words) = ("/", words.faults.to_start);
    render(failure.status(), &ErrorPage { frame, status, title, detail, way_out, way_out_words })
}

/// The page that is not there.
pub(crate) fn not_found() -> Response {
    failed(no_page())
}

/// What is said of a page that is not there.
pub(crate) fn no_page() -> Failure {
    Failure::told(Kind::NotFound, |words| words.faults.no_page.into())
}

fn forbidden() -> Response {
    failed(Failure::told(Kind::Forbidden, |words| words.faults.foreign_form.into()))
}

/// A link that works no more.
fn link_used(frame: Frame) -> Response {
    let faults = &frame.words.faults;
    let (title, detail, way_out_words) = (faults.link_used, faults.link_used_lead, faults.sign_in);
    let page = ErrorPage { frame, status: 410, title, detail, way_out: "/sign-in", way_out_words };
    render(StatusCode::GONE, &page)
}

#[derive(Template)]
#[template(path = "player_missing.html")]
struct PlayerMissing {
    frame: Frame,
}

framed!(PlayerMissing);

/// What stands in place of a player that was not built.
pub(crate) async fn player_missing(app: &App, headers: &HeaderMap) -> Response {
    match Visitor::of(app, headers).await {
        Ok(visitor) => render(StatusCode::SERVICE_UNAVAILABLE, &PlayerMissing { frame: visitor.frame("") }),
        Err(failure) => failed(failure),
    }
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
            Self::Failure(failure) => failed(failure),
        }
    }
}

/// Whoever asks, for pages that anybody may see.
pub(crate) struct Visitor {
    /// Who is signed in; `None` when nobody.
    pub(crate) current: Option<Current>,
    /// The account's language, or the one that the browser asks for.
    pub(crate) language: Language,
}

impl Visitor {
    /// Whoever sent these headers.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(crate) async fn of(app: &App, headers: &HeaderMap) -> Result<Self, Failure> {
        let current = session::current(app, headers).await?;
        let chosen = current.as_ref().map(|current| settings::language_of(&current.account));
        Ok(Self { language: chosen.unwrap_or_else(|| accept::preferred(headers)), current })
    }

    /// The frame of a page for this visitor.
    pub(crate) fn frame(&self, here: &'static str) -> Frame {
        match &self.current {
            Some(current) => Frame::member(current, here),
            None => Frame::stranger(self.language, here),
        }
    }

    /// The catalogue of a page for this visitor.
    pub(crate) fn words(&self) -> &'static Words {
        catalogue::words(self.language)
    }
}

impl axum::extract::FromRequestParts<App> for Visitor {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &App) -> Result<Self, Instead> {
        Ok(Self::of(app, &parts.headers).await?)
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
            let unread = || Failure::told(Kind::BadRequest, |words| words.faults.form_unread.into());
            Instead::Failure(if too_large { crate::failure::too_large() } else { unread() })
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
pub(crate) async fn fallback(uri: axum::http::Uri) -> Response {
    if uri.path().starts_with("/api/") || uri.path() == "/api" {
        return Failure::new(Kind::NotFound, "The API has no such address. /api/openapi.json lists all of them.")
            .into_response();
    }
    not_found()
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
