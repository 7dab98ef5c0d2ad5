//! Opening a visitor's listening: the sender pays, the share counts.

use iroam_ledger::{
    lease::{self, Lease, NoMinutes},
    share::{Refused, Visit},
};
use iroam_protocol::id::{PeerId, RowId};

use super::{Listening, Loaded, Stored, Visited, exactly, open, settle};
use crate::{
    Error, SecretHash, Store,
    db::{Decision, Row, Step, values},
    money,
    shares::{self, counter_columns},
};

/// A visitor's listening to open.
#[derive(Debug, Clone)]
pub struct OpenShared {
    /// Id of the listening.
    pub id: RowId,
    /// The part of the link that names the share.
    pub public_id: String,
    /// Hash of the link's secret.
    pub secret: SecretHash,
    /// The tab.
    pub player: PeerId,
    /// The same key of the same share gives the same listening.
    pub idempotency_key: String,
    /// Browser and system in short.
    pub device: String,
    /// Portal time.
    pub now_ms: i64,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenedShared {
    /// It stands; a repeat finds the first one, which may be closed by now.
    Ok(Listening),
    /// The link is unknown, over or used up, or the secret is wrong.
    Gone,
    /// As many as may listen do, or others use all that is left.
    Busy,
    /// The sender has nothing left for a minute.
    NoMinutes,
    /// The key stands for another player.
    KeyReused,
}

const SHARE: &str = concat!(
    "SELECT s.id, s.account, s.home, p.counted_ms, \
     (SELECT COUNT(*) FROM listenings l WHERE l.share = s.id AND l.opened_ms > $4 AND l.charged_minutes = 0), ",
    counter_columns!(),
    " FROM shares s JOIN homes h ON h.peer = s.home AND h.account = s.account \
     LEFT JOIN share_plays p ON p.share = s.id AND p.player = $3 WHERE s.public_id = $1 AND s.secret_hash = $2"
);

/// What is known of the share before the decision.
struct Found {
    share: RowId,
    account: RowId,
    home: PeerId,
    counted_ms: Option<i64>,
    uncharged: u64,
    counters: iroam_ledger::share::Share,
}

impl Store {
    /// Opens a visitor's listening and holds its first minute from the sender's purse.
    ///
    /// # Errors
    /// [`Error`]; it may be repeated under the same key.
    pub async fn open_shared_listening(&self, open: OpenShared) -> Result<OpenedShared, Error> {
        let open = &open;
        self.db
            .decide("open-shared", async || {
                let since_ms = open.now_ms.saturating_sub(lease::OPENS_WITHIN_MS);
                let asked = values![&open.public_id, open.secret, open.player, since_ms];
                let Some(row) = self.db.read(SHARE, asked).await?.into_iter().next() else {
                    return Ok(Decision::nothing(OpenedShared::Gone));
                };
                let found = found(row)?;
                if let Some(repeated) = self.repeated(open, &found).await? {
                    return Ok(Decision::nothing(repeated));
                }
                match found.counters.admit(open.now_ms, self.pricing.tariff.relay, found.counted_ms) {
                    Ok(reserves) => self.decide_visit(open, &found, reserves).await,
                    Err(Refused::Gone) => Ok(Decision::nothing(OpenedShared::Gone)),
                    Err(Refused::Busy) => Ok(Decision::nothing(OpenedShared::Busy)),
                }
            })
            .await
    }

    async fn repeated(&self, open: &OpenShared, found: &Found) -> Result<Option<OpenedShared>, Error> {
        let rows = self.db.read(open::BY_KEY, values![found.account, key(open, found)]).await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        let (id, _, player) = (row.id()?, row.peer()?, row.peer()?);
        if player != open.player {
            return Ok(Some(OpenedShared::KeyReused));
        }
        let loaded = self.load(id, found.account, open.now_ms).await?;
        Ok(loaded.map(|loaded| OpenedShared::Ok(loaded.view())))
    }

    async fn decide_visit(
        &self,
        open: &OpenShared,
        found: &Found,
        reserves: bool,
    ) -> Result<Decision<OpenedShared>, Error> {
        let Found { share, account, home, counted_ms, uncharged, counters } = *found;
        let OpenShared { id, player, now_ms, .. } = *open;
        let [wallets, play_out] = exactly(self.db.reads(money::purse_queries(account).to_vec()).await?)?;
        let mut purse = counters.purse(money::purse(wallets, play_out, account, now_ms)?);
        let crowded = uncharged >= lease::UNCHARGED_OPENS_MAX;
        let (lease, effects) = match Lease::open(now_ms, self.pricing.tariff, None, crowded, &mut purse) {
            Ok(opened) => opened,
            Err(NoMinutes) => return Ok(Decision::nothing(OpenedShared::NoMinutes)),
        };
        let (session, version, share_of) = (share, 0, Some(share));
        let stored = Stored { id, account, session, home, player, version, lease, share: share_of, reserved: reserves };
        let visit = Visit { reserved: reserves, counted_ms };
        let visited = Some(Visited { share: counters, visit });
        let mut loaded = Loaded { stored, purse, served_ms: 0, visited };
        let mut steps = loaded.follow(None, &effects, now_ms);
        steps.push(Step::one("home", open::OF_HOME, values![home, account]));
        steps.push(loaded.stored.insert(&open.device, &key(open, found)));
        steps.extend(settle(&loaded, &effects, now_ms)?);
        Ok(Decision::run(steps, OpenedShared::Ok(loaded.view())))
    }
}

/// Visitors choose their keys among themselves, apart from those of the account.
fn key(open: &OpenShared, found: &Found) -> String {
    format!("{}/{}", found.share, open.idempotency_key)
}

fn found(mut row: Row) -> Result<Found, Error> {
    Ok(Found {
        share: row.id()?,
        account: row.id()?,
        home: row.peer()?,
        counted_ms: row.opt_int()?,
        uncharged: row.count()?,
        counters: shares::counters(&mut row)?,
    })
}
