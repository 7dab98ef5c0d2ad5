//! What a probing thread does with one file: look at it, store its cover, fold its names.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use iroam_media::{Budget, ProbeError, Probed, picture_format, probe};

use crate::{
    covers::{CoverHash, Covers},
    fold::{LAST, identity, indexed, sort_key},
    grouping::{self, AlbumRef, ArtistRef},
    paths::{self, PathHash},
    room::io_lacks_room,
    walk::Stamp,
};

/// Longest title that is made of a file's name, in bytes.
const TITLE_BYTES_MAX: usize = 255;

/// A file to look at.
pub(crate) struct Job {
    pub(crate) path: PathBuf,
    pub(crate) path_hash: PathHash,
    pub(crate) stamp: Stamp,
    pub(crate) folder_cover: Option<Arc<FolderCover>>,
}

/// The cover beside the music; read once, by whoever needs it first.
pub(crate) struct FolderCover {
    path: PathBuf,
    hash: OnceLock<Option<CoverHash>>,
}

/// What became of a file.
pub(crate) enum Outcome {
    /// A track.
    Found(Box<Found>),
    /// No media for us.
    Failed(Failed),
    /// Its cover has no room; it is to be looked at again.
    NoRoom(io::Error),
}

/// A track with all that its row needs.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) path_hash: PathHash,
    pub(crate) stamp: Stamp,
    pub(crate) name_hash: i64,
    pub(crate) folder_hash: i64,
    pub(crate) probed: Probed,
    pub(crate) title: String,
    pub(crate) disc_no: Option<u32>,
    pub(crate) cover: Option<CoverHash>,
    pub(crate) album: Option<AlbumRef>,
    pub(crate) artist: Option<ArtistRef>,
    pub(crate) depends_on_folder: bool,
    pub(crate) title_key: String,
    pub(crate) genre_key: String,
    pub(crate) search: [String; 3],
}

/// A file that is no media for us.
pub(crate) struct Failed {
    pub(crate) path: PathBuf,
    pub(crate) path_hash: PathHash,
    pub(crate) stamp: Stamp,
    pub(crate) reason: String,
    /// The system refused; what was known of the file stays.
    pub(crate) unreadable: bool,
}

impl FolderCover {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, hash: OnceLock::new() }
    }

    fn hash(&self, covers: &Covers) -> io::Result<Option<CoverHash>> {
        if let Some(known) = self.hash.get() {
            return Ok(*known);
        }
        let picture = fs::read(&self.path).ok().filter(|bytes| picture_format(bytes).is_some());
        let hash = picture.map_or(Ok(None), |bytes| stored(covers, &bytes))?;
        Ok(*self.hash.get_or_init(|| hash))
    }
}

/// Stores a cover. One that cannot be stored is only missing, unless it is for want of room: that passes, and a track
/// without its cover would stay so.
fn stored(covers: &Covers, bytes: &[u8]) -> io::Result<Option<CoverHash>> {
    match covers.store(bytes) {
        Ok(hash) => Ok(Some(hash)),
        Err(error) if io_lacks_room(&error) => Err(error),
        Err(_) => Ok(None),
    }
}

pub(crate) fn look(job: Job, covers: &Covers) -> Outcome {
    match probe(&job.path, Budget::default()) {
        Ok(probed) => match found(job, probed, covers) {
            Ok(found) => Outcome::Found(Box::new(found)),
            Err(error) => Outcome::NoRoom(error),
        },
        Err(error) => Outcome::Failed(Failed {
            unreadable: matches!(error, ProbeError::Unreadable(_)),
            reason: error.to_string(),
            path: job.path,
            path_hash: job.path_hash,
            stamp: job.stamp,
        }),
    }
}

fn found(job: Job, mut probed: Probed, covers: &Covers) -> io::Result<Found> {
    let embedded = probed.cover.take().map_or(Ok(None), |cover| stored(covers, &cover.bytes))?;
    let cover = match (embedded, &job.folder_cover) {
        (None, Some(beside)) => beside.hash(covers)?,
        (embedded, _) => embedded,
    };
    let tags = &probed.tags;
    let title = tags.title.clone().unwrap_or_else(|| title_of_name(&job.path));
    let album = grouping::album_of(tags);
    let artist = grouping::shelf_artist(tags, album.as_ref());
    let disc_of_title = tags.album.as_deref().and_then(|title| grouping::without_disc(title).1);
    let artists = match (tags.artist.as_deref(), tags.album_artist.as_deref()) {
        (Some(artist), Some(of_album)) if artist != of_album => format!("{artist} {of_album}"),
        (artist, of_album) => artist.or(of_album).unwrap_or_default().to_owned(),
    };
    let search = [indexed(&title), indexed(&artists), indexed(tags.album.as_deref().unwrap_or_default())];
    Ok(Found {
        name_hash: paths::name_hash(&job.path),
        folder_hash: paths::album_folder_hash(&job.path),
        path: job.path,
        path_hash: job.path_hash,
        stamp: job.stamp,
        title_key: sort_key(&title),
        genre_key: tags.genre.as_deref().map_or_else(|| LAST.to_owned(), identity),
        disc_no: tags.disc_no.or(disc_of_title),
        depends_on_folder: grouping::depends_on_folder(tags),
        probed,
        title,
        cover,
        album,
        artist,
        search,
    })
}

/// The file's name without its ending, fit to be shown: names may hold line breaks and bytes that are no text.
fn title_of_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let clean: String = stem.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    let clean = clean.trim();
    let cut = clean.floor_char_boundary(TITLE_BYTES_MAX);
    if cut == 0 { "?".to_owned() } else { clean[..cut].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_become_titles_that_can_be_shown() {
        assert_eq!(title_of_name(Path::new("/m/a\nb.mp3")), "a b");
        assert_eq!(title_of_name(Path::new("/m/ .mp3")), "?");
        assert!(title_of_name(&PathBuf::from(format!("/m/{}.mp3", "é".repeat(400)))).len() <= TITLE_BYTES_MAX);
    }
}
