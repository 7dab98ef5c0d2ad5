//! What a link opens.

use iroam_ledger::{lease::Reason, share::Refused};
use iroam_protocol::{
    id::{ItemId, PeerId, RowId},
    shares::{Kind, Obstacle, SharedItem, State},
};

use super::{counter_columns, counters, create::kind_of};
use crate::{
    Error, SecretHash, Store,
    db::{Row, values},
    money,
};

/// Somebody who holds the secret of a link that lives, or lived when the listening began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    /// The share.
    pub share: RowId,
    /// Its sender.
    pub account: RowId,
    /// The home that has the items.
    pub home: PeerId,
    /// Whether running listenings must end.
    pub is_over: bool,
    /// Whether it opens for somebody new.
    pub lives: bool,
}

/// What a visitor sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The share.
    pub share: RowId,
    /// Its sender.
    pub account: RowId,
    /// The home that has the items.
    pub home: PeerId,
    /// When that home was last seen; `None` when never.
    pub last_seen_ms: Option<i64>,
    /// The sender's address, from which a name is made where there is none.
    pub sender_email: String,
    /// The name that the sender chose for shares; `None` when none was chosen.
    pub sender_name: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Title of the whole.
    pub title: String,
    /// A second line.
    pub subtitle: Option<String>,
    /// Cover of the whole.
    pub cover: Option<ItemId>,
    /// The items in their order.
    pub items: Vec<SharedItem>,
    /// Plain text.
    pub note: String,
    /// When its time is over.
    pub expires_ms: i64,
    /// Plays that are left.
    pub plays_left: u32,
    /// Why no listening would open now; `None` when one would.
    pub obstacle: Option<Obstacle>,
}

/// What a link's preview tells: it is made without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Title of the whole.
    pub title: String,
    /// A second line.
    pub subtitle: Option<String>,
    /// What it is.
    pub kind: Kind,
}

const VISITOR: &str = concat!(
    "SELECT s.id, s.account, s.home, ",
    counter_columns!(),
    " FROM shares s WHERE s.public_id = $1 AND s.secret_hash = $2"
);
const CONTENT: &str = concat!(
    "SELECT s.id, s.account, s.home, h.last_seen_ms, a.email, a.display_name, c.kind, c.title, c.subtitle, c.cover, c.items, c.note, \
     p.counted_ms, ",
    counter_columns!(),
    " FROM shares s JOIN share_contents c ON c.id = s.content JOIN accounts a ON a.id = s.account \
     JOIN homes h ON h.peer = s.home AND h.account = s.account \
     LEFT JOIN share_plays p ON p.share = s.id AND p.player = $3 WHERE s.public_id = $1 AND s.secret_hash = $2"
);
const ITEMS: &str = "SELECT c.items FROM shares s JOIN share_contents c ON c.id = s.content WHERE s.id = $1";
const PREVIEW: &str = concat!(
    "SELECT c.title, c.subtitle, c.kind, ",
    counter_columns!(),
    " FROM shares s JOIN share_contents c ON c.id = s.content \
     JOIN homes h ON h.peer = s.home AND h.account = s.account WHERE s.public_id = $1"
);

impl Store {
    /// What a link opens for a tab; `None` for a link that is unknown, over or used up, and for a wrong secret.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn open_share(
        &self,
        public_id: &str,
        secret: SecretHash,
        player: PeerId,
        now_ms: i64,
    ) -> Result<Option<Content>, Error> {
        let rows = self.db.read(CONTENT, values![public_id, secret, player]).await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        let mut content = content(&mut row)?;
        let counted_ms = row.opt_int()?;
        let counters = counters(&mut row)?;
        let price = self.pricing.tariff.relay;
        content.obstacle = match counters.admit(now_ms, price, counted_ms) {
            Err(Refused::Gone) => return Ok(None),
            Err(Refused::Busy) => Some(Obstacle::Busy),
            Ok(_) if self.is_broke(content.account, now_ms).await? => Some(Obstacle::SenderOutOfMinutes),
            Ok(_) => None,
        };
        content.expires_ms = counters.expires_ms;
        content.plays_left = u32::try_from(counters.plays_max.saturating_sub(counters.plays)).unwrap_or(u32::MAX);
        Ok(Some(content))
    }

    /// Who holds a link, whether it lives or is over; `None` for an unknown link and a wrong secret.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn visitor(&self, public_id: &str, secret: SecretHash, now_ms: i64) -> Result<Option<Visitor>, Error> {
        let rows = self.db.read(VISITOR, values![public_id, secret]).await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        let (share, account, home) = (row.id()?, row.id()?, row.peer()?);
        let counters = counters(&mut row)?;
        let lives = counters.state(now_ms, self.pricing.tariff.relay) == State::Live;
        Ok(Some(Visitor { share, account, home, is_over: counters.is_over(now_ms), lives }))
    }

    /// The tracks of a share; `None` when it is forgotten.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn share_items(&self, share: RowId) -> Result<Option<Vec<ItemId>>, Error> {
        let Some(mut row) = self.db.read(ITEMS, values![share]).await?.into_iter().next() else { return Ok(None) };
        Ok(Some(items(&row.text()?)?.into_iter().map(|item| item.track).collect()))
    }

    /// Closes a visitor's listening because its share has ended.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn end_visit(&self, listening: RowId, account: RowId, now_ms: i64) -> Result<(), Error> {
        let this = "SELECT id, account FROM listenings WHERE id = $1 AND account = $2 AND share IS NOT NULL";
        self.close_all(this, values![listening, account], Reason::ShareEnded, now_ms).await
    }

    /// What may be told of a link without its secret; `None` unless it lives.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn preview_share(&self, public_id: &str, now_ms: i64) -> Result<Option<Preview>, Error> {
        let Some(mut row) = self.db.read(PREVIEW, values![public_id]).await?.into_iter().next() else {
            return Ok(None);
        };
        let (title, subtitle, kind) = (row.text()?, row.opt_text()?, kind_of(&row.text()?)?);
        let lives = counters(&mut row)?.admit(now_ms, self.pricing.tariff.relay, None) != Err(Refused::Gone);
        Ok(lives.then_some(Preview { title, subtitle, kind }))
    }

    /// Whether the sender cannot pay the next minute.
    async fn is_broke(&self, account: RowId, now_ms: i64) -> Result<bool, Error> {
        let mut results = self.db.reads(money::purse_queries(account).to_vec()).await?.into_iter();
        let (wallets, play_out) = (results.next().unwrap_or_default(), results.next().unwrap_or_default());
        let purse = money::purse(wallets, play_out, account, now_ms)?;
        Ok(purse.money.total() < self.pricing.tariff.relay)
    }
}

fn items(text: &str) -> Result<Vec<SharedItem>, Error> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt("the items of a share cannot be read".into()))
}

fn content(row: &mut Row) -> Result<Content, Error> {
    let broken = || Error::Corrupt("a cover that is no id".into());
    Ok(Content {
        share: row.id()?,
        account: row.id()?,
        home: row.peer()?,
        last_seen_ms: row.opt_int()?,
        sender_email: row.text()?,
        sender_name: row.opt_text()?,
        kind: kind_of(&row.text()?)?,
        title: row.text()?,
        subtitle: row.opt_text()?,
        cover: row.opt_text()?.map(|text| text.parse().map_err(|_| broken())).transpose()?,
        items: items(&row.text()?)?,
        note: row.text()?,
        expires_ms: 0,
        plays_left: 0,
        obstacle: None,
    })
}
