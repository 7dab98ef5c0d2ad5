//! "Tell me when the home is back": visitors who left an address are mailed once the home's event channel opens, and
//! forgotten. Nobody else learns that they wait: neither the home, nor its owner, nor other visitors.
//!
//! One task, owned by the lifecycle. It hears of homes that come online in this process, and looks now and then for those
//! that were online when it did not listen.

use std::time::Duration;

use iroam_mail::{Language, letter};
use iroam_protocol::id::PeerId;
use iroam_store::{Due, Outgoing};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{MissedTickBehavior, interval},
};

use super::{Addressee, Link};
use crate::{clock, hub::Call, outbox::outgoing, settings, state::App};

/// How often homes that somebody waits for are looked at although none has come.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Runs until the portal ends.
///
/// # Errors
/// Never at present: a database that is away is waited for.
pub(crate) async fn run(app: App) -> anyhow::Result<()> {
    let mut calls = app.hub().listen();
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.cancel().cancelled() => return Ok(()),
            call = calls.recv() => match call {
                Ok(Call::Online(home)) => tell(&app, home).await,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => tell_all(&app).await,
                Err(RecvError::Closed) => return Ok(()),
            },
            _ = look.tick() => tell_all(&app).await,
        }
    }
}

/// Looks at every home that somebody waits for and that is online here.
async fn tell_all(app: &App) {
    match app.store().awaited_homes().await {
        Ok(homes) => {
            for home in homes.into_iter().filter(|home| app.hub().is_online(home)) {
                tell(app, home).await;
            }
        }
        Err(error) => tracing::warn!(%error, "homes that are waited for cannot be read now; tried again in a minute"),
    }
}

async fn tell(app: &App, home: PeerId) {
    // Nobody is told while that cannot be written down, or they would be told again and again.
    if app.store().room().is_full {
        return;
    }
    if let Err(error) = try_tell(app, home).await {
        tracing::warn!(%error, "visitors who wait cannot be told now; tried again in a minute");
    }
}

async fn try_tell(app: &App, home: PeerId) -> anyhow::Result<()> {
    let now_ms = clock::now_ms();
    for due in app.store().waiting_for(home, now_ms).await? {
        let mail = if is_wanted(app, &due).await? { Some(mail(app, &due, now_ms).await?) } else { None };
        app.store().home_is_back(&due, mail.as_ref()).await?;
    }
    Ok(())
}

/// A link that has ended is no news, and whoever refuses invitations may have been named by somebody else.
async fn is_wanted(app: &App, due: &Due) -> anyhow::Result<bool> {
    let listed = Addressee::of(&due.address).listed(app.keys());
    Ok(due.lives && !app.store().has_opted_out(listed).await?)
}

async fn mail(app: &App, due: &Due, now_ms: i64) -> anyhow::Result<Outgoing> {
    let (content, place) = due.link;
    let link = Link::new(app.keys(), due.account, content, place).url(app.public_url());
    let message = letter::home_is_back(language(app, due).await?, &due.title, &link)?;
    let mail = outgoing(app.public_url(), None, &due.address, message, now_ms);
    Ok(Outgoing { until_ms: mail.until_ms.min(due.expires_ms), ..mail })
}

/// That of the visitor's browser, where it asked for one; else the sender's.
async fn language(app: &App, due: &Due) -> anyhow::Result<Language> {
    if let Some(language) = due.language.as_deref().and_then(Language::of_tag) {
        return Ok(language);
    }
    let sender = app.store().account(due.account).await?;
    Ok(sender.as_ref().map(settings::language_of).unwrap_or_default())
}
