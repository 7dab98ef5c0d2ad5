//! A visitor wants to know when the home is back.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use iroam_mail::Language;
use iroam_protocol::{problem::Kind, shares::TellMe};
use iroam_store::Wait;

use super::{gone, visitor};
use crate::{
    address::ClientAddress,
    catalogue::accept,
    clock,
    email::Email,
    failure::{Body, Failure},
    hub::Call,
    state::App,
};

/// Mails the visitor once when the home is back, in the language that `Accept-Language` asks for, and forgets the address then.
#[utoipa::path(post, path = "/shared/tell-me", request_body = TellMe, responses((status = 202)))]
pub(crate) async fn tell_me(
    State(app): State<App>,
    address: ClientAddress,
    headers: HeaderMap,
    Body(asked): Body<TellMe>,
) -> Result<StatusCode, Failure> {
    let visitor = visitor(&app, address, &asked.share, &asked.secret).await?;
    if !visitor.lives {
        return Err(gone());
    }
    let email = Email::parse(&asked.email)
        .ok_or_else(|| Failure::field("email", "Type an e-mail address, such as ann@example.org."))?;
    app.limiters().tell_me.count(address.ip(), clock::now_ms())?;
    let language = accept::wanted(&headers).map(Language::tag);
    match app.store().wait_for_home(visitor.share, email.as_str(), language, clock::now_ms()).await? {
        // It may have come back while the visitor typed.
        Wait::Ok if app.hub().is_online(&visitor.home) => app.hub().call(Call::Online(visitor.home)),
        Wait::Ok => {}
        Wait::Full => {
            return Err(Failure::new(Kind::QuotaReached, "This link mails nobody else. Look in again later."));
        }
    }
    Ok(StatusCode::ACCEPTED)
}
