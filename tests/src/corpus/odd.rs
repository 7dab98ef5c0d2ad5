//! Names and tags that break careless programs, and files that are not what their name says.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::tagging::{self, Tags};

/// Names that a file system allows.
pub const NAMES: [&str; 30] = [
    "Füße und Ärger",
    "Zoë (decomposed e\u{308})",
    "日本語の曲",
    "песня без названия",
    "שיר בעברית",
    "\u{202e}evil",
    "🎸🔥 emoji 👩‍👩‍👧‍👦",
    "line\nbreak",
    "tab\there",
    "carriage\rreturn",
    "quote \" double",
    "quote ' single",
    "back\\slash",
    "%2f..%2f..%2fetc%2fpasswd",
    "..%00",
    "%",
    "# hash ? question & and = equals",
    "-rf",
    " leading and trailing ",
    "dot at the end.",
    "...",
    "<script>alert(1)<",
    "$(touch pwned)",
    "; rm -rf ~",
    "CON",
    "a*b|c:d",
    "null",
    "undefined",
    "\u{feff}byte order mark",
    "z̸̢̛a̷̧l̶g̵o̸",
];

/// How many files [`make`] writes that can be played: odd names, one of not even UTF-8, one very long, one deep down,
/// one hidden, and the odd tags.
pub const PLAYABLE: usize = NAMES.len() + 4 + 12;
/// How many files [`make`] writes that are named like media and are none.
pub const FALSE: usize = 20;

pub(super) fn make(folder: &Path, fine: &[PathBuf]) -> Result<()> {
    let mut sounds = fine.iter().filter(|file| file.extension().is_some_and(|ending| ending == "mp3")).cycle();
    let mut sound = || sounds.next().context("there are mp3 files");
    let names = folder.join("Names");
    fs::create_dir_all(&names)?;
    for name in NAMES {
        retitled(sound()?, &names.join(format!("{name}.mp3")), name)?;
    }
    retitled(sound()?, &names.join(not_unicode()), "not Unicode")?;
    // 255 bytes are the most that Linux file systems take.
    retitled(sound()?, &names.join(format!("{}.mp3", "long ".repeat(50))), "long")?;
    let deep = (0..30).fold(folder.join("Deep"), |path, n| path.join(format!("level {n}")));
    fs::create_dir_all(&deep)?;
    retitled(sound()?, &deep.join("at the bottom.mp3"), "at the bottom")?;
    retitled(sound()?, &names.join(".hidden.mp3"), "hidden")?;
    odd_tags(&folder.join("Tags"), &mut sound)?;
    false_files(&folder.join("False"))?;
    links(folder)
}

/// A copy with a title of its own: the sound is a duplicate, the place is odd.
fn retitled(sound: &Path, target: &Path, title: &str) -> Result<()> {
    fs::copy(sound, target).with_context(|| format!("writing {}", target.display()))?;
    tagging::write(target, &Tags { title: Some(format!("Odd {title}")), ..Tags::default() })
}

#[cfg(unix)]
fn not_unicode() -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(b"latin1 caf\xe9.mp3".to_vec())
}

#[cfg(not(unix))]
fn not_unicode() -> OsString {
    OsString::from("latin1 cafe.mp3")
}

fn odd_tags<'a>(folder: &Path, sound: &mut impl FnMut() -> Result<&'a PathBuf>) -> Result<()> {
    fs::create_dir_all(folder)?;
    let text = |text: &str| Some(text.to_owned());
    let cases = [
        ("empty", Tags { title: text(""), artist: text(""), album: text(""), ..Tags::default() }),
        ("blank", Tags { title: text("   \t "), artist: text("\u{a0}"), ..Tags::default() }),
        (
            "huge",
            Tags { title: Some("long title ".repeat(10_000)), artist: Some("x".repeat(100_000)), ..Tags::default() },
        ),
        (
            "html",
            Tags {
                title: text("<img src=x onerror=alert(1)>"),
                artist: text("</script><script>alert(1)</script>"),
                album: text("{{7*7}}"),
                ..Tags::default()
            },
        ),
        ("sql", Tags { title: text("'; DROP TABLE tracks; --"), artist: text("\" OR 1=1"), ..Tags::default() }),
        ("right to left", Tags { title: text("\u{202e}gnp.exe"), artist: text("مغني"), ..Tags::default() }),
        (
            "zero",
            Tags {
                title: text("zero width\u{200b}\u{200d}\u{feff}"),
                artist: text("a\u{301}\u{301}\u{301}\u{301}"),
                ..Tags::default()
            },
        ),
        (
            "numbers",
            Tags {
                title: text("numbers"),
                track_no: text("99999999999999999999"),
                disc_no: text("-1"),
                date: text("0000"),
                ..Tags::default()
            },
        ),
        (
            "words as numbers",
            Tags {
                title: text("words"),
                track_no: text("A1/B"),
                disc_no: text("side two"),
                date: text("last summer"),
                ..Tags::default()
            },
        ),
        (
            "of",
            Tags {
                title: text("of"),
                track_no: text("3/12"),
                disc_no: text("1/2"),
                date: text("1999-12-31T23:59:59Z"),
                ..Tags::default()
            },
        ),
        (
            "false cover",
            Tags {
                title: text("false cover"),
                cover: Some(b"<html><script>alert(1)</script>".to_vec()),
                ..Tags::default()
            },
        ),
        (
            "cut cover",
            Tags {
                title: text("cut cover"),
                cover: Some(super::art::jpeg(3, 300)?[..2_000].to_vec()),
                ..Tags::default()
            },
        ),
    ];
    for (name, tags) in cases {
        let target = folder.join(format!("{name}.mp3"));
        fs::copy(sound()?, &target)?;
        tagging::write(&target, &tags)?;
    }
    Ok(())
}

/// Empty files, noise and texts under the names of media.
fn false_files(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    // Numbers that look random and are the same each time (Knuth's multiplicative hash).
    let noise = |len: u32| -> Vec<u8> { (1..=len).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect() };
    for ending in ["mp3", "flac", "m4a", "opus", "mp4"] {
        fs::write(folder.join(format!("empty.{ending}")), [])?;
        fs::write(folder.join(format!("noise.{ending}")), noise(40_000))?;
        fs::write(folder.join(format!("text.{ending}")), "This is not music.\n".repeat(500))?;
        fs::write(folder.join(format!("lying.{ending}")), lying_head(ending))?;
    }
    // No media by their names: never looked at.
    for name in ["cover.jpg", "notes.txt", "booklet.pdf", "Thumbs.db", ".DS_Store"] {
        fs::write(folder.join(name), noise(1_000))?;
    }
    Ok(())
}

/// A true magic number, followed by lengths that point far behind the end.
fn lying_head(ending: &str) -> Vec<u8> {
    let head: &[u8] = match ending {
        "mp3" => b"ID3\x04\x00\x00\x7f\x7f\x7f\x7fTIT2\x7f\x7f\x7f\x7f\x00\x00",
        "flac" => b"fLaC\x84\xff\xff\xff\xff\xff\xff\xff",
        "opus" => b"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff",
        _ => b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42\xff\xff\xff\xffmoov\xff\xff\xff\xfftrak",
    };
    [head, &[0xff; 64][..]].concat()
}

/// A link to itself, one to its own parent, one to nothing: a scan must come back from each.
fn links(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        let links = folder.join("Links");
        fs::create_dir_all(&links)?;
        symlink("loop.mp3", links.join("loop.mp3"))?;
        symlink("..", links.join("parent"))?;
        symlink("nowhere/at/all.mp3", links.join("nowhere.mp3"))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
