//! Version 1: a folder is a resource, a file is a verb.

pub(crate) mod accounts;
pub(crate) mod boot;
pub(crate) mod device;
pub(crate) mod events;
pub(crate) mod grants;
pub(crate) mod homes;
pub(crate) mod listenings;
pub(crate) mod marks;
pub(crate) mod me;
pub(crate) mod playlists;
pub(crate) mod queue;
pub(crate) mod sessions;
pub(crate) mod shared;
pub(crate) mod shares;
pub(crate) mod wallet;

use utoipa_axum::router::OpenApiRouter;

use crate::state::App;

/// Every route below `/api/v1`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(accounts::routes())
        .merge(boot::routes())
        .merge(device::routes())
        .merge(events::routes())
        .merge(grants::routes())
        .merge(homes::routes())
        .merge(listenings::routes())
        .merge(marks::routes())
        .merge(me::routes())
        .merge(playlists::routes())
        .merge(queue::routes())
        .merge(sessions::routes())
        .merge(shared::routes())
        .merge(shares::routes())
        .merge(wallet::routes())
}
