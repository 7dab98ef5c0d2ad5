//! An invitation to edit a playlist. Opening the page changes nothing, since mail scanners open links; the button does.
//! The address holds a secret; the page leads nowhere else, and every page names itself to this site alone.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use iroam_store::{ListRefusal, SecretHash, shown_name};

use super::{ErrorPage, Frame, Instead, Member, figures, framed, render};
use crate::{api::v1::playlists, clock, entropy, state::App};

#[derive(Template)]
#[template(path = "invite.html")]
struct InvitePage {
    frame: Frame,
    owner: String,
    name: String,
    songs: u64,
    until: String,
    email: String,
    me: String,
    token: String,
}

framed!(InvitePage);

/// `GET /invite/{token}`.
pub(crate) async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    Member(current): Member,
) -> Result<Response, Instead> {
    let frame = Frame::member(&current, "");
    let account = &current.account;
    let found = app.store().invitation(hash(&token), account.id, clock::now_ms()).await?;
    let Some(invited) = found else { return Ok(gone(frame)) };
    let page = InvitePage {
        owner: invited.owner,
        name: invited.name,
        songs: invited.count,
        until: figures::moment(invited.expires_ms, &account.time_zone, frame.words),
        email: account.email.clone(),
        me: shown_name(account.display_name.as_deref(), &account.email).to_owned(),
        token,
        frame,
    };
    Ok(render(StatusCode::OK, &page))
}

/// `POST /invite/{token}`.
pub(crate) async fn accept(
    State(app): State<App>,
    Path(token): Path<String>,
    Member(current): Member,
) -> Result<Response, Instead> {
    match app.store().accept_invitation(hash(&token), current.account.id, clock::now_ms()).await? {
        Ok(list) => {
            playlists::tell(&app, list.id).await?;
            Ok(Redirect::to(&format!("/player/#/playlists/{}", list.id)).into_response())
        }
        Err(ListRefusal::InvitationGone) => Ok(gone(Frame::member(&current, ""))),
        Err(refusal) => Err(playlists::refused(refusal).into()),
    }
}

fn hash(token: &str) -> SecretHash {
    SecretHash(entropy::hash(token))
}

fn gone(frame: Frame) -> Response {
    let said = &frame.words.invite;
    let (title, detail, way_out_words) = (said.gone, said.gone_lead, said.player);
    let page = ErrorPage { frame, status: 410, title, detail, way_out: "/player/", way_out_words };
    render(StatusCode::GONE, &page)
}
