//! Somebody does not know the password any more. The answer is the same for every address, in words and in time: the
//! request is only written down here, and looked at a moment later by the housekeeping.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{Frame, Instead, Posted, Visitor, render};
use crate::{address::ClientAddress, clock, failure::Failure, metrics, people, session::Current, state::App};

#[derive(Template)]
#[template(path = "forgot.html")]
struct ForgotPage {
    frame: Frame,
    email: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "forgot_done.html")]
struct DonePage {
    frame: Frame,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Form {
    email: String,
}

/// `GET /forgot`.
pub(crate) async fn show(Visitor(current): Visitor) -> Response {
    let email = current.as_ref().map(|current| current.account.email.clone()).unwrap_or_default();
    page(StatusCode::OK, current.as_ref(), email, None)
}

/// `POST /forgot`.
pub(crate) async fn submit(
    State(app): State<App>,
    Visitor(current): Visitor,
    address: ClientAddress,
    Posted(form): Posted<Form>,
) -> Result<Response, Instead> {
    match ask(&app, address, &form.email).await {
        Ok(()) => Ok(render(StatusCode::OK, &DonePage { frame: frame(current.as_ref()) })),
        Err(failure) if failure.status().is_client_error() => {
            Ok(page(failure.status(), current.as_ref(), form.email, Some(failure.detail().to_owned())))
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn ask(app: &App, address: ClientAddress, typed: &str) -> Result<(), Failure> {
    let email = people::email(typed)?;
    let now_ms = clock::now_ms();
    app.limiters().forgot.count(address.ip(), now_ms)?;
    app.store().ask_password(email.as_str(), now_ms).await?;
    metrics::happened("forgot");
    Ok(())
}

fn page(status: StatusCode, current: Option<&Current>, email: String, error: Option<String>) -> Response {
    render(status, &ForgotPage { frame: frame(current), email, error })
}

fn frame(current: Option<&Current>) -> Frame {
    Frame::new(current, "sign-in")
}
