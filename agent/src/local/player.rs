//! The player's build, served on loopback under the addresses that it has on the portal.

use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use iroam_protocol::problem::Kind;
use rust_embed::RustEmbed;

use crate::home::answer;

/// What `npm run build` made; empty when the player was not built.
#[derive(RustEmbed)]
#[folder = "../player-web/dist"]
#[allow_missing = true]
struct Dist;

const CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
     font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action \
     'self'; frame-ancestors 'none'",
);

/// Files under `assets/` have their content's hash in their name.
const FOREVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>iRoam</title><link \
    rel=\"stylesheet\" href=\"/local/style.css\"></head><body><main><h1>The player is not part of this build</h1>\
    <section><p>This iroam was built before the player: run <code>npm ci &amp;&amp; npm run build</code> in \
    <code>player-web</code>, then build the agent again. The home itself works; listen from another browser through \
    your portal.</p><p><a href=\"/\">Back to this home's page</a></p></section></main></body></html>";

/// Answers `GET /player/`.
pub async fn index() -> Response {
    match Dist::get("index.html") {
        Some(file) => page(file.data.into_owned()),
        None => page(NOT_BUILT.as_bytes().to_vec()),
    }
}

/// Answers `GET /sw.js`.
pub async fn worker() -> Response {
    embedded("sw.js").unwrap_or_else(missing)
}

/// Answers `GET /player/…`. Addresses within the player that are no file are its own, so its page answers them.
pub async fn file(Path(path): Path<String>) -> Response {
    if let Some(response) = embedded(&path) {
        return response;
    }
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if is_file { missing() } else { index().await }
}

fn embedded(path: &str) -> Option<Response> {
    let media_type = media_type(path)?;
    let file = Dist::get(path)?;
    let mut response = file.data.into_owned().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if path.starts_with("assets/") {
        response.headers_mut().insert(header::CACHE_CONTROL, FOREVER);
    }
    Some(response)
}

fn page(html: Vec<u8>) -> Response {
    let mut response = html.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, CSP);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn missing() -> Response {
    answer::problem(&Kind::NotFound.problem("The player has no such file."))
}

/// `None` for endings that the build does not make.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}
