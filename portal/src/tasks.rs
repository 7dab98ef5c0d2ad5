//! What the portal does without being asked. One task, owned by the lifecycle: it ends with the portal, and when it ends
//! by itself the portal ends too.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::{account_mail, clock, hub::Call, state::App};

/// Listenings end within these seconds of their time.
const EXPIRE_EVERY: Duration = Duration::from_secs(5);
/// A forgotten password is answered by mail within this time: soon, and apart from whoever asked.
const ANSWER_EVERY: Duration = Duration::from_secs(1);
/// Rows that nobody needs are forgotten hourly.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// Runs until the portal ends.
///
/// # Errors
/// Never at present: a database that is away is waited for.
pub(crate) async fn run(app: App) -> anyhow::Result<()> {
    let serving_since_ms = clock::now_ms();
    let (mut expire, mut prune, mut answer) = (interval(EXPIRE_EVERY), interval(PRUNE_EVERY), interval(ANSWER_EVERY));
    for ticks in [&mut expire, &mut prune, &mut answer] {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        tokio::select! {
            () = app.cancel().cancelled() => return Ok(()),
            _ = expire.tick() => close_silent(&app, serving_since_ms).await,
            _ = prune.tick() => forget_old(&app).await,
            _ = answer.tick() => answer_password_requests(&app).await,
        }
    }
}

/// Closes the listenings that fell silent or idle. Silence counts from the start of this process: a portal that was away
/// blames nobody for it. Their players are not told: one that only slept finds out with its next heartbeat and opens another;
/// [`Call::Closed`] means that a person stopped it.
async fn close_silent(app: &App, serving_since_ms: i64) {
    match app.store().expire(clock::now_ms(), serving_since_ms).await {
        Ok(closed) => {
            for listening in closed {
                app.hub().call(Call::Home(listening.home));
                app.hub().call(Call::Account(listening.account));
            }
        }
        Err(error) => tracing::warn!(%error, "silent listenings cannot be closed now; tried again in a moment"),
    }
}

async fn answer_password_requests(app: &App) {
    if let Err(failure) = account_mail::answer_password_requests(app).await {
        // The next look takes them up again.
        failure.log();
    }
}

async fn forget_old(app: &App) {
    match app.store().prune(clock::now_ms()).await {
        Ok(()) => tracing::debug!("old rows were forgotten"),
        Err(error) => tracing::warn!(%error, "old rows cannot be forgotten now; tried again in an hour"),
    }
}
