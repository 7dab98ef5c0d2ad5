//! Activation of homes (RFC 8628).

pub(crate) mod authorize;
pub(crate) mod token;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(authorize::authorize)).routes(routes!(token::token))
}
