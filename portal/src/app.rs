//! Everything that is answered on the public port, in one router.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use iroam_protocol::problem::Kind;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer, timeout::TimeoutLayer};

use crate::{
    api,
    failure::{self, Failure},
    headers, metrics,
    pages::{self, Undressed},
    player, polite,
    state::App,
};

/// The slowest honest answer waits for two hashings of others and a busy database.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Keys change with a rotation only; homes hear of it on their channel.
const KEYS_CACHE: &str = "public, max-age=300";

/// The router of the portal.
///
/// # Errors
/// When the public URL is no origin that a browser would send, which [`crate::config::PublicUrl`] excludes.
pub(crate) fn router(app: App) -> anyhow::Result<Router> {
    let csrf = CsrfLayer::new().add_trusted_origin(app.public_url().origin())?;
    let fixed = headers::Fixed { https: app.public_url().is_https() };
    let router = Router::new()
        .merge(pages::routes(csrf.clone()))
        .merge(player::routes())
        .merge(api::routes(csrf))
        .route("/.well-known/jwks.json", get(keys))
        .route("/healthz", get(health))
        .route("/home", any(home))
        .route("/home/", any(home))
        .route("/home/{*path}", any(home))
        .fallback(pages::fallback)
        .layer(middleware::from_fn(polite::hear_out))
        .layer(middleware::from_fn_with_state(app.clone(), dress))
        .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT))
        .layer(middleware::from_fn_with_state(app.clone(), dress))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(fixed, headers::add))
        .layer(middleware::from_fn(metrics::count_requests));
    Ok(router.with_state(app))
}

/// Middleware: an error without words gets the words of its kind, as a problem below `/api` and as a page elsewhere.
async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let bare = words(response.status()).filter(|_| is_bare(&response));
    if path.starts_with("/api/") {
        return bare.map_or(response, IntoResponse::into_response);
    }
    let failed = match (pages::undressed(&response), bare) {
        (None, None) => return response,
        (Some(undressed), _) => undressed,
        (None, Some(failure)) => Undressed::from(failure),
    };
    failed.dressed(&app, &path, &headers).await
}

fn is_bare(response: &Response) -> bool {
    match response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes) {
        None => true,
        Some(media_type) => media_type.starts_with(b"text/plain"),
    }
}

fn words(status: StatusCode) -> Option<Failure> {
    Some(match status {
        StatusCode::NOT_FOUND => pages::no_page(),
        StatusCode::METHOD_NOT_ALLOWED => Failure::told(Kind::MethodNotAllowed, |words| words.faults.no_method.into()),
        StatusCode::PAYLOAD_TOO_LARGE => failure::too_large(),
        StatusCode::SERVICE_UNAVAILABLE => Failure::unavailable(anyhow::anyhow!("no answer within {ANSWER_TIMEOUT:?}")),
        status if status.is_server_error() => Failure::internal(anyhow::anyhow!("a handler failed; see above")),
        status if status.is_client_error() => {
            Failure::told(Kind::BadRequest, |words| words.faults.not_understood.into())
        }
        _ => return None,
    })
}

/// `GET /.well-known/jwks.json`.
async fn keys(State(app): State<App>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, KEYS_CACHE)], Json(app.keys().public()))
}

/// `GET /healthz`: whether the database answers, and takes what is written.
async fn health(State(app): State<App>) -> Result<&'static str, Failure> {
    app.store().ping().await?;
    if app.store().room().is_full {
        return Err(Failure::storage_full());
    }
    Ok("ok\n")
}

/// The player's service worker answers these addresses from home. A request that comes here had no worker.
async fn home() -> Failure {
    Failure::new(Kind::NotFound, "Homes are reached through the player, never through the portal. Reload the player.")
}
