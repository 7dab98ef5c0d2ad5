//! A home to test in: folders of real files, a library beside them.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "each test file uses its part of the world, and a world that cannot be built fails the test"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicI64, Ordering},
};

use iroam_library::{Library, Report, TrackQuery};
use iroam_protocol::home::Track;

/// Bytes of one frame of 128 kbit/s, 44.1 kHz MPEG-1 layer III.
const FRAME_BYTES: usize = 417;
/// About one second.
const FRAMES: usize = 39;

/// A song to write.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Song<'a> {
    pub(crate) title: &'a str,
    pub(crate) artist: &'a str,
    pub(crate) album: &'a str,
    pub(crate) album_artist: &'a str,
    pub(crate) genre: &'a str,
    pub(crate) track: &'a str,
    pub(crate) disc: &'a str,
    pub(crate) year: &'a str,
    pub(crate) compilation: bool,
    pub(crate) cover: &'a [u8],
    /// Makes the sound differ.
    pub(crate) sound: u32,
}

/// An mp3 file with these tags.
pub(crate) fn mp3(song: &Song<'_>) -> Vec<u8> {
    let mut frames = Vec::new();
    for (name, value) in [
        (b"TIT2", song.title),
        (b"TPE1", song.artist),
        (b"TALB", song.album),
        (b"TPE2", song.album_artist),
        (b"TCON", song.genre),
        (b"TRCK", song.track),
        (b"TPOS", song.disc),
        (b"TDRC", song.year),
        (b"TCMP", if song.compilation { "1" } else { "" }),
    ] {
        if !value.is_empty() {
            frame(&mut frames, name, &[&[3], value.as_bytes()].concat());
        }
    }
    if !song.cover.is_empty() {
        frame(&mut frames, b"APIC", &[b"\0image/png\0\x03\0", song.cover].concat());
    }
    let mut file = b"ID3\x04\0\0".to_vec();
    file.extend(synchsafe(frames.len()));
    file.extend(frames);
    file.extend(sound(song.sound));
    file
}

/// Silent frames that differ by a number in their unused bytes.
pub(crate) fn sound(number: u32) -> Vec<u8> {
    let mut sound = Vec::with_capacity(FRAMES * FRAME_BYTES);
    for at in 0..FRAMES {
        let mut frame = vec![0; FRAME_BYTES];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x64]);
        if at == 7 {
            frame[400..404].copy_from_slice(&(number & 0x7f7f_7f7f).to_be_bytes());
        }
        sound.extend(frame);
    }
    sound
}

fn frame(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend(name);
    out.extend(synchsafe(body.len()));
    out.extend([0, 0]);
    out.extend(body);
}

fn synchsafe(length: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from(length >> shift & 0x7f).unwrap())
}

/// A PNG of one colour.
pub(crate) fn png(red: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::RgbImage::from_pixel(300, 300, image::Rgb([red, 40, 90]));
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

/// A library folder and a library.
pub(crate) struct World {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) index: Library,
    clock_ms: AtomicI64,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("Music")).unwrap();
        let index = open(dir.path());
        Self { dir, index, clock_ms: AtomicI64::new(1_700_000_000_000) }
    }

    pub(crate) fn music(&self) -> PathBuf {
        self.dir.path().join("Music")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.music().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn song(&self, name: &str, song: Song<'_>) -> PathBuf {
        self.write(name, &mp3(&song))
    }

    pub(crate) fn scan(&self) -> Report {
        self.scan_roots(&[self.music()])
    }

    pub(crate) fn scan_roots(&self, roots: &[PathBuf]) -> Report {
        let now_ms = self.clock_ms.fetch_add(1_000, Ordering::Relaxed);
        self.index.scan(roots, now_ms, &|_| {}, &|| false).unwrap()
    }

    pub(crate) fn all(&self) -> Vec<Track> {
        all(&self.index, &TrackQuery::default())
    }

    pub(crate) fn titled(&self, title: &str) -> Track {
        let mut found: Vec<Track> = self.all().into_iter().filter(|track| track.title == title).collect();
        assert_eq!(found.len(), 1, "tracks called {title}");
        found.remove(0)
    }

    pub(crate) fn titles(&self) -> Vec<String> {
        self.all().into_iter().map(|track| track.title).collect()
    }
}

pub(crate) fn open(dir: &Path) -> Library {
    Library::open(&dir.join("library.sqlite"), &dir.join("covers"), [7; 32]).unwrap()
}

/// All pages of a list.
pub(crate) fn all(library: &Library, query: &TrackQuery) -> Vec<Track> {
    let mut query = query.clone();
    let mut tracks = Vec::new();
    loop {
        let page = library.tracks(&query).unwrap();
        assert_eq!(page.offset, tracks.len() as u64);
        tracks.extend(page.items);
        match page.next {
            Some(next) => query.paging.cursor = Some(next),
            None => {
                assert_eq!(page.total, tracks.len() as u64);
                return tracks;
            }
        }
    }
}
