//! The style sheet and icon of the site's pages.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest as _, Sha256};

/// Tokens first, then the rules that use them: one file, one request.
const STYLE: &str = concat!(include_str!("../../player-web/src/design/tokens.css"), include_str!("../assets/site.css"));
const ICON: &str = include_str!("../assets/favicon.svg");
/// A year: the name of the style sheet changes with its content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";

static STYLE_NAME: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(STYLE.as_bytes());
    let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("site-{hex}.css")
});
static STYLE_PATH: LazyLock<String> = LazyLock::new(|| format!("/assets/{}", *STYLE_NAME));

/// Where the style sheet is.
pub(crate) fn stylesheet() -> &'static str {
    &STYLE_PATH
}

/// `GET /assets/{name}`.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    if name == *STYLE_NAME {
        let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, IMMUTABLE)];
        return (headers, STYLE).into_response();
    }
    StatusCode::NOT_FOUND.into_response()
}

/// `GET /favicon.svg`.
pub(crate) async fn favicon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, A_DAY)], ICON)
}
