//! Operations on a list's items.

use axum::{Json, extract::State};
use iroam_protocol::{
    id::RowId,
    playlists::{Edit, OPERATIONS_MAX, Operation, Operations, OperationsApplied},
};

use super::{granted, kept, tell};
use crate::{
    clock,
    failure::{Body, Failure, Segment},
    session::SignedIn,
    state::App,
};

/// Applies operations in their order, all or none. Repeats are harmless.
#[utoipa::path(
    post, path = "/playlists/{id}/operations", params(("id" = RowId, Path,)), request_body = Operations,
    responses((status = 200, body = OperationsApplied))
)]
pub(crate) async fn edit(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
    Body(asked): Body<Operations>,
) -> Result<Json<OperationsApplied>, Failure> {
    if !(1..=OPERATIONS_MAX).contains(&asked.operations.len()) {
        return Err(Failure::field("operations", format!("Send 1 to {OPERATIONS_MAX} operations.")));
    }
    let operations: Vec<Operation> = asked.operations.into_iter().map(in_kept_form).collect();
    let applied = granted(app.store().edit_playlist(current.account.id, id, &operations, clock::now_ms()).await?)?;
    tell(&app, id).await?;
    Ok(Json(applied))
}

fn in_kept_form(operation: Operation) -> Operation {
    match operation.edit {
        Edit::Insert { mut item, after } => {
            item.about = kept(&item.about);
            Operation { op: operation.op, edit: Edit::Insert { item, after } }
        }
        edit => Operation { op: operation.op, edit },
    }
}
