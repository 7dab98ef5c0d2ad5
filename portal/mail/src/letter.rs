//! The mails that the portal writes, one function each. They are plain: text and HTML say the same, nothing is loaded from
//! anywhere, nothing is counted. Names, titles and notes of people are made harmless here; links come from the portal.

use askama::Template;

use crate::{
    Language, plain,
    words::{Words, words},
};

/// Which mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Is this address yours?
    Confirm,
    /// A way to a new password.
    Reset,
    /// The password was changed.
    PasswordChanged,
    /// Somebody shares music.
    ShareInvitation,
    /// The home with the shared music answers again.
    HomeIsBack,
    /// Somebody invites to edit a playlist.
    PlaylistInvitation,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Confirm,
        Self::Reset,
        Self::PasswordChanged,
        Self::ShareInvitation,
        Self::HomeIsBack,
        Self::PlaylistInvitation,
    ];

    /// Its name in the outbox.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reset => "reset",
            Self::PasswordChanged => "password-changed",
            Self::ShareInvitation => "share-invitation",
            Self::HomeIsBack => "home-is-back",
            Self::PlaylistInvitation => "playlist-invitation",
        }
    }
}

/// A mail's content, for whomever it goes to.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Which mail.
    pub kind: Kind,
    /// Subject, one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// Where the recipient says "never again" (RFC 2369); `None` for mails that one asked for oneself.
    pub list_unsubscribe: Option<String>,
}

// What it says holds links that are secrets.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A template could not be filled: our defect.
pub type RenderError = askama::Error;

/// What is shared with a [`share_invitation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// One track.
    Track,
    /// An album.
    Album,
    /// A playlist.
    Playlist,
}

/// What a [`share_invitation`] says.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    /// The name that the sender shows.
    pub sender: &'a str,
    /// Title of what is shared.
    pub title: &'a str,
    /// What it is.
    pub kind: Shared,
    /// What the sender wrote; empty when nothing.
    pub note: &'a str,
    /// Link to listen.
    pub link: &'a str,
    /// When the link ends, in words of the mail's language, such as `5 December 2026`.
    pub expires: &'a str,
    /// Link that refuses all further invitations.
    pub opt_out: &'a str,
}

/// Asks whether the address belongs to whoever signed up with it.
///
/// # Errors
/// [`RenderError`].
pub fn confirm(language: Language, link: &str) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "confirm.txt")]
    struct Text<'a> {
        w: &'a Words,
        link: &'a str,
    }
    #[derive(Template)]
    #[template(path = "confirm.html")]
    struct Html<'a> {
        w: &'a Words,
        subject: &'a str,
        link: &'a str,
    }
    let w = words(language);
    let subject = w.confirm.subject;
    made(Kind::Confirm, subject, &Text { w, link }, &Html { w, subject, link })
}

/// Leads to a form for a new password.
///
/// # Errors
/// [`RenderError`].
pub fn reset(language: Language, link: &str) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "reset.txt")]
    struct Text<'a> {
        w: &'a Words,
        link: &'a str,
    }
    #[derive(Template)]
    #[template(path = "reset.html")]
    struct Html<'a> {
        w: &'a Words,
        subject: &'a str,
        link: &'a str,
    }
    let w = words(language);
    let subject = w.reset.subject;
    made(Kind::Reset, subject, &Text { w, link }, &Html { w, subject, link })
}

/// Tells that the password was changed; `forgot_link` leads to another one, for somebody who did not change it.
///
/// # Errors
/// [`RenderError`].
pub fn password_changed(language: Language, forgot_link: &str) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "password_changed.txt")]
    struct Text<'a> {
        w: &'a Words,
        link: &'a str,
    }
    #[derive(Template)]
    #[template(path = "password_changed.html")]
    struct Html<'a> {
        w: &'a Words,
        subject: &'a str,
        link: &'a str,
    }
    let (w, link) = (words(language), forgot_link);
    let subject = w.password_changed.subject;
    made(Kind::PasswordChanged, subject, &Text { w, link }, &Html { w, subject, link })
}

/// Brings a link to music that somebody shares.
///
/// # Errors
/// [`RenderError`].
pub fn share_invitation(language: Language, invitation: &Invitation<'_>) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "share_invitation.txt")]
    struct Text<'a> {
        w: &'a Words,
        said: &'a Said<'a>,
    }
    #[derive(Template)]
    #[template(path = "share_invitation.html")]
    struct Html<'a> {
        w: &'a Words,
        subject: &'a str,
        said: &'a Said<'a>,
    }
    struct Said<'a> {
        heading: String,
        from_home: String,
        note: Vec<String>,
        link: &'a str,
        opt_out: &'a str,
    }
    let w = words(language);
    let &Invitation { sender, title, kind, note, link, expires, opt_out } = invitation;
    let (sender, title, note) = (&plain::line(sender), &plain::line(title), plain::lines(note));
    let (heading, from_home) = ((w.share.heading)(sender, kind, title), (w.share.from_home)(sender, expires));
    let said = &Said { heading, from_home, note, link, opt_out };
    let subject = &(w.share.subject)(sender, title);
    let message = made(Kind::ShareInvitation, subject, &Text { w, said }, &Html { w, subject, said })?;
    Ok(Message { list_unsubscribe: Some(opt_out.to_owned()), ..message })
}

/// Tells a visitor that the home with the shared music answers again.
///
/// # Errors
/// [`RenderError`].
pub fn home_is_back(language: Language, title: &str, link: &str) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "home_is_back.txt")]
    struct Text<'a> {
        w: &'a Words,
        subject: &'a str,
        link: &'a str,
    }
    #[derive(Template)]
    #[template(path = "home_is_back.html")]
    struct Html<'a> {
        w: &'a Words,
        subject: &'a str,
        link: &'a str,
    }
    let w = words(language);
    let subject = &(w.home_is_back.subject)(&plain::line(title));
    made(Kind::HomeIsBack, subject, &Text { w, subject, link }, &Html { w, subject, link })
}

/// Invites to edit a playlist together; `opt_out` refuses all further invitations.
///
/// # Errors
/// [`RenderError`].
pub fn playlist_invitation(
    language: Language,
    owner: &str,
    name: &str,
    link: &str,
    opt_out: Option<&str>,
) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "playlist_invitation.txt")]
    struct Text<'a> {
        w: &'a Words,
        heading: &'a str,
        link: &'a str,
        opt_out: Option<&'a str>,
    }
    #[derive(Template)]
    #[template(path = "playlist_invitation.html")]
    struct Html<'a> {
        w: &'a Words,
        subject: &'a str,
        heading: &'a str,
        link: &'a str,
        opt_out: Option<&'a str>,
    }
    let w = words(language);
    let (owner, name) = (&plain::line(owner), &plain::line(name));
    let (subject, heading) = (&(w.playlist.subject)(owner, name), &(w.playlist.heading)(owner, name));
    let (text, html) = (Text { w, heading, link, opt_out }, Html { w, subject, heading, link, opt_out });
    let message = made(Kind::PlaylistInvitation, subject, &text, &html)?;
    Ok(Message { list_unsubscribe: opt_out.map(str::to_owned), ..message })
}

fn made(kind: Kind, subject: &str, text: &impl Template, html: &impl Template) -> Result<Message, RenderError> {
    let (text, html) = (text.render()?, html.render()?);
    // A text ends with its last line, whatever the template ends with.
    let text = format!("{}\n", text.trim_end());
    Ok(Message { kind, subject: subject.to_owned(), text, html, list_unsubscribe: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://music.example.org/s/abc?x=1&y=2#secret";
    const OPT_OUT: &str = "https://music.example.org/opt-out/token";
    const EN: Language = Language::English;

    fn invitation(language: Language, sender: &str, title: &str, note: &str) -> Message {
        let expires = "5 December 2026";
        let invitation = Invitation { sender, title, kind: Shared::Track, note, link: LINK, expires, opt_out: OPT_OUT };
        share_invitation(language, &invitation).unwrap()
    }

    fn all(language: Language) -> Vec<Message> {
        vec![
            confirm(language, LINK).unwrap(),
            reset(language, LINK).unwrap(),
            password_changed(language, LINK).unwrap(),
            invitation(language, "Ann", "Blue", "Hey!"),
            home_is_back(language, "Blue", LINK).unwrap(),
            playlist_invitation(language, "Ann", "Sunday", LINK, Some(OPT_OUT)).unwrap(),
        ]
    }

    #[test]
    fn each_mail_says_in_text_and_html_where_to_go_and_loads_nothing() {
        for language in Language::ALL {
            let all = all(language);
            assert_eq!(all.iter().map(|message| message.kind).collect::<Vec<_>>(), Kind::ALL);
            for Message { kind, subject, text, html, .. } in all {
                assert!(text.contains(LINK), "{kind:?}: {text}");
                assert!(
                    html.contains("href=\"https://music.example.org/s/abc?x=1&#38;y=2#secret\""),
                    "{kind:?}: {html}"
                );
                assert!(html.contains("color-scheme") && html.contains("prefers-color-scheme: dark"), "{kind:?}");
                for loading in ["<img", "src=", "url(", "<link", "<script", "@import"] {
                    assert!(!html.contains(loading), "{kind:?} holds {loading}");
                }
                assert!(html.contains(&format!("<html lang=\"{}\">", language.tag())), "{kind:?}: {html}");
                assert!(html.contains(&format!("<title>{subject}</title>")), "{kind:?}: {html}");
                assert!(text.lines().all(|line| line.chars().count() <= 80), "{kind:?}: {text}");
                assert!(!text.contains("\n\n\n") && text.ends_with('\n'), "{kind:?}: {text:?}");
            }
        }
    }

    /// What people read of a mail, piece by piece: lines of the text and texts between the tags of the HTML.
    fn pieces(message: &Message) -> Vec<String> {
        let body = message.html.split_once("<body>").unwrap().1;
        let html = body.split('<').filter_map(|part| part.split_once('>').map(|(_, text)| text));
        let pieces = html.chain(message.text.lines()).chain([message.subject.as_str()]).map(str::trim);
        pieces.filter(|piece| piece.chars().any(char::is_alphabetic)).map(str::to_owned).collect()
    }

    #[test]
    fn no_mail_leaves_a_piece_in_another_language() {
        // Not translated: links, and what people wrote.
        let is_theirs = |piece: &str| piece.contains("https://") || piece.ends_with("Hey!");
        for language in Language::ALL.into_iter().skip(1) {
            for (english, other) in all(EN).iter().zip(all(language)) {
                let english = pieces(english);
                let left: Vec<_> = pieces(&other).into_iter().filter(|piece| english.contains(piece)).collect();
                assert!(left.iter().all(|piece| is_theirs(piece)), "{language:?}: {left:?}");
                assert!(left.len() < english.len());
            }
        }
    }

    #[test]
    fn an_invitation_says_who_what_and_until_when_and_can_be_refused() {
        for (language, subject, what) in [
            (EN, "Ann shares music with you: Blue", "a track"),
            (Language::German, "Ann teilt Musik mit dir: Blue", "einen Titel"),
        ] {
            let message = invitation(language, "Ann", "Blue", "for you\n\nyours");
            assert_eq!(message.subject, subject);
            assert_eq!(message.list_unsubscribe.as_deref(), Some(OPT_OUT));
            // The text breaks its lines between words.
            let text = message.text.replace('\n', " ");
            for part in ["Ann", "Blue", what, "5 December 2026", OPT_OUT] {
                assert!(text.contains(part) && message.html.contains(part), "{part}");
            }
            assert!(message.text.contains("> for you\n>\n> yours\n"), "{}", message.text);
            assert!(message.html.contains("<p>for you</p>"), "{}", message.html);
            assert!(!invitation(language, "Ann", "Blue", " ").text.contains('>'), "no note, no quotation");
        }
    }

    #[test]
    fn names_titles_and_notes_stay_text_on_their_line() {
        let evil = "Ann\"\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>";
        for language in Language::ALL {
            let all = [
                invitation(language, evil, evil, evil),
                home_is_back(language, evil, LINK).unwrap(),
                playlist_invitation(language, evil, evil, LINK, None).unwrap(),
            ];
            for Message { subject, text, html, .. } in all {
                assert!(!subject.contains(['\r', '\n']), "{subject:?}");
                assert!(!text.contains('\r') && !text.contains("\nBcc:"), "{text}");
                assert!(!html.contains("<script"), "{html}");
            }
        }
    }

    #[test]
    fn what_is_said_is_not_shown_by_debug() {
        assert!(!format!("{:?}", confirm(EN, LINK).unwrap()).contains("secret"));
    }
}
