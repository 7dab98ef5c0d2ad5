//! A player tells what it plays.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
};
use iroam_protocol::{
    problem::Kind,
    queue::{NewQueue, QUEUE_MAX, QueueStored},
};
use iroam_store::Put;

use crate::{
    clock,
    device_label::device_label,
    failure::{Body, Failure},
    hub::Call,
    session::SignedIn,
    state::App,
};

/// Stores what a player plays. The newest by portal time is what the account has; repeats are harmless.
#[utoipa::path(put, path = "/queue", request_body = NewQueue, responses((status = 200, body = QueueStored)))]
pub(crate) async fn store(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    headers: HeaderMap,
    Body(new): Body<NewQueue>,
) -> Result<Json<QueueStored>, Failure> {
    if new.items.as_ref().is_some_and(|items| items.len() > QUEUE_MAX) {
        return Err(Failure::field("items", format!("Send at most {QUEUE_MAX} entries around the current one.")));
    }
    let account = current.account.id;
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let put = app.store().put_queue(account, &new, &device_label(user_agent), clock::now_ms()).await?;
    let seq = match put {
        Put::Stored => new.seq,
        Put::Older(seq) => seq,
        Put::SendAll => {
            return Err(Failure::new(Kind::Conflict, "Another player has played since. Send all entries.").at("items"));
        }
        Put::NoSuchEntry => return Err(Failure::field("index", "The current entry is none of the entries.")),
    };
    app.hub().call(Call::Shelf(account));
    Ok(Json(QueueStored { seq }))
}
