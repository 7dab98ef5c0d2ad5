//! Homes, for their owners and for themselves.

pub(crate) mod events;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod rename;
pub(crate) mod served;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(rename::rename, remove::remove))
        .routes(routes!(events::events))
        .routes(routes!(served::served))
        .layer(axum::extract::DefaultBodyLimit::max(served::BODY_BYTES_MAX))
}
