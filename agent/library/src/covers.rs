//! Covers: each picture is stored once by its content; small versions are made when asked for and kept within a bound.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use iroam_media::{Thumbnail, thumbnail};

/// Edge of the square that a cover is made to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoverSize {
    /// 96 pixels: rows.
    Small,
    /// 256 pixels: tiles.
    Medium,
    /// 512 pixels: what is playing.
    Large,
}

impl CoverSize {
    /// The size with this edge; `None` for any other number.
    #[must_use]
    pub fn from_pixels(pixels: u32) -> Option<Self> {
        [Self::Small, Self::Medium, Self::Large].into_iter().find(|size| size.pixels() == pixels)
    }

    /// Edge in pixels.
    #[must_use]
    pub fn pixels(self) -> u32 {
        match self {
            Self::Small => 96,
            Self::Medium => 256,
            Self::Large => 512,
        }
    }
}

/// A small cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverImage {
    /// Encoded picture.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
}

/// Content hash of a picture.
pub(crate) type CoverHash = [u8; 32];

/// Small versions that are kept: 10,000 albums in three sizes need about 450 MB.
const SMALL_BYTES_MAX: u64 = 512 << 20;
/// Pictures that are decoded at the same time; each may need 120 MiB for a moment.
const DECODERS_MAX: usize = 2;

/// The folder of covers.
pub(crate) struct Covers {
    dir: PathBuf,
    /// Bytes of small versions; counted at the start and with each new one.
    small_bytes: AtomicU64,
    decoders: Mutex<usize>,
    decoded: Condvar,
}

impl Covers {
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        let small = dir.join("small");
        fs::create_dir_all(&small)?;
        let used =
            fs::read_dir(&small)?.flatten().filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum();
        Ok(Self {
            dir: dir.to_owned(),
            small_bytes: AtomicU64::new(used),
            decoders: Mutex::new(0),
            decoded: Condvar::new(),
        })
    }

    /// Stores a picture unless it is there.
    pub(crate) fn store(&self, bytes: &[u8]) -> io::Result<CoverHash> {
        let hash = *blake3::hash(bytes).as_bytes();
        let path = self.original(&hash);
        if !path.exists() {
            write_whole(&path, bytes)?;
        }
        Ok(hash)
    }

    /// A small version; `None` when the picture is not stored or cannot be decoded.
    pub(crate) fn small(&self, hash: &CoverHash, size: CoverSize) -> Option<CoverImage> {
        let path = self.dir.join("small").join(format!("{}-{}.jpg", hex(hash), size.pixels()));
        let image = |bytes| CoverImage { bytes, media_type: Thumbnail::MEDIA_TYPE };
        if let Ok(bytes) = fs::read(&path) {
            // An empty file remembers a picture that cannot be decoded.
            return (!bytes.is_empty()).then(|| image(bytes));
        }
        let original = fs::read(self.original(hash)).ok()?;
        let made = self.decode(&original, size);
        let bytes = made.map(|small| small.bytes).unwrap_or_default();
        if write_whole(&path, &bytes).is_ok() {
            self.count(bytes.len() as u64);
        }
        (!bytes.is_empty()).then(|| image(bytes))
    }

    fn decode(&self, original: &[u8], size: CoverSize) -> Option<Thumbnail> {
        let mut running = self.decoders.lock().unwrap_or_else(PoisonError::into_inner);
        while *running >= DECODERS_MAX {
            running = self.decoded.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
        *running += 1;
        drop(running);
        let made = thumbnail(original, size.pixels());
        *self.decoders.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.decoded.notify_one();
        made.ok()
    }

    fn count(&self, bytes: u64) {
        if self.small_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > SMALL_BYTES_MAX {
            self.forget_oldest();
        }
    }

    /// Removes the older half of the small versions; they are made again when asked for.
    fn forget_oldest(&self) {
        let Ok(entries) = fs::read_dir(self.dir.join("small")) else { return };
        let mut files: Vec<_> = entries
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?, entry.path())))
            .filter_map(|(meta, path)| Some((meta.modified().ok()?, meta.len(), path)))
            .collect();
        files.sort();
        let mut kept: u64 = files.iter().map(|file| file.1).sum();
        for (_, length, path) in files {
            if kept <= SMALL_BYTES_MAX / 2 {
                break;
            }
            if fs::remove_file(path).is_ok() {
                kept -= length;
            }
        }
        self.small_bytes.store(kept, Ordering::Relaxed);
    }

    fn original(&self, hash: &CoverHash) -> PathBuf {
        let name = hex(hash);
        self.dir.join(&name[..2]).join(name)
    }
}

/// Writes beside and renames, so that nobody ever reads half a picture.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent)?;
    let draft = parent.join(format!(".draft-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    // A draft that was cut short would take the little room that a full disk has left.
    fs::write(&draft, bytes).and_then(|()| fs::rename(&draft, path)).inspect_err(|_| drop(fs::remove_file(&draft)))
}

fn hex(hash: &CoverHash) -> String {
    blake3::Hash::from_bytes(*hash).to_hex().to_string()
}
