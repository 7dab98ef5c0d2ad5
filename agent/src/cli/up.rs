//! `iroam up`.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::{signals, terminal};
use crate::{
    fault::Fault,
    news::{Listener, News, Trouble},
    portal::device::Invitation,
    run::{self, Config},
    settings::Told,
};

pub(super) async fn run(data: PathBuf, told: Told) -> Result<(), Fault> {
    let cancel = CancellationToken::new();
    let listening = tokio::spawn(signals(cancel.clone()));
    let ended = run::run(Config { data, told, listener: Listener::new(show) }, cancel).await;
    listening.abort();
    ended
}

fn show(news: News) {
    match news {
        News::Listening { at, moved_from: None } => {
            terminal::line(&format!("local page: http://{at}/ (`iroam open` opens it)"));
        }
        News::Listening { at, moved_from: Some(taken) } => {
            terminal::line(&format!("another program has {taken}, so this time the local page is elsewhere"));
            terminal::line(&format!("local page: http://{at}/ (`iroam open` opens it; --listen chooses another)"));
        }
        News::Invitation(invitation) => show_invitation(&invitation),
        News::CodeExpired => terminal::line("that code has expired; here is another one"),
        News::Activated { name, account_email } => terminal::line(&format!("activated: {name}, for {account_email}")),
        News::Serving { name, home, tracks } => terminal::line(&format!("serving: {name} ({home}), {tracks} tracks")),
        News::Deactivated => terminal::line("deactivated: this home was removed from its account and serves nothing"),
        News::Trouble(trouble) => show_trouble(&trouble),
    }
}

fn show_invitation(invitation: &Invitation) {
    terminal::line("Activate this home: open the address, sign in, type the code, and pick the same words.");
    if terminal::is_seen()
        && let Some(picture) = terminal::qr(&invitation.url_complete)
    {
        terminal::line(&picture);
    }
    terminal::line(&format!("open: {}", invitation.url));
    terminal::line(&format!("code: {}", invitation.code));
    terminal::line(&format!("words: {}", invitation.words));
}

fn show_trouble(trouble: &Trouble) {
    terminal::error(&trouble.words);
    if let Some(advice) = &trouble.advice {
        terminal::error(&format!("  what to do: {advice}"));
    }
}
