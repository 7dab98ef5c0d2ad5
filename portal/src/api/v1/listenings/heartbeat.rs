//! A player tells how far it has played.

use axum::{Json, extract::State};
use iroam_protocol::{
    assertion::PathReport,
    id::RowId,
    path::Path,
    portal::{Heartbeat, Lease},
    problem::Kind,
};
use iroam_store::{Beat, Beaten, Listening};

use super::open;
use crate::{
    account_mail, clock,
    failure::{Body, Failure, Segment},
    session::SignedIn,
    state::App,
};

/// Renews the lease: charges the minutes that are due and holds the next. Repeats are harmless.
#[utoipa::path(
    post, path = "/listenings/{id}/heartbeat", params(("id" = RowId, Path,)), request_body = Heartbeat,
    responses((status = 200, body = Lease))
)]
pub(crate) async fn heartbeat(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
    Body(beat): Body<Heartbeat>,
) -> Result<Json<Lease>, Failure> {
    let account = current.account.id;
    let known = app.store().listening(id).await?;
    // The sender of a share pays for its visitors, and is none of them.
    let known = known.filter(|known| known.account == account && known.share.is_none()).ok_or_else(unknown)?;
    let path = beat.path_report.as_deref().and_then(|report| reported_path(report, &known));
    let beat =
        Beat { seq: beat.seq, played_ms: beat.played_ms, buffered_ms: beat.buffered_ms, playing: beat.playing, path };
    let listening = match app.store().heartbeat(id, account, beat, clock::now_ms()).await? {
        Beaten::Ok(listening) | Beaten::Closed(listening) => listening,
        Beaten::Unknown => return Err(unknown()),
    };
    account_mail::after_listening(&app, &current.account, listening.charged_minutes).await;
    let listening = open::still_open(listening)?;
    Ok(Json(open::lease(&app, &current, &listening).await?))
}

/// The path that the home vouches for. A report that is late or not the home's changes nothing: the path stays as it was.
pub(crate) fn reported_path(report: &str, listening: &Listening) -> Option<Path> {
    let verified = PathReport::verify(report, &listening.home, &listening.player, &listening.id, clock::now_s());
    verified
        .inspect_err(|error| tracing::debug!(%error, "a path report was passed over"))
        .ok()
        .map(|report| report.path)
}

/// A listening that does not exist and one of somebody else answer alike.
pub(crate) fn unknown() -> Failure {
    Failure::new(Kind::NotFound, "Your account has no such listening.")
}
