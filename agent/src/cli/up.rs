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
        News::Invitation(invitation) => {
            invitation_lines(&invitation, terminal::is_seen()).iter().for_each(|line| terminal::line(line));
        }
        News::CodeExpired => terminal::line("that code has expired; here is another one"),
        News::Activated { name, account_email } => terminal::line(&format!("activated: {name}, for {account_email}")),
        News::Serving { name, home, tracks } => terminal::line(&format!("serving: {name} ({home}), {tracks} tracks")),
        News::Deactivated => terminal::line("deactivated: this home was removed from its account and serves nothing"),
        News::RoomAgain => terminal::line("the disk has room again: everything goes on"),
        News::Trouble(trouble) => show_trouble(&trouble),
    }
}

/// The address carries the code (RFC 8628 §3.3.1), so nobody has to type it; it is shown to be compared, and for whoever
/// types the short address on another device.
fn invitation_lines(invitation: &Invitation, has_picture: bool) -> Vec<String> {
    let Invitation { url, url_complete, code, words } = invitation;
    let mut lines = vec![
        "Activate this home: open the address, sign in, compare the code, and pick the same words.".to_owned(),
        format!("On another device: open {url} and type the code."),
    ];
    if has_picture {
        lines.extend(terminal::qr(url_complete));
    }
    lines.extend([format!("open: {url_complete}"), format!("code: {code}"), format!("words: {words}")]);
    lines
}

fn show_trouble(trouble: &Trouble) {
    terminal::error(&trouble.words);
    if let Some(advice) = &trouble.advice {
        terminal::error(&format!("  what to do: {advice}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_and_picture_carry_the_code_that_is_shown() {
        let url = "https://portal.example/device";
        let url_complete = format!("{url}?code=BCDF-GHJK");
        let words = "amber anchor apple arrow".to_owned();
        let invitation =
            Invitation { url: url.into(), url_complete: url_complete.clone(), code: "BCDF-GHJK".into(), words };
        let lines = invitation_lines(&invitation, true);
        assert_eq!(lines[2], terminal::qr(&url_complete).unwrap());
        assert_eq!(lines[3..5], [format!("open: {url_complete}"), "code: BCDF-GHJK".to_owned()]);
        assert_eq!(invitation_lines(&invitation, false)[2..], lines[3..], "a log gets no picture");
    }
}
