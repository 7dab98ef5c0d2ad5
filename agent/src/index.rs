//! The library for async callers: reads run off the async threads, a bounded number at a time.

mod file;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use iroam_library::{Library, MediaError, OpenError, ReadError, ScanError};
use iroam_protocol::{
    home::{Album, Artist, Counts, Found, Genre, Page, Scan, Track},
    id::ItemId,
    problem::Kind,
};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

pub use file::MediaFile;
pub use iroam_library::{AlbumQuery, CoverImage, CoverSize, Media, Paging, Report, TrackQuery};

use crate::{entropy, home::answer::Refusal};

/// Reads at once: more would only wait for the same disk.
const READS_MAX: usize = 6;

/// Why the index does not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The index cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A track's file cannot be served.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The agent stops.
    #[error("the agent stops")]
    Stopping,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Read(ReadError::Cursor) | Error::Media(MediaError::Read(ReadError::Cursor)) => {
                Self::new(Kind::BadRequest, "This cursor is not one of this home's. Begin the list again without one.")
            }
            Error::Media(MediaError::Unknown) => Self::new(Kind::NotFound, "The library has no such item."),
            Error::Media(MediaError::Gone) => Self::new(
                Kind::MediaGone,
                "The file is not there: its drive may not be connected, or it was moved and is found by the next scan.",
            ),
            error => {
                tracing::error!(%error, "the index does not answer");
                Self::new(Kind::Unavailable, "The home's index does not answer right now. Try again.")
            }
        }
    }
}

/// What the library holds now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Counts up with every change.
    pub revision: u64,
    /// The counts.
    pub counts: Counts,
    /// The running scan.
    pub scan: Option<Scan>,
    /// Folders that cannot be read now, by their last name.
    pub unreadable: Vec<String>,
}

/// The library; clones share it.
#[derive(Clone)]
pub struct Index {
    reader: Arc<Library>,
    reads: Arc<Semaphore>,
    scan: watch::Sender<Option<Scan>>,
    revision: watch::Receiver<u64>,
    rescan: Arc<Notify>,
}

impl Index {
    /// Opens the index, making or migrating it. Blocks.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path, covers: &Path) -> Result<Self, OpenError> {
        let library = Library::open(path, covers, entropy::bytes())?;
        if let Some(aside) = library.moved_aside() {
            tracing::warn!("the index was broken and is made anew; the old one is kept as {}", aside.display());
        }
        let (tell, revision) = watch::channel(library.revision());
        library.subscribe(Box::new(move |revision| {
            tell.send_replace(revision);
        }));
        Ok(Self {
            reader: Arc::new(library),
            reads: Arc::new(Semaphore::new(READS_MAX)),
            scan: watch::Sender::new(None),
            revision,
            rescan: Arc::default(),
        })
    }

    /// Scans the folders. Stops early, keeping what it found, when `cancel` is cancelled.
    ///
    /// # Errors
    /// [`ScanError`].
    pub async fn scan(&self, roots: Vec<PathBuf>, now_ms: i64, cancel: CancellationToken) -> Result<Report, ScanError> {
        let (library, scan) = (self.reader.clone(), self.scan.clone());
        let _ended = Ended(self.scan.clone());
        let scanning = tokio::task::spawn_blocking(move || {
            let progress = |now: Scan| {
                scan.send_replace(Some(now));
            };
            library.scan(&roots, now_ms, &progress, &|| cancel.is_cancelled())
        });
        scanning.await.map_err(|_| ScanError::Cancelled)?
    }

    /// The running scan; `None` when none runs.
    pub fn scan_now(&self) -> Option<Scan> {
        *self.scan.borrow()
    }

    /// Asks the indexer for a scan.
    pub fn rescan_soon(&self) {
        self.rescan.notify_one();
    }

    /// Waits until a scan is asked for.
    pub async fn rescan_asked(&self) {
        self.rescan.notified().await;
    }

    /// Waits until the revision differs from `since`.
    pub async fn changed(&self, since: u64) {
        let mut revision = self.revision.clone();
        if revision.wait_for(|revision| *revision != since).await.is_err() {
            // The library is gone, so nothing changes any more.
            std::future::pending::<()>().await;
        }
    }

    /// What the library holds now.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        let scan = self.scan_now();
        self.read(move |library| {
            let (revision, counts) = (library.revision(), library.counts()?);
            Ok(Snapshot { revision, counts, scan, unreadable: library.unreadable() })
        })
        .await
    }

    /// A page of tracks.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn tracks(&self, query: TrackQuery) -> Result<Page<Track>, Error> {
        self.read(move |library| library.tracks(&query)).await
    }

    /// A page of albums.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn albums(&self, query: AlbumQuery) -> Result<Page<Album>, Error> {
        self.read(move |library| library.albums(&query)).await
    }

    /// A page of artists.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn artists(&self, paging: Paging) -> Result<Page<Artist>, Error> {
        self.read(move |library| library.artists(&paging)).await
    }

    /// A page of genres.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn genres(&self, paging: Paging) -> Result<Page<Genre>, Error> {
        self.read(move |library| library.genres(&paging)).await
    }

    /// A track.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn track(&self, id: ItemId) -> Result<Option<Track>, Error> {
        self.read(move |library| library.track(id)).await
    }

    /// An album.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn album(&self, id: ItemId) -> Result<Option<Album>, Error> {
        self.read(move |library| library.album(id)).await
    }

    /// The best hits of each kind.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn search(&self, q: String, limit: u32) -> Result<Found, Error> {
        self.read(move |library| library.search(&q, limit)).await
    }

    /// A track's file as it is now, opened.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn media(&self, id: ItemId) -> Result<(Media, MediaFile), Error> {
        let read = self.read(move |library| {
            Ok(library.media(id).and_then(|media| {
                let file = MediaFile::open(&media.path).map_err(|_| MediaError::Gone)?;
                Ok((media, file))
            }))
        });
        Ok(read.await??)
    }

    /// A cover's thumbnail.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn cover(&self, id: ItemId, size: CoverSize) -> Result<Option<CoverImage>, Error> {
        self.read(move |library| library.cover(id, size)).await
    }

    /// Whether a cover is that of one of these tracks.
    ///
    /// # Errors
    /// Every [`Error`].
    pub async fn is_cover_of(&self, cover: ItemId, tracks: Vec<ItemId>) -> Result<bool, Error> {
        self.read(move |library| library.is_cover_of(cover, &tracks)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Library) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Error> {
        let _permit = self.reads.acquire().await.map_err(|_| Error::Stopping)?;
        let library = self.reader.clone();
        Ok(tokio::task::spawn_blocking(move || read(&library)).await.map_err(|_| Error::Stopping)??)
    }
}

/// However a scan ends, it is shown no more.
struct Ended(watch::Sender<Option<Scan>>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}
