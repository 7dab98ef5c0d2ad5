//! Listenings: one player at one home, across tracks.

pub(crate) mod close;
pub(crate) mod heartbeat;
pub(crate) mod list;
pub(crate) mod open;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, open::open))
        .routes(routes!(heartbeat::heartbeat))
        .routes(routes!(close::close))
        .routes(routes!(close::beacon))
}
