//! Forgetting what has no further use. The ledger forgets nothing.

use crate::{
    Error, SESSION_IDLE_MS, Store,
    db::{Step, values},
    marks, outbox, playlists,
};

/// How long ended things stay for their stragglers: an agent that was switched off for a weekend still reads its events.
const KEPT_MS: i64 = 7 * 24 * 3_600_000;

/// How long an ended link stays in its sender's list: what it cost is asked at the end of a month.
const SHARES_KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// How long an abuse report waits for the operator.
const REPORTS_KEPT_MS: i64 = 180 * 24 * 3_600_000;

/// Links that ended before `$1` and that nobody listens by.
macro_rules! ended_shares {
    () => {
        "(SELECT s.id FROM shares s WHERE s.expires_ms <= $1 AND s.running = 0)"
    };
}
const FORGET_WAITING: &str = concat!("DELETE FROM share_waiting WHERE share IN ", ended_shares!());
const FORGET_PLAYS: &str = concat!("DELETE FROM share_plays WHERE share IN ", ended_shares!());
const FORGET_SHARES: &str = concat!("DELETE FROM shares WHERE id IN ", ended_shares!());

/// How much there is, for gauges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Accounts.
    pub accounts: u64,
    /// Activated homes.
    pub homes: u64,
    /// Open listenings.
    pub listenings_open: u64,
    /// Mails that wait.
    pub mails_pending: u64,
    /// Mails that were given up.
    pub mails_dead: u64,
}

impl Store {
    /// Forgets expired links, codes, sessions and shares, players whose session is gone, events that every home has read
    /// or will not need, mails that ended a month ago, the operator's sessions that are over, and what was removed from
    /// lists long ago.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn prune(&self, now_ms: i64) -> Result<(), Error> {
        let old_ms = now_ms.saturating_sub(KEPT_MS);
        let (ended_ms, reported_ms) = (now_ms.saturating_sub(SHARES_KEPT_MS), now_ms.saturating_sub(REPORTS_KEPT_MS));
        let idle_ms = now_ms.saturating_sub(SESSION_IDLE_MS);
        let mut steps = vec![
            Step::new("links", "DELETE FROM one_time_links WHERE expires_ms <= $1", values![old_ms]),
            Step::new("devices", "DELETE FROM device_requests WHERE expires_ms <= $1", values![old_ms]),
            Step::new("sign-in-requests", "DELETE FROM sign_in_requests WHERE expires_ms <= $1", values![old_ms]),
            Step::new("mail-links", "DELETE FROM mail_links WHERE expires_ms <= $1", values![old_ms]),
            Step::new("tries", "DELETE FROM sign_in_tries WHERE last_ms <= $1", values![old_ms]),
            Step::new(
                "sessions",
                "DELETE FROM sessions WHERE expires_ms <= $1 OR last_seen_ms <= $2",
                values![now_ms, idle_ms],
            ),
            Step::new(
                "player-homes",
                "DELETE FROM player_homes WHERE player IN (SELECT p.peer FROM players p WHERE p.created_ms <= $1 \
                 AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = p.session))",
                values![old_ms],
            ),
            Step::new(
                "players",
                "DELETE FROM players WHERE created_ms <= $1 \
                 AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = players.session) \
                 AND NOT EXISTS (SELECT 1 FROM player_homes h WHERE h.player = players.peer)",
                values![old_ms],
            ),
            Step::new("share-waiting", FORGET_WAITING, values![ended_ms]),
            Step::new("share-plays", FORGET_PLAYS, values![ended_ms]),
            Step::new("shares", FORGET_SHARES, values![ended_ms]),
            Step::new(
                "share-contents",
                "DELETE FROM share_contents WHERE created_ms <= $1 \
                 AND NOT EXISTS (SELECT 1 FROM shares s WHERE s.content = share_contents.id)",
                values![ended_ms],
            ),
            Step::new("reports", "DELETE FROM share_reports WHERE at_ms <= $1", values![reported_ms]),
            Step::new(
                "events",
                "DELETE FROM agent_events WHERE at_ms <= $1 AND (until_s IS NULL OR until_s <= $2)",
                values![old_ms, now_ms / 1_000],
            ),
            Step::new(
                "mails",
                "DELETE FROM outbox WHERE COALESCE(ended_ms, until_ms) <= $1",
                values![now_ms.saturating_sub(outbox::ENDED_KEPT_MS)],
            ),
            Step::new("operators", "DELETE FROM operator_sessions WHERE expires_ms <= $1", values![now_ms]),
        ];
        steps.extend(playlists::forgotten(now_ms));
        steps.extend(marks::forgotten(now_ms));
        self.db.attempt("prune", steps).await.map(drop)
    }

    /// Counts what there is.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn counts(&self) -> Result<Counts, Error> {
        let select = "SELECT (SELECT COUNT(*) FROM accounts), (SELECT COUNT(*) FROM homes), \
            (SELECT COUNT(*) FROM listenings WHERE closed_ms IS NULL), \
            (SELECT COUNT(*) FROM outbox WHERE state = 'pending'), (SELECT COUNT(*) FROM outbox WHERE state = 'dead')";
        let Some(mut row) = self.db.read(select, Vec::new()).await?.into_iter().next() else {
            return Ok(Counts::default());
        };
        Ok(Counts {
            accounts: row.count()?,
            homes: row.count()?,
            listenings_open: row.count()?,
            mails_pending: row.count()?,
            mails_dead: row.count()?,
        })
    }
}
