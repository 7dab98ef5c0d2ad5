//! The home's library: finds media files, keeps an index of them, answers lists and searches.
//!
//! All calls block. Reads come from a small pool of connections and never wait for a scan. One scan runs at a time: a
//! walking thread compares names, sizes and times with the index and hands only what changed to several probing
//! threads; the calling thread writes in short transactions, each of which raises the revision, so that tracks can be
//! played while the scan goes on. All threads end before [`Library::scan`] returns.
//!
//! # What happens to ids
//! A track's id is random and follows its payload (the bytes between the tags) by the private match key: renaming,
//! moving and retagging keep it. A file whose payload changed keeps its id only when title, artist and length stayed
//! the same (a better encoding of the same song). The same payload at two paths is two files and two tracks, each with
//! an id of its own: a song on an album and on a compilation stands on both. A deleted file's id waits, unlisted, for
//! its payload to come back.
//!
//! # What never happens
//! Library folders are only read. A drive that is not there keeps its tracks in every list; [`Library::media`] then
//! says that the file is gone.

mod covers;
mod db;
mod error;
mod fold;
mod grouping;
mod ids;
mod library;
mod lists;
mod media;
mod paths;
mod room;
mod scan;
mod search;
mod walk;
pub mod watch;

pub use covers::{CoverImage, CoverSize};
pub use error::{MediaError, OpenError, ReadError, ScanError};
pub use library::Library;
pub use lists::{AlbumQuery, PAGE_DEFAULT, PAGE_MAX, Paging, TrackQuery};
pub use media::Media;
pub use room::{io_lacks_room, sql_lacks_room};
pub use scan::{Failure, Report};
