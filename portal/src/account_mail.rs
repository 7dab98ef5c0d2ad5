//! Mails with a link about one's own account: to confirm the address, to choose another password. They speak the account's
//! language.

use iroam_mail::letter;
use iroam_protocol::id::RowId;
use iroam_store::{Account, Asked, NewLink, Outgoing, PasswordRequest, RESET_LIFE_MS, SecretHash};

use crate::{clock, entropy, failure::Failure, metrics, outbox, settings::language_of, state::App};

/// Requests for another password that one look answers; the next look takes the rest.
const REQUESTS_AT_ONCE: u32 = 20;

/// Sends the link that confirms an account's address, because its owner pressed the button.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn ask(app: &App, account: &Account) -> Result<Asked, Failure> {
    send(app, account, false).await
}

/// Sends it by itself after the first minute of listening, once. That must not get into the way of the listening: what
/// fails is tried again with the next heartbeat.
pub(crate) async fn after_listening(app: &App, account: &Account, charged_minutes: u64) {
    if charged_minutes == 0 || account.email_confirmed || account.confirmation_asked {
        return;
    }
    if let Err(failure) = send(app, account, true).await {
        failure.log();
    }
}

/// Looks at who asked for another password, and sends the link where the address has an account.
///
/// # Errors
/// When the database cannot be asked; what was not answered waits.
pub(crate) async fn answer_password_requests(app: &App) -> Result<(), Failure> {
    for request in app.store().password_requests(REQUESTS_AT_ONCE).await? {
        answer(app, &request).await?;
    }
    Ok(())
}

/// The mail that tells an owner that the password is another one.
///
/// # Errors
/// When it cannot be written: our defect.
pub(crate) fn password_changed(app: &App, account: &Account) -> Result<Outgoing, Failure> {
    let link = format!("{}/forgot", app.public_url().origin());
    let message = letter::password_changed(language_of(account), &link).map_err(Failure::internal)?;
    Ok(outbox::outgoing(app.public_url(), Some(account.id), &account.email, message, clock::now_ms()))
}

async fn send(app: &App, account: &Account, by_itself: bool) -> Result<Asked, Failure> {
    let link = confirm_link(app, account)?;
    let asked = app.store().ask_confirmation(account.id, &link, by_itself).await?;
    if asked == Asked::Sent {
        metrics::happened("confirmation_asked");
    }
    Ok(asked)
}

async fn answer(app: &App, request: &PasswordRequest) -> Result<(), Failure> {
    let account = app.store().account_by_email(&request.email).await?.map(|known| known.account);
    let link = account.as_ref().map(|account| reset_link(app, account)).transpose()?;
    let known: Option<(RowId, &NewLink)> = account.as_ref().map(|account| account.id).zip(link.as_ref());
    if app.store().answer_password_request(request, known).await? {
        metrics::happened("password_reset_asked");
    }
    Ok(())
}

fn confirm_link(app: &App, account: &Account) -> Result<NewLink, Failure> {
    let (secret, site) = (entropy::secret(), app.public_url());
    let link = format!("{}/confirm/{}", site.origin(), secret.text);
    let message = letter::confirm(language_of(account), &link).map_err(Failure::internal)?;
    let mail = outbox::outgoing(site, Some(account.id), &account.email, message, clock::now_ms());
    Ok(NewLink { token: SecretHash(secret.hash), mail })
}

fn reset_link(app: &App, account: &Account) -> Result<NewLink, Failure> {
    let (secret, site) = (entropy::secret(), app.public_url());
    let link = format!("{}/reset/{}", site.origin(), secret.text);
    let message = letter::reset(language_of(account), &link).map_err(Failure::internal)?;
    let mail = outbox::outgoing(site, Some(account.id), &account.email, message, clock::now_ms());
    let until_ms = mail.now_ms.saturating_add(RESET_LIFE_MS);
    Ok(NewLink { token: SecretHash(secret.hash), mail: Outgoing { until_ms, ..mail } })
}
