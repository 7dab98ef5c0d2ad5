//! The library of `make demo` without `MUSIC`: four small albums in four formats and a film, with covers.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, Result};

use super::{
    art, ffmpeg,
    synth::{self, Piece},
    tagging::{self, Tags},
};

const MINOR_DRIFT: &[&[i32]] = &[&[0, 3, 7, 10], &[-4, 0, 3, 8], &[3, 7, 10, 14], &[-2, 2, 5, 10]];
const MAJOR_WALK: &[&[i32]] = &[&[0, 4, 7, 11], &[9, 12, 16, 19], &[5, 9, 12, 16], &[7, 11, 14, 17]];
const SUSPENDED: &[&[i32]] = &[&[0, 5, 7, 12], &[0, 4, 7, 12], &[-3, 2, 4, 9], &[-5, 0, 2, 7]];
const DORIAN: &[&[i32]] = &[&[0, 3, 7, 14], &[5, 9, 12, 15], &[0, 3, 10, 14], &[-2, 2, 5, 12]];

const UP: [usize; 8] = [0, 1, 2, 3, 4, 3, 2, 1];
const ROLL: [usize; 8] = [0, 2, 4, 6, 5, 3, 4, 2];
const LEAP: [usize; 8] = [4, 0, 5, 1, 6, 2, 5, 3];

struct Album {
    artist: &'static str,
    title: &'static str,
    genre: &'static str,
    year: u32,
    format: Format,
    tracks: &'static [(&'static str, Piece)],
}

#[derive(Clone, Copy)]
enum Format {
    Flac,
    Mp3,
    M4a,
    Opus,
    Mp4,
}

const fn piece(
    tempo_bpm: f64,
    root: i32,
    chords: &'static [&'static [i32]],
    arpeggio: [usize; 8],
    bars: usize,
    brightness: f64,
) -> Piece {
    Piece { tempo_bpm, root, chords, arpeggio, bars, brightness }
}

const ALBUMS: [Album; 5] = [
    Album {
        artist: "Morning Tide",
        title: "Lanterns on the Quay",
        genre: "Ambient",
        year: 2024,
        format: Format::Flac,
        tracks: &[
            ("First Ferry", piece(72.0, 57, MINOR_DRIFT, UP, 20, 0.3)),
            ("Fog Signal", piece(66.0, 52, SUSPENDED, ROLL, 18, 0.2)),
            ("Lanterns on the Quay", piece(76.0, 55, MAJOR_WALK, ROLL, 22, 0.35)),
            ("Ebb", piece(60.0, 50, DORIAN, UP, 16, 0.2)),
        ],
    },
    Album {
        artist: "Paper Birds",
        title: "Postcards",
        genre: "Folk",
        year: 2022,
        format: Format::Mp3,
        tracks: &[
            ("Dear Nobody", piece(96.0, 60, MAJOR_WALK, UP, 26, 0.6)),
            ("Swallows", piece(108.0, 62, SUSPENDED, LEAP, 30, 0.7)),
            ("A Stamp from Lisbon", piece(92.0, 59, DORIAN, ROLL, 24, 0.55)),
            ("Return to Sender", piece(100.0, 57, MINOR_DRIFT, LEAP, 26, 0.6)),
        ],
    },
    Album {
        artist: "The Night Bus",
        title: "Last Stop, Lights On",
        genre: "Electronic",
        year: 2025,
        format: Format::M4a,
        tracks: &[
            ("Depot", piece(112.0, 54, MINOR_DRIFT, LEAP, 30, 0.9)),
            ("Upper Deck", piece(118.0, 56, DORIAN, ROLL, 32, 0.85)),
            ("Lights On", piece(104.0, 52, SUSPENDED, LEAP, 28, 1.0)),
        ],
    },
    Album {
        artist: "Ola Brändt",
        title: "Études for a Small Room",
        genre: "Classical",
        year: 2019,
        format: Format::Opus,
        tracks: &[
            ("Étude I: Window", piece(84.0, 64, MAJOR_WALK, ROLL, 22, 0.4)),
            ("Étude II: Stairs", piece(126.0, 62, DORIAN, UP, 32, 0.45)),
            ("Étude III: Kettle", piece(90.0, 65, SUSPENDED, LEAP, 24, 0.4)),
        ],
    },
    Album {
        artist: "Paper Birds",
        title: "Films",
        genre: "Folk",
        year: 2023,
        format: Format::Mp4,
        tracks: &[("Rain on Glass", piece(88.0, 57, MINOR_DRIFT, ROLL, 18, 0.5))],
    },
];

/// Makes what is missing of the demo library in `folder`.
///
/// # Errors
/// When ffmpeg is missing or fails, or the disk does.
pub fn make(folder: &Path) -> Result<()> {
    let missing: Vec<Job> = jobs(folder).into_iter().filter(|job| !job.path.exists()).collect();
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(job) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
            job.run().with_context(|| format!("making {}", job.path.display()))?;
        }
        Ok(())
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

struct Job {
    path: PathBuf,
    piece: Piece,
    format: Format,
    tags: Tags,
    seed: u32,
}

fn jobs(folder: &Path) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (seed, album) in (0..).zip(&ALBUMS) {
        for (number, (title, piece)) in (1..).zip(album.tracks) {
            let tags = Tags {
                title: Some((*title).into()),
                artist: Some(album.artist.into()),
                album: Some(album.title.into()),
                album_artist: Some(album.artist.into()),
                genre: Some(album.genre.into()),
                track_no: Some(format!("{number}")),
                disc_no: None,
                date: Some(album.year.to_string()),
                cover: None,
            };
            let name = format!("{number:02} {}.{}", title.replace(':', ","), album.format.ending());
            jobs.push(Job {
                path: folder.join(album.artist).join(album.title).join(name),
                piece: *piece,
                format: album.format,
                tags,
                seed,
            });
        }
    }
    jobs
}

impl Job {
    /// Works beside the target and renames at the end, so that a stop in between leaves nothing half.
    fn run(&self) -> Result<()> {
        let album = self.path.parent().context("a file stands in a folder")?;
        fs::create_dir_all(album)?;
        let unfinished = tempfile::Builder::new()
            .prefix(".unfinished-")
            .suffix(&format!(".{}", self.format.ending()))
            .tempfile_in(album)?;
        ffmpeg::encode(&synth::render(&self.piece), self.format.arguments(), unfinished.path())?;
        tagging::write(unfinished.path(), &Tags { cover: Some(art::jpeg(self.seed, 800)?), ..self.tags.clone() })?;
        let path = unfinished.into_temp_path();
        readable_by_all(&path)?;
        path.persist(&self.path)?;
        Ok(())
    }
}

/// Temporary files are private; a music file is not.
fn readable_by_all(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Opus => "opus",
            Self::Mp4 => "mp4",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Flac => &["-c:a", "flac"],
            Self::Mp3 => &["-c:a", "libmp3lame", "-q:a", "2"],
            Self::M4a => &["-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart"],
            Self::Opus => &["-c:a", "libopus", "-b:a", "128k"],
            Self::Mp4 => &[
                "-filter_complex",
                "[0:a]asplit[heard][seen];[seen]showwaves=s=640x360:mode=p2p:rate=24:colors=0x7fb7be|0xf6f1e1:draw=full,format=yuv420p[v]",
                "-map",
                "[v]",
                "-map",
                "[heard]",
                "-c:v",
                "libx264",
                "-preset",
                "veryfast",
                "-crf",
                "26",
                "-c:a",
                "aac",
                "-b:a",
                "160k",
                "-movflags",
                "+faststart",
            ],
        }
    }
}
