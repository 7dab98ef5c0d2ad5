//! Playlists, favourites and stars under `/api/v1`: what is sent, and what a list is after it.
//!
//! A list changes by operations only, never as a whole. The server puts the operations of a list into one sequence;
//! whoever applies them in that order to what they have read has what everybody has. What an item shows is kept with it, so
//! that a list is readable while the item's home is off.

use serde::{Deserialize, Serialize};

use crate::{
    home,
    id::{ItemId, PeerId, RowId},
};

/// Lists and folders of one account, those shared with it included: a sidebar of them is read as a whole.
pub const LISTS_MAX: usize = 2_000;
/// Items of one list: about 3 MiB as JSON.
pub const ITEMS_MAX: u64 = 10_000;
/// Items of all lists that one account owns: ten full lists, 30 MiB. As many again are kept of lists it removed.
pub const ACCOUNT_ITEMS_MAX: u64 = 100_000;
/// Operations of one request.
pub const OPERATIONS_MAX: usize = 500;
/// Operations that one read of changes answers; who is further behind reads the whole list.
pub const CHANGES_MAX: u64 = 1_000;
/// Folders within folders.
pub const DEPTH_MAX: usize = 8;
/// Characters of a list's name.
pub const NAME_CHARS_MAX: usize = 120;
/// Characters of a title, an artist or an album that are kept; more is cut off.
pub const TEXT_CHARS_MAX: usize = 300;
/// People of one list, its owner included.
pub const MEMBERS_MAX: usize = 20;
/// Marked tracks of one account.
pub const MARKS_MAX: u64 = 50_000;
/// Marks of one answer.
pub const MARKS_PAGE: u64 = 1_000;
/// The most stars.
pub const STARS_MAX: u8 = 5;
/// How long a removed list or item can be brought back, and how long changes are kept, in days.
pub const KEPT_DAYS: u32 = 30;

macro_rules! wire {
    ($($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $($body)* }
    )*};
}

/// What a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ListKind {
    /// Holds items.
    List,
    /// Holds lists and folders; it has no items and is never shared.
    Folder,
}

/// What an account may do with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Owner,
    /// Change its items, and put it elsewhere in its own sidebar.
    Editor,
}

wire! {
    /// What a track looks like, as the one saw it who put it in: for reading while its home is off.
    pub struct Snapshot {
        /// Title.
        pub title: String,
        /// Artist; `None` when unknown.
        #[serde(default)]
        pub artist: Option<String>,
        /// Album; `None` when unknown.
        #[serde(default)]
        pub album: Option<String>,
        /// The album at that home.
        #[serde(default)]
        pub album_id: Option<ItemId>,
        /// Length; 0 when unknown.
        pub duration_ms: u64,
        /// The cover at that home.
        #[serde(default)]
        pub cover_id: Option<ItemId>,
        /// Sound or picture.
        pub kind: home::Kind,
    }

    /// One place in a list. The same track may stand in it several times.
    pub struct Item {
        /// Made by whoever puts it in (UUIDv7); unique within its list.
        pub id: RowId,
        /// The home that has the track.
        pub home: PeerId,
        /// The track at that home.
        pub track: ItemId,
        /// What it looks like.
        #[serde(flatten)]
        pub about: Snapshot,
        /// When it was put in; the portal says so, what a request tells is passed over.
        #[serde(default)]
        pub added_ms: i64,
        /// Which member put it in; `None` means the owner. The portal says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub added_by: Option<RowId>,
    }

    /// Somebody who shares a list.
    pub struct Member {
        /// The account.
        pub account: RowId,
        /// What the others see.
        pub name: String,
        /// What they may do.
        pub role: Role,
    }

    /// A list or folder, as one of its members sees it.
    pub struct Playlist {
        /// Id.
        pub id: RowId,
        /// Name.
        pub name: String,
        /// List or folder.
        pub kind: ListKind,
        /// The folder that this member keeps it in; `None` at the top.
        pub parent: Option<RowId>,
        /// What this member may do.
        pub role: Role,
        /// Everybody who shares it, its owner first; empty when nobody does.
        pub members: Vec<Member>,
        /// Items.
        pub count: u64,
        /// Their lengths together.
        pub duration_ms: u64,
        /// The last operation on its items.
        pub seq: u64,
        /// When it was made.
        pub created_ms: i64,
        /// When its name or items last changed.
        pub updated_ms: i64,
    }

    /// `GET /api/v1/playlists`: the whole sidebar.
    pub struct Playlists {
        /// Moves with every change of any of them; the event `playlists` tells it.
        pub cursor: u64,
        /// Parents before children, neighbours in their order.
        pub playlists: Vec<Playlist>,
    }

    /// The event `playlists` of `GET /api/v1/events`. The first one of a stream says where the sidebar stands.
    pub struct PlaylistsChanged {
        /// The cursor now.
        pub cursor: u64,
        /// What changed, was shared, moved, removed; empty in the first event.
        pub changed: Vec<RowId>,
    }

    /// `POST /api/v1/playlists`: answers 201 with the [`Playlist`], and the same again to the same id.
    pub struct NewPlaylist {
        /// Made by the player (UUIDv7).
        pub id: RowId,
        /// 1 to [`NAME_CHARS_MAX`] characters.
        pub name: String,
        /// List or folder.
        pub kind: ListKind,
        /// The folder to keep it in; `None` at the top. It comes last there.
        #[serde(default)]
        pub parent: Option<RowId>,
    }

    /// `PATCH /api/v1/playlists/{id}`: answers with the [`Playlist`].
    pub struct PlaylistChange {
        /// Made by the player; a repeat changes nothing.
        pub op: RowId,
        /// The new name; `None` leaves it. The owner's alone.
        #[serde(default)]
        pub name: Option<String>,
        /// Where the member keeps it; `None` leaves it.
        #[serde(default)]
        pub place: Option<Place>,
    }

    /// A place in a member's sidebar.
    pub struct Place {
        /// The folder; `None` is the top.
        pub parent: Option<RowId>,
        /// The neighbour before it; `None` is the first place.
        pub after: Option<RowId>,
    }

    /// `POST /api/v1/playlists/{id}/duplicate`: answers 201 with the new [`Playlist`], right after the other one.
    pub struct DuplicatePlaylist {
        /// Id of the new list.
        pub id: RowId,
        /// Its name.
        pub name: String,
    }

    /// `GET /api/v1/playlists/{id}`: either `items`, or with `?since=` the `changes` after that sequence number. A number that
    /// is too old answers 410 `changes-gone`: read it whole.
    pub struct Contents {
        /// The list.
        pub playlist: Playlist,
        /// The operation up to which this goes.
        pub seq: u64,
        /// All items in order; `None` when changes were asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub items: Option<Vec<Item>>,
        /// The operations after `since`, without a gap; `None` when the whole was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub changes: Option<Vec<Applied>>,
    }

    /// An operation that a player asks for.
    pub struct Operation {
        /// Made by the player (UUIDv7); a repeat changes nothing.
        pub op: RowId,
        /// What to do.
        #[serde(flatten)]
        pub edit: Edit,
    }

    /// An operation as it was applied.
    pub struct Applied {
        /// Its place in the list's sequence.
        pub seq: u64,
        /// Its id.
        pub op: RowId,
        /// What it changed.
        #[serde(flatten)]
        pub change: Change,
    }

    /// `POST /api/v1/playlists/{id}/operations`.
    pub struct Operations {
        /// 1 to [`OPERATIONS_MAX`], applied in this order, all or none.
        pub operations: Vec<Operation>,
    }

    /// The answer to [`Operations`].
    pub struct OperationsApplied {
        /// The list's sequence number now.
        pub seq: u64,
        /// Where each operation stands in the sequence, in the order asked.
        pub applied: Vec<Numbered>,
    }

    /// The number of an operation.
    pub struct Numbered {
        /// The operation.
        pub op: RowId,
        /// Its place in the sequence.
        pub seq: u64,
    }

    /// `POST /api/v1/playlists/{id}/invitations`: answers 202.
    pub struct NewInvitation {
        /// Who is invited.
        pub email: String,
    }

    /// An invitation that waits. `GET /api/v1/playlists/{id}/invitations`, for the owner.
    pub struct Invitation {
        /// Id.
        pub id: RowId,
        /// Who is invited.
        pub email: String,
        /// When it was sent.
        pub created_ms: i64,
        /// When it ends.
        pub expires_ms: i64,
    }

    /// What an account thinks of a track.
    pub struct Mark {
        /// The home that has the track.
        pub home: PeerId,
        /// The track at that home.
        pub track: ItemId,
        /// Whether it is a favourite.
        pub favourite: bool,
        /// 1 to [`STARS_MAX`]; 0 means none.
        pub stars: u8,
        /// When it was last marked.
        pub at_ms: i64,
        /// When it became a favourite; `None` when it is none.
        #[serde(default)]
        pub favourite_ms: Option<i64>,
        /// What it looks like; kept for favourites only.
        #[serde(default)]
        pub item: Option<Snapshot>,
    }

    /// `GET /api/v1/marks?since=`: what was marked after that cursor, in the order of marking; 410 `changes-gone` when it is
    /// too old. Without `since` it begins at the first. A mark that was taken back comes with neither favourite nor stars.
    pub struct Marks {
        /// Asks for later ones.
        pub cursor: u64,
        /// At most [`MARKS_PAGE`].
        pub marks: Vec<Mark>,
        /// Whether there are more now.
        pub more: bool,
    }

    /// The event `marks` of `GET /api/v1/events`.
    pub struct MarksChanged {
        /// The cursor now.
        pub cursor: u64,
    }

    /// `PUT /api/v1/marks/{home}/{track}`: answers with the [`Mark`].
    pub struct NewMark {
        /// Made by the player (UUIDv7); a repeat changes nothing.
        pub op: RowId,
        /// `None` leaves it.
        #[serde(default)]
        pub favourite: Option<bool>,
        /// `None` leaves them; 0 takes them away.
        #[serde(default)]
        pub stars: Option<u8>,
        /// What it looks like; needed to make it a favourite.
        #[serde(default)]
        pub item: Option<Snapshot>,
    }
}

/// What a player wants done with a list's items. `after` names the item before; `None` is the first place. An item that
/// was removed still marks its place; one that the list does not know stands for the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Edit {
    /// Puts an item in.
    Insert {
        /// The item.
        item: Box<Item>,
        /// Where.
        after: Option<RowId>,
    },
    /// Puts an item elsewhere.
    Move {
        /// Which.
        item: RowId,
        /// Where.
        after: Option<RowId>,
    },
    /// Takes an item out.
    Remove {
        /// Which.
        item: RowId,
    },
    /// Brings a removed item back to where it was.
    Restore {
        /// Which.
        item: RowId,
    },
}

/// What an operation did to the items that a reader has. Here `after` always names an item that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum Change {
    /// The item is there from now on, by an insert or a restore.
    Put {
        /// The item.
        item: Box<Item>,
        /// The item before it; `None` when it is the first.
        after: Option<RowId>,
    },
    /// The item stands elsewhere.
    Moved {
        /// Which.
        item: RowId,
        /// The item before it; `None` when it is the first.
        after: Option<RowId>,
    },
    /// The item is gone.
    Removed {
        /// Which.
        item: RowId,
    },
    /// Nothing: another operation was faster.
    Nothing,
}
