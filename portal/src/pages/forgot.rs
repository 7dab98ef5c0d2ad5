//! Somebody does not know the password any more. The answer is the same for every address, in words and in time: the
//! request is only written down here, and looked at a moment later by the housekeeping.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{Frame, Instead, Posted, Visitor, framed, render};
use crate::{address::ClientAddress, clock, failure::Failure, metrics, people, state::App};

/// The entry of the navigation.
const HERE: &str = "sign-in";

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

framed!(ForgotPage, DonePage);

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Form {
    email: String,
}

/// `GET /forgot`.
pub(crate) async fn show(visitor: Visitor) -> Response {
    let email = visitor.current.as_ref().map(|current| current.account.email.clone()).unwrap_or_default();
    page(StatusCode::OK, &visitor, email, None)
}

/// `POST /forgot`.
pub(crate) async fn submit(
    State(app): State<App>,
    visitor: Visitor,
    address: ClientAddress,
    Posted(form): Posted<Form>,
) -> Result<Response, Instead> {
    match ask(&app, address, &form.email).await {
        Ok(()) => Ok(render(StatusCode::OK, &DonePage { frame: visitor.frame(HERE) })),
        Err(failure) if failure.status().is_client_error() => {
            let said = failure.detail_in(visitor.words());
            Ok(page(failure.status(), &visitor, form.email, Some(said)))
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

fn page(status: StatusCode, visitor: &Visitor, email: String, error: Option<String>) -> Response {
    render(status, &ForgotPage { frame: visitor.frame(HERE), email, error })
}
