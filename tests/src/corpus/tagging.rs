//! Tags and covers, written into finished files.

use std::path::Path;

use anyhow::{Context as _, Result};
use lofty::{
    config::WriteOptions,
    file::TaggedFileExt as _,
    picture::{MimeType, Picture, PictureType},
    probe::Probe,
    tag::{Accessor as _, ItemKey, Tag, TagExt as _},
};

/// What a file says about itself; `None` leaves a tag out.
#[derive(Debug, Clone, Default)]
pub struct Tags {
    /// Title.
    pub title: Option<String>,
    /// Artist of the track.
    pub artist: Option<String>,
    /// Album.
    pub album: Option<String>,
    /// Artist of the album.
    pub album_artist: Option<String>,
    /// Genre.
    pub genre: Option<String>,
    /// Number on the disc, as text, since odd ones are wanted too.
    pub track_no: Option<String>,
    /// Number of the disc.
    pub disc_no: Option<String>,
    /// Year or date.
    pub date: Option<String>,
    /// A JPEG, or what claims to be one.
    pub cover: Option<Vec<u8>>,
}

/// Replaces the tags of the file.
///
/// # Errors
/// When the file is no medium that lofty knows, or the disk fails.
pub fn write(path: &Path, tags: &Tags) -> Result<()> {
    let file = Probe::open(path)?.guess_file_type()?.read().with_context(|| format!("reading {}", path.display()))?;
    let mut tag = Tag::new(file.primary_tag_type());
    drop(file);
    if let Some(title) = &tags.title {
        tag.set_title(title.clone());
    }
    let texts = [
        (ItemKey::TrackArtist, &tags.artist),
        (ItemKey::AlbumTitle, &tags.album),
        (ItemKey::AlbumArtist, &tags.album_artist),
        (ItemKey::Genre, &tags.genre),
        (ItemKey::TrackNumber, &tags.track_no),
        (ItemKey::DiscNumber, &tags.disc_no),
        (ItemKey::RecordingDate, &tags.date),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            tag.insert_text(key, text.clone());
        }
    }
    if let Some(cover) = &tags.cover {
        let picture = Picture::unchecked(cover.clone()).pic_type(PictureType::CoverFront).mime_type(MimeType::Jpeg);
        tag.push_picture(picture.build());
    }
    tag.save_to_path(path, WriteOptions::default()).with_context(|| format!("tagging {}", path.display()))
}
