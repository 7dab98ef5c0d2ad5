//! Approval of a home: a person types the code, sees which machine asks, and picks the words that it shows.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use iroam_protocol::activation::{self, FINGERPRINT_WORDS, UserCode};
use iroam_store::{Approval, DeviceRequest};
use serde::Deserialize;

use super::{Frame, Instead, Member, Posted, framed, render, sign_in_path};
use crate::{
    address::ClientAddress,
    api::v1::homes::rename::home_name,
    catalogue::{self, Words},
    clock,
    failure::Failure,
    hub::Call,
    metrics,
    session::Current,
    settings,
    state::App,
};

/// Sets of words on the page; one of them is the machine's.
const SETS: usize = 3;

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
    words: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    answer: String,
}

#[derive(Template)]
#[template(path = "device_code.html")]
struct CodePage {
    frame: Frame,
    code: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "device_approve.html")]
struct ApprovePage {
    frame: Frame,
    email: String,
    code: String,
    machine: String,
    os: String,
    version: String,
    requester: String,
    yours: String,
    differs: bool,
    sets: Vec<WordSet>,
    words_error: Option<String>,
    name: String,
    name_error: Option<String>,
}

struct WordSet {
    value: String,
    words: [&'static str; FINGERPRINT_WORDS],
}

#[derive(Template)]
#[template(path = "device_done.html")]
struct DonePage {
    frame: Frame,
    added: bool,
    name: String,
}

framed!(CodePage, ApprovePage, DonePage);

/// A person at the approval page.
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

/// What the form got wrong.
#[derive(Default)]
struct Errors {
    words: Option<String>,
    name: Option<String>,
}

/// `GET /device`.
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
    approver.check_recent(&asked.code)?;
    match approver.find(&asked.code).await? {
        Ok(request) => Ok(approver.approve_page(StatusCode::OK, &request, &request.name, Errors::default())),
        Err(none) => Ok(approver.code_page(none.status, asked.code, Some(none.words))),
    }
}

/// `POST /device`.
pub(crate) async fn submit(
    State(app): State<App>,
    Member(current): Member,
    address: ClientAddress,
    Posted(form): Posted<Form>,
) -> Result<Response, Instead> {
    let approver = Approver { app, current, address };
    approver.check_recent(&form.code)?;
    let request = match approver.find(&form.code).await? {
        Ok(request) => request,
        Err(none) => return Ok(approver.code_page(none.status, form.code, Some(none.words))),
    };
    match form.answer.as_str() {
        "no" => approver.refuse(&request).await,
        _ => approver.approve(&request, &form).await,
    }
}

impl Approver {
    /// A new home opens the account, so the password must have been given just now.
    fn check_recent(&self, code: &str) -> Result<(), Instead> {
        if self.current.is_recent(clock::now_ms()) {
            return Ok(());
        }
        let code = UserCode::parse(code).map(|code| code.to_string()).unwrap_or_default();
        Err(Instead::Redirect(format!("{}&again=1", sign_in_path(&format!("/device?code={code}")))))
    }

    /// The request of a code, or why there is none.
    async fn find(&self, typed: &str) -> Result<Result<DeviceRequest, NoRequest>, Failure> {
        let said = &self.words().device;
        let none = |words: &str| Ok(Err(NoRequest { status: StatusCode::UNPROCESSABLE_ENTITY, words: words.into() }));
        let Some(code) = UserCode::parse(typed) else { return none(said.no_code) };
        let now_ms = clock::now_ms();
        let limiter = &self.app.limiters().device_code;
        if let Err(too_many) = limiter.count(self.address.ip(), now_ms) {
            let failure = Failure::from(too_many);
            return Ok(Err(NoRequest { status: failure.status(), words: failure.detail_in(self.words()) }));
        }
        let Some(request) = self.app.store().device(&code, now_ms).await? else { return none(said.unknown) };
        limiter.forgive(self.address.ip());
        Ok(Ok(request))
    }

    async fn refuse(&self, request: &DeviceRequest) -> Result<Response, Instead> {
        self.app.store().deny_device(request.id).await?;
        metrics::happened("device_denied");
        Ok(self.done_page(false, String::new()))
    }

    async fn approve(&self, request: &DeviceRequest, form: &Form) -> Result<Response, Instead> {
        if form.words != joined(activation::fingerprint(&request.peer)) {
            return self.wrong_words(request, form).await;
        }
        let name = match home_name(&form.name) {
            Ok(name) => name,
            Err(failure) => {
                let errors = Errors { name: Some(failure.detail_in(self.words())), ..Errors::default() };
                return Ok(self.approve_page(failure.status(), request, &form.name, errors));
            }
        };
        let account = self.current.account.id;
        match self.app.store().approve_device(request.id, account, &name, clock::now_ms()).await? {
            Approval::Approved(_) => {
                metrics::happened("device_approved");
                self.app.hub().call(Call::Account(account));
                Ok(self.done_page(true, name))
            }
            Approval::TakenByOther => Ok(self.no_more(StatusCode::CONFLICT, self.words().device.taken)),
            Approval::Gone => Ok(self.no_more(StatusCode::GONE, self.words().device.gone)),
        }
    }

    async fn wrong_words(&self, request: &DeviceRequest, form: &Form) -> Result<Response, Instead> {
        let said = &self.words().device;
        if form.words.is_empty() {
            let errors = Errors { words: Some(said.pick.into()), ..Errors::default() };
            return Ok(self.approve_page(StatusCode::UNPROCESSABLE_ENTITY, request, &form.name, errors));
        }
        metrics::happened("device_wrong_words");
        let left = self.app.store().device_wrong_words(request.id, clock::now_ms()).await?;
        if left == 0 {
            return Ok(self.no_more(StatusCode::GONE, said.dead));
        }
        let errors = Errors { words: Some((said.wrong_words)(left.into())), ..Errors::default() };
        Ok(self.approve_page(StatusCode::UNPROCESSABLE_ENTITY, request, &form.name, errors))
    }

    /// The code leads no further.
    fn no_more(&self, status: StatusCode, why: &str) -> Response {
        self.code_page(status, String::new(), Some(why.into()))
    }

    fn code_page(&self, status: StatusCode, code: String, error: Option<String>) -> Response {
        render(status, &CodePage { frame: self.frame(), code, error })
    }

    fn approve_page(&self, status: StatusCode, request: &DeviceRequest, name: &str, errors: Errors) -> Response {
        let yours = self.address.ip().to_string();
        render(
            status,
            &ApprovePage {
                frame: self.frame(),
                email: self.current.account.email.clone(),
                code: request.user_code.to_string(),
                machine: request.name.clone(),
                os: request.os.clone(),
                version: request.version.clone(),
                differs: request.address != yours,
                requester: request.address.clone(),
                yours,
                sets: sets(&self.app, request),
                words_error: errors.words,
                name: name.into(),
                name_error: errors.name,
            },
        )
    }

    fn done_page(&self, added: bool, name: String) -> Response {
        render(StatusCode::OK, &DonePage { frame: self.frame(), added, name })
    }

    fn frame(&self) -> Frame {
        Frame::member(&self.current, "device")
    }

    fn words(&self) -> &'static Words {
        catalogue::words(settings::language_of(&self.current.account))
    }
}

/// The machine's words among two other sets. They are the same at every reload: a set that stays while others change
/// would give itself away.
fn sets(app: &App, request: &DeviceRequest) -> Vec<WordSet> {
    let random = app.keys().stable_bytes(&format!("words {}", request.id));
    let right = activation::fingerprint(&request.peer);
    let mut sets = vec![right];
    for chunk in random[1..].chunks_exact(FINGERPRINT_WORDS).take(random.len()) {
        let decoy = chunk.try_into().map(activation::decoy).unwrap_or(right);
        if sets.len() < SETS && !sets.contains(&decoy) {
            sets.push(decoy);
        }
    }
    let place = usize::from(random[0]) % sets.len();
    sets.swap(0, place);
    sets.into_iter().map(|words| WordSet { value: joined(words), words }).collect()
}

fn joined(words: [&str; FINGERPRINT_WORDS]) -> String {
    words.join(" ")
}
