//! Shares, for their senders.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The largest request: 500 items of 1,200 bytes, with every text as long as it may be.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .routes(routes!(revoke::revoke))
}
