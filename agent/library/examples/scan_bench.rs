//! How fast a library is scanned and searched: `cargo run -p iroam-library --example scan_bench -- [FILES] [FOLDER]`.
//!
//! Makes FILES (20,000) tagged mp3 files in FOLDER (a temporary one), scans them cold and warm, then asks for pages and
//! searches. The last line is one JSON object. Nothing is deleted in a FOLDER that was given.
#![expect(clippy::print_stdout, reason = "a command line tool")]

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use iroam_library::{Library, Paging, TrackQuery};
use iroam_media::Stopwatch;
use iroam_protocol::home::{Direction, TrackSort};

type Done<T> = Result<T, Box<dyn Error>>;

/// Files per folder: an album.
const ALBUM_FILES: u32 = 12;
/// Searches that are timed.
const SEARCHES: u32 = 400;
/// Pages that are timed per order.
const PAGES: u64 = 40;

const WORDS: [&str; 48] = [
    "love",
    "night",
    "blue",
    "moon",
    "river",
    "fire",
    "dance",
    "heart",
    "dream",
    "rain",
    "summer",
    "golden",
    "road",
    "city",
    "light",
    "shadow",
    "star",
    "ocean",
    "wild",
    "black",
    "white",
    "time",
    "baby",
    "home",
    "world",
    "girl",
    "sun",
    "sky",
    "stone",
    "song",
    "electric",
    "velvet",
    "paper",
    "silver",
    "ghost",
    "winter",
    "machine",
    "Größe",
    "café",
    "señor",
    "niño",
    "Überall",
    "Björk",
    "naïve",
    "déjà",
    "façade",
    "jalapeño",
    "smörgås",
];

fn main() -> Done<()> {
    let mut arguments = std::env::args().skip(1);
    let files: u32 = arguments.next().map_or(Ok(20_000), |count| count.parse())?;
    let own = tempfile::tempdir()?;
    let folder = arguments.next().map_or_else(|| own.path().to_owned(), PathBuf::from);
    let music = folder.join("music");
    println!("making {files} files in {}", music.display());
    make(&music, files)?;

    let library = Library::open(&folder.join("library.sqlite"), &folder.join("covers"), [1; 32])?;
    let scan = |now_ms| library.scan(std::slice::from_ref(&music), now_ms, &|_| {}, &|| false);
    let cold = scan(1)?;
    let warm = scan(2)?;
    let rate = |seconds: f64| f64::from(files) / seconds;
    println!(
        "cold scan: {:.0} files/s ({:.2} s), {} tracks, {} failed",
        rate(cold.seconds),
        cold.seconds,
        cold.tracks,
        cold.failed
    );
    println!(
        "warm scan: {:.0} files/s ({:.2} s), {} changed",
        rate(warm.seconds),
        warm.seconds,
        warm.changed + warm.added
    );

    let searches = searches(&library)?;
    println!("search: {}", told(&searches));
    let pages = pages(&library, u64::from(files))?;
    println!("page of 100 at any offset: {}", told(&pages));
    println!(
        "{{\"files\":{files},\"cold_files_per_s\":{:.0},\"warm_files_per_s\":{:.0},\"search_ms_p50\":{:.2},\"search_ms_p99\":{:.2},\"page_ms_p99\":{:.2}}}",
        rate(cold.seconds),
        rate(warm.seconds),
        at(&searches, 50),
        at(&searches, 99),
        at(&pages, 99),
    );
    Ok(())
}

fn make(music: &Path, files: u32) -> Done<()> {
    for i in 0..files {
        let album = i / ALBUM_FILES;
        let folder = music.join(format!("{}/{album:06}", album % 97));
        if i % ALBUM_FILES == 0 {
            fs::create_dir_all(&folder)?;
        }
        let path = folder.join(format!("{:02} {i}.mp3", i % ALBUM_FILES + 1));
        if !path.exists() {
            fs::write(path, song(i, album))?;
        }
    }
    Ok(())
}

fn song(i: u32, album: u32) -> Vec<u8> {
    let title = format!("{} {} {}", word(i, 1), word(i, 2), word(i, 3));
    let artist = format!("{} {}", word(album / 8, 4), word(album / 8, 5));
    let name = format!("{} {}", word(album, 6), word(album, 7));
    let track = (i % ALBUM_FILES + 1).to_string();
    let year = (1950 + album % 75).to_string();
    let mut tags = Vec::new();
    for (key, value) in [(b"TIT2", &title), (b"TPE1", &artist), (b"TALB", &name), (b"TRCK", &track), (b"TDRC", &year)] {
        tags.extend(key);
        tags.extend(synchsafe(value.len() + 1));
        tags.extend([0, 0, 3]);
        tags.extend(value.as_bytes());
    }
    let mut file = b"ID3\x04\0\0".to_vec();
    file.extend(synchsafe(tags.len()));
    file.extend(tags);
    for frame in 0..10_u32 {
        let mut bytes = vec![0; 417];
        bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x64]);
        bytes[400..404].copy_from_slice(&((i + frame) & 0x7f7f_7f7f).to_be_bytes());
        file.extend(bytes);
    }
    file
}

/// Some words are common, most are rare, as in real titles.
fn word(number: u32, salt: u32) -> &'static str {
    let mixed = number.wrapping_mul(2_654_435_761).wrapping_add(salt.wrapping_mul(40_503_077));
    let spread = (mixed >> 8) % 2_304;
    // The square root of 0..2304 is 0..48, denser at the top.
    let index = WORDS.len() - 1 - spread.isqrt() as usize;
    WORDS[index]
}

fn synchsafe(length: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from(length >> shift & 0x7f).unwrap_or(0))
}

fn searches(library: &Library) -> Done<Vec<Duration>> {
    let mut times = Vec::new();
    for i in 0..SEARCHES {
        let (one, two) = (word(i, 1), word(i, 2));
        // As it is typed: a beginning, a word, two words, nothing.
        let query = match i % 5 {
            0 => one.chars().take(2).collect(),
            1 => one.chars().take(3).collect(),
            2 => one.to_owned(),
            3 => format!("{one} {two}"),
            _ => format!("{one} zzzz"),
        };
        let watch = Stopwatch::start();
        library.search(&query, 20)?;
        times.push(watch.elapsed());
    }
    times.sort();
    Ok(times)
}

fn pages(library: &Library, total: u64) -> Done<Vec<Duration>> {
    let mut times = Vec::new();
    for sort in [TrackSort::Artist, TrackSort::Title, TrackSort::Album, TrackSort::Year, TrackSort::Added] {
        for dir in [Direction::Asc, Direction::Desc] {
            for step in 0..PAGES {
                let paging = Paging { limit: 100, offset: total * step / PAGES, cursor: None };
                let watch = Stopwatch::start();
                library.tracks(&TrackQuery { sort, dir, paging, ..TrackQuery::default() })?;
                times.push(watch.elapsed());
            }
        }
    }
    times.sort();
    Ok(times)
}

fn told(times: &[Duration]) -> String {
    format!("p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms", at(times, 50), at(times, 90), at(times, 99))
}

/// Milliseconds below which this percentage lies.
fn at(times: &[Duration], percent: usize) -> f64 {
    times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}
