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
    clock,
    failure::{Failure, Segment},
    pages::{Frame, Instead, Member, Posted, render, words},
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
    page(&app, &current, StatusCode::OK, done.notice(), None).await
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
            page(&app, &current, failure.status(), None, Some((id, failure.detail().to_owned()))).await
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
    notice: Option<&'static str>,
    rename_error: Option<(PeerId, String)>,
) -> Result<Response, Instead> {
    let homes = list::of(app, current.account.id).await?;
    let error_of = |id: PeerId| rename_error.as_ref().filter(|(at, _)| *at == id).map(|(_, words)| words.clone());
    Ok(render(
        status,
        &HomesPage {
            frame: Frame::new(Some(current), "account"),
            tab: "homes",
            notice,
            email: current.account.email.clone(),
            origin: app.public_url().origin().to_owned(),
            homes: homes.into_iter().map(|home| card(error_of(home.id), home, &current.account.time_zone)).collect(),
        },
    ))
}

fn card(rename_error: Option<String>, home: Home, zone: &str) -> HomeCard {
    HomeCard {
        state: state(&home, clock::now_ms()),
        activated: words::moment(home.activated_ms, zone),
        last_seen: home.last_seen_ms.map_or_else(|| "not yet".into(), |seen_ms| words::moment(seen_ms, zone)),
        id: home.id,
        name: home.name,
        os: home.os,
        version: home.version,
        online: home.online,
        rename_error,
    }
}
