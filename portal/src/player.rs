//! The web player: the files that its build left in `player-web/dist`, inside this binary.

use std::borrow::Cow;

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use rust_embed::{Embed, EmbeddedFile};

use crate::{headers, pages, share_page, state::App};

#[derive(Embed)]
#[folder = "../player-web/dist"]
#[allow_missing = true]
struct Dist;

/// A year: the build puts a hash of the content into the names under `assets/`.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Files that are pages, each with an address and a policy of its own.
const PAGES: &[&str] = &["index.html", "share.html"];
/// May be kept, and is asked for each time; an `ETag` makes the answer short.
const REVALIDATE: &str = "no-cache";

/// The routes of the player and of its service worker.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/player", get(|| async { Redirect::permanent("/player/") }))
        .route("/player/", get(index))
        .route("/player/{*path}", get(file))
        .route("/sw.js", get(service_worker))
        .route("/s/{id}", get(share_page::show))
        .route("/share-preview.png", get(share_page::picture))
}

/// The page for visitors of a share, as the build left it; `None` when there is no build.
pub(crate) fn share_html() -> Option<String> {
    Dist::get("share.html").and_then(|file| String::from_utf8(file.data.into_owned()).ok())
}

async fn index(State(app): State<App>, request_headers: HeaderMap) -> Response {
    match Dist::get("index.html") {
        Some(file) => page(&app, &file, &request_headers),
        None => pages::player_missing(&app, &request_headers).await,
    }
}

async fn file(State(app): State<App>, Path(path): Path<String>, request_headers: HeaderMap) -> Response {
    if let Some(file) = Dist::get(&path).filter(|_| !PAGES.contains(&path.as_str())) {
        let cache = if path.starts_with("assets/") { IMMUTABLE } else { REVALIDATE };
        return answer(&path, &file, cache, &request_headers);
    }
    // A path without a file ending is a view of the player; it routes by itself.
    let is_view = !path.rsplit('/').next().unwrap_or_default().contains('.');
    if is_view { index(State(app), request_headers).await } else { pages::not_found() }
}

async fn service_worker(request_headers: HeaderMap) -> Response {
    let Some(file) = Dist::get("sw.js") else { return pages::not_found() };
    let mut response = answer("sw.js", &file, REVALIDATE, &request_headers);
    response.headers_mut().insert("service-worker-allowed", HeaderValue::from_static("/"));
    // A worker takes its policy from its own script; it fetches from this site only.
    let policy = HeaderValue::from_static("default-src 'none'; script-src 'self'; connect-src 'self'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn page(app: &App, file: &EmbeddedFile, request_headers: &HeaderMap) -> Response {
    let mut response = answer("index.html", file, REVALIDATE, request_headers);
    if let Ok(policy) = HeaderValue::from_str(&headers::player_csp(app.public_url())) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn answer(path: &str, file: &EmbeddedFile, cache: &'static str, request_headers: &HeaderMap) -> Response {
    let etag = etag(file);
    let known = request_headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let headers = [(header::ETAG, etag.as_str()), (header::CACHE_CONTROL, cache)];
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let media_type = [(header::CONTENT_TYPE, media_type(path))];
    let body = match &file.data {
        Cow::Borrowed(bytes) => Body::from(*bytes),
        Cow::Owned(bytes) => Body::from(bytes.clone()),
    };
    (headers, media_type, body).into_response()
}

// Weak, because the same file goes out in several encodings.
fn etag(file: &EmbeddedFile) -> String {
    let hex: String = file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
