//! Sessions.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod revoke;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(delete::delete))
        .routes(routes!(revoke::revoke))
}
