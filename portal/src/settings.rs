//! What the owner of an account may choose, and how it is checked.

use iroam_mail::Language;
use iroam_protocol::portal;
use iroam_store::{Account, AccountChange};

use crate::{catalogue::Words, failure::Failure, state::App};

/// Longest name: it fits the line of a mail's subject beside a title.
pub(crate) const DISPLAY_NAME_CHARS_MAX: usize = 60;

/// The parts of the world under which time zones are named (IANA); what stands elsewhere are old names and corner cases.
pub(crate) const REGIONS: [&str; 10] =
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

/// The language of an account's pages and mails; English when it is one that is not spoken here any more.
pub(crate) fn language_of(account: &Account) -> Language {
    Language::of_tag(&account.language).unwrap_or_default()
}

/// The language of a mail to an address: that of its account, else the sender's, since nothing else is known.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn language_for(app: &App, address: &str, sender: &Account) -> Result<Language, Failure> {
    let known = app.store().account_by_email(address).await?;
    Ok(language_of(known.as_ref().map_or(sender, |known| &known.account)))
}

/// The time zones of one part of the world.
pub(crate) struct Region {
    /// Such as `Europe`, in the language of the page.
    pub(crate) name: &'static str,
    /// In order.
    pub(crate) zones: Vec<Zone>,
}

/// A time zone to choose.
pub(crate) struct Zone {
    /// IANA name, such as `America/Argentina/Buenos_Aires`.
    pub(crate) id: String,
    /// The name within its region, such as `Argentina, Buenos Aires`.
    pub(crate) label: String,
    /// Whether it is the one chosen now.
    pub(crate) chosen: bool,
}

/// Checks what was typed or sent.
///
/// # Errors
/// A [`iroam_protocol::problem::Kind::Invalid`] that names the field.
pub(crate) fn checked(change: portal::AccountChange) -> Result<AccountChange, Failure> {
    Ok(AccountChange {
        display_name: change.display_name.as_deref().map(display_name).transpose()?,
        language: change.language.map(language).transpose()?,
        time_zone: change.time_zone.map(time_zone).transpose()?,
        takes_invitations: change.takes_invitations,
    })
}

/// Whether there is a time zone of this name.
pub(crate) fn is_zone(name: &str) -> bool {
    name.len() <= 64 && jiff::tz::TimeZone::get(name).is_ok()
}

/// The time zones to choose from, by region. UTC and a zone in use that is in no list are the caller's.
pub(crate) fn regions(chosen: &str, words: &Words) -> Vec<Region> {
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    let regions = REGIONS.into_iter().zip(words.settings.regions);
    let regions = regions.map(|(region, name)| Region { name, zones: zones_of(region, &names, chosen) });
    regions.filter(|region| !region.zones.is_empty()).collect()
}

fn zones_of(region: &str, names: &[String], chosen: &str) -> Vec<Zone> {
    let inside = |id: &String| id.strip_prefix(region).and_then(|rest| rest.strip_prefix('/')).map(label);
    let mut zones: Vec<_> = names
        .iter()
        .filter_map(|id| inside(id).map(|label| Zone { id: id.clone(), label, chosen: id == chosen }))
        .collect();
    zones.sort_by(|a, b| a.label.cmp(&b.label));
    zones
}

fn label(rest: &str) -> String {
    rest.replace('_', " ").replace('/', ", ")
}

fn display_name(typed: &str) -> Result<String, Failure> {
    let name = typed.trim();
    if name.chars().count() > DISPLAY_NAME_CHARS_MAX {
        return Err(Failure::told_at("display_name", |words| (words.faults.at_most)(DISPLAY_NAME_CHARS_MAX).into()));
    }
    if name.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(Failure::told_at("display_name", |words| words.faults.one_line.into()));
    }
    // It stands in mails to people who do not know the sender.
    let folded = name.to_lowercase();
    if folded.contains("://") || folded.contains("www.") {
        return Err(Failure::told_at("display_name", |words| words.faults.no_links.into()));
    }
    Ok(name.into())
}

/// Characters that show nothing, or turn round what stands beside them (Unicode UAX #9).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn language(tag: String) -> Result<String, Failure> {
    let known = Language::of_tag(&tag).is_some();
    if known { Ok(tag) } else { Err(Failure::told_at("language", |words| words.faults.no_language.into())) }
}

fn time_zone(name: String) -> Result<String, Failure> {
    if is_zone(&name) { Ok(name) } else { Err(Failure::told_at("time_zone", |words| words.faults.no_zone.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_plain_line_without_links() {
        assert_eq!(display_name("  Ann of Böblingen 🎷 ").unwrap(), "Ann of Böblingen 🎷");
        assert_eq!(display_name("   ").unwrap(), "", "no name is fine");
        assert!(display_name(&"ä".repeat(60)).is_ok());
        let long = "ä".repeat(61);
        for bad in [
            "Ann\r\nBcc: all@example.org",
            "Ann\u{202e}nnA",
            "An\u{200b}n",
            "see https://evil.example",
            "WWW.evil.example",
            long.as_str(),
        ] {
            let failure = display_name(bad).unwrap_err();
            assert_eq!(failure.problem().field.as_deref(), Some("display_name"), "{bad:?}");
        }
    }

    #[test]
    fn languages_and_zones_are_those_that_exist() {
        assert!(Language::ALL.into_iter().all(|known| language(known.tag().into()).is_ok()));
        assert!(language("tlh".into()).is_err());
        assert!(time_zone("UTC".into()).is_ok());
        assert!(time_zone("Nowhere/Atlantis".into()).is_err());
        assert!(time_zone("x".repeat(65)).is_err());
    }

    #[test]
    fn a_zone_is_found_in_its_region() {
        let names = ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Europe/Athens", "GMT", "Europa/X"];
        let names = names.map(str::to_owned);
        let europe = zones_of("Europe", &names, "Europe/Berlin");
        let shown: Vec<_> = europe.iter().map(|zone| (zone.label.as_str(), zone.chosen)).collect();
        assert_eq!(shown, [("Athens", false), ("Berlin", true)]);
        assert_eq!(zones_of("America", &names, "")[0].label, "Argentina, Buenos Aires");
    }
}
