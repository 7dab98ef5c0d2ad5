//! Homes that speak for themselves: an assertion signed with the key that their PeerId is.

use axum::http::{HeaderMap, header};
use iroam_protocol::{assertion::Assertion, id::PeerId, problem::Kind, token::TokenError};

use crate::{clock, failure::Failure, state::App};

/// The home's record, after its assertion was checked.
///
/// # Errors
/// A wrong assertion; [`Kind::NotActivated`] when the home belongs to no account.
pub(crate) async fn authenticate(app: &App, headers: &HeaderMap, home: &PeerId) -> Result<iroam_store::Home, Failure> {
    let token = bearer(headers)
        .ok_or_else(|| Failure::new(Kind::Unauthorized, "Send an assertion of the home as Authorization: Bearer."))?;
    verify(app, token, home)?;
    let record = app.store().home(*home).await?;
    record.ok_or_else(|| {
        Failure::new(Kind::NotActivated, "This home belongs to no account. Activate it again with: iroam up")
    })
}

/// Checks an assertion of a home.
///
/// # Errors
/// Each says what to do on the machine at home.
pub(crate) fn verify(app: &App, token: &str, home: &PeerId) -> Result<(), Failure> {
    let portal = app.public_url().origin();
    Assertion::verify(token, home, portal, clock::now_s()).map(drop).map_err(|error| match error {
        TokenError::Audience => Failure::new(
            Kind::BadRequest,
            format!("This portal's address is {portal}. Start the home with: iroam up --portal {portal}"),
        ),
        TokenError::Expired | TokenError::NotYetValid => Failure::new(
            Kind::ClockSkew,
            "The clocks of the home and of the portal differ by more than a minute. Set the clock of the home's machine.",
        ),
        error => Failure::new(Kind::Unauthorized, format!("The home's assertion is not valid: {error}.")),
    })
}

/// The token of `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
