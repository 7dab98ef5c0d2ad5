//! The queue and the position in it, which follow to the next browser: `/api/v1/queue`. Ids only; titles come from the
//! home, or from what the player knows already.

use serde::{Deserialize, Serialize};

use crate::id::{ItemId, PeerId};

/// Entries of a stored queue: those around the current one.
pub const QUEUE_MAX: usize = 1_000;

/// What comes after the last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Repeat {
    /// Silence.
    #[default]
    Off,
    /// The first entry again.
    All,
    /// The same entry again.
    One,
}

/// A track in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = QueueEntry))]
pub struct Entry {
    /// The home that has it.
    pub home: PeerId,
    /// The track at that home.
    pub track: ItemId,
}

/// `PUT /api/v1/queue`: what a player plays, at each change and every 15 s while it plays. Answers with [`QueueStored`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewQueue {
    /// The tab's PeerId.
    pub player: PeerId,
    /// Counts what this tab sends; a lower one than the last is passed over.
    pub seq: u64,
    /// At most [`QUEUE_MAX`] around the current one. `None` leaves the entries as this tab sent them last; when another tab
    /// has sent its own since, the answer is 409: send them all.
    #[serde(default)]
    pub items: Option<Vec<Entry>>,
    /// The current entry, from 0.
    pub index: u32,
    /// How far into it.
    pub position_ms: u64,
    /// Whether it sounds.
    pub playing: bool,
    /// Whether the order is shuffled; the entries are in the order of playing already.
    #[serde(default)]
    pub shuffle: bool,
    /// What comes after the last.
    #[serde(default)]
    pub repeat: Repeat,
}

/// The answer to [`NewQueue`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueStored {
    /// The number that is stored for this tab.
    pub seq: u64,
}

/// `GET /api/v1/queue`: what was last played, wherever it was; 204 when there is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// The tab that plays or played it.
    pub player: PeerId,
    /// The tab's number of this state.
    pub seq: u64,
    /// The entries.
    pub items: Vec<Entry>,
    /// The current entry, from 0.
    pub index: u32,
    /// How far into it, when it was sent.
    pub position_ms: u64,
    /// Whether it sounded then.
    pub playing: bool,
    /// Whether the order is shuffled.
    pub shuffle: bool,
    /// What comes after the last.
    pub repeat: Repeat,
    /// When it was sent, in portal time.
    pub updated_ms: i64,
    /// Browser and system, such as "Firefox on Windows".
    pub device: String,
}

/// The event `queue` of `GET /api/v1/events`: somebody plays, or played, something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueChanged {
    /// Whose state is stored now.
    pub player: PeerId,
    /// Its number.
    pub seq: u64,
    /// When it was sent, in portal time.
    pub updated_ms: i64,
}
