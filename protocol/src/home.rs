//! The home API: what an agent answers over `/http/1.1` streams and on loopback. Lengths of time are milliseconds,
//! points in time Unix milliseconds.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ItemId, PeerId},
    path::Path,
};

/// `GET /v1/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The home's PeerId.
    pub id: PeerId,
    /// The home's name, as its owner gave it.
    pub name: String,
    /// The agent's version.
    pub version: String,
    /// Counts up with every change of the library; pages carry it too.
    pub revision: u64,
    /// What the library holds now.
    pub counts: Counts,
    /// The running scan; `None` when the index is complete.
    pub scan: Option<Scan>,
    /// Folders that cannot be read now, by their last name only; their tracks stay listed.
    pub unreadable: Vec<String>,
    /// The agent's time.
    pub time_ms: i64,
}

/// What a library holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Audio tracks and videos.
    pub tracks: u64,
    /// Albums.
    pub albums: u64,
    /// Album artists.
    pub artists: u64,
    /// Genres.
    pub genres: u64,
    /// Sum of all durations.
    pub duration_ms: u64,
    /// Files that could not be read as media.
    pub failed: u64,
}

/// A running scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// Media files found so far.
    pub found: u64,
    /// Of these, looked at.
    pub done: u64,
    /// Whether all folders have been walked, so that `found` is final.
    pub walked: bool,
}

/// Sound or picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MediaKind))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Sound only.
    Audio,
    /// Moving pictures.
    Video,
}

/// A track: one audio or video file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Stable id; see [`ItemId`].
    pub id: ItemId,
    /// The title tag, or the file's name without its ending.
    pub title: String,
    /// The track's artist; `None` when the file does not tell.
    pub artist: Option<String>,
    /// The album's title.
    pub album: Option<String>,
    /// The album.
    pub album_id: Option<ItemId>,
    /// The album's artist; equals `artist` when only that is known.
    pub album_artist: Option<String>,
    /// The first genre.
    pub genre: Option<String>,
    /// Number on its disc, from 1.
    pub track_no: Option<u32>,
    /// Number of the disc, from 1.
    pub disc_no: Option<u32>,
    /// Year of release.
    pub year: Option<i32>,
    /// Length; 0 when unknown.
    pub duration_ms: u64,
    /// Sound or picture.
    pub kind: Kind,
    /// Media type of the container, such as `audio/mpeg`.
    pub media_type: String,
    /// Codec of the sound, such as `mp3`, `flac`, `aac`, `opus`; `None` when unknown.
    pub codec: Option<String>,
    /// Average bits per second ÷ 1000.
    pub bitrate_kbps: Option<u32>,
    /// Samples per second.
    pub sample_rate_hz: Option<u32>,
    /// Channels of the sound.
    pub channels: Option<u8>,
    /// Bytes of the whole file.
    pub size_bytes: u64,
    /// The cover, for `/v1/covers/{id}`.
    pub cover_id: Option<ItemId>,
    /// When the library first saw it.
    pub added_ms: i64,
}

/// An album.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Album {
    /// Stable id.
    pub id: ItemId,
    /// Title.
    pub title: String,
    /// Album artist; `None` when unknown or various.
    pub artist: Option<String>,
    /// The album artist's id.
    pub artist_id: Option<ItemId>,
    /// Year of release.
    pub year: Option<i32>,
    /// Tracks in it.
    pub tracks: u64,
    /// Sum of their durations.
    pub duration_ms: u64,
    /// The cover.
    pub cover_id: Option<ItemId>,
    /// When its newest track came in.
    pub added_ms: i64,
}

/// An album artist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artist {
    /// Stable id.
    pub id: ItemId,
    /// Name.
    pub name: String,
    /// Albums.
    pub albums: u64,
    /// Tracks.
    pub tracks: u64,
    /// A cover of one of the albums.
    pub cover_id: Option<ItemId>,
}

/// A genre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genre {
    /// Stable id.
    pub id: ItemId,
    /// Name.
    pub name: String,
    /// Tracks.
    pub tracks: u64,
}

/// A page of a list. `GET /v1/{tracks,albums,artists,genres}` take `limit` (1–500, default 100) and either `cursor`
/// (the `next` of the page before) or `offset` (for a scroll bar that jumps).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Place of the first row in the whole list, from 0.
    pub offset: u64,
    /// Rows of the whole list.
    pub total: u64,
    /// Asks for the following page; `None` at the end.
    pub next: Option<String>,
    /// The library's revision that this page shows.
    pub revision: u64,
}

/// `GET /v1/search?q=&limit=`: the best of each kind, ranked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Tracks.
    pub tracks: Vec<Track>,
    /// Albums.
    pub albums: Vec<Album>,
    /// Artists.
    pub artists: Vec<Artist>,
    /// The library's revision.
    pub revision: u64,
}

/// `GET /v1/changes?since=`: answers at once when the revision differs, else waits up to 25 s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The library's revision now.
    pub revision: u64,
    /// What the library holds now.
    pub counts: Counts,
    /// The running scan.
    pub scan: Option<Scan>,
}

/// `GET /v1/path`: which way this request came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathAnswer {
    /// The path, as the home sees it.
    pub path: Path,
    /// A signed [`crate::assertion::PathReport`] for the heartbeat; `None` under a browse grant.
    pub report: Option<String>,
    /// Media milliseconds served in this listening.
    pub served_ms: u64,
}

/// `GET /v1/media/{id}/plan`: how a player should ask for the media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Whether the file itself can be played: `direct`, or `unsupported` with the reason.
    pub mode: PlanMode,
    /// Media type of what will be sent.
    pub media_type: String,
    /// Bytes of what will be sent.
    pub size_bytes: u64,
    /// Length.
    pub duration_ms: u64,
    /// In plain words, when it cannot be played.
    pub reason: Option<String>,
}

/// How a track is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanMode {
    /// The file as it is.
    Direct,
    /// No way to play it in this player yet.
    Unsupported,
}

/// Sort orders of `GET /v1/tracks?sort=`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackSort {
    /// Artist, year, album, disc, number: the order of a shelf.
    #[default]
    Artist,
    /// Title.
    Title,
    /// Album, disc, number.
    Album,
    /// Genre, then artist.
    Genre,
    /// Year.
    Year,
    /// Length.
    Duration,
    /// Newest first when descending.
    Added,
}

/// Sort orders of `GET /v1/albums?sort=`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlbumSort {
    /// When it came in.
    #[default]
    Added,
    /// Title.
    Title,
    /// Artist, then year.
    Artist,
    /// Year.
    Year,
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the smallest.
    #[default]
    Asc,
    /// From the largest.
    Desc,
}
