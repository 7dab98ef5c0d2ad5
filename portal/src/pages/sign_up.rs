//! Sign up.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use iroam_mail::Language;
use serde::Deserialize;

use super::{
    Frame, Instead, Posted, Visitor, framed, landing::starter_minutes, local_path, redirect_with_cookie, render,
};
use crate::{
    address::ClientAddress,
    catalogue::{Words, accept},
    failure::Failure,
    people::{self, Candidate},
    session,
    state::App,
};

/// What a form with address and password shows again after an error.
#[derive(Default)]
pub(crate) struct Fields {
    /// As typed.
    pub(crate) email: String,
    /// Where it leads on to.
    pub(crate) next: String,
    /// At the address.
    pub(crate) email_error: Option<String>,
    /// At the password.
    pub(crate) password_error: Option<String>,
    /// At no field.
    pub(crate) error: Option<String>,
}

impl Fields {
    /// The form again, with the failure at its field. A failure that is not the person's is a page of its own.
    pub(crate) fn after(failure: Failure, words: &Words, email: String, next: String) -> Result<Self, Instead> {
        if failure.status().is_server_error() {
            return Err(failure.into());
        }
        let words = Some(failure.detail_in(words));
        let fields = Self { email, next, ..Self::default() };
        Ok(match failure.problem().field.as_deref() {
            Some("email") => Self { email_error: words, ..fields },
            Some("password") => Self { password_error: words, ..fields },
            _ => Self { error: words, ..fields },
        })
    }
}

/// Where a form leads on to.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    pub(super) next: String,
    /// Whether somebody who is signed in is to sign in once more.
    #[serde(default)]
    pub(super) again: String,
    /// What was done before.
    #[serde(default)]
    pub(super) done: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Form {
    pub(super) email: String,
    pub(super) password: String,
    #[serde(default)]
    pub(super) next: String,
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUp {
    frame: Frame,
    form: Fields,
    starter_minutes: u64,
}

framed!(SignUp);

/// `GET /sign-up`.
pub(crate) async fn show(State(app): State<App>, visitor: Visitor, Query(query): Query<Next>) -> Response {
    let next = local_path(&query.next).to_owned();
    if visitor.current.is_some() {
        return Redirect::to(&next).into_response();
    }
    page(&app, StatusCode::OK, visitor.language, Fields { next, ..Fields::default() })
}

/// `POST /sign-up`.
pub(crate) async fn submit(
    State(app): State<App>,
    visitor: Visitor,
    address: ClientAddress,
    headers: HeaderMap,
    Posted(form): Posted<Form>,
) -> Result<Response, Instead> {
    let next = local_path(&form.next).to_owned();
    let language = accept::preferred(&headers);
    let candidate = Candidate { email: form.email.clone(), password: form.password, time_zone: None, language };
    match people::sign_up(&app, address, candidate).await {
        Ok(account) => {
            let cookie = session::begin(&app, account.id, &headers, address).await?;
            Ok(redirect_with_cookie(first_page(&next), cookie))
        }
        Err(failure) => {
            let status = failure.status();
            let form = Fields::after(failure, visitor.words(), form.email, next)?;
            Ok(page(&app, status, visitor.language, form))
        }
    }
}

/// Somebody new has no home yet: the next step is to install one, unless they came for something else.
fn first_page(next: &str) -> &str {
    if next == "/player/" { "/download" } else { next }
}

fn page(app: &App, status: StatusCode, language: Language, form: Fields) -> Response {
    let frame = Frame::stranger(language, "sign-up");
    render(status, &SignUp { frame, form, starter_minutes: starter_minutes(app) })
}
