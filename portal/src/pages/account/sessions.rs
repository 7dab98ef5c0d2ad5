//! The devices that are signed in.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use iroam_protocol::{id::RowId, portal::Session};

use super::Done;
use crate::{
    api::v1::sessions::{list, revoke},
    catalogue::Words,
    clock, device_label,
    failure::{Failure, Segment},
    pages::{Frame, Instead, Member, figures, framed, render},
    session,
    state::App,
};

#[derive(Template)]
#[template(path = "account_sessions.html")]
struct SessionsPage {
    frame: Frame,
    tab: &'static str,
    notice: Option<&'static str>,
    email: String,
    own: Vec<Device>,
    others: Vec<Device>,
}

framed!(SessionsPage);

struct Device {
    id: RowId,
    name: String,
    address: String,
    first_seen: String,
    last_used: String,
}

/// `GET /account/sessions`.
pub(crate) async fn show(
    State(app): State<App>,
    Member(current): Member,
    Query(done): Query<Done>,
) -> Result<Response, Instead> {
    let sessions = list::of(&app, &current).await?;
    let (own, others): (Vec<_>, Vec<_>) = sessions.into_iter().partition(|session| session.current);
    let frame = Frame::member(&current, "account");
    let words = frame.words;
    let device = |session| device(session, &current.account.time_zone, clock::now_ms(), words);
    Ok(render(
        StatusCode::OK,
        &SessionsPage {
            frame,
            tab: "sessions",
            notice: done.notice(words),
            email: current.account.email.clone(),
            own: own.into_iter().map(device).collect(),
            others: others.into_iter().map(device).collect(),
        },
    ))
}

/// `POST /account/sessions/{id}/end`. One that is over already is fine: that is what was wanted.
pub(crate) async fn end(
    State(app): State<App>,
    Member(current): Member,
    id: Result<Segment<RowId>, Failure>,
) -> Result<Response, Instead> {
    let Segment(id) = id?;
    revoke::apply(&app, &current, id).await?;
    Ok(Redirect::to("/account/sessions?done=ended").into_response())
}

/// `POST /account/sessions/end-others`.
pub(crate) async fn end_others(State(app): State<App>, Member(current): Member) -> Result<Response, Instead> {
    session::end_others(&app, &current).await?;
    Ok(Redirect::to("/account/sessions?done=others-ended").into_response())
}

fn device(session: Session, zone: &str, now_ms: i64, words: &Words) -> Device {
    Device {
        id: session.id,
        name: device_label::shown(&session.device, words),
        address: session.address,
        first_seen: figures::moment(session.first_seen_ms, zone, words),
        last_used: (words.sessions.last_used)(&figures::ago(session.last_seen_ms, now_ms, words)),
    }
}
