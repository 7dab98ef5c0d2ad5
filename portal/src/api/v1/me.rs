//! The signed-in account: at a glance, and its settings.

pub(crate) mod change;
pub(crate) mod show;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show::show, change::change))
}
