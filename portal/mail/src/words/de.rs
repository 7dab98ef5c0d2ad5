//! German. It says "du", and names nobody by a gender.

use super::*;

pub(super) static WORDS: Words = Words {
    language: Language::German,
    common: CommonWords {
        no_button: "Falls der Knopf nichts tut, öffne diese Adresse:",
        unwanted: "Du möchtest solche Mails nicht?",
        end_them: "Für immer beenden",
        page_ends_them: "Diese Seite beendet sie für immer:",
    },
    confirm: ConfirmWords {
        subject: "Bestätige deine E-Mail-Adresse",
        heading: "Ist das deine E-Mail-Adresse?",
        lead: "Du hast dich damit bei iRoam registriert. Bestätige sie, und du bekommst 50 Minuten dazu; danach kannst du auch \
            Musik mit anderen teilen.",
        button: "Adresse bestätigen",
        not_you: "Die Seite fragt noch einmal, bevor etwas geschieht. Wenn du dich nicht registriert hast, lösch diese Mail: \
            Nichts wird bestätigt.",
    },
    reset: ResetWords {
        subject: "Wähle ein neues Passwort",
        lead: "Jemand, wahrscheinlich du, hat für dein Konto bei iRoam ein neues Passwort verlangt. Dieser Link führt zum \
            Formular. Er gilt einmal, eine Stunde lang.",
        not_you: "Wenn du das nicht warst, lösch diese Mail: Dein Passwort bleibt, wie es ist.",
    },
    password_changed: PasswordChangedWords {
        subject: "Dein Passwort wurde geändert",
        lead: "Das Passwort deines Kontos bei iRoam wurde gerade geändert, und alle anderen Browser wurden abgemeldet.",
        not_you: "Wenn du das nicht warst,",
        choose: "wähle sofort ein neues",
        address: "Die Adresse dieser Seite:",
    },
    share: ShareWords {
        subject: |sender, title| format!("{sender} teilt Musik mit dir: {title}"),
        heading: |sender, shared, title| {
            let what = match shared {
                Shared::Track => "einen Titel",
                Shared::Album => "ein Album",
                Shared::Playlist => "eine Playlist",
            };
            format!("{sender} teilt {what} mit dir: {title}")
        },
        button: "Im Browser anhören",
        listen: "Im Browser anhören, ohne Konto:",
        no_account: "Du brauchst kein Konto.",
        from_home: |sender, expires| {
            format!(
                "Die Musik kommt von {sender}, direkt von zu Hause. Der Link ist für dich; er gilt bis zum {expires}."
            )
        },
    },
    home_is_back: HomeIsBackWords {
        subject: |title| format!("Du kannst es jetzt hören: {title}"),
        lead: "Der Computer mit dieser Musik antwortet wieder. Du wolltest davon erfahren, einmal; das ist die eine Mail, und \
            deine Adresse ist vergessen.",
        button: "Im Browser anhören",
    },
    playlist: PlaylistWords {
        subject: |owner, name| format!("{owner} lädt dich zu einer Playlist ein: {name}"),
        heading: |owner, name| format!("{owner} lädt dich ein, an einer Playlist mitzumachen: {name}"),
        lead: "Ihr beide könnt dann Titel hinzufügen, sie ordnen und abspielen, was ihr selbst zu Hause habt. Der Link bittet \
            dich, dich anzumelden, und fragt noch einmal, bevor etwas geschieht.",
        button: "Einladung ansehen",
    },
};
