//! Sign in.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Frame, Instead, Posted, Visitor, local_path, redirect_with_cookie, render,
    sign_up::{Fields, Form, Next},
};
use crate::{address::ClientAddress, people, session, state::App};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    form: Fields,
    notice: Option<&'static str>,
}

/// `GET /sign-in`. With `again=1` somebody who is signed in is asked once more.
pub(crate) async fn show(Visitor(current): Visitor, Query(query): Query<Next>) -> Response {
    let next = local_path(&query.next).to_owned();
    let again = query.again == "1";
    match current {
        Some(_) if !again => Redirect::to(&next).into_response(),
        Some(current) => {
            let notice = Some("A home opens your account to a machine. Sign in once more to go on.");
            page(StatusCode::OK, Fields { next, email: current.account.email, ..Fields::default() }, notice)
        }
        None => {
            let notice = notice(&next, &query.done);
            page(StatusCode::OK, Fields { next, ..Fields::default() }, notice)
        }
    }
}

/// `POST /sign-in`.
pub(crate) async fn submit(
    State(app): State<App>,
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
            Ok(page(status, Fields::after(failure, form.email, next)?, None))
        }
    }
}

fn notice(next: &str, done: &str) -> Option<&'static str> {
    match done {
        "password" => Some("Your new password is in force. Sign in with it."),
        _ if next.starts_with("/device") => Some("Sign in to add the home to your account."),
        _ if next.starts_with("/approve") => Some("Sign in here first, to let the other device in."),
        _ => None,
    }
}

fn page(status: StatusCode, form: Fields, notice: Option<&'static str>) -> Response {
    render(status, &SignIn { frame: Frame::new(None, "sign-in"), form, notice })
}
