//! Signing up and signing in, for the API and the pages alike.

use iroam_mail::Language;
use iroam_protocol::problem::Kind;
use iroam_store::{Account, NewAccount, SecretHash, SignUp};

use crate::{
    address::ClientAddress,
    clock,
    email::Email,
    entropy,
    failure::Failure,
    limits::TooMany,
    metrics,
    password::{CHARS_MAX, CHARS_MIN},
    settings,
    state::App,
};

/// What somebody gives to sign up.
pub(crate) struct Candidate {
    /// As typed.
    pub(crate) email: String,
    /// As typed.
    pub(crate) password: String,
    /// IANA name; `None` means UTC.
    pub(crate) time_zone: Option<String>,
    /// Language of the browser.
    pub(crate) language: Language,
}

/// Makes an account.
///
/// # Errors
/// A field that is not valid, an address that is taken, too many tries.
pub(crate) async fn sign_up(app: &App, address: ClientAddress, candidate: Candidate) -> Result<Account, Failure> {
    let email = email(&candidate.email)?;
    new_password(&candidate.password)?;
    app.limiters().sign_up.count(address.ip(), clock::now_ms())?;
    let account = create(app, &email, candidate).await?;
    metrics::happened("sign_up");
    tracing::info!(account = %account.id, "an account was made");
    Ok(account)
}

async fn create(app: &App, email: &Email, candidate: Candidate) -> Result<Account, Failure> {
    let password_hash = app.passwords().hash(candidate.password).await?;
    let now_ms = clock::now_ms();
    let new = NewAccount {
        id: entropy::row_id(now_ms),
        email: email.as_str().into(),
        password_hash,
        time_zone: candidate.time_zone.filter(|zone| settings::is_zone(zone)),
        language: Some(candidate.language.tag().into()),
        now_ms,
    };
    match app.store().create_account(new).await? {
        SignUp::Created(account) => Ok(account),
        SignUp::EmailTaken => Err(Failure::told(Kind::EmailTaken, |words| words.faults.email_taken.into()).at("email")),
    }
}

/// Checks who somebody is.
///
/// # Errors
/// One answer for an unknown address and a wrong password, and too many tries.
pub(crate) async fn sign_in(
    app: &App,
    address: ClientAddress,
    typed: &str,
    password: String,
) -> Result<Account, Failure> {
    let email = email(typed)?;
    let key = SecretHash(entropy::hash(email.as_str()));
    if let Some(retry_after_s) = app.store().sign_in_wait(key, clock::now_ms()).await? {
        return Err(TooMany { retry_after_s }.into());
    }
    app.limiters().sign_in.count(address.ip(), clock::now_ms())?;
    // A password that nobody can have is not worth the hashing.
    let password = if password.chars().count() > CHARS_MAX { String::new() } else { password };
    let known = app.store().account_by_email(email.as_str()).await?;
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let matches = app.passwords().verify(password, hash).await?;
    match known.filter(|_| matches) {
        Some(known) => {
            app.limiters().sign_in.forgive(address.ip());
            app.store().sign_in_succeeded(key).await?;
            Ok(known.account)
        }
        None => {
            app.store().sign_in_failed(key, clock::now_ms()).await?;
            metrics::happened("sign_in_failed");
            Err(Failure::told(Kind::Unauthorized, |words| words.faults.wrong_password.into()).at("password"))
        }
    }
}

/// Reads an address as a person typed it.
///
/// # Errors
/// A [`Kind::Invalid`] at the field `email`.
pub(crate) fn email(typed: &str) -> Result<Email, Failure> {
    Email::parse(typed).ok_or_else(|| Failure::told_at("email", |words| words.faults.no_email.into()))
}

/// Checks a password that is to be.
///
/// # Errors
/// A [`Kind::Invalid`] at the field `password`.
pub(crate) fn new_password(password: &str) -> Result<(), Failure> {
    match password.chars().count() {
        0..CHARS_MIN => Err(Failure::told_at("password", |words| (words.faults.at_least)(CHARS_MIN).into())),
        CHARS_MIN..=CHARS_MAX => Ok(()),
        _ => Err(Failure::told_at("password", |words| (words.faults.at_most)(CHARS_MAX).into())),
    }
}
