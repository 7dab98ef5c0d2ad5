//! Shares, for whoever holds a link: no account, no cookie. The secret travels in bodies only, never in an address.

pub(crate) mod listen;
pub(crate) mod open;
pub(crate) mod report;
pub(crate) mod tell_me;

use iroam_protocol::problem::Kind;
use iroam_store::Visitor;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{address::ClientAddress, clock, failure::Failure, shares::secret_hash, state::App};

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open::open))
        .routes(routes!(listen::open))
        .routes(routes!(listen::heartbeat))
        .routes(routes!(listen::close))
        .routes(routes!(tell_me::tell_me))
        .routes(routes!(report::report))
}

/// Unknown, over, taken back, used up, and a wrong secret: nobody learns which.
pub(crate) fn gone() -> Failure {
    Failure::new(Kind::ShareGone, "This link does not work any more, or was not copied whole. Ask for a new one.")
}

/// Counts a link that does not open against the address that tried it.
pub(crate) fn guessed(app: &App, address: ClientAddress) -> Failure {
    match app.limiters().share_link.count(address.ip(), clock::now_ms()) {
        Ok(()) => gone(),
        Err(too_many) => too_many.into(),
    }
}

/// Whoever holds a link that was not taken back.
///
/// # Errors
/// [`gone`], or too many tries.
pub(crate) async fn visitor(app: &App, address: ClientAddress, share: &str, secret: &str) -> Result<Visitor, Failure> {
    let found = app.store().visitor(share, secret_hash(secret), clock::now_ms()).await?;
    found.ok_or_else(|| guessed(app, address))
}
