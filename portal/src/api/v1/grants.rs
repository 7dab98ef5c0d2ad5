//! Grants to browse.

pub(crate) mod create;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create::create))
}
