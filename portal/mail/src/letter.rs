//! The mails that the portal writes, one function each. They are plain: text and HTML say the same, nothing is loaded from
//! anywhere, nothing is counted. Names, titles and notes of people are made harmless here; links come from the portal.

use askama::Template;

use crate::plain;

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

impl Shared {
    fn words(self) -> &'static str {
        match self {
            Self::Track => "a track",
            Self::Album => "an album",
            Self::Playlist => "a playlist",
        }
    }
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
    /// When the link ends, in words such as `5 December 2026`.
    pub expires: &'a str,
    /// Link that refuses all further invitations.
    pub opt_out: &'a str,
}

/// Asks whether the address belongs to whoever signed up with it.
///
/// # Errors
/// [`RenderError`].
pub fn confirm(link: &str) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "confirm.txt")]
    struct Text<'a> {
        link: &'a str,
    }
    #[derive(Template)]
    #[template(path = "confirm.html")]
    struct Html<'a> {
        subject: &'a str,
        link: &'a str,
    }
    let subject = "Confirm your e-mail address";
    made(Kind::Confirm, subject, &Text { link }, &Html { subject, link })
}

/// Leads to a form for a new password.
///
/// # Errors
/// [`RenderError`].
pub fn reset(link: &str) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "reset.txt")]
    struct Text<'a> {
        link: &'a str,
    }
    #[derive(Template)]
    #[template(path = "reset.html")]
    struct Html<'a> {
        subject: &'a str,
        link: &'a str,
    }
    let subject = "Choose a new password";
    made(Kind::Reset, subject, &Text { link }, &Html { subject, link })
}

/// Tells that the password was changed; `forgot_link` leads to another one, for somebody who did not change it.
///
/// # Errors
/// [`RenderError`].
pub fn password_changed(forgot_link: &str) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "password_changed.txt")]
    struct Text<'a> {
        link: &'a str,
    }
    #[derive(Template)]
    #[template(path = "password_changed.html")]
    struct Html<'a> {
        subject: &'a str,
        link: &'a str,
    }
    let (subject, link) = ("Your password was changed", forgot_link);
    made(Kind::PasswordChanged, subject, &Text { link }, &Html { subject, link })
}

/// Brings a link to music that somebody shares.
///
/// # Errors
/// [`RenderError`].
pub fn share_invitation(invitation: &Invitation<'_>) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "share_invitation.txt")]
    struct Text<'a> {
        said: &'a Said<'a>,
    }
    #[derive(Template)]
    #[template(path = "share_invitation.html")]
    struct Html<'a> {
        subject: &'a str,
        said: &'a Said<'a>,
    }
    struct Said<'a> {
        sender: String,
        title: String,
        what: &'static str,
        note: Vec<String>,
        link: &'a str,
        expires: &'a str,
        opt_out: &'a str,
    }
    let &Invitation { sender, title, kind, note, link, expires, opt_out } = invitation;
    let (sender, title, what, note) = (plain::line(sender), plain::line(title), kind.words(), plain::lines(note));
    let said = &Said { sender, title, what, note, link, expires, opt_out };
    let subject = &format!("{} shares music with you: {}", said.sender, said.title);
    let message = made(Kind::ShareInvitation, subject, &Text { said }, &Html { subject, said })?;
    Ok(Message { list_unsubscribe: Some(opt_out.to_owned()), ..message })
}

/// Tells a visitor that the home with the shared music answers again.
///
/// # Errors
/// [`RenderError`].
pub fn home_is_back(title: &str, link: &str) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "home_is_back.txt")]
    struct Text<'a> {
        title: &'a str,
        link: &'a str,
    }
    #[derive(Template)]
    #[template(path = "home_is_back.html")]
    struct Html<'a> {
        subject: &'a str,
        title: &'a str,
        link: &'a str,
    }
    let title = &plain::line(title);
    let subject = &format!("You can listen now: {title}");
    made(Kind::HomeIsBack, subject, &Text { title, link }, &Html { subject, title, link })
}

/// Invites to edit a playlist together; `opt_out` refuses all further invitations.
///
/// # Errors
/// [`RenderError`].
pub fn playlist_invitation(owner: &str, name: &str, link: &str, opt_out: Option<&str>) -> Result<Message, RenderError> {
    #[derive(Template)]
    #[template(path = "playlist_invitation.txt")]
    struct Text<'a> {
        owner: &'a str,
        name: &'a str,
        link: &'a str,
        opt_out: Option<&'a str>,
    }
    #[derive(Template)]
    #[template(path = "playlist_invitation.html")]
    struct Html<'a> {
        subject: &'a str,
        owner: &'a str,
        name: &'a str,
        link: &'a str,
        opt_out: Option<&'a str>,
    }
    let (owner, name) = (&plain::line(owner), &plain::line(name));
    let subject = &format!("{owner} invites you to a playlist: {name}");
    let (text, html) = (Text { owner, name, link, opt_out }, Html { subject, owner, name, link, opt_out });
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

    fn invitation(sender: &str, title: &str, note: &str) -> Message {
        let expires = "5 December 2026";
        let invitation = Invitation { sender, title, kind: Shared::Track, note, link: LINK, expires, opt_out: OPT_OUT };
        share_invitation(&invitation).unwrap()
    }

    fn all() -> Vec<Message> {
        vec![
            confirm(LINK).unwrap(),
            reset(LINK).unwrap(),
            password_changed(LINK).unwrap(),
            invitation("Ann", "Blue", "Listen to this."),
            home_is_back("Blue", LINK).unwrap(),
            playlist_invitation("Ann", "Sunday", LINK, Some(OPT_OUT)).unwrap(),
        ]
    }

    #[test]
    fn each_mail_says_in_text_and_html_where_to_go_and_loads_nothing() {
        let all = all();
        assert_eq!(all.iter().map(|message| message.kind).collect::<Vec<_>>(), Kind::ALL);
        for Message { kind, subject, text, html, .. } in all {
            assert!(text.contains(LINK), "{kind:?}: {text}");
            assert!(html.contains("href=\"https://music.example.org/s/abc?x=1&#38;y=2#secret\""), "{kind:?}: {html}");
            assert!(html.contains("color-scheme") && html.contains("prefers-color-scheme: dark"), "{kind:?}");
            for loading in ["<img", "src=", "url(", "<link", "<script", "@import"] {
                assert!(!html.contains(loading), "{kind:?} holds {loading}");
            }
            assert!(html.contains(&format!("<title>{subject}</title>")), "{kind:?}: {html}");
            assert!(text.lines().all(|line| line.len() <= 100), "{kind:?}: {text}");
            assert!(!text.contains("\n\n\n") && text.ends_with('\n'), "{kind:?}: {text:?}");
        }
    }

    #[test]
    fn an_invitation_says_who_what_and_until_when_and_can_be_refused() {
        let message = invitation("Ann", "Blue", "for you\n\nyours");
        assert_eq!(message.subject, "Ann shares music with you: Blue");
        assert_eq!(message.list_unsubscribe.as_deref(), Some(OPT_OUT));
        for part in ["Ann", "Blue", "a track", "5 December 2026", OPT_OUT] {
            assert!(message.text.contains(part) && message.html.contains(part), "{part}");
        }
        assert!(message.text.contains("> for you\n>\n> yours\n"), "{}", message.text);
        assert!(message.html.contains("<p>for you</p>"), "{}", message.html);
        assert!(!invitation("Ann", "Blue", " ").text.contains('>'), "no note, no quotation");
    }

    #[test]
    fn names_titles_and_notes_stay_text_on_their_line() {
        let evil = "Ann\"\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>";
        let all = [
            invitation(evil, evil, evil),
            home_is_back(evil, LINK).unwrap(),
            playlist_invitation(evil, evil, LINK, None).unwrap(),
        ];
        for Message { subject, text, html, .. } in all {
            assert!(!subject.contains(['\r', '\n']), "{subject:?}");
            assert!(!text.contains('\r') && !text.contains("\nBcc:"), "{text}");
            assert!(!html.contains("<script"), "{html}");
        }
    }

    #[test]
    fn what_is_said_is_not_shown_by_debug() {
        assert!(!format!("{:?}", confirm(LINK).unwrap()).contains("secret"));
    }
}
