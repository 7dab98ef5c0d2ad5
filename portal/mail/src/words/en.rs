//! English: the first language, which the others translate.

use super::*;

pub(super) static WORDS: Words = Words {
    language: Language::English,
    common: CommonWords {
        no_button: "If the button does nothing, open this address:",
        unwanted: "You do not want such mails?",
        end_them: "End them for good",
        page_ends_them: "This page ends them for good:",
    },
    confirm: ConfirmWords {
        subject: "Confirm your e-mail address",
        heading: "Is this your e-mail address?",
        lead: "You signed up at iRoam with it. Confirm it, and 50 more minutes are yours; you can then share music with your \
            friends as well.",
        button: "Confirm this address",
        not_you: "The page asks once more before anything happens. If it was not you who signed up, delete this mail: nothing \
            will be confirmed.",
    },
    reset: ResetWords {
        subject: "Choose a new password",
        lead: "Somebody, you most likely, asked for a new password for your account at iRoam. This link leads to the form. It \
            works once, within an hour.",
        not_you: "If it was not you, delete this mail: your password stays as it is.",
    },
    password_changed: PasswordChangedWords {
        subject: "Your password was changed",
        lead: "The password of your account at iRoam was changed a moment ago, and every other browser was signed out.",
        not_you: "If it was not you,",
        choose: "choose a new one at once",
        address: "The address of that page:",
    },
    share: ShareWords {
        subject: |sender, title| format!("{sender} shares music with you: {title}"),
        heading: |sender, shared, title| {
            let what = match shared {
                Shared::Track => "a track",
                Shared::Album => "an album",
                Shared::Playlist => "a playlist",
            };
            format!("{sender} shares {what} with you: {title}")
        },
        button: "Listen in your browser",
        listen: "Listen in your browser, without an account:",
        no_account: "You need no account.",
        from_home: |sender, expires| {
            format!("The music comes from the home of {sender}. The link is for you; it ends on {expires}.")
        },
    },
    home_is_back: HomeIsBackWords {
        subject: |title| format!("You can listen now: {title}"),
        lead: "The home that holds it answers again. You asked to be told, once; this is the one mail, and your address has \
            been forgotten.",
        button: "Listen in your browser",
    },
    playlist: PlaylistWords {
        subject: |owner, name| format!("{owner} invites you to a playlist: {name}"),
        heading: |owner, name| format!("{owner} invites you to edit a playlist: {name}"),
        lead: "Both of you can then add to it, sort it and play what your own homes hold. The link asks you to sign in, and \
            asks again before anything happens.",
        button: "See the invitation",
    },
};
