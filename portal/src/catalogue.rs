//! What the pages say, one catalogue per language: [`Words`] has the keys, `catalogue/en.rs` and its siblings the words.
//!
//! A key that a language lacks does not compile, and neither does one that no page uses. What has parameters or a plural is
//! a function, so each language has its own grammar. CONTRIBUTING.md says how to add a language.

pub(crate) mod accept;
mod de;
mod en;
mod marked;

use iroam_mail::Language;
use iroam_protocol::problem::Kind;

pub(crate) use self::marked::Marked;
use crate::settings::REGIONS;

/// The catalogue of a language.
pub(crate) fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &en::WORDS,
        Language::German => &de::WORDS,
    }
}

/// How long ago something was, in its largest whole unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ago {
    /// Less than a minute.
    Now,
    /// 1 to 59.
    Minutes(i64),
    /// 1 to 23.
    Hours(i64),
    /// From 1.
    Days(i64),
}

/// Everything that the pages say, in one language.
pub(crate) struct Words {
    /// Whose words these are.
    pub(crate) language: Language,
    pub(crate) frame: FrameWords,
    pub(crate) landing: LandingWords,
    pub(crate) download: DownloadWords,
    pub(crate) sign_up: SignUpWords,
    pub(crate) sign_in: SignInWords,
    pub(crate) qr: QrWords,
    pub(crate) forgot: ForgotWords,
    pub(crate) reset: ResetWords,
    pub(crate) confirm: ConfirmWords,
    pub(crate) account: AccountWords,
    pub(crate) notices: NoticeWords,
    pub(crate) homes: HomesWords,
    pub(crate) minutes: MinutesWords,
    pub(crate) sessions: SessionsWords,
    pub(crate) settings: SettingsWords,
    pub(crate) approve: ApproveWords,
    pub(crate) device: DeviceWords,
    pub(crate) invite: InviteWords,
    pub(crate) opt_out: OptOutWords,
    pub(crate) share: ShareWords,
    pub(crate) player: PlayerWords,
    pub(crate) faults: FaultWords,
    pub(crate) figures: FigureWords,
}

/// Around every page.
pub(crate) struct FrameWords {
    pub(crate) skip: &'static str,
    pub(crate) start_page: &'static str,
    pub(crate) site: &'static str,
    pub(crate) player: &'static str,
    pub(crate) account: &'static str,
    pub(crate) install: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) sign_up: &'static str,
    pub(crate) signed_in_as: fn(&str) -> String,
    pub(crate) files_stay: &'static str,
    pub(crate) install_at_home: &'static str,
}

/// The start page.
pub(crate) struct LandingWords {
    pub(crate) title: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) starter: fn(u64) -> String,
    pub(crate) dial: [&'static str; 5],
    pub(crate) dial_caption: &'static str,
    pub(crate) how: &'static str,
    pub(crate) install: &'static str,
    pub(crate) install_how: &'static str,
    pub(crate) yours: &'static str,
    pub(crate) yours_how: &'static str,
    pub(crate) play: &'static str,
    pub(crate) play_how: &'static str,
    pub(crate) private: &'static str,
    pub(crate) private_files: &'static str,
    pub(crate) private_way: &'static str,
    pub(crate) private_taste: &'static str,
    pub(crate) cost: &'static str,
    pub(crate) way: &'static str,
    pub(crate) price: &'static str,
    pub(crate) charged: &'static str,
}

/// How to install at home.
pub(crate) struct DownloadWords {
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) program: &'static str,
    pub(crate) program_how: Marked,
    pub(crate) program_where: Marked,
    pub(crate) start: &'static str,
    pub(crate) start_how: &'static str,
    pub(crate) yours: &'static str,
    pub(crate) yours_how: Marked,
    pub(crate) type_code: &'static str,
    pub(crate) more: &'static str,
    pub(crate) status: &'static str,
    pub(crate) open: &'static str,
    pub(crate) logout: &'static str,
}

/// Sign up.
pub(crate) struct SignUpWords {
    pub(crate) heading: &'static str,
    pub(crate) lead: fn(u64) -> String,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) known: &'static str,
    pub(crate) sign_in: &'static str,
}

/// Sign in.
pub(crate) struct SignInWords {
    pub(crate) heading: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) forgot: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) phone_how: &'static str,
    pub(crate) new_here: &'static str,
    pub(crate) sign_up: &'static str,
    pub(crate) new_password: &'static str,
    pub(crate) for_home: &'static str,
    pub(crate) for_device: &'static str,
    pub(crate) again: &'static str,
}

/// Signing in by another device, on the device that asks.
pub(crate) struct QrWords {
    pub(crate) heading: &'static str,
    pub(crate) scan: &'static str,
    pub(crate) by_itself: &'static str,
    pub(crate) picture: fn(&str) -> String,
    pub(crate) or_type: Marked,
    pub(crate) hint: &'static str,
    pub(crate) said_yes: &'static str,
    pub(crate) by_password: &'static str,
    pub(crate) looks: &'static str,
    pub(crate) hold_still: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) refused_why: &'static str,
    pub(crate) ended: &'static str,
    pub(crate) ended_why: &'static str,
    pub(crate) fresh: &'static str,
}

/// A forgotten password.
pub(crate) struct ForgotWords {
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) email: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) came_back: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) done: &'static str,
    pub(crate) done_lead: &'static str,
    pub(crate) done_hint: &'static str,
    pub(crate) to_sign_in: &'static str,
}

/// The form for another password.
pub(crate) struct ResetWords {
    pub(crate) heading: &'static str,
    pub(crate) lead: Marked,
    pub(crate) password: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) gone_lead: &'static str,
    pub(crate) fresh: &'static str,
}

/// An address is confirmed.
pub(crate) struct ConfirmWords {
    pub(crate) heading: &'static str,
    pub(crate) is_yours: Marked,
    pub(crate) then: fn(u64) -> String,
    pub(crate) submit: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) done_title: &'static str,
    pub(crate) done: &'static str,
    pub(crate) done_lead: fn(u64) -> String,
    pub(crate) player: &'static str,
    pub(crate) account: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) gone_lead: &'static str,
}

/// The account at a glance, and the tabs of its pages.
pub(crate) struct AccountWords {
    pub(crate) heading: &'static str,
    pub(crate) overview: &'static str,
    pub(crate) homes: &'static str,
    pub(crate) minutes: &'static str,
    pub(crate) devices: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) unconfirmed: fn(u64) -> String,
    pub(crate) send_link: &'static str,
    pub(crate) playing_now: &'static str,
    pub(crate) nothing_plays: Marked,
    pub(crate) since: fn(&str) -> String,
    pub(crate) played: fn(&str) -> String,
    pub(crate) paused: &'static str,
    pub(crate) stop: &'static str,
    pub(crate) stop_what: fn(&str) -> String,
    pub(crate) no_home: Marked,
    pub(crate) rename_or_remove: &'static str,
    pub(crate) add_another: &'static str,
    pub(crate) minutes_left: &'static str,
    pub(crate) held: fn(&str) -> String,
    pub(crate) online: &'static str,
    pub(crate) offline: fn(&str) -> String,
    pub(crate) not_seen: &'static str,
}

/// What a form has just done.
pub(crate) struct NoticeWords {
    pub(crate) renamed: &'static str,
    pub(crate) removed: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) ended: &'static str,
    pub(crate) others_ended: &'static str,
    pub(crate) confirm_sent: &'static str,
    pub(crate) confirm_enough: &'static str,
    pub(crate) confirmed: &'static str,
    pub(crate) password: &'static str,
    pub(crate) stopped: &'static str,
}

/// The account's homes.
pub(crate) struct HomesWords {
    pub(crate) add: &'static str,
    pub(crate) none: Marked,
    pub(crate) system: &'static str,
    pub(crate) last_seen: &'static str,
    pub(crate) not_yet: &'static str,
    pub(crate) yours_since: &'static str,
    pub(crate) key: &'static str,
    pub(crate) rename: &'static str,
    pub(crate) new_name: &'static str,
    pub(crate) save: &'static str,
    pub(crate) remove: &'static str,
    pub(crate) remove_how: &'static str,
    pub(crate) remove_what: fn(&str) -> String,
    pub(crate) add_first: &'static str,
    pub(crate) add_another: &'static str,
    pub(crate) several: &'static str,
    pub(crate) start: &'static str,
    pub(crate) start_how: Marked,
    pub(crate) make_yours: &'static str,
    pub(crate) make_yours_how: &'static str,
    pub(crate) type_code: &'static str,
}

/// The statement.
pub(crate) struct MinutesWords {
    pub(crate) not_sold: &'static str,
    pub(crate) statement: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) when: &'static str,
    pub(crate) what: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) newest: &'static str,
    pub(crate) older: &'static str,
    pub(crate) starter: &'static str,
    pub(crate) charge: fn(u64) -> String,
    pub(crate) a_minute: &'static str,
    pub(crate) confirmed: &'static str,
    pub(crate) credit: &'static str,
    pub(crate) courtesy: &'static str,
    pub(crate) reversal: &'static str,
}

/// Devices that are signed in.
pub(crate) struct SessionsWords {
    pub(crate) heading: &'static str,
    pub(crate) sign_in_another: &'static str,
    pub(crate) this_device: &'static str,
    pub(crate) since: fn(&str) -> String,
    pub(crate) last_used: fn(&str) -> String,
    pub(crate) sign_out: &'static str,
    pub(crate) sign_out_what: fn(&str, &str) -> String,
    pub(crate) nobody_else: &'static str,
    pub(crate) unknown: Marked,
    pub(crate) sign_out_all: &'static str,
    pub(crate) a_browser: &'static str,
    pub(crate) on: fn(&str, &str) -> String,
}

/// What the owner chooses.
pub(crate) struct SettingsWords {
    pub(crate) name: &'static str,
    pub(crate) name_hint: &'static str,
    pub(crate) language: &'static str,
    pub(crate) time_zone: &'static str,
    pub(crate) mails: &'static str,
    pub(crate) takes_invitations: &'static str,
    pub(crate) mails_hint: &'static str,
    pub(crate) save: &'static str,
    pub(crate) password: &'static str,
    pub(crate) password_how: Marked,
    pub(crate) regions: [&'static str; REGIONS.len()],
}

/// Signing in another device, on the one that says yes.
pub(crate) struct ApproveWords {
    pub(crate) heading: &'static str,
    pub(crate) lead: fn(&str) -> String,
    pub(crate) its_code: &'static str,
    pub(crate) device: &'static str,
    pub(crate) its_address: &'static str,
    pub(crate) your_address: &'static str,
    pub(crate) differ: &'static str,
    pub(crate) differ_why: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    pub(crate) ask: &'static str,
    pub(crate) ask_lead: &'static str,
    pub(crate) code: &'static str,
    pub(crate) code_hint: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) a_home: &'static str,
    pub(crate) add_home: &'static str,
    pub(crate) done_title: &'static str,
    pub(crate) done: fn(&str) -> String,
    pub(crate) done_lead: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) refused_lead: &'static str,
    pub(crate) your_devices: &'static str,
    pub(crate) no_code: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) gone: &'static str,
}

/// A home asks to belong to an account.
pub(crate) struct DeviceWords {
    pub(crate) heading: &'static str,
    pub(crate) lead: fn(&str) -> String,
    pub(crate) its_code: &'static str,
    pub(crate) machine: &'static str,
    pub(crate) system: &'static str,
    pub(crate) its_address: &'static str,
    pub(crate) your_address: &'static str,
    pub(crate) differ: &'static str,
    pub(crate) differ_why: &'static str,
    pub(crate) which_words: &'static str,
    pub(crate) name: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    pub(crate) ask: &'static str,
    pub(crate) ask_lead: &'static str,
    pub(crate) code: &'static str,
    pub(crate) code_hint: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) no_program: &'static str,
    pub(crate) install: &'static str,
    pub(crate) done_title: &'static str,
    pub(crate) done: fn(&str) -> String,
    pub(crate) done_lead: &'static str,
    pub(crate) player: &'static str,
    pub(crate) your_homes: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) refused_lead: &'static str,
    pub(crate) pick: &'static str,
    pub(crate) wrong_words: fn(u64) -> String,
    pub(crate) no_code: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) taken: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) dead: &'static str,
}

/// An invitation to a playlist.
pub(crate) struct InviteWords {
    pub(crate) title: &'static str,
    pub(crate) heading: fn(&str, &str) -> String,
    pub(crate) lead: fn(u64) -> String,
    pub(crate) your_account: &'static str,
    pub(crate) open_until: &'static str,
    pub(crate) who_sees_what: Marked,
    pub(crate) accept: &'static str,
    pub(crate) not_now: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) gone_lead: &'static str,
    pub(crate) player: &'static str,
}

/// No more invitations.
pub(crate) struct OptOutWords {
    pub(crate) title: &'static str,
    pub(crate) done: &'static str,
    pub(crate) done_lead: &'static str,
    pub(crate) ask: &'static str,
    pub(crate) ask_lead: &'static str,
    pub(crate) submit: &'static str,
}

/// A link to something shared, as messengers show it.
pub(crate) struct ShareWords {
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) picture: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) missing_lead: &'static str,
}

/// In place of a player that was not built.
pub(crate) struct PlayerWords {
    pub(crate) missing: &'static str,
    pub(crate) missing_lead: &'static str,
    pub(crate) missing_then: &'static str,
}

/// What went wrong.
pub(crate) struct FaultWords {
    pub(crate) title: fn(Kind) -> &'static str,
    pub(crate) to_start: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) other: &'static str,
    pub(crate) internal: &'static str,
    pub(crate) unavailable: &'static str,
    pub(crate) storage_full: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) too_many_tries: fn(u64) -> String,
    pub(crate) too_large: &'static str,
    pub(crate) no_page: &'static str,
    pub(crate) no_method: &'static str,
    pub(crate) not_understood: &'static str,
    pub(crate) form_unread: &'static str,
    pub(crate) foreign_form: &'static str,
    pub(crate) link_used: &'static str,
    pub(crate) link_used_lead: &'static str,
    pub(crate) no_email: &'static str,
    pub(crate) email_taken: &'static str,
    pub(crate) wrong_password: &'static str,
    pub(crate) at_least: fn(usize) -> String,
    pub(crate) at_most: fn(usize) -> String,
    pub(crate) one_line: &'static str,
    pub(crate) no_links: &'static str,
    pub(crate) no_language: &'static str,
    pub(crate) no_zone: &'static str,
    pub(crate) home_nameless: &'static str,
    pub(crate) no_home: &'static str,
    pub(crate) no_session: &'static str,
    pub(crate) no_list: &'static str,
    pub(crate) lists_max: fn(usize) -> String,
    pub(crate) members_max: fn(usize) -> String,
    pub(crate) invitation_gone: &'static str,
}

/// Figures and times.
pub(crate) struct FigureWords {
    pub(crate) decimal_point: &'static str,
    pub(crate) free: &'static str,
    pub(crate) lan: &'static str,
    pub(crate) direct: &'static str,
    pub(crate) relay: &'static str,
    pub(crate) moment: &'static str,
    pub(crate) day: fn(i8, &str, i16) -> String,
    pub(crate) months: [&'static str; 12],
    pub(crate) ago: fn(Ago) -> String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source of a catalogue: each `section.key` with what stands there.
    fn keys(source: &str) -> Vec<(String, String)> {
        let (mut section, mut found) = (String::new(), Vec::<(String, String)>::new());
        for line in source.lines().skip_while(|line| !line.contains("Words = Words {")).skip(1) {
            match line.trim_start().split_once(": ") {
                Some((name, _)) if line.starts_with("    ") && !line.starts_with("     ") => section = name.into(),
                Some((key, words)) if line.starts_with("        ") && !line.starts_with("         ") => {
                    found.push((format!("{section}.{key}"), words.into()));
                }
                _ => {
                    if let Some((_, words)) = found.last_mut() {
                        words.push_str(line.trim());
                    }
                }
            }
        }
        // A function has a name of its own in one language, and is written in short in the other.
        found.retain(|(key, _)| key != "faults.title");
        found
    }

    fn catalogues() -> [(Language, Vec<(String, String)>); 2] {
        let sources = [include_str!("catalogue/en.rs"), include_str!("catalogue/de.rs")];
        let mut languages = Language::ALL.into_iter();
        sources.map(|source| (languages.next().unwrap(), keys(source)))
    }

    #[test]
    fn a_catalogue_names_its_own_language() {
        for language in Language::ALL {
            assert_eq!(words(language).language, language);
        }
    }

    #[test]
    fn the_marks_of_a_sentence_are_the_same_in_each_language() {
        let [(_, english), (_, german)] = catalogues();
        assert!(english.len() > 300, "{}", english.len());
        let mut marked = 0;
        for ((key, english), (_, german)) in
            english.iter().zip(&german).filter(|((_, en), _)| en.starts_with("Marked("))
        {
            marked += 1;
            for mark in ["[", "]", "`", "*", "{}"] {
                assert_eq!(english.matches(mark).count(), german.matches(mark).count(), "{key}: {mark}");
            }
        }
        assert!(marked > 10, "{marked}");
    }

    #[test]
    fn what_says_the_same_in_both_languages_does_so_on_purpose() {
        let [(_, english), (_, german)] = catalogues();
        let same = english.iter().zip(&german).filter(|((key, en), (other, de))| {
            assert_eq!(key, other, "the keys stand in the same order");
            en == de
        });
        let same: Vec<_> = same.map(|((key, _), _)| key.as_str()).collect();
        assert_eq!(same, ["frame.player", "settings.mails", "approve.code", "device.code"]);
    }
}
