//! A browser in three words, for people to tell their devices apart. Nothing is decided by it.

use crate::catalogue::Words;

/// Such as `Firefox on Windows`, from a `User-Agent` header.
pub(crate) fn device_label(user_agent: &str) -> String {
    let browser = first(user_agent, BROWSERS).unwrap_or(UNKNOWN);
    match first(user_agent, SYSTEMS) {
        Some(system) => format!("{browser} on {system}"),
        None => browser.into(),
    }
}

/// The same in the words of a page.
pub(crate) fn shown(label: &str, words: &Words) -> String {
    let said = &words.sessions;
    let browser = |name: &str| if name == UNKNOWN { said.a_browser.into() } else { name.to_owned() };
    match label.split_once(" on ") {
        Some((name, system)) => (said.on)(&browser(name), system),
        None => browser(label),
    }
}

/// A browser that does not say what it is.
const UNKNOWN: &str = "A browser";

// Order matters: Edge and Opera call themselves Chrome too, Chrome calls itself Safari.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

// Android calls itself Linux, iPhones mention Mac OS X.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

fn first(text: &str, names: &[(&str, &'static str)]) -> Option<&'static str> {
    names.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_in_short() {
        let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(device_label(firefox), "Firefox on Windows");
        let edge = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";
        assert_eq!(device_label(edge), "Edge on Linux");
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1";
        assert_eq!(device_label(iphone), "Safari on iPhone");
        assert_eq!(device_label(""), "A browser");
    }

    #[test]
    fn a_browser_is_shown_in_the_words_of_the_page() {
        let [en, de] = [iroam_mail::Language::English, iroam_mail::Language::German].map(crate::catalogue::words);
        for (label, german) in [
            ("Firefox on Windows", "Firefox auf Windows"),
            ("A browser on Linux", "Ein Browser auf Linux"),
            ("A browser", "Ein Browser"),
            ("curl", "curl"),
        ] {
            assert_eq!([shown(label, en), shown(label, de)], [label, german]);
        }
    }
}
