//! Playlists: what their members see, and the operations that change them.
//!
//! Every change of a list's items carries the next number of its sequence and is guarded by the last one, so that two who
//! edit at once are put one after the other. Every change that a member can see moves the member's cursor.

mod change;
mod contents;
mod edit;
mod invitations;
mod members;
mod owned;
mod place;
mod plan;
mod shelf;

use iroam_protocol::{
    id::RowId,
    playlists::{KEPT_DAYS, Playlist, Playlists, PlaylistsChanged},
    queue::QueueChanged,
};

pub use self::invitations::{Invited, NewInvite};
use self::shelf::Shelf;
pub(crate) use self::{contents::kind as kind_of, edit::kind_name, members::name_shown};
use crate::{
    Error, Store,
    db::{Step, values},
    queue,
};

/// How long removed lists and items can be brought back, and how long changes are kept.
pub(crate) const KEPT_MS: i64 = KEPT_DAYS as i64 * 24 * 3_600_000;
/// Operations whose rows are kept, however young: as many as a list has items, so that a whole list that was put in at once
/// can be followed; and tombstones as long as these.
const OPERATIONS_KEPT: i64 = 10_000;

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRefusal {
    /// The account has no such list, or no longer.
    Unknown,
    /// The owner alone may do this.
    NotOwner,
    /// It is a folder.
    NotAList,
    /// The folder or the neighbour is not there, or the place lies within itself or too deep.
    BadPlace,
    /// The account has as many lists as it may.
    TooManyLists,
    /// The list has as many items as it may.
    TooManyItems,
    /// All lists of the list's owner together have as many items as they may.
    TooManyItemsInAll,
    /// The lists that the owner removed and may bring back have as many items as they may.
    TooManyItemsRemoved,
    /// The list has as many members as it may, invitations counted.
    TooManyMembers,
    /// The account has invited as many as it may today.
    TooManyInvitations,
    /// The id belongs to something else.
    IdTaken,
    /// The changes asked for are no longer kept.
    ChangesGone,
    /// The invitation does not exist, is used or has expired.
    InvitationGone,
    /// The account has as many marks as it may.
    TooManyMarks,
    /// A favourite needs words that say what it is.
    NoSnapshot,
}

/// What came of a request: what was asked for, or why not.
pub type ListOutcome<T> = Result<T, ListRefusal>;

/// Where an account's lists, marks and queue stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfCursors {
    /// Counts changes of the sidebar.
    pub lists: u64,
    /// Counts changes of marks.
    pub marks: u64,
    /// Whose state of the queue is stored; `None` when nobody's.
    pub queue: Option<QueueChanged>,
}

const CURSORS: &str = "SELECT lists, marks FROM shelves WHERE account = $1";
const CURSOR: &str = "SELECT lists FROM shelves WHERE account = $1";
const CHANGED: &str =
    "SELECT playlist FROM playlist_members WHERE account = $1 AND changed > $2 ORDER BY changed LIMIT 2000";
const SHARERS: &str = "SELECT account FROM playlist_members WHERE playlist = $1 AND role <> 'left'";

impl Store {
    /// All lists of an account, in the order of its sidebar.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn playlists(&self, account: RowId) -> Result<Playlists, Error> {
        let shelf = Shelf::read(self, account).await?;
        let cursor = shelf.cursor.unsigned_abs();
        Ok(Playlists { cursor, playlists: shelf.arranged() })
    }

    /// One list, as an account sees it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn playlist(&self, account: RowId, playlist: RowId) -> Result<Option<Playlist>, Error> {
        let shelf = Shelf::read(self, account).await?;
        Ok(shelf.entry(playlist).map(|entry| entry.list.clone()))
    }

    /// Where an account's lists, marks and queue stand.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn shelf_cursors(&self, account: RowId) -> Result<ShelfCursors, Error> {
        let queries = vec![(CURSORS, values![account]), (queue::HEAD, values![account])];
        let mut results = self.db.reads(queries).await?.into_iter().map(|rows| rows.into_iter().next());
        let (mut lists, mut marks) = (0, 0);
        if let Some(mut row) = results.next().flatten() {
            (lists, marks) = (row.count()?, row.count()?);
        }
        let queue = results.next().flatten().map(|mut row| queue::changed(&mut row)).transpose()?;
        Ok(ShelfCursors { lists, marks, queue })
    }

    /// What changed in an account's sidebar after a cursor; `None` when nothing did. Without a cursor it tells where the
    /// sidebar stands.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn playlists_changed(
        &self,
        account: RowId,
        after: Option<u64>,
    ) -> Result<Option<PlaylistsChanged>, Error> {
        let after_row = after.map_or(i64::MAX, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let queries = vec![(CURSOR, values![account]), (CHANGED, values![account, after_row])];
        let mut results = self.db.reads(queries).await?.into_iter();
        let cursor = match results.next().and_then(|rows| rows.into_iter().next()) {
            Some(mut row) => row.count()?,
            None => 0,
        };
        if after == Some(cursor) {
            return Ok(None);
        }
        let changed = results.next().unwrap_or_default().into_iter().map(|mut row| row.id());
        Ok(Some(PlaylistsChanged { cursor, changed: changed.collect::<Result<_, _>>()? }))
    }

    /// Who sees a list.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn playlist_sharers(&self, playlist: RowId) -> Result<Vec<RowId>, Error> {
        self.db.read(SHARERS, values![playlist]).await?.into_iter().map(|mut row| row.id()).collect()
    }
}

/// The step that makes an account's row of counters when it has none.
pub(crate) fn shelf_exists(account: RowId) -> Step {
    let insert = "INSERT INTO shelves (account, lists, marks, marks_kept) VALUES ($1, 0, 0, 0) \
        ON CONFLICT (account) DO NOTHING";
    Step::new("shelf.exists", insert, values![account])
}

/// The steps that demand that an account's sidebar is still the one that was read.
fn shelf_is(account: RowId, cursor: i64) -> [Step; 2] {
    let guard = "UPDATE shelves SET lists = lists WHERE account = $1 AND lists = $2";
    [shelf_exists(account), Step::one("shelf.guard", guard, values![account, cursor])]
}

/// The steps that show every member that a list changed.
fn told(playlist: RowId) -> [Step; 2] {
    let shelves = "UPDATE shelves SET lists = lists + 1 WHERE account IN \
        (SELECT account FROM playlist_members WHERE playlist = $1 AND role <> 'left')";
    let members = "UPDATE playlist_members SET changed = \
        (SELECT s.lists FROM shelves s WHERE s.account = playlist_members.account) \
        WHERE playlist = $1 AND role <> 'left'";
    [Step::new("shelves", shelves, values![playlist]), Step::new("members", members, values![playlist])]
}

/// The steps that show one member that a list changed.
fn told_one(playlist: RowId, account: RowId) -> [Step; 2] {
    let shelf = "UPDATE shelves SET lists = lists + 1 WHERE account = $1";
    let member = "UPDATE playlist_members SET changed = (SELECT s.lists FROM shelves s WHERE s.account = $2) \
        WHERE playlist = $1 AND account = $2";
    [Step::one("shelf", shelf, values![account]), Step::one("member", member, values![playlist, account])]
}

/// The step that notes an operation of an account; a second one of the same id is refused.
pub(crate) fn noted(account: RowId, op: RowId, now_ms: i64) -> Step {
    let insert = "INSERT INTO account_operations (account, op, at_ms) VALUES ($1, $2, $3)";
    Step::one("operation", insert, values![account, op, now_ms])
}

impl Store {
    /// Whether an account's operation was noted.
    pub(crate) async fn is_noted(&self, account: RowId, op: RowId) -> Result<bool, Error> {
        let select = "SELECT 1 FROM account_operations WHERE account = $1 AND op = $2";
        Ok(!self.db.read(select, values![account, op]).await?.is_empty())
    }
}

/// The steps that forget what was removed or done long ago.
pub(crate) fn forgotten(now_ms: i64) -> Vec<Step> {
    let old_ms = now_ms.saturating_sub(KEPT_MS);
    let gone = |name, sql| Step::new(name, sql, values![old_ms]);
    vec![
        gone("operations", "DELETE FROM account_operations WHERE at_ms <= $1"),
        gone("playlist.operations", "DELETE FROM playlist_operations WHERE at_ms <= $1"),
        gone("playlist.items", "DELETE FROM playlist_items WHERE removed_ms <= $1"),
        gone("playlist.invitations", "DELETE FROM playlist_invitations WHERE expires_ms <= $1"),
        gone(
            "removed.operations",
            "DELETE FROM playlist_operations WHERE playlist IN (SELECT id FROM playlists WHERE removed_ms <= $1)",
        ),
        gone(
            "removed.items",
            "DELETE FROM playlist_items WHERE playlist IN (SELECT id FROM playlists WHERE removed_ms <= $1)",
        ),
        gone(
            "removed.invitations",
            "DELETE FROM playlist_invitations WHERE playlist IN (SELECT id FROM playlists WHERE removed_ms <= $1)",
        ),
        gone(
            "removed.members",
            "DELETE FROM playlist_members WHERE playlist IN (SELECT id FROM playlists WHERE removed_ms <= $1)",
        ),
        gone("removed", "DELETE FROM playlists WHERE removed_ms <= $1"),
    ]
}
