//! Others are invited to edit a list.

use axum::{Json, extract::State, http::StatusCode};
use iroam_mail::letter;
use iroam_protocol::{
    id::RowId,
    playlists::{Invitation, NewInvitation, Playlist},
    problem::Kind,
};
use iroam_store::{ListRefusal, NewInvite, SecretHash, shown_name};

use super::{granted, refused, tell};
use crate::{
    clock,
    email::Email,
    entropy,
    failure::{Body, Failure, Segment},
    outbox,
    session::{Current, SignedIn},
    settings::language_for,
    shares::Addressee,
    state::App,
};

/// Lists the invitations of a list that wait; its owner sees them.
#[utoipa::path(
    get, path = "/playlists/{id}/invitations", params(("id" = RowId, Path,)),
    responses((status = 200, body = Vec<Invitation>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
) -> Result<Json<Vec<Invitation>>, Failure> {
    granted(app.store().invitations(current.account.id, id, clock::now_ms()).await?).map(Json)
}

/// Invites somebody by mail to edit a list. The answer is the same whoever has the address.
#[utoipa::path(
    post, path = "/playlists/{id}/invitations", params(("id" = RowId, Path,)), request_body = NewInvitation,
    responses((status = 202))
)]
pub(crate) async fn create(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
    Body(asked): Body<NewInvitation>,
) -> Result<StatusCode, Failure> {
    let no_address = || Failure::field("email", "Type an e-mail address, such as ann@example.org.");
    let email = Email::parse(&asked.email).ok_or_else(no_address)?;
    if !current.account.email_confirmed {
        let detail = "Confirm your own e-mail address first: mails go out in your name then. See /account.";
        return Err(Failure::new(Kind::Forbidden, detail));
    }
    let list = app.store().playlist(current.account.id, id).await?;
    let list = list.ok_or_else(|| refused(ListRefusal::Unknown))?;
    let asked = invitation(&app, &current, &list, &email).await?;
    granted(app.store().invite(&asked).await?)?;
    tell(&app, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Takes an invitation back that was not taken up yet.
#[utoipa::path(
    delete, path = "/playlists/{id}/invitations/{invitation}",
    params(("id" = RowId, Path,), ("invitation" = RowId, Path,)), responses((status = 204))
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment((id, invitation)): Segment<(RowId, RowId)>,
) -> Result<StatusCode, Failure> {
    granted(app.store().withdraw_invitation(current.account.id, id, invitation, clock::now_ms()).await?)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The invitation with its mail, which holds the only copy of its secret. Who refuses such mails gets none.
async fn invitation(app: &App, current: &Current, list: &Playlist, email: &Email) -> Result<NewInvite, Failure> {
    let now_ms = clock::now_ms();
    let secret = entropy::secret();
    let link = format!("{}/invite/{}", app.public_url().origin(), secret.text);
    let owner = shown_name(current.account.display_name.as_deref(), &current.account.email);
    let addressee = Addressee::of(email.as_str());
    let opt_out = format!("{}/opt-out/{}", app.public_url().origin(), addressee.token(app.keys()));
    let language = language_for(app, email.as_str(), &current.account).await?;
    let message =
        letter::playlist_invitation(language, owner, &list.name, &link, Some(&opt_out)).map_err(Failure::internal)?;
    let refused = app.store().has_opted_out(addressee.listed(app.keys())).await?
        || !app.store().takes_invitations(email.as_str()).await?;
    let account = Some(current.account.id);
    let mail = (!refused).then(|| outbox::outgoing(app.public_url(), account, email.as_str(), message, now_ms));
    Ok(NewInvite {
        id: entropy::row_id(now_ms),
        token: SecretHash(secret.hash),
        account: current.account.id,
        playlist: list.id,
        email: email.as_str().to_owned(),
        mail,
        now_ms,
    })
}
