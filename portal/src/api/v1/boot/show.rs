//! The player asks this first: the program at home answers it otherwise.

use axum::Json;
use serde::Serialize;

/// What kind of server this is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Boot {
    /// Always `portal` here; a home says `agent`.
    pub(crate) mode: &'static str,
}

/// Tells the player that it was served by a portal. Needs no session.
#[utoipa::path(get, path = "/boot", responses((status = 200, body = Boot)))]
pub(crate) async fn show() -> Json<Boot> {
    Json(Boot { mode: "portal" })
}
