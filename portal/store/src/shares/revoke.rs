//! Taking a link back.

use iroam_ledger::lease::Reason;
use iroam_protocol::{
    events::{AgentEvent, Revoked},
    grant::BROWSE_LIFE_S,
    id::{PeerId, RowId},
};

use super::create::about;
use crate::{
    Error, Store,
    db::{Decision, Step, values},
    events, outbox,
};

/// How long a home must deny a share's visitors: the longest grant, and its clock's skew of 60 s.
const REVOKED_FOR_S: i64 = BROWSE_LIFE_S + 60;

const FOUND: &str = "SELECT account, home, revoked_ms FROM shares WHERE id = $1";
const REVOKE: &str = "UPDATE shares SET revoked_ms = $2, waiting = 0 WHERE id = $1 AND revoked_ms IS NULL";
const FORGET_WAITING: &str = "DELETE FROM share_waiting WHERE share = $1";
const OPEN: &str = "SELECT id, account FROM listenings WHERE share = $1 AND closed_ms IS NULL";

impl Store {
    /// Takes a link back: its home denies its visitors, their listenings are closed, and a mail with it that waits is
    /// withdrawn. `account` is the sender, `None`
    /// when the operator does it. Answers the home, also for one that was taken back before; `None` when the account has
    /// no such link.
    ///
    /// # Errors
    /// [`Error`]; it may be repeated.
    pub async fn revoke_share(&self, account: Option<RowId>, id: RowId, now_ms: i64) -> Result<Option<PeerId>, Error> {
        let home = self
            .db
            .decide("revoke-share", async || {
                let Some(mut row) = self.db.read(FOUND, values![id]).await?.into_iter().next() else {
                    return Ok(Decision::nothing(None));
                };
                let (sender, home, revoked_ms) = (row.id()?, row.peer()?, row.opt_int()?);
                if account.is_some_and(|account| account != sender) {
                    return Ok(Decision::nothing(None));
                }
                if revoked_ms.is_some() {
                    return Ok(Decision::nothing(Some(home)));
                }
                let mut steps = vec![
                    Step::one("share", REVOKE, values![id, now_ms]),
                    Step::new("share.waiting", FORGET_WAITING, values![id]),
                    outbox::cancel_about_step(&about(id), now_ms),
                ];
                let event = AgentEvent::Revoke { what: Revoked::Share(id), until_s: now_ms / 1_000 + REVOKED_FOR_S };
                steps.extend(events::push(home, &event, now_ms)?);
                Ok(Decision::run(steps, Some(home)))
            })
            .await?;
        if home.is_some() {
            self.close_all(OPEN, values![id], Reason::ShareEnded, now_ms).await?;
        }
        Ok(home)
    }
}
