//! The account: minutes, homes, statement, devices, settings.

pub(crate) mod homes;
pub(crate) mod minutes;
pub(crate) mod overview;
pub(crate) mod sessions;
pub(crate) mod settings;

use iroam_protocol::portal::{Home, Wallet};
use serde::Deserialize;

use super::words;

/// `?done=`: what a form has just done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

impl Done {
    fn notice(&self) -> Option<&'static str> {
        match self.done.as_str() {
            "renamed" => Some("The home has its new name."),
            "removed" => Some("The home was removed. It is told within seconds."),
            "saved" => Some("Your settings are saved."),
            "ended" => Some("That device is signed out. What played on it ends within seconds."),
            "others-ended" => Some("Every other device is signed out. What played there ends within seconds."),
            "confirm-sent" => Some("The mail is on its way. Open the link in it within seven days."),
            "confirm-enough" => {
                Some("Three mails went out within the hour. Look among the unwanted ones, or try again later.")
            }
            "confirmed" => Some("Your address is confirmed already."),
            "password" => Some("Your new password is in force. Every other device is signed out."),
            "stopped" => Some("That player was stopped."),
            _ => None,
        }
    }
}

/// The dial of minutes left.
struct Meter {
    minutes: u64,
    note: String,
    marks: Vec<Mark>,
    needle_x: u64,
}

struct Mark {
    x: u64,
    text: String,
}

/// Where the scale begins and how long it is, in units of the drawing.
const SCALE_X: u64 = 30;
const SCALE_LENGTH: u64 = 500;
/// Full scales of the dial in minutes; four steps of each are whole numbers.
const FULL_SCALES: [u64; 8] = [20, 60, 120, 240, 600, 1200, 2400, 6000];

impl Meter {
    fn of(wallet: &Wallet) -> Self {
        let minutes = wallet.balance_ms / 60_000;
        let full = FULL_SCALES.into_iter().find(|full| minutes <= *full).unwrap_or(24_000);
        let mark = |step: u64| Mark { x: SCALE_X + SCALE_LENGTH * step / 4, text: (full * step / 4).to_string() };
        let needle_x = SCALE_X + SCALE_LENGTH * minutes.min(full) / full;
        let money = words::money(wallet.available_micros, &wallet.currency);
        let held = match wallet.held_micros {
            0 => String::new(),
            held => format!(", {} held while something plays", words::money(held, &wallet.currency)),
        };
        Self { minutes, note: format!("{money}{held}"), marks: (0..=4).map(mark).collect(), needle_x }
    }
}

/// Whether a home is there now, or when it was.
fn state(home: &Home, now_ms: i64) -> String {
    match (home.online, home.last_seen_ms) {
        (true, _) => "online".into(),
        (false, Some(seen_ms)) => format!("offline, last seen {}", words::ago(seen_ms, now_ms)),
        (false, None) => "not seen yet".into(),
    }
}
