//! What the mails say, one catalogue per language. A key that a language lacks does not compile, and neither does one that
//! no mail uses.

mod de;
mod en;

use crate::{Language, letter::Shared};

/// The catalogue of a language.
pub(crate) fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &en::WORDS,
        Language::German => &de::WORDS,
    }
}

/// Everything that the mails say, in one language.
pub(crate) struct Words {
    /// Whose words these are.
    pub(crate) language: Language,
    pub(crate) common: CommonWords,
    pub(crate) confirm: ConfirmWords,
    pub(crate) reset: ResetWords,
    pub(crate) password_changed: PasswordChangedWords,
    pub(crate) share: ShareWords,
    pub(crate) home_is_back: HomeIsBackWords,
    pub(crate) playlist: PlaylistWords,
}

/// In several mails.
pub(crate) struct CommonWords {
    pub(crate) no_button: &'static str,
    pub(crate) unwanted: &'static str,
    pub(crate) end_them: &'static str,
    pub(crate) page_ends_them: &'static str,
}

/// Is this address yours?
pub(crate) struct ConfirmWords {
    pub(crate) subject: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) button: &'static str,
    pub(crate) not_you: &'static str,
}

/// A way to a new password.
pub(crate) struct ResetWords {
    pub(crate) subject: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) not_you: &'static str,
}

/// The password was changed.
pub(crate) struct PasswordChangedWords {
    pub(crate) subject: &'static str,
    pub(crate) lead: &'static str,
    /// Begins the sentence that `choose` ends.
    pub(crate) not_you: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) address: &'static str,
}

/// Somebody shares music.
pub(crate) struct ShareWords {
    /// Of a sender and a title.
    pub(crate) subject: fn(&str, &str) -> String,
    /// Of a sender, what is shared, and its title.
    pub(crate) heading: fn(&str, Shared, &str) -> String,
    pub(crate) button: &'static str,
    pub(crate) listen: &'static str,
    pub(crate) no_account: &'static str,
    /// Of a sender and the day of the end.
    pub(crate) from_home: fn(&str, &str) -> String,
}

/// The home with the shared music answers again.
pub(crate) struct HomeIsBackWords {
    /// Of a title.
    pub(crate) subject: fn(&str) -> String,
    pub(crate) lead: &'static str,
    pub(crate) button: &'static str,
}

/// Somebody invites to edit a playlist.
pub(crate) struct PlaylistWords {
    /// Of an owner and a list.
    pub(crate) subject: fn(&str, &str) -> String,
    /// Of an owner and a list.
    pub(crate) heading: fn(&str, &str) -> String,
    pub(crate) lead: &'static str,
    pub(crate) button: &'static str,
}
