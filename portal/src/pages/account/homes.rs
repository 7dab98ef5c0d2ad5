//! The account's homes: add, rename and remove.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use iroam_protocol::{id::PeerId, portal::Home, problem::Kind};
use serde::Deserialize;

use super::{Done, state};
use crate::{
    api::v1::homes::{list, remove as removal, rename as renaming},
    catalogue::Words,
    clock,
    failure::{Failure, Segment},
    pages::{Frame, Instead, Member, Posted, figures, framed, render},
    session::Current,
    state::App,
};

#[derive(Template)]
#[template(path = "account_homes.html")]
struct HomesPage {
    frame: Frame,
    tab: &'static str,
    notice: Option<&'static str>,
    email: String,
    homes: Vec<HomeCard>,
    origin: String,
}

framed!(HomesPage);

struct HomeCard {
    id: PeerId,
    name: String,
    os: String,
    version: String,
    activated: String,
    last_seen: String,
    online: bool,
    state: String,
    rename_error: Option<String>,
}

/// The new name.
#[derive(Deserialize)]
pub(crate) struct NewName {
    name: String,
}

/// `GET /account/homes`.
pub(crate) async fn show(
    State(app): State<App>,
    Member(current): Member,
    Query(done): Query<Done>,
) -> Result<Response, Instead> {
    page(&app, &current, StatusCode::OK, Some(&done), None).await
}

/// `POST /account/homes/{id}/rename`.
pub(crate) async fn rename(
    State(app): State<App>,
    Member(current): Member,
    id: Result<Segment<PeerId>, Failure>,
    Posted(new): Posted<NewName>,
) -> Result<Response, Instead> {
    let Segment(id) = id?;
    match renaming::apply(&app, current.account.id, id, &new.name).await {
        Ok(_) => Ok(Redirect::to("/account/homes?done=renamed").into_response()),
        Err(failure) if failure.status().as_u16() == Kind::Invalid.status() => {
            page(&app, &current, failure.status(), None, Some((id, &failure))).await
        }
        Err(failure) => Err(failure.into()),
    }
}

/// `POST /account/homes/{id}/remove`.
pub(crate) async fn remove(
    State(app): State<App>,
    Member(current): Member,
    id: Result<Segment<PeerId>, Failure>,
) -> Result<Response, Instead> {
    let Segment(id) = id?;
    removal::apply(&app, current.account.id, id).await?;
    Ok(Redirect::to("/account/homes?done=removed").into_response())
}

async fn page(
    app: &App,
    current: &Current,
    status: StatusCode,
    done: Option<&Done>,
    rename_error: Option<(PeerId, &Failure)>,
) -> Result<Response, Instead> {
    let homes = list::of(app, current.account.id).await?;
    let frame = Frame::member(current, "account");
    let (words, zone) = (frame.words, &current.account.time_zone);
    let error_of = |id: PeerId| rename_error.filter(|(at, _)| *at == id).map(|(_, failure)| failure.detail_in(words));
    Ok(render(
        status,
        &HomesPage {
            frame,
            tab: "homes",
            notice: done.and_then(|done| done.notice(words)),
            email: current.account.email.clone(),
            origin: app.public_url().origin().to_owned(),
            homes: homes.into_iter().map(|home| card(error_of(home.id), home, zone, words)).collect(),
        },
    ))
}

fn card(rename_error: Option<String>, home: Home, zone: &str, words: &Words) -> HomeCard {
    let seen = |seen_ms| figures::moment(seen_ms, zone, words);
    HomeCard {
        state: state(&home, clock::now_ms(), words),
        activated: seen(home.activated_ms),
        last_seen: home.last_seen_ms.map_or_else(|| words.homes.not_yet.into(), seen),
        id: home.id,
        name: home.name,
        os: home.os,
        version: home.version,
        online: home.online,
        rename_error,
    }
}
