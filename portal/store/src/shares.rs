//! Shares: links by which somebody without an account hears exactly the items that a sender named. One content, one link
//! per recipient, each with counters of its own.

mod create;
mod list;
mod opt_out;
mod report;
mod revoke;
mod visit;
mod waiting;

use iroam_ledger::share::{Change, Share, Visit};
use iroam_protocol::id::{PeerId, RowId};

pub use self::{
    create::{Created, Link, NewLink, NewShares, Recipient},
    report::{Report, Reported},
    visit::{Content, Preview, Visitor},
    waiting::{Due, Wait},
};
use crate::{
    Error,
    db::{Row, Step, values},
};

/// The columns that [`counters`] reads, of a share `s`.
macro_rules! counter_columns {
    () => {
        "s.expires_ms, s.revoked_ms, s.plays_max, s.plays, s.reserved, s.at_once, s.running, s.cap_micros, \
         s.spent_micros, s.held_micros"
    };
}
pub(crate) use counter_columns;

/// The share of a listening with its counters, and when a play of its tab was counted.
pub(crate) const OF_LISTENING: &str = concat!(
    "SELECT ",
    counter_columns!(),
    ", p.counted_ms FROM listenings l JOIN shares s ON s.id = l.share \
     LEFT JOIN share_plays p ON p.share = s.id AND p.player = l.player WHERE l.id = $1"
);

const CHANGE: &str = "UPDATE shares SET spent_micros = spent_micros + $2, held_micros = held_micros + $3, \
    running = running + $4, reserved = reserved + $5, plays = plays + $6, \
    last_play_ms = CASE WHEN $6 > 0 THEN $7 ELSE last_play_ms END \
    WHERE id = $1 AND spent_micros + held_micros + $2 + $3 <= cap_micros AND plays + reserved + $5 + $6 <= plays_max \
    AND running + $4 <= at_once";
/// The same for a visitor that begins: nobody slips past the end of a share.
const BEGIN: &str = "UPDATE shares SET spent_micros = spent_micros + $2, held_micros = held_micros + $3, \
    running = running + $4, reserved = reserved + $5, plays = plays + $6, \
    last_play_ms = CASE WHEN $6 > 0 THEN $7 ELSE last_play_ms END \
    WHERE id = $1 AND spent_micros + held_micros + $2 + $3 <= cap_micros AND plays + reserved + $5 + $6 <= plays_max \
    AND running + $4 <= at_once AND revoked_ms IS NULL AND expires_ms > $7";
const COUNT: &str = "INSERT INTO share_plays (share, player, counted_ms) VALUES ($1, $2, $3)";
const COUNT_AGAIN: &str = "UPDATE share_plays SET counted_ms = $3 WHERE share = $1 AND player = $2 AND counted_ms = $4";

/// The counters of a share from their columns.
pub(crate) fn counters(row: &mut Row) -> Result<Share, Error> {
    Ok(Share {
        expires_ms: row.int()?,
        revoked: row.opt_int()?.is_some(),
        plays_max: row.count()?,
        plays: row.count()?,
        reserved: row.count()?,
        at_once: row.count()?,
        running: row.count()?,
        cap_micros: row.int()?,
        spent_micros: row.int()?,
        held_micros: row.int()?,
    })
}

/// The steps that make a change of counters durable. `before` and `after` say what is known of the tab's play;
/// `begins` is set for a visitor that opens.
pub(crate) fn change_steps(
    (share, player): (RowId, PeerId),
    change: Change,
    (before, after): (Visit, Visit),
    begins: bool,
    now_ms: i64,
) -> Vec<Step> {
    if change == Change::default() && !begins {
        return Vec::new();
    }
    let Change { spent_micros, held_micros, running, reserved, plays } = change;
    let row = values![share, spent_micros, held_micros, running, reserved, plays, now_ms];
    let mut steps = vec![Step::one("share", if begins { BEGIN } else { CHANGE }, row)];
    steps.extend(match (before.counted_ms, after.counted_ms) {
        (None, Some(counted_ms)) => Some(Step::one("share.play", COUNT, values![share, player, counted_ms])),
        (Some(old_ms), Some(new_ms)) if old_ms != new_ms => {
            Some(Step::one("share.play", COUNT_AGAIN, values![share, player, new_ms, old_ms]))
        }
        _ => None,
    });
    steps
}
