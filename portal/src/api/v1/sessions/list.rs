//! The browsers that are signed in.

use axum::{Json, extract::State};
use iroam_protocol::portal::Session;

use crate::{
    clock,
    failure::Failure,
    session::{Current, SignedIn},
    state::App,
};

/// Lists the sessions of the account, last used first.
#[utoipa::path(get, path = "/sessions", responses((status = 200, body = Vec<Session>)))]
pub(crate) async fn list(State(app): State<App>, SignedIn(current): SignedIn) -> Result<Json<Vec<Session>>, Failure> {
    Ok(Json(of(&app, &current).await?))
}

/// The sessions of whoever asks.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn of(app: &App, current: &Current) -> Result<Vec<Session>, Failure> {
    let sessions = app.store().sessions(current.account.id, clock::now_ms()).await?;
    Ok(sessions.into_iter().map(|session| wire(session, current)).collect())
}

fn wire(session: iroam_store::Session, current: &Current) -> Session {
    Session {
        id: session.id,
        device: session.device,
        address: session.address,
        first_seen_ms: session.first_seen_ms,
        last_seen_ms: session.last_seen_ms,
        current: session.id == current.session,
    }
}
