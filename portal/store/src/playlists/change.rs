//! Changes of a sidebar: lists made, renamed, moved, copied, removed and brought back.

use iroam_protocol::{
    id::RowId,
    playlists::{DuplicatePlaylist, LISTS_MAX, ListKind, NewPlaylist, Place, Playlist, PlaylistChange, Role},
};

use super::{
    KEPT_MS, ListOutcome, ListRefusal, noted,
    owned::{self, Owned},
    shelf::{Shelf, Slot},
    shelf_is, told, told_one,
};
use crate::{
    Error, Store,
    db::{Decision, Step, values},
};

const INSERT: &str = "INSERT INTO playlists (id, owner, name, kind, seq, items, duration_ms, created_ms, updated_ms) \
    VALUES ($1, $2, $3, $4, 1, 0, 0, $5, $5)";
const INSERT_MEMBER: &str = "INSERT INTO playlist_members (playlist, account, role, parent, place, changed, joined_ms) \
    VALUES ($1, $2, $3, $4, $5, 0, $6)";
const PLACED: &str = "UPDATE playlist_members SET parent = $3, place = $4 WHERE playlist = $1 AND account = $2";
const MADE_ROOM: &str = "UPDATE playlist_members SET place = $3 WHERE playlist = $1 AND account = $2";

/// Lists of an account that were removed and may come back, beside those it has: as many again.
const REMOVED_MAX: u64 = LISTS_MAX as u64;

impl Store {
    /// Makes a list or folder. The same id again gives the same list.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_playlist(
        &self,
        account: RowId,
        new: &NewPlaylist,
        now_ms: i64,
    ) -> Result<ListOutcome<Playlist>, Error> {
        let made = self.db.decide("create-playlist", async || {
            let shelf = match self.room_for(account, new.id).await? {
                Room::Free(shelf) => shelf,
                Room::Answer(outcome) => return Ok(Decision::nothing(outcome)),
            };
            let slot = match shelf.last_in(new.parent) {
                Ok(slot) => slot,
                Err(refusal) => return Ok(Decision::nothing(Err(refusal))),
            };
            let row = values![new.id, account, &new.name, kind_name(new.kind), now_ms];
            let mut steps = shelf_is(account, shelf.cursor).to_vec();
            steps.push(Step::one("playlist", INSERT, row));
            steps.extend(taken(account, new.id, Role::Owner, &slot, now_ms));
            Ok(Decision::run(steps, Ok(())))
        });
        self.seen(account, new.id, made.await?).await
    }

    /// Renames a list, or puts it elsewhere in a member's sidebar.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn change_playlist(
        &self,
        account: RowId,
        id: RowId,
        change: &PlaylistChange,
        now_ms: i64,
    ) -> Result<ListOutcome<Playlist>, Error> {
        let changed = self.db.decide("change-playlist", async || {
            let shelf = Shelf::read(self, account).await?;
            let Some(entry) = shelf.entry(id) else { return Ok(Decision::nothing(Err(ListRefusal::Unknown))) };
            if self.is_noted(account, change.op).await? {
                return Ok(Decision::nothing(Ok(())));
            }
            if change.name.is_some() && entry.list.role != Role::Owner {
                return Ok(Decision::nothing(Err(ListRefusal::NotOwner)));
            }
            let slot = match change.place.as_ref().map(|place| shelf.slot_for(id, place)).transpose() {
                Ok(slot) => slot,
                Err(refusal) => return Ok(Decision::nothing(Err(refusal))),
            };
            let mut steps = shelf_is(account, shelf.cursor).to_vec();
            steps.push(noted(account, change.op, now_ms));
            if let Some(slot) = slot {
                steps.extend(moved_apart(account, &slot));
                steps.push(Step::one("place", PLACED, values![id, account, slot.parent, slot.place]));
                steps.extend(told_one(id, account));
            }
            if let Some(name) = &change.name {
                let rename = "UPDATE playlists SET name = $2, updated_ms = $3 WHERE id = $1 AND removed_ms IS NULL";
                steps.push(Step::one("name", rename, values![id, name, now_ms]));
                steps.extend(told(id));
            }
            Ok(Decision::run(steps, Ok(())))
        });
        self.seen(account, id, changed.await?).await
    }

    /// Copies the items of a list into a new one that stands right after it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn duplicate_playlist(
        &self,
        account: RowId,
        id: RowId,
        new: &DuplicatePlaylist,
        now_ms: i64,
    ) -> Result<ListOutcome<Playlist>, Error> {
        let made = self.db.decide("duplicate-playlist", async || {
            let shelf = match self.room_for(account, new.id).await? {
                Room::Free(shelf) => shelf,
                Room::Answer(outcome) => return Ok(Decision::nothing(outcome)),
            };
            let Some(entry) = shelf.entry(id) else { return Ok(Decision::nothing(Err(ListRefusal::Unknown))) };
            if entry.list.kind == ListKind::Folder {
                return Ok(Decision::nothing(Err(ListRefusal::NotAList)));
            }
            let owned = self.owned(account).await?;
            let room = owned.take(entry.list.count);
            let slot =
                room.and_then(|()| shelf.slot_for(new.id, &Place { parent: entry.list.parent, after: Some(id) }));
            let slot = match slot {
                Ok(slot) => slot,
                Err(refusal) => return Ok(Decision::nothing(Err(refusal))),
            };
            let mut steps = shelf_is(account, shelf.cursor).to_vec();
            steps.extend(copied(account, &entry.list, new, now_ms));
            steps.extend(taken(account, new.id, Role::Owner, &slot, now_ms));
            steps.push(owned::bounded(new.id));
            Ok(Decision::run(steps, Ok(())))
        });
        self.seen(account, new.id, made.await?).await
    }

    /// Removes a list, or a folder with all lists of the account in it. It can be brought back for a while.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn remove_playlist(
        &self,
        account: RowId,
        id: RowId,
        now_ms: i64,
    ) -> Result<ListOutcome<Vec<RowId>>, Error> {
        self.db
            .decide("remove-playlist", async || {
                let shelf = Shelf::read(self, account).await?;
                let within = shelf.within(id);
                let Some(top) = within.first() else { return Ok(Decision::nothing(Err(ListRefusal::Unknown))) };
                if top.role != Role::Owner {
                    return Ok(Decision::nothing(Err(ListRefusal::NotOwner)));
                }
                let own: Vec<RowId> =
                    within.iter().filter(|list| list.role == Role::Owner).map(|list| list.id).collect();
                let remove =
                    "UPDATE playlists SET removed_ms = $2, removed_with = $3 WHERE id = $1 AND removed_ms IS NULL";
                let mut steps = shelf_is(account, shelf.cursor).to_vec();
                for list in &own {
                    steps.push(Step::one("remove", remove, values![*list, now_ms, id]));
                    steps.extend(told(*list));
                }
                Ok(Decision::run(steps, Ok(own)))
            })
            .await
    }

    /// Brings back a list, or a folder with what was removed with it; what is there already stays as it is.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn restore_playlist(
        &self,
        account: RowId,
        id: RowId,
        now_ms: i64,
    ) -> Result<ListOutcome<Playlist>, Error> {
        let select = "SELECT id, items FROM playlists WHERE removed_with = $1 AND owner = $2 AND removed_ms > $3";
        let restore = "UPDATE playlists SET removed_ms = NULL, removed_with = NULL WHERE id = $1 AND removed_with = $2";
        let restored = self.db.decide("restore-playlist", async || {
            let shelf = Shelf::read(self, account).await?;
            if shelf.entry(id).is_some() {
                return Ok(Decision::nothing(Ok(())));
            }
            let rows = self.db.read(select, values![id, account, now_ms.saturating_sub(KEPT_MS)]).await?;
            let read = rows.into_iter().map(|mut row| Ok((row.id()?, row.count()?)));
            let (lists, counts): (Vec<_>, Vec<u64>) = read.collect::<Result<Vec<_>, Error>>()?.into_iter().unzip();
            if lists.is_empty() {
                return Ok(Decision::nothing(Err(ListRefusal::Unknown)));
            }
            if shelf.len() + lists.len() > LISTS_MAX {
                return Ok(Decision::nothing(Err(ListRefusal::TooManyLists)));
            }
            if let Err(refusal) = self.owned(account).await?.bring_back(counts.into_iter().sum()) {
                return Ok(Decision::nothing(Err(refusal)));
            }
            let mut steps = shelf_is(account, shelf.cursor).to_vec();
            for list in lists {
                steps.push(Step::one("restore", restore, values![list, id]));
                steps.extend(told(list));
            }
            steps.push(owned::bounded(id));
            Ok(Decision::run(steps, Ok(())))
        });
        self.seen(account, id, restored.await?).await
    }

    /// What all lists of an account hold together.
    async fn owned(&self, account: RowId) -> Result<Owned, Error> {
        let (sql, values) = Owned::by(account);
        Owned::read(self.db.read(sql, values).await?)
    }

    /// Whether an account may have a new list of that id.
    async fn room_for(&self, account: RowId, new: RowId) -> Result<Room, Error> {
        let shelf = Shelf::read(self, account).await?;
        if shelf.entry(new).is_some_and(|entry| entry.list.role == Role::Owner) {
            return Ok(Room::Answer(Ok(())));
        }
        let select = "SELECT (SELECT COUNT(*) FROM playlists WHERE id = $1), \
            (SELECT COUNT(*) FROM playlists WHERE owner = $2 AND removed_ms IS NOT NULL)";
        let (mut taken, mut removed) = (0, 0);
        if let Some(mut row) = self.db.read(select, values![new, account]).await?.into_iter().next() {
            (taken, removed) = (row.count()?, row.count()?);
        }
        Ok(match (taken, shelf.len() >= LISTS_MAX || removed >= REMOVED_MAX) {
            (0, false) => Room::Free(shelf),
            (0, true) => Room::Answer(Err(ListRefusal::TooManyLists)),
            _ => Room::Answer(Err(ListRefusal::IdTaken)),
        })
    }

    /// The list after a change, as the account sees it.
    async fn seen(&self, account: RowId, id: RowId, outcome: ListOutcome<()>) -> Result<ListOutcome<Playlist>, Error> {
        match outcome {
            Ok(()) => Ok(self.playlist(account, id).await?.ok_or(ListRefusal::Unknown)),
            Err(refusal) => Ok(Err(refusal)),
        }
    }
}

/// Whether a new list finds room.
enum Room {
    Free(Shelf),
    Answer(ListOutcome<()>),
}

/// The steps that put a list on a member's shelf.
pub(super) fn taken(account: RowId, list: RowId, role: Role, slot: &Slot, now_ms: i64) -> Vec<Step> {
    let role = match role {
        Role::Owner => "owner",
        Role::Editor => "editor",
    };
    let mut steps = moved_apart(account, slot);
    // Somebody who was a member before becomes one again.
    let gone = "DELETE FROM playlist_members WHERE playlist = $1 AND account = $2 AND role = 'left'";
    steps.push(Step::new("member.left", gone, values![list, account]));
    let row = values![list, account, role, slot.parent, slot.place, now_ms];
    steps.push(Step::one("member", INSERT_MEMBER, row));
    steps.extend(told(list));
    steps
}

fn moved_apart(account: RowId, slot: &Slot) -> Vec<Step> {
    let moved = slot.moved.iter();
    moved.map(|(list, place)| Step::one("neighbour", MADE_ROOM, values![*list, account, *place])).collect()
}

/// The steps that copy a list with its items; the list that was read is demanded.
fn copied(account: RowId, from: &Playlist, new: &DuplicatePlaylist, now_ms: i64) -> [Step; 3] {
    let guard = "UPDATE playlists SET seq = seq WHERE id = $1 AND seq = $2 AND removed_ms IS NULL";
    let list = "INSERT INTO playlists (id, owner, name, kind, seq, items, duration_ms, created_ms, updated_ms) \
        VALUES ($1, $2, $3, 'list', 1, $4, $5, $6, $6)";
    let items = "INSERT INTO playlist_items (playlist, id, home, track, title, artist, album, album_id, duration_ms, \
        cover_id, kind, added_ms, added_by, place) \
        SELECT $2, id, home, track, title, artist, album, album_id, duration_ms, cover_id, kind, $3, $4, place \
        FROM playlist_items WHERE playlist = $1 AND removed_ms IS NULL";
    [
        Step::one("copy.guard", guard, values![from.id, from.seq]),
        Step::one("copy", list, values![new.id, account, &new.name, from.count, from.duration_ms, now_ms]),
        Step::new("copy.items", items, values![from.id, new.id, now_ms, account]),
    ]
}

fn kind_name(kind: ListKind) -> &'static str {
    match kind {
        ListKind::List => "list",
        ListKind::Folder => "folder",
    }
}
