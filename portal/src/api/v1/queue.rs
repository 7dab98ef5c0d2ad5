//! The queue and the position in it, for the next browser.

pub(crate) mod forget;
pub(crate) mod show;
pub(crate) mod store;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The largest body: 1,000 entries of 105 bytes each.
const BODY_BYTES_MAX: usize = 128 * 1024;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show::show, store::store, forget::forget))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}
