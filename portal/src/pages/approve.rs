//! A device asks to be signed in; somebody who is signed in here says yes or no.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use iroam_protocol::activation::UserCode;
use iroam_store::SignInRequest;
use serde::Deserialize;

use super::{Frame, Instead, Member, Posted, framed, render};
use crate::{
    address::ClientAddress,
    catalogue::{self, Words},
    clock, device_label,
    failure::Failure,
    metrics,
    session::Current,
    settings,
    state::App,
};

/// `?code=`.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    code: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Form {
    code: String,
    #[serde(default)]
    answer: String,
}

#[derive(Template)]
#[template(path = "approve_code.html")]
struct CodePage {
    frame: Frame,
    code: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "approve.html")]
struct ApprovePage {
    frame: Frame,
    email: String,
    code: String,
    device: String,
    requester: String,
    yours: String,
    differs: bool,
}

#[derive(Template)]
#[template(path = "approve_done.html")]
struct DonePage {
    frame: Frame,
    approved: bool,
    device: String,
}

framed!(CodePage, ApprovePage, DonePage);

/// Somebody at the approval page.
struct Approver {
    app: App,
    current: Current,
    address: ClientAddress,
}

/// Why a code leads to no request.
struct NoRequest {
    status: StatusCode,
    words: String,
}

/// `GET /approve`.
pub(crate) async fn show(
    State(app): State<App>,
    Member(current): Member,
    address: ClientAddress,
    Query(asked): Query<Asked>,
) -> Result<Response, Instead> {
    let approver = Approver { app, current, address };
    if asked.code.trim().is_empty() {
        return Ok(approver.code_page(StatusCode::OK, String::new(), None));
    }
    match approver.find(&asked.code).await? {
        Ok(request) => Ok(approver.approve_page(&request)),
        Err(none) => Ok(approver.code_page(none.status, asked.code, Some(none.words))),
    }
}

/// `POST /approve`.
pub(crate) async fn submit(
    State(app): State<App>,
    Member(current): Member,
    address: ClientAddress,
    Posted(form): Posted<Form>,
) -> Result<Response, Instead> {
    let approver = Approver { app, current, address };
    match approver.find(&form.code).await? {
        Ok(request) => approver.decide(&request, form.answer == "yes").await,
        Err(none) => Ok(approver.code_page(none.status, form.code, Some(none.words))),
    }
}

impl Approver {
    /// The request of a code, or why there is none.
    async fn find(&self, typed: &str) -> Result<Result<SignInRequest, NoRequest>, Failure> {
        let said = &self.words().approve;
        let none = |words: &str| Ok(Err(NoRequest { status: StatusCode::UNPROCESSABLE_ENTITY, words: words.into() }));
        let Some(code) = UserCode::parse(typed) else { return none(said.no_code) };
        let now_ms = clock::now_ms();
        let limiter = &self.app.limiters().device_code;
        if let Err(too_many) = limiter.count(self.address.ip(), now_ms) {
            let failure = Failure::from(too_many);
            return Ok(Err(NoRequest { status: failure.status(), words: failure.detail_in(self.words()) }));
        }
        let Some(request) = self.app.store().sign_in_request(&code, now_ms).await? else { return none(said.unknown) };
        limiter.forgive(self.address.ip());
        Ok(Ok(request))
    }

    /// Anything but a plain yes is a no.
    async fn decide(&self, request: &SignInRequest, approved: bool) -> Result<Response, Instead> {
        let store = self.app.store();
        let decided = if approved {
            store.approve_sign_in(request.id, self.current.account.id, clock::now_ms()).await?
        } else {
            store.deny_sign_in(request.id).await?
        };
        if !decided {
            let gone = self.words().approve.gone;
            return Ok(self.code_page(StatusCode::GONE, String::new(), Some(gone.into())));
        }
        metrics::happened(if approved { "second_device_approved" } else { "second_device_denied" });
        let device = device_label::shown(&request.device, self.words());
        Ok(render(StatusCode::OK, &DonePage { frame: self.frame(), approved, device }))
    }

    fn code_page(&self, status: StatusCode, code: String, error: Option<String>) -> Response {
        render(status, &CodePage { frame: self.frame(), code, error })
    }

    fn approve_page(&self, request: &SignInRequest) -> Response {
        let yours = self.address.ip().to_string();
        render(
            StatusCode::OK,
            &ApprovePage {
                frame: self.frame(),
                email: self.current.account.email.clone(),
                code: request.user_code.to_string(),
                device: device_label::shown(&request.device, self.words()),
                differs: request.address != yours,
                requester: request.address.clone(),
                yours,
            },
        )
    }

    fn frame(&self) -> Frame {
        Frame::member(&self.current, "approve")
    }

    fn words(&self) -> &'static Words {
        catalogue::words(settings::language_of(&self.current.account))
    }
}
