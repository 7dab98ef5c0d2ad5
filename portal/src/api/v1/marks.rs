//! Favourites and stars.

pub(crate) mod list;
pub(crate) mod set;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(set::set))
}
