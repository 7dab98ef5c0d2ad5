//! The account: minutes, homes, statement, devices, settings.

pub(crate) mod homes;
pub(crate) mod minutes;
pub(crate) mod overview;
pub(crate) mod sessions;
pub(crate) mod settings;

use iroam_protocol::portal::{Home, Wallet};
use serde::Deserialize;

use super::figures;
use crate::catalogue::Words;

/// `?done=`: what a form has just done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

impl Done {
    fn notice(&self, words: &Words) -> Option<&'static str> {
        let said = &words.notices;
        match self.done.as_str() {
            "renamed" => Some(said.renamed),
            "removed" => Some(said.removed),
            "saved" => Some(said.saved),
            "ended" => Some(said.ended),
            "others-ended" => Some(said.others_ended),
            "confirm-sent" => Some(said.confirm_sent),
            "confirm-enough" => Some(said.confirm_enough),
            "confirmed" => Some(said.confirmed),
            "password" => Some(said.password),
            "stopped" => Some(said.stopped),
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
    fn of(wallet: &Wallet, words: &Words) -> Self {
        let minutes = wallet.balance_ms / 60_000;
        let full = FULL_SCALES.into_iter().find(|full| minutes <= *full).unwrap_or(24_000);
        let mark = |step: u64| Mark { x: SCALE_X + SCALE_LENGTH * step / 4, text: (full * step / 4).to_string() };
        let needle_x = SCALE_X + SCALE_LENGTH * minutes.min(full) / full;
        let money = figures::money(wallet.available_micros, &wallet.currency, words);
        let held = match wallet.held_micros {
            0 => String::new(),
            held => (words.account.held)(&figures::money(held, &wallet.currency, words)),
        };
        Self { minutes, note: format!("{money}{held}"), marks: (0..=4).map(mark).collect(), needle_x }
    }
}

/// Whether a home is there now, or when it was.
fn state(home: &Home, now_ms: i64, words: &Words) -> String {
    let said = &words.account;
    match (home.online, home.last_seen_ms) {
        (true, _) => said.online.into(),
        (false, Some(seen_ms)) => (said.offline)(&figures::ago(seen_ms, now_ms, words)),
        (false, None) => said.not_seen.into(),
    }
}
