//! Somebody shares what they hear.

use axum::{Json, extract::State, http::StatusCode};
use iroam_mail::{Language, letter};
use iroam_protocol::{
    problem::Kind,
    shares::{
        self, AT_ONCE, AT_ONCE_MAX, CAP_MINUTES, CAP_MINUTES_MAX, CreatedShare, CreatedShares, EXPIRES_DAYS,
        EXPIRES_DAYS_MAX, INVITATIONS_A_DAY, ITEMS_MAX, LIVE_MAX, NOTE_CHARS_MAX, NewShare, PLAYS, PLAYS_MAX,
        RECIPIENTS_MAX, SharedItem, TEXT_CHARS_MAX,
    },
};
use iroam_store::{Created, NewShareLink, NewShares, Outgoing, Recipient, SecretHash, shown_name};

use crate::{
    api::v1::homes::rename::unknown,
    catalogue, clock,
    email::Email,
    failure::{Body, Failure},
    metrics,
    outbox::outgoing,
    pages::figures::day,
    session::{Current, SignedIn},
    settings::language_for,
    shares::{Addressee, Link, has_link, is_line, is_text},
    state::App,
};

const DAY_MS: i64 = 24 * 3_600_000;

/// Makes a link for each recipient, or one to pass on by hand. All or none are made; the same id answers the same again.
#[utoipa::path(post, path = "/shares", request_body = NewShare, responses((status = 201, body = CreatedShares)))]
pub(crate) async fn create(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Body(asked): Body<NewShare>,
) -> Result<(StatusCode, Json<CreatedShares>), Failure> {
    let asked = checked(asked)?;
    let recipients = with_languages(&app, &current, recipients(&asked.recipients)?).await?;
    let now_ms = clock::now_ms();
    let links = links(&app, &current, &asked, &recipients);
    let new = new_shares(&app, &current, asked, &recipients, &links, now_ms)?;
    let made = match app.store().create_shares(new).await? {
        Created::Ok(made) => made,
        refused => return Err(refusal(&refused)),
    };
    metrics::happened("share_created");
    let shares = made.into_iter().zip(&links).map(|(share, link)| CreatedShare {
        id: share.id,
        public_id: share.public_id,
        recipient: share.recipient,
        url: link.url(app.public_url()),
        mailed: share.mailed,
    });
    Ok((StatusCode::CREATED, Json(CreatedShares { shares: shares.collect() })))
}

/// The request, unless something in it may not be.
fn checked(asked: NewShare) -> Result<NewShare, Failure> {
    if asked.items.is_empty() || asked.items.len() > ITEMS_MAX {
        return Err(Failure::field("items", format!("Share 1 to {ITEMS_MAX} songs at once.")));
    }
    if !is_name(&asked.title) || asked.title.trim().is_empty() {
        return Err(Failure::field("title", format!("A title has 1 to {TEXT_CHARS_MAX} characters in one line.")));
    }
    if asked.subtitle.as_deref().is_some_and(|subtitle| !is_name(subtitle)) {
        return Err(Failure::field(
            "subtitle",
            format!("A subtitle has up to {TEXT_CHARS_MAX} characters in one line."),
        ));
    }
    if !asked.items.iter().all(is_sound) {
        return Err(Failure::field("items", "The title, artist or album of a song is too long."));
    }
    if !is_text(&asked.note, NOTE_CHARS_MAX) {
        return Err(Failure::field("note", format!("A note has up to {NOTE_CHARS_MAX} characters of plain text.")));
    }
    if has_link(&asked.note) {
        return Err(Failure::field("note", "A note holds no links or addresses: write it in words."));
    }
    within("expires_days", asked.expires_days, EXPIRES_DAYS_MAX)?;
    within("plays_max", asked.plays_max, PLAYS_MAX)?;
    within("at_once", asked.at_once, AT_ONCE_MAX)?;
    within("cap_minutes", asked.cap_minutes, CAP_MINUTES_MAX)?;
    Ok(asked)
}

/// A name comes from tags and goes into mails: it is one line, and never an address with its scheme.
fn is_name(text: &str) -> bool {
    is_line(text, TEXT_CHARS_MAX) && !text.contains("://")
}

fn is_sound(item: &SharedItem) -> bool {
    [&item.title, &item.artist, &item.album].into_iter().all(|text| is_line(text, TEXT_CHARS_MAX))
}

fn within(field: &'static str, value: Option<u32>, max: u32) -> Result<(), Failure> {
    match value {
        Some(value) if !(1..=max).contains(&value) => Err(Failure::field(field, format!("Choose 1 to {max}."))),
        _ => Ok(()),
    }
}

/// The addresses, each once.
fn recipients(typed: &[String]) -> Result<Vec<Email>, Failure> {
    if typed.len() > RECIPIENTS_MAX {
        let words = format!(
            "{} recipients are too many: share with up to {RECIPIENTS_MAX} at once. Nothing was sent.",
            typed.len()
        );
        return Err(Failure::field("recipients", words));
    }
    let mut recipients: Vec<Email> = Vec::with_capacity(typed.len());
    for text in typed {
        let email = Email::parse(text)
            .ok_or_else(|| Failure::field("recipients", format!("{text:?} is not an e-mail address.")))?;
        if !recipients.contains(&email) {
            recipients.push(email);
        }
    }
    Ok(recipients)
}

/// The recipients with the language of their mails.
async fn with_languages(
    app: &App,
    current: &Current,
    recipients: Vec<Email>,
) -> Result<Vec<(Email, Language)>, Failure> {
    let mut known = Vec::with_capacity(recipients.len());
    for email in recipients {
        let language = language_for(app, email.as_str(), &current.account).await?;
        known.push((email, language));
    }
    Ok(known)
}

/// One link per recipient, or one for whoever it is passed on to.
fn links(app: &App, current: &Current, asked: &NewShare, recipients: &[(Email, Language)]) -> Vec<Link> {
    let count = recipients.len().max(1) as u64;
    (0..count).map(|place| Link::new(app.keys(), current.account.id, asked.id, place)).collect()
}

fn new_shares(
    app: &App,
    current: &Current,
    asked: NewShare,
    recipients: &[(Email, Language)],
    links: &[Link],
    now_ms: i64,
) -> Result<NewShares, Failure> {
    let input = serde_json::to_vec(&asked).map_err(Failure::internal)?;
    let days = i64::from(asked.expires_days.unwrap_or(EXPIRES_DAYS));
    let expires_ms = now_ms.saturating_add(days * DAY_MS);
    let links = links.iter().enumerate().map(|(place, link)| {
        let invited = recipients.get(place).map(|to @ (email, _)| {
            let mail = invitation(app, current, &asked, to, &link.url(app.public_url()), expires_ms, now_ms)?;
            let listed = Addressee::of(email.as_str()).listed(app.keys());
            Ok::<_, Failure>(Recipient { address: email.as_str().to_owned(), listed, mail })
        });
        Ok(NewShareLink { public_id: link.public_id.clone(), secret: link.hash(), recipient: invited.transpose()? })
    });
    let links = links.collect::<Result<Vec<_>, Failure>>()?;
    Ok(NewShares {
        links,
        id: asked.id,
        account: current.account.id,
        home: asked.home,
        kind: asked.kind,
        title: asked.title.trim().to_owned(),
        subtitle: asked.subtitle,
        cover: asked.cover,
        items: asked.items,
        note: asked.note.trim().to_owned(),
        expires_ms,
        plays_max: asked.plays_max.unwrap_or(PLAYS),
        at_once: asked.at_once.unwrap_or(AT_ONCE),
        cap_minutes: asked.cap_minutes.unwrap_or(CAP_MINUTES),
        input: SecretHash::of(&input),
        now_ms,
    })
}

fn invitation(
    app: &App,
    current: &Current,
    asked: &NewShare,
    (to, language): &(Email, Language),
    link: &str,
    expires_ms: i64,
    now_ms: i64,
) -> Result<Outgoing, Failure> {
    let opt_out = format!("{}/opt-out/{}", app.public_url().origin(), Addressee::of(to.as_str()).token(app.keys()));
    let message = letter::share_invitation(
        *language,
        &letter::Invitation {
            sender: shown_name(current.account.display_name.as_deref(), &current.account.email),
            title: asked.title.trim(),
            kind: match asked.kind {
                shares::Kind::Track => letter::Shared::Track,
                shares::Kind::Album => letter::Shared::Album,
                shares::Kind::Playlist => letter::Shared::Playlist,
            },
            note: asked.note.trim(),
            link,
            expires: &day(expires_ms, &current.account.time_zone, catalogue::words(*language)),
            opt_out: &opt_out,
        },
    );
    let message = message.map_err(Failure::internal)?;
    let mail = outgoing(app.public_url(), Some(current.account.id), to.as_str(), message, now_ms);
    Ok(Outgoing { until_ms: mail.until_ms.min(expires_ms), ..mail })
}

fn refusal(refused: &Created) -> Failure {
    match refused {
        Created::Ok(_) | Created::NotYours => unknown(),
        Created::Unconfirmed => Failure::new(
            Kind::EmailUnconfirmed,
            "Confirm your e-mail address first: friends should know that it is you. /account sends the mail again.",
        ),
        Created::TooManyToday { left } => Failure::new(
            Kind::QuotaReached,
            format!(
                "An account sends {INVITATIONS_A_DAY} invitations a day; {left} are left for now. Nothing was sent. Share \
                 with fewer people, or make a link to pass on by hand."
            ),
        )
        .at("recipients"),
        Created::TooManyLive { left } => Failure::new(
            Kind::QuotaReached,
            format!(
                "{LIVE_MAX} links may live at the same time; there is room for {left}. Nothing was sent. Take links back \
                 that nobody needs any more."
            ),
        ),
        Created::KeyReused => {
            Failure::new(Kind::Conflict, "This id stands for another share. Send a fresh one.").at("id")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_addresses_each_once_and_not_too_many() {
        let typed = ["Bob@Example.org".to_owned(), "bob@example.org".into(), "eve@example.org".into()];
        let read = recipients(&typed).unwrap();
        assert_eq!(read.iter().map(Email::as_str).collect::<Vec<_>>(), ["bob@example.org", "eve@example.org"]);
        let wrong = recipients(&["bob@example.org\r\nBcc: eve@example.org".into()]).unwrap_err();
        assert_eq!(wrong.problem().field.as_deref(), Some("recipients"));
        let many: Vec<_> = (0..1_000).map(|n| format!("friend{n}@example.org")).collect();
        assert!(recipients(&many).unwrap_err().detail().contains("1000 recipients are too many"));
    }
}
