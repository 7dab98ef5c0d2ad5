//! Mails on their way. Without a mail server the operator reads here what they say, and passes it on by other means.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use iroam_mail::Language;
use iroam_protocol::{id::RowId, problem::Kind};
use iroam_store::{Mail, MailState};
use serde::Deserialize;

use crate::{
    catalogue, clock,
    failure::{Failure, Segment},
    operator::Operator,
    pages::{Frame, Instead, Visitor, figures, framed, render},
    state::App,
};

/// Rows of a page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "operator_outbox.html")]
struct OutboxPage {
    frame: Frame,
    tab: &'static str,
    notice: Option<&'static str>,
    has_server: bool,
    filters: Vec<Filter>,
    state: &'static str,
    rows: Vec<Line>,
    next: Option<RowId>,
    first_page: bool,
}

#[derive(Template)]
#[template(path = "operator_mail.html")]
struct MailPage {
    frame: Frame,
    tab: &'static str,
    notice: Option<&'static str>,
    line: Line,
    message_id: String,
    waits: Option<Waits>,
    ended: Option<String>,
    said: Option<Said>,
    may_retry: bool,
}

framed!(OutboxPage, MailPage);

/// A way to look at the outbox.
struct Filter {
    state: &'static str,
    words: &'static str,
}

struct Line {
    id: RowId,
    purpose: &'static str,
    to: String,
    state: &'static str,
    written: String,
    tries: u64,
    error: Option<String>,
}

/// When a mail is tried again, and how long that is worth it.
struct Waits {
    next: String,
    until: String,
}

struct Said {
    subject: String,
    text: String,
}

/// `?state=` and `?cursor=`, `?done=`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    state: String,
    cursor: Option<RowId>,
    #[serde(default)]
    done: String,
}

/// `GET /operator/outbox`.
pub(crate) async fn list(
    _: Operator,
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Instead> {
    let state = MailState::parse(&asked.state);
    let page = app.store().outbox_page(state, asked.cursor, ROWS).await?;
    let all = Filter { state: "", words: "All" };
    let of = |state: MailState| Filter { state: state.as_str(), words: state_words(state) };
    Ok(render(
        StatusCode::OK,
        &OutboxPage {
            frame: Frame::operator(visitor.current.as_ref()),
            tab: "outbox",
            notice: None,
            has_server: app.config().courier.is_some(),
            filters: std::iter::once(all).chain(MailState::ALL.map(of)).collect(),
            state: state.map(MailState::as_str).unwrap_or_default(),
            rows: page.mails.into_iter().map(|mail| line(&mail)).collect(),
            next: page.next,
            first_page: asked.cursor.is_none(),
        },
    ))
}

/// `GET /operator/outbox/{id}`.
pub(crate) async fn show(
    _: Operator,
    State(app): State<App>,
    visitor: Visitor,
    id: Result<Segment<RowId>, Failure>,
    Query(asked): Query<Asked>,
) -> Result<Response, Instead> {
    let Segment(id) = id?;
    let mail = app.store().mail(id).await?.ok_or_else(unknown)?;
    let kept = matches!(mail.state, MailState::Pending | MailState::Dead);
    let notice = "It is tried again within seconds, if there is a mail server.";
    Ok(render(
        StatusCode::OK,
        &MailPage {
            frame: Frame::operator(visitor.current.as_ref()),
            tab: "outbox",
            notice: (asked.done == "retried").then_some(notice),
            line: line(&mail),
            waits: (mail.state == MailState::Pending).then(|| Waits {
                next: figures::moment(mail.next_ms, "UTC", catalogue::words(Language::English)),
                until: figures::moment(mail.until_ms, "UTC", catalogue::words(Language::English)),
            }),
            ended: mail.ended_ms.map(|ended_ms| figures::moment(ended_ms, "UTC", catalogue::words(Language::English))),
            message_id: mail.message_id,
            said: kept.then_some(Said { subject: mail.subject, text: mail.text }),
            may_retry: kept,
        },
    ))
}

/// `POST /operator/outbox/{id}/retry`.
pub(crate) async fn retry(
    _: Operator,
    State(app): State<App>,
    id: Result<Segment<RowId>, Failure>,
) -> Result<Response, Instead> {
    let Segment(id) = id?;
    if !app.store().retry_mail(id, clock::now_ms()).await? {
        return Err(unknown().into());
    }
    Ok(Redirect::to(&format!("/operator/outbox/{id}?done=retried")).into_response())
}

fn unknown() -> Failure {
    Failure::new(
        Kind::NotFound,
        "There is no such mail that could still be sent. Sent ones are forgotten after a month.",
    )
}

fn line(mail: &Mail) -> Line {
    Line {
        id: mail.id,
        purpose: purpose(&mail.kind),
        to: mail.to.clone(),
        state: state_words(mail.state),
        written: figures::moment(mail.created_ms, "UTC", catalogue::words(Language::English)),
        tries: mail.tries,
        error: mail.last_error.clone(),
    }
}

fn state_words(state: MailState) -> &'static str {
    match state {
        MailState::Pending => "Waiting",
        MailState::Sent => "Sent",
        MailState::Dead => "Given up",
        MailState::Cancelled => "Withdrawn",
    }
}

fn purpose(kind: &str) -> &'static str {
    let known = iroam_mail::Kind::ALL.into_iter().find(|known| known.as_str() == kind);
    match known {
        Some(iroam_mail::Kind::Confirm) => "Confirm an address",
        Some(iroam_mail::Kind::Reset) => "Choose a new password",
        Some(iroam_mail::Kind::PasswordChanged) => "Password was changed",
        Some(iroam_mail::Kind::ShareInvitation) => "Share",
        Some(iroam_mail::Kind::HomeIsBack) => "Home is back",
        Some(iroam_mail::Kind::PlaylistInvitation) => "Playlist invitation",
        None => "Another mail",
    }
}
