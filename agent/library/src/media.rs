//! A track's file, for serving its bytes.

use std::{fs, ops::Range, path::PathBuf};

use iroam_protocol::{home::Kind, id::ItemId};
use rusqlite::{Connection, OptionalExtension as _};

use crate::{
    error::{MediaError, ReadError},
    paths,
    walk::Stamp,
};

/// A track's file as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Where it lies. Private: it never crosses a wire.
    pub path: PathBuf,
    /// Bytes of the whole file.
    pub size_bytes: u64,
    /// Length; 0 when unknown.
    pub duration_ms: u64,
    /// Media type of the container.
    pub media_type: String,
    /// The bytes between headers and tags; what lies outside is free up to a cap.
    pub payload: Range<u64>,
    /// When it was last written, in nanoseconds since 1970; part of its ETag.
    pub modified_ns: i64,
    /// Sound or picture.
    pub kind: Kind,
    /// Codec of the sound; `None` when unknown or absent.
    pub codec: Option<String>,
    /// Codec of the picture; `None` when unknown or absent.
    pub video_codec: Option<String>,
}

pub(crate) fn media(db: &Connection, id: ItemId) -> Result<Media, MediaError> {
    let row = db
        .prepare_cached(
            "SELECT path, duration_ms, media_type, payload_start, payload_end, kind, codec, video_codec
             FROM tracks WHERE id = ?1",
        )
        .and_then(|mut statement| {
            statement
                .query_row([id.as_bytes()], |row| {
                    let path = paths::from_bytes(row.get_ref(0)?.as_blob().unwrap_or_default());
                    let unsigned = |column| row.get::<_, i64>(column).map(|value| u64::try_from(value).unwrap_or(0));
                    Ok(Media {
                        path,
                        size_bytes: 0,
                        duration_ms: unsigned(1)?,
                        media_type: row.get(2)?,
                        payload: unsigned(3)?..unsigned(4)?,
                        modified_ns: 0,
                        kind: if row.get::<_, i64>(5)? == 0 { Kind::Audio } else { Kind::Video },
                        codec: row.get(6)?,
                        video_codec: row.get(7)?,
                    })
                })
                .optional()
        })
        .map_err(ReadError::from)?;
    let mut media = row.ok_or(MediaError::Unknown)?;
    let meta = fs::metadata(&media.path).ok().filter(fs::Metadata::is_file).ok_or(MediaError::Gone)?;
    let stamp = Stamp::of(&meta);
    media.size_bytes = stamp.size_bytes;
    media.modified_ns = stamp.modified_ns;
    // A file that is being replaced may be shorter than the index says.
    media.payload.end = media.payload.end.min(stamp.size_bytes);
    media.payload.start = media.payload.start.min(media.payload.end);
    Ok(media)
}
