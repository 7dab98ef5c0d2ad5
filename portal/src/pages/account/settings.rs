//! What the owner chooses.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use iroam_mail::Language;
use iroam_protocol::{portal::AccountChange, problem::Kind};
use serde::Deserialize;

use super::Done;
use crate::{
    api::v1::me::change,
    catalogue::Words,
    failure::Failure,
    pages::{Frame, Instead, Member, Posted, framed, render},
    session::Current,
    settings::{self, DISPLAY_NAME_CHARS_MAX, Region},
    state::App,
};

#[derive(Template)]
#[template(path = "account_settings.html")]
struct SettingsPage {
    frame: Frame,
    tab: &'static str,
    notice: Option<&'static str>,
    email: String,
    form: Form,
    languages: Vec<Choice>,
    regions: Vec<Region>,
    /// The zone in use when no region has it.
    other_zone: Option<String>,
    name_max: usize,
    error: Option<(String, String)>,
}

framed!(SettingsPage);

struct Choice {
    tag: &'static str,
    name: &'static str,
    chosen: bool,
}

/// What the form sends. A box that is not ticked is not sent at all.
#[derive(Debug, Deserialize)]
pub(crate) struct Form {
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    takes_invitations: String,
}

impl SettingsPage {
    /// The words at a field that is not valid.
    fn error_at(&self, field: &str) -> Option<&str> {
        self.error.as_ref().filter(|(at, _)| at == field).map(|(_, words)| words.as_str())
    }
}

/// `GET /account/settings`.
pub(crate) async fn show(Member(current): Member, Query(done): Query<Done>) -> Response {
    let account = &current.account;
    let form = Form {
        display_name: account.display_name.clone().unwrap_or_default(),
        language: account.language.clone(),
        time_zone: account.time_zone.clone(),
        takes_invitations: if account.takes_invitations { "yes".into() } else { String::new() },
    };
    page(&current, StatusCode::OK, Some(&done), form, None)
}

/// `POST /account/settings`.
pub(crate) async fn submit(
    State(app): State<App>,
    Member(current): Member,
    Posted(form): Posted<Form>,
) -> Result<Response, Instead> {
    let wanted = AccountChange {
        display_name: Some(form.display_name.clone()),
        language: Some(form.language.clone()),
        time_zone: Some(form.time_zone.clone()),
        takes_invitations: Some(form.takes_invitations == "yes"),
    };
    match change::apply(&app, current.account.id, wanted).await {
        Ok(_) => Ok(Redirect::to("/account/settings?done=saved").into_response()),
        Err(failure) if failure.status().as_u16() == Kind::Invalid.status() => {
            Ok(page(&current, failure.status(), None, form, Some(&failure)))
        }
        Err(failure) => Err(failure.into()),
    }
}

fn error(failure: &Failure, words: &Words) -> Option<(String, String)> {
    let field = failure.problem().field.clone()?;
    Some((field, failure.detail_in(words)))
}

fn page(current: &Current, status: StatusCode, done: Option<&Done>, form: Form, failure: Option<&Failure>) -> Response {
    let frame = Frame::member(current, "account");
    let words = frame.words;
    let regions = settings::regions(&form.time_zone, words);
    let listed = regions.iter().flat_map(|region| &region.zones).any(|zone| zone.chosen);
    let other_zone = Some(form.time_zone.clone()).filter(|zone| !listed && zone != "UTC" && settings::is_zone(zone));
    let choice = |language: Language| Choice {
        tag: language.tag(),
        name: language.name(),
        chosen: language.tag() == form.language,
    };
    let languages = Language::ALL.into_iter().map(choice).collect();
    render(
        status,
        &SettingsPage {
            frame,
            tab: "settings",
            notice: done.and_then(|done| done.notice(words)),
            email: current.account.email.clone(),
            languages,
            regions,
            other_zone,
            name_max: DISPLAY_NAME_CHARS_MAX,
            error: failure.and_then(|failure| error(failure, words)),
            form,
        },
    )
}
