//! What a media file says about itself: tags, length, codecs, cover, and where its media bytes begin and end.
//!
//! No network, no database. Files are foreign bytes: each is read within a [`Budget`] of bytes and time, and a panic
//! in a decoder becomes an error. Nothing here ever writes to a media file.

mod budget;
mod format;
mod key;
mod payload;
mod picture;
mod playable;
mod probe;
mod tags;

pub use budget::{Budget, Stopwatch};
pub use format::{Container, is_media_name};
pub use key::MatchKey;
pub use picture::{
    FOLDER_COVER_BYTES_MAX, PictureError, PictureFormat, Thumbnail, folder_cover_rank, picture_format, thumbnail,
};
pub use playable::{Caps, Playable, playable};
pub use probe::{Cover, ProbeError, Probed, probe};
pub use tags::{ReplayGain, Tags};
