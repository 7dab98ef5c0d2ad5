//! The account at a glance.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use iroam_protocol::{id::RowId, portal::RunningListening};

use super::{Done, Meter, state};
use crate::{
    api::v1::{homes::list, listenings::close},
    catalogue::Words,
    clock, device_label,
    failure::{Failure, Segment},
    pages::{Frame, Instead, Member, confirm, figures, framed, render},
    state::App,
};

#[derive(Template)]
#[template(path = "account.html")]
struct Overview {
    frame: Frame,
    tab: &'static str,
    notice: Option<&'static str>,
    email: String,
    meter: Meter,
    listenings: Vec<Playing>,
    homes: Vec<HomeLine>,
    /// Whether the address waits to be confirmed.
    unconfirmed: bool,
    confirm_minutes: u64,
}

framed!(Overview);

struct Playing {
    id: RowId,
    device: String,
    home: String,
    since: String,
    played: String,
    playing: bool,
}

struct HomeLine {
    name: String,
    online: bool,
    state: String,
}

/// `GET /account`.
pub(crate) async fn show(
    State(app): State<App>,
    Member(current): Member,
    Query(done): Query<Done>,
) -> Result<Response, Instead> {
    let account = &current.account;
    let now_ms = clock::now_ms();
    let wallet = app.store().wallet(account.id).await?;
    let listenings = app.store().running(account.id).await?;
    let homes = list::of(&app, account.id).await?;
    let frame = Frame::member(&current, "account");
    let words = frame.words;
    Ok(render(
        StatusCode::OK,
        &Overview {
            frame,
            tab: "overview",
            notice: done.notice(words),
            email: account.email.clone(),
            unconfirmed: !account.email_confirmed,
            confirm_minutes: confirm::minutes(&app),
            meter: Meter::of(&wallet, words),
            listenings: listenings.into_iter().map(|running| playing(running, now_ms, words)).collect(),
            homes: homes
                .into_iter()
                .map(|home| HomeLine { state: state(&home, now_ms, words), online: home.online, name: home.name })
                .collect(),
        },
    ))
}

/// `POST /account/listenings/{id}/stop`.
pub(crate) async fn stop(
    State(app): State<App>,
    Member(current): Member,
    id: Result<Segment<RowId>, Failure>,
) -> Result<Response, Instead> {
    let Segment(id) = id?;
    close::apply(&app, &current, id, None).await?;
    Ok(Redirect::to("/account?done=stopped").into_response())
}

fn playing(running: RunningListening, now_ms: i64, words: &Words) -> Playing {
    Playing {
        since: figures::ago(running.opened_ms, now_ms, words),
        played: figures::length(running.played_ms),
        id: running.id,
        device: device_label::shown(&running.device, words),
        home: running.home,
        playing: running.playing,
    }
}
