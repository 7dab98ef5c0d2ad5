//! Sign in.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use iroam_mail::Language;

use super::{
    Frame, Instead, Posted, Visitor, framed, local_path, redirect_with_cookie, render,
    sign_up::{Fields, Form, Next},
};
use crate::{address::ClientAddress, catalogue::SignInWords, people, session, state::App};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    form: Fields,
    notice: Option<&'static str>,
}

framed!(SignIn);

/// `GET /sign-in`. With `again=1` somebody who is signed in is asked once more.
pub(crate) async fn show(visitor: Visitor, Query(query): Query<Next>) -> Response {
    let next = local_path(&query.next).to_owned();
    let again = query.again == "1";
    let (said, language) = (&visitor.words().sign_in, visitor.language);
    match visitor.current {
        Some(_) if !again => Redirect::to(&next).into_response(),
        Some(current) => {
            let form = Fields { next, email: current.account.email, ..Fields::default() };
            page(StatusCode::OK, language, form, Some(said.again))
        }
        None => {
            let notice = notice(said, &next, &query.done);
            page(StatusCode::OK, language, Fields { next, ..Fields::default() }, notice)
        }
    }
}

/// `POST /sign-in`.
pub(crate) async fn submit(
    State(app): State<App>,
    visitor: Visitor,
    address: ClientAddress,
    headers: HeaderMap,
    Posted(form): Posted<Form>,
) -> Result<Response, Instead> {
    let next = local_path(&form.next).to_owned();
    match people::sign_in(&app, address, &form.email, form.password).await {
        Ok(account) => {
            let cookie = session::begin(&app, account.id, &headers, address).await?;
            Ok(redirect_with_cookie(&next, cookie))
        }
        Err(failure) => {
            let status = failure.status();
            let form = Fields::after(failure, visitor.words(), form.email, next)?;
            Ok(page(status, visitor.language, form, None))
        }
    }
}

fn notice(said: &SignInWords, next: &str, done: &str) -> Option<&'static str> {
    match done {
        "password" => Some(said.new_password),
        _ if next.starts_with("/device") => Some(said.for_home),
        _ if next.starts_with("/approve") => Some(said.for_device),
        _ => None,
    }
}

fn page(status: StatusCode, language: Language, form: Fields, notice: Option<&'static str>) -> Response {
    render(status, &SignIn { frame: Frame::stranger(language, "sign-in"), form, notice })
}
