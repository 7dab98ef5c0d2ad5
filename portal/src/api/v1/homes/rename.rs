//! Another name for a home.

use axum::{Json, extract::State};
use iroam_protocol::{
    id::{PeerId, RowId},
    portal::{Home, HomeChange},
    problem::Kind,
};

use crate::{
    clock,
    failure::{Body, Failure, Segment},
    hub::Call,
    session::SignedIn,
    state::App,
};

/// Longest name: it fits a line on a phone.
const NAME_CHARS_MAX: usize = 60;

/// Renames a home.
#[utoipa::path(
    patch, path = "/homes/{id}", params(("id" = PeerId, Path,)), request_body = HomeChange,
    responses((status = 200, body = Home))
)]
pub(crate) async fn rename(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(home): Segment<PeerId>,
    Body(change): Body<HomeChange>,
) -> Result<Json<Home>, Failure> {
    apply(&app, current.account.id, home, &change.name).await.map(Json)
}

/// Renames a home of an account, for API and page.
///
/// # Errors
/// A name that is not valid, a home that is not the account's.
pub(crate) async fn apply(app: &App, account: RowId, home: PeerId, name: &str) -> Result<Home, Failure> {
    let name = home_name(name)?;
    if !app.store().rename_home(account, home, &name, clock::now_ms()).await? {
        return Err(unknown());
    }
    app.hub().call(Call::Home(home));
    app.hub().call(Call::Account(account));
    let record = app.store().home(home).await?.ok_or_else(unknown)?;
    Ok(record.to_wire(app.hub().is_online(&home)))
}

/// A name as a person typed it: 1 to 60 characters, none of them a control character.
///
/// # Errors
/// A [`Kind::Invalid`] at the field `name`.
pub(crate) fn home_name(typed: &str) -> Result<String, Failure> {
    let name = typed.trim();
    match name.chars().count() {
        0 => Err(Failure::told_at("name", |words| words.faults.home_nameless.into())),
        1..=NAME_CHARS_MAX if !name.chars().any(char::is_control) => Ok(name.into()),
        1..=NAME_CHARS_MAX => Err(Failure::told_at("name", |words| words.faults.one_line.into())),
        _ => Err(Failure::told_at("name", |words| (words.faults.at_most)(NAME_CHARS_MAX).into())),
    }
}

/// A home that does not exist and one of somebody else answer alike.
pub(crate) fn unknown() -> Failure {
    Failure::told(Kind::NotFound, |words| words.faults.no_home.into())
}
