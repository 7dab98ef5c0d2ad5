//! A track is marked.

use axum::{Json, extract::State};
use iroam_protocol::{
    id::{ItemId, PeerId},
    playlists::{Mark, NewMark, STARS_MAX},
};

use crate::{
    api::v1::playlists::{granted, kept},
    clock,
    failure::{Body, Failure, Segment},
    hub::Call,
    session::SignedIn,
    state::App,
};

/// Makes a track a favourite, gives it stars, or takes either back. Repeats are harmless.
#[utoipa::path(
    put, path = "/marks/{home}/{track}", params(("home" = PeerId, Path,), ("track" = ItemId, Path,)),
    request_body = NewMark, responses((status = 200, body = Mark))
)]
pub(crate) async fn set(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(track): Segment<(PeerId, ItemId)>,
    Body(asked): Body<NewMark>,
) -> Result<Json<Mark>, Failure> {
    if asked.stars.is_some_and(|stars| stars > STARS_MAX) {
        return Err(Failure::field("stars", format!("Give 0 to {STARS_MAX} stars.")));
    }
    let account = current.account.id;
    let new = NewMark { item: asked.item.as_ref().map(kept), ..asked };
    let mark = granted(app.store().mark(account, track, &new, clock::now_ms()).await?)?;
    app.hub().call(Call::Shelf(account));
    Ok(Json(mark))
}
