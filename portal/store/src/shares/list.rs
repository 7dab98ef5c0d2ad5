//! The sender's links.

use iroam_protocol::{id::RowId, shares};

use super::{counter_columns, counters, create::kind_of};
use crate::{
    Error, Store,
    db::{Row, values},
};

/// The rows of a page at most.
const PAGE_MAX: u32 = 100;
// Before every id: the first page has no cursor.
const NEWEST: &str = "g";

const PAGE: &str = concat!(
    "SELECT s.id, s.public_id, s.home, s.recipient, c.kind, c.title, c.subtitle, c.item_count, s.created_ms, \
     s.last_play_ms, (SELECT CAST(COALESCE(SUM(l.charged_minutes - l.free_minutes), 0) AS BIGINT) FROM listenings l \
     WHERE l.share = s.id), ",
    counter_columns!(),
    " FROM shares s JOIN share_contents c ON c.id = s.content WHERE s.account = $1 AND s.id < $2 \
     ORDER BY s.id DESC LIMIT $3"
);

impl Store {
    /// The links of an account, newest first; `cursor` is the `next` of the page before. At most 100 rows.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn shares(
        &self,
        account: RowId,
        cursor: Option<&str>,
        limit: u32,
        now_ms: i64,
    ) -> Result<shares::Shares, Error> {
        let limit = limit.clamp(1, PAGE_MAX);
        let rows = self.db.read(PAGE, values![account, cursor.unwrap_or(NEWEST), limit + 1]).await?;
        let price = self.pricing.tariff.relay;
        let items = rows.into_iter().map(|row| share(row, now_ms, price));
        let mut items = items.collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|share| share.id.to_string());
        Ok(shares::Shares { items, next })
    }
}

fn share(mut row: Row, now_ms: i64, price: i64) -> Result<shares::Share, Error> {
    let (id, public_id, home, recipient) = (row.id()?, row.text()?, row.peer()?, row.opt_text()?);
    let (kind, title, subtitle) = (kind_of(&row.text()?)?, row.text()?, row.opt_text()?);
    let (count, created_ms, last_play_ms, spent_minutes) = (row.count()?, row.int()?, row.opt_int()?, row.count()?);
    let counters = counters(&mut row)?;
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(shares::Share {
        id,
        public_id,
        home,
        recipient,
        kind,
        title,
        subtitle,
        count,
        created_ms,
        expires_ms: counters.expires_ms,
        plays: small(counters.plays),
        plays_max: small(counters.plays_max),
        at_once: small(counters.at_once),
        listening: small(counters.running),
        spent_minutes,
        state: counters.state(now_ms, price),
        last_play_ms,
    })
}
