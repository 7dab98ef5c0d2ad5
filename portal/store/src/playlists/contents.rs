//! Reading a list: all of it, or what changed.

use iroam_protocol::{
    home,
    id::RowId,
    playlists::{Applied, CHANGES_MAX, Change, Contents, Item, Playlist, Snapshot},
};

use super::{ListOutcome, ListRefusal, shelf::Shelf};
use crate::{
    Error, Store,
    db::{Row, values},
};

const SEQ: &str =
    "SELECT seq, items, duration_ms, updated_ms, owner FROM playlists WHERE id = $1 AND removed_ms IS NULL";
const ITEMS: &str = "SELECT id, home, track, title, artist, album, album_id, duration_ms, cover_id, kind, added_ms, added_by \
    FROM playlist_items WHERE playlist = $1 AND removed_ms IS NULL ORDER BY place";
const CHANGES: &str = "SELECT o.seq, o.op, o.change, o.item, o.previous, \
    i.id, i.home, i.track, i.title, i.artist, i.album, i.album_id, i.duration_ms, i.cover_id, i.kind, i.added_ms, \
    i.added_by FROM playlist_operations o \
    LEFT JOIN playlist_items i ON i.playlist = o.playlist AND i.id = o.item AND o.change = 'put' \
    WHERE o.playlist = $1 AND o.seq > $2 ORDER BY o.seq LIMIT $3";

impl Store {
    /// A list with all its items, or with what changed after a number of its sequence.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn playlist_contents(
        &self,
        account: RowId,
        playlist: RowId,
        since: Option<u64>,
    ) -> Result<ListOutcome<Contents>, Error> {
        let shelf = Shelf::read(self, account).await?;
        let Some(entry) = shelf.entry(playlist) else { return Ok(Err(ListRefusal::Unknown)) };
        let list = entry.list.clone();
        let mut queries = vec![(SEQ, values![playlist])];
        queries.push(match since {
            None => (ITEMS, values![playlist]),
            // One more tells that there are too many.
            Some(since) => (CHANGES, values![playlist, since, CHANGES_MAX + 1]),
        });
        let mut results = self.db.reads(queries).await?.into_iter();
        let Some(mut head) = results.next().and_then(|rows| rows.into_iter().next()) else {
            return Ok(Err(ListRefusal::Unknown));
        };
        let list = Playlist {
            seq: head.count()?,
            count: head.count()?,
            duration_ms: head.count()?,
            updated_ms: head.int()?,
            ..list
        };
        let owner = head.id()?;
        let rows = results.next().unwrap_or_default();
        match since {
            None => whole(list, owner, rows).map(Ok),
            Some(since) => changed(list, owner, since, rows),
        }
    }

    /// A list for somebody who may see it: its name and all items, for an export.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn playlist_items(
        &self,
        account: RowId,
        playlist: RowId,
    ) -> Result<ListOutcome<(String, Vec<Item>)>, Error> {
        let contents = self.playlist_contents(account, playlist, None).await?;
        Ok(contents.map(|contents| (contents.playlist.name, contents.items.unwrap_or_default())))
    }
}

fn whole(playlist: Playlist, owner: RowId, rows: Vec<Row>) -> Result<Contents, Error> {
    let items = rows.into_iter().map(|mut row| item(&mut row, owner)).collect::<Result<Vec<_>, _>>()?;
    Ok(Contents { seq: playlist.seq, playlist, items: Some(items), changes: None })
}

/// The changes, if they are there without a gap.
fn changed(playlist: Playlist, owner: RowId, since: u64, rows: Vec<Row>) -> Result<ListOutcome<Contents>, Error> {
    let behind = playlist.seq.checked_sub(since).filter(|behind| *behind <= CHANGES_MAX);
    if behind.and_then(|behind| usize::try_from(behind).ok()) != Some(rows.len()) {
        return Ok(Err(ListRefusal::ChangesGone));
    }
    let changes = rows.into_iter().map(|row| applied(row, owner)).collect::<Result<Option<Vec<_>>, Error>>()?;
    Ok(match changes {
        Some(changes) => Ok(Contents { seq: playlist.seq, playlist, items: None, changes: Some(changes) }),
        None => Err(ListRefusal::ChangesGone),
    })
}

/// `None` when the item that was put in is forgotten since.
fn applied(mut row: Row, owner: RowId) -> Result<Option<Applied>, Error> {
    let (seq, op, change) = (row.count()?, row.id()?, row.text()?);
    let (named, after) = (row.opt_id()?, row.opt_id()?);
    let change = match (change.as_str(), named) {
        ("nothing", _) => Change::Nothing,
        ("moved", Some(item)) => Change::Moved { item, after },
        ("removed", Some(item)) => Change::Removed { item },
        ("put", Some(named)) => match row.opt_text()? {
            Some(_) => Change::Put { item: Box::new(item_of(named, &mut row, owner)?), after },
            None => return Ok(None),
        },
        _ => return Err(Error::Corrupt("a change that does not exist".into())),
    };
    Ok(Some(Applied { seq, op, change }))
}

fn item(row: &mut Row, owner: RowId) -> Result<Item, Error> {
    let id = row.id()?;
    item_of(id, row, owner)
}

fn item_of(id: RowId, row: &mut Row, owner: RowId) -> Result<Item, Error> {
    let (home, track) = (row.peer()?, row.item()?);
    let about = Snapshot {
        title: row.text()?,
        artist: row.opt_text()?,
        album: row.opt_text()?,
        album_id: row.opt_item()?,
        duration_ms: row.count()?,
        cover_id: row.opt_item()?,
        kind: kind(&row.text()?)?,
    };
    let (added_ms, added_by) = (row.int()?, row.id()?);
    Ok(Item { id, home, track, about, added_ms, added_by: Some(added_by).filter(|by| *by != owner) })
}

/// Sound or picture of a row.
pub(crate) fn kind(name: &str) -> Result<home::Kind, Error> {
    match name {
        "audio" => Ok(home::Kind::Audio),
        "video" => Ok(home::Kind::Video),
        _ => Err(Error::Corrupt("a kind of track that does not exist".into())),
    }
}
