//! A library as real ones are: 1,000 and more files, most of them fine, among them duplicates, odd names, odd tags, files
//! without tags, cut, empty and false ones.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{
    art, ffmpeg, odd,
    tagging::{self, Tags},
};

/// Fine files with tags, in albums of ten.
pub const FINE: usize = 1_000;
/// Byte-equal copies of fine files in other folders.
pub const COPIES: usize = 40;
/// The same sound as a fine file under other tags.
pub const RETAGGED: usize = 20;
/// Files without any tag.
pub const UNTAGGED: usize = 20;
/// Files cut in the middle.
pub const CUT: usize = 20;

/// Seconds of each file.
const LENGTH_S: usize = 1;
/// Tracks of an album.
const ALBUM_TRACKS: usize = 10;

struct Batch {
    ending: &'static str,
    count: usize,
    encoding: &'static [&'static str],
}

/// Together [`FINE`] + [`UNTAGGED`] + [`CUT`] files.
const BATCHES: [Batch; 6] = [
    Batch { ending: "mp3", count: 340, encoding: &["-c:a", "libmp3lame", "-b:a", "48k"] },
    Batch { ending: "flac", count: 280, encoding: &["-c:a", "flac"] },
    Batch { ending: "m4a", count: 160, encoding: &["-c:a", "aac", "-b:a", "48k", "-segment_format", "ipod"] },
    Batch { ending: "opus", count: 140, encoding: &["-c:a", "libopus", "-b:a", "32k", "-segment_format", "ogg"] },
    Batch { ending: "ogg", count: 80, encoding: &["-c:a", "libvorbis", "-q:a", "0", "-segment_format", "ogg"] },
    Batch { ending: "wav", count: 40, encoding: &["-c:a", "pcm_s16le"] },
];

const GENRES: [&str; 7] = ["Rock", "Jazz", "Klassik", "電子音楽", "Hip-Hop", "Chanson française", "Ambient"];
const FIRST: [&str; 10] = ["Silver", "Quiet", "Élan", "Nordic", "Paper", "Señor", "Ghost", "Велик", "Blue", "Ünder"];
const SECOND: [&str; 10] =
    ["Harbour", "Foxes", "Orchestra", "Machine", "Tide", "桜", "Brothers", "Radio", "Garden", "Straße"];

pub(super) fn make(folder: &Path) -> Result<()> {
    let mut files = sounds(folder)?;
    let covers: Vec<Vec<u8>> = (0..8).map(|seed| art::jpeg(seed, 240)).collect::<Result<_>>()?;
    let rest = files.split_off(FINE);
    let mut fine = Vec::new();
    for (n, file) in files.iter().enumerate() {
        fine.push(place(folder, file, n, &covers)?);
    }
    copies(folder, &fine)?;
    retagged(folder, &fine)?;
    let (untagged, cut) = rest.split_at(UNTAGGED);
    for (n, file) in untagged.iter().enumerate() {
        put(file, &folder.join("Untagged").join(format!("recording {n:02}")))?;
    }
    for (n, file) in cut.iter().enumerate() {
        cut_in_half(&put(file, &folder.join("Cut").join(format!("half {n:02}")))?)?;
    }
    odd::make(&folder.join("Odd"), &fine)?;
    fs::remove_dir_all(folder.join(RAW))?;
    Ok(())
}

const RAW: &str = ".raw";

/// All sounds, one run of ffmpeg for each format; noise, so that no two are alike. Formats alternate.
fn sounds(folder: &Path) -> Result<Vec<PathBuf>> {
    let raw = folder.join(RAW);
    fs::create_dir_all(&raw)?;
    let mut files = Vec::new();
    for (seed, batch) in BATCHES.iter().enumerate() {
        let noise = format!(
            "anoisesrc=color=pink:amplitude=0.3:seed={seed}:sample_rate=24000:duration={}",
            batch.count * LENGTH_S + 1
        );
        let mut args = vec!["-f", "lavfi", "-i", &noise, "-ac", "1"];
        args.extend(batch.encoding);
        args.extend(["-f", "segment", "-segment_time", "1"]);
        ffmpeg::run(&args, &raw.join(format!("%04d.{}", batch.ending)))?;
        for n in 0..batch.count {
            files.push((n * 1_000 / batch.count, raw.join(format!("{n:04}.{}", batch.ending))));
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

fn place(folder: &Path, file: &Path, n: usize, covers: &[Vec<u8>]) -> Result<PathBuf> {
    let album = n / ALBUM_TRACKS;
    let artist = format!("{} {}", FIRST[album % 10], SECOND[album / 10 % 10]);
    let title = format!("{} No. {}", SECOND[n % 10], n);
    let tags = Tags {
        title: Some(title.clone()),
        artist: Some(artist.clone()),
        album: Some(format!("Volume {album}")),
        album_artist: Some(artist.clone()),
        genre: Some(GENRES[album % GENRES.len()].into()),
        track_no: Some((n % ALBUM_TRACKS + 1).to_string()),
        disc_no: None,
        date: Some((1960 + album % 66).to_string()),
        // Three albums of four have a cover.
        cover: (album % 4 != 3).then(|| covers[album % covers.len()].clone()),
    };
    let target = put(
        file,
        &folder.join(artist).join(format!("Volume {album}")).join(format!("{:02} {title}", n % ALBUM_TRACKS + 1)),
    )?;
    tagging::write(&target, &tags)?;
    Ok(target)
}

/// Moves a file to `target`, which gets the file's ending.
fn put(file: &Path, target: &Path) -> Result<PathBuf> {
    let ending = file.extension().context("every sound has an ending")?.to_string_lossy().into_owned();
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    let target = PathBuf::from(name);
    fs::create_dir_all(target.parent().context("a file stands in a folder")?)?;
    fs::rename(file, &target)?;
    Ok(target)
}

fn copies(folder: &Path, fine: &[PathBuf]) -> Result<()> {
    let backup = folder.join("Backup of old PC");
    fs::create_dir_all(&backup)?;
    for file in fine.iter().step_by(fine.len() / COPIES).take(COPIES) {
        fs::copy(file, backup.join(file.file_name().context("a file has a name")?))?;
    }
    Ok(())
}

fn retagged(folder: &Path, fine: &[PathBuf]) -> Result<()> {
    let best = folder.join("Best of");
    fs::create_dir_all(&best)?;
    for (n, file) in fine.iter().skip(3).step_by(fine.len() / RETAGGED).take(RETAGGED).enumerate() {
        let target = best.join(file.file_name().context("a file has a name")?);
        fs::copy(file, &target)?;
        let tags = Tags {
            title: Some(format!("Favourite {n}")),
            artist: Some("Various".into()),
            album: Some("Best of".into()),
            album_artist: Some("Various Artists".into()),
            track_no: Some((n + 1).to_string()),
            ..Tags::default()
        };
        tagging::write(&target, &tags)?;
    }
    Ok(())
}

fn cut_in_half(path: &Path) -> Result<()> {
    let file = fs::OpenOptions::new().write(true).open(path)?;
    file.set_len(file.metadata()?.len() / 2)?;
    Ok(())
}
