//! What an account last played, for the next browser. Ids only.

use iroam_protocol::{
    id::RowId,
    queue::{Entry, NewQueue, Queue, QueueChanged, Repeat},
};

use crate::{
    Error, Store,
    db::{Decision, Row, Step, Value, values},
};

/// How a state of a player was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is stored.
    Stored,
    /// The same player has sent a later one, with this number.
    Older(u64),
    /// It came without entries, and those stored are another player's or none.
    SendAll,
    /// The current entry is none of the entries.
    NoSuchEntry,
}

/// What is stored.
struct Stored {
    changed: QueueChanged,
    entries: u64,
}

pub(crate) const HEAD: &str = "SELECT player, seq, updated_ms, entry_count FROM queues WHERE account = $1";
const WHOLE: &str = "SELECT player, seq, updated_ms, entries, current_entry, position_ms, playing, shuffle, repeats, device \
    FROM queues WHERE account = $1";
const INSERT: &str = "INSERT INTO queues (account, player, seq, current_entry, position_ms, playing, shuffle, repeats, \
    device, updated_ms, entries, entry_count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const REPLACE: &str = "UPDATE queues SET player = $2, seq = $3, current_entry = $4, position_ms = $5, playing = $6, \
    shuffle = $7, repeats = $8, device = $9, updated_ms = $10, entries = $11, entry_count = $12 \
    WHERE account = $1 AND player = $13 AND seq = $14";
const UPDATE: &str = "UPDATE queues SET player = $2, seq = $3, current_entry = $4, position_ms = $5, playing = $6, \
    shuffle = $7, repeats = $8, device = $9, updated_ms = $10 WHERE account = $1 AND player = $11 AND seq = $12";

impl Store {
    /// Stores what a player plays; the newest by portal time is what the account has.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn put_queue(&self, account: RowId, new: &NewQueue, device: &str, now_ms: i64) -> Result<Put, Error> {
        let entries = new.items.as_ref().map(serde_json::to_string).transpose();
        let entries = entries.map_err(|error| Error::Corrupt(error.to_string()))?;
        let entries = &entries;
        self.db
            .decide("put-queue", async || {
                let known = self.queue_head(account).await?;
                let changed = known.as_ref().map(|stored| &stored.changed);
                let of_player = known.as_ref().filter(|stored| stored.changed.player == new.player);
                if let Some(stored) = of_player.filter(|stored| stored.changed.seq >= new.seq) {
                    return Ok(Decision::nothing(Put::Older(stored.changed.seq)));
                }
                let count = match (&new.items, of_player) {
                    (Some(items), _) => u64::try_from(items.len()).unwrap_or(u64::MAX),
                    (None, Some(stored)) => stored.entries,
                    (None, None) => return Ok(Decision::nothing(Put::SendAll)),
                };
                if u64::from(new.index) >= count.max(1) {
                    return Ok(Decision::nothing(Put::NoSuchEntry));
                }
                let mut row = state(account, new, device, now_ms);
                if let Some(entries) = entries {
                    row.extend(values![entries, count]);
                }
                let sql = match (changed, entries) {
                    (None, _) => INSERT,
                    (Some(_), Some(_)) => REPLACE,
                    (Some(_), None) => UPDATE,
                };
                row.extend(changed.map(|read| values![read.player, read.seq]).unwrap_or_default());
                Ok(Decision::run(vec![Step::one("queue", sql, row)], Put::Stored))
            })
            .await
    }

    /// What an account last played; `None` when nothing.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn queue(&self, account: RowId) -> Result<Option<Queue>, Error> {
        self.db.read(WHOLE, values![account]).await?.into_iter().next().map(whole).transpose()
    }

    /// Forgets what an account last played.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn forget_queue(&self, account: RowId) -> Result<(), Error> {
        let delete = Step::new("queue", "DELETE FROM queues WHERE account = $1", values![account]);
        self.db.attempt("forget-queue", vec![delete]).await.map(drop)
    }

    async fn queue_head(&self, account: RowId) -> Result<Option<Stored>, Error> {
        let row = self.db.read(HEAD, values![account]).await?.into_iter().next();
        row.map(|mut row| Ok(Stored { changed: changed(&mut row)?, entries: row.count()? })).transpose()
    }
}

fn state(account: RowId, new: &NewQueue, device: &str, now_ms: i64) -> Vec<Value> {
    values![
        account,
        new.player,
        new.seq,
        new.index,
        new.position_ms,
        new.playing,
        new.shuffle,
        repeat_name(new.repeat),
        device,
        now_ms
    ]
}

pub(crate) fn changed(row: &mut Row) -> Result<QueueChanged, Error> {
    Ok(QueueChanged { player: row.peer()?, seq: row.count()?, updated_ms: row.int()? })
}

fn whole(mut row: Row) -> Result<Queue, Error> {
    let QueueChanged { player, seq, updated_ms } = changed(&mut row)?;
    let items: Vec<Entry> = serde_json::from_str(&row.text()?).map_err(|error| Error::Corrupt(error.to_string()))?;
    Ok(Queue {
        player,
        seq,
        items,
        index: u32::try_from(row.count()?).map_err(|_| Error::Corrupt("an entry beyond all".into()))?,
        position_ms: row.count()?,
        playing: row.int()? != 0,
        shuffle: row.int()? != 0,
        repeat: repeat(&row.text()?)?,
        updated_ms,
        device: row.text()?,
    })
}

fn repeat_name(repeat: Repeat) -> &'static str {
    match repeat {
        Repeat::Off => "off",
        Repeat::All => "all",
        Repeat::One => "one",
    }
}

fn repeat(name: &str) -> Result<Repeat, Error> {
    let known = [Repeat::Off, Repeat::All, Repeat::One].into_iter().find(|repeat| repeat_name(*repeat) == name);
    known.ok_or_else(|| Error::Corrupt("a way to repeat that does not exist".into()))
}
