//! What happens to an account.

pub(crate) mod stream;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stream::stream))
}
