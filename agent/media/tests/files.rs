//! Real files, made by ffmpeg where it is installed.
#![expect(clippy::unwrap_used, reason = "what a test cannot make fails the test")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use iroam_media::{Budget, Container, ProbeError, Probed, picture_format, probe, thumbnail};
use iroam_protocol::home::Kind;
use proptest::prelude::*;

/// Whether ffmpeg can be run; says plainly when a test has nothing to work on.
fn ffmpeg_is_here() -> bool {
    let here = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !here {
        eprintln!("skipped: ffmpeg is not installed, so there are no files to look at");
    }
    here
}

fn ffmpeg(arguments: &[&str], out: &Path) -> PathBuf {
    let done = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(arguments)
        .arg(out)
        .status()
        .unwrap();
    assert!(done.success(), "ffmpeg {arguments:?}");
    out.to_owned()
}

const TONE: &str = "sine=frequency=440:duration=3:sample_rate=48000";
const TAGS: [&str; 16] = [
    "-metadata",
    "title=Größe",
    "-metadata",
    "artist=Björk",
    "-metadata",
    "album=Début",
    "-metadata",
    "album_artist=Various Artists",
    "-metadata",
    "genre=Rock",
    "-metadata",
    "track=3/12",
    "-metadata",
    "disc=2/2",
    "-metadata",
    "date=1997-05-21",
];

fn tone(dir: &Path, name: &str, codec: &[&str]) -> PathBuf {
    let arguments = [&["-f", "lavfi", "-i", TONE], &TAGS[..], codec].concat();
    ffmpeg(&arguments, &dir.join(name))
}

fn look(path: &Path) -> Probed {
    probe(path, Budget::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn has_all_tags(found: &Probed, name: &str) {
    let tags = &found.tags;
    assert_eq!(tags.title.as_deref(), Some("Größe"), "{name}");
    assert_eq!(tags.artist.as_deref(), Some("Björk"), "{name}");
    assert_eq!(tags.album.as_deref(), Some("Début"), "{name}");
    assert_eq!(tags.genre.as_deref(), Some("Rock"), "{name}");
    assert_eq!(tags.track_no, Some(3), "{name}");
    assert_eq!(tags.year, Some(1997), "{name}");
}

fn lasts_three_seconds(found: &Probed, name: &str) {
    let duration = found.duration_ms.unwrap_or_default();
    assert!((2_900..=3_200).contains(&duration), "{name}: {duration}");
}

#[test]
fn every_sound_format_tells_tags_length_and_codec() {
    if !ffmpeg_is_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let cases: [(&str, &[&str], Container, &str, &str); 9] = [
        ("a.mp3", &["-c:a", "libmp3lame", "-b:a", "128k"], Container::Mpeg, "audio/mpeg", "mp3"),
        ("b.flac", &["-c:a", "flac"], Container::Flac, "audio/flac", "flac"),
        ("c.m4a", &["-c:a", "aac", "-b:a", "96k"], Container::Mp4, "audio/mp4", "aac"),
        ("d.m4a", &["-c:a", "alac"], Container::Mp4, "audio/mp4", "alac"),
        ("e.opus", &["-c:a", "libopus", "-b:a", "64k"], Container::Ogg, "audio/ogg", "opus"),
        ("f.ogg", &["-c:a", "libvorbis"], Container::Ogg, "audio/ogg", "vorbis"),
        ("g.wav", &["-c:a", "pcm_s16le"], Container::Wav, "audio/wav", "pcm_s16le"),
        ("h.aiff", &["-c:a", "pcm_s16be", "-write_id3v2", "1"], Container::Aiff, "audio/aiff", "pcm_s16be"),
        ("i.mka", &["-c:a", "libopus"], Container::Matroska, "audio/x-matroska", "opus"),
    ];
    for (name, codec, container, media_type, codec_name) in cases {
        let found = look(&tone(dir.path(), name, codec));
        assert_eq!(found.container, container, "{name}");
        assert_eq!(found.media_type, media_type, "{name}");
        assert_eq!(found.codec.as_deref(), Some(codec_name), "{name}");
        assert_eq!(found.kind, Kind::Audio, "{name}");
        assert_eq!((found.sample_rate_hz, found.channels), (Some(48_000), Some(1)), "{name}");
        lasts_three_seconds(&found, name);
        assert!(found.bitrate_kbps.is_some_and(|rate| rate > 5), "{name}: {:?}", found.bitrate_kbps);
        assert!(found.payload.end - found.payload.start > found.size_bytes / 3, "{name}: {:?}", found.payload);
        has_all_tags(&found, name);
        if !matches!(container, Container::Wav) {
            assert_eq!(found.tags.album_artist.as_deref(), Some("Various Artists"), "{name}");
            assert_eq!(found.tags.disc_no, Some(2), "{name}");
        }
    }
}

#[test]
fn bare_aac_frames_and_mp3_without_a_length_header_are_measured() {
    if !ffmpeg_is_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let aac = look(&tone(dir.path(), "a.aac", &["-c:a", "aac"]));
    assert_eq!((aac.container, aac.codec.as_deref()), (Container::Adts, Some("aac")));
    let bare = look(&tone(dir.path(), "b.mp3", &["-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0"]));
    lasts_three_seconds(&bare, "b.mp3");
}

#[test]
fn videos_are_videos_and_tell_both_codecs() {
    if !ffmpeg_is_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let input = ["-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=3", "-f", "lavfi", "-i", TONE];
    let cases: [(&str, &[&str], &str, &str, &str); 6] = [
        ("a.mp4", &["-c:v", "libx264", "-c:a", "aac"], "video/mp4", "h264", "aac"),
        ("b.mp4", &["-c:v", "libx264", "-c:a", "aac", "-movflags", "+faststart"], "video/mp4", "h264", "aac"),
        (
            "c.mp4",
            &["-c:v", "libx264", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"],
            "video/mp4",
            "h264",
            "aac",
        ),
        ("d.mov", &["-c:v", "libx264", "-c:a", "aac"], "video/quicktime", "h264", "aac"),
        ("e.webm", &["-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"], "video/webm", "vp9", "opus"),
        ("f.mkv", &["-c:v", "libx264", "-c:a", "libvorbis"], "video/x-matroska", "h264", "vorbis"),
    ];
    for (name, codecs, media_type, video, sound) in cases {
        let arguments = [&input[..], &["-metadata", "title=A film", "-pix_fmt", "yuv420p"], codecs].concat();
        let found = look(&ffmpeg(&arguments, &dir.path().join(name)));
        assert_eq!(found.kind, Kind::Video, "{name}");
        assert_eq!(found.media_type, media_type, "{name}");
        assert_eq!(found.video_codec.as_deref(), Some(video), "{name}");
        assert_eq!(found.codec.as_deref(), Some(sound), "{name}");
        if name != "c.mp4" {
            lasts_three_seconds(&found, name);
        }
        assert_eq!(found.tags.title.as_deref(), Some("A film"), "{name}");
        assert!(found.payload.end > found.payload.start && found.payload.end <= found.size_bytes, "{name}");
    }
}

#[test]
fn embedded_covers_come_out_and_can_be_made_small() {
    if !ffmpeg_is_here() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let cover = ffmpeg(
        &["-f", "lavfi", "-i", "color=c=red:size=600x600:duration=1", "-frames:v", "1"],
        &dir.path().join("cover.jpg"),
    );
    let cover = cover.to_str().unwrap();
    for (name, codec) in [("a.mp3", "libmp3lame"), ("b.flac", "flac"), ("c.m4a", "aac")] {
        let arguments = [
            "-f",
            "lavfi",
            "-i",
            TONE,
            "-i",
            cover,
            "-map",
            "0:a",
            "-map",
            "1:v",
            "-c:a",
            codec,
            "-c:v",
            "copy",
            "-disposition:v",
            "attached_pic",
        ];
        let found = look(&ffmpeg(&arguments, &dir.path().join(name)));
        assert_eq!(found.kind, Kind::Audio, "{name}: a cover is no film");
        let bytes = found.cover.unwrap_or_else(|| panic!("{name} has a cover")).bytes;
        assert_eq!(bytes, fs::read(cover).unwrap(), "{name}");
        let small = thumbnail(&bytes, 96).unwrap();
        assert_eq!((small.width, small.height), (96, 96), "{name}");
        assert!(picture_format(&small.bytes).is_some());
    }
}

#[test]
fn a_new_tag_leaves_the_match_key_alone_in_every_format() {
    if !ffmpeg_is_here() {
        return;
    }
    use lofty::{
        config::WriteOptions,
        file::{AudioFile as _, TaggedFileExt as _},
        tag::{Accessor as _, Tag},
    };
    let dir = tempfile::tempdir().unwrap();
    let noise = ["-f", "lavfi", "-i", "anoisesrc=duration=12:sample_rate=48000"];
    for (name, codec) in [
        ("a.mp3", "libmp3lame"),
        ("b.flac", "flac"),
        ("c.m4a", "aac"),
        ("e.opus", "libopus"),
        ("f.ogg", "libvorbis"),
        ("g.wav", "pcm_s16le"),
        ("h.aiff", "pcm_s16be"),
    ] {
        let path = ffmpeg(&[&noise[..], &["-c:a", codec]].concat(), &dir.path().join(name));
        let before = look(&path);
        let mut file = lofty::read_from_path(&path).unwrap();
        let kind = file.primary_tag_type();
        if file.tag(kind).is_none() {
            file.insert_tag(Tag::new(kind));
        }
        let tag = file.tag_mut(kind).unwrap();
        tag.set_title("Another title ".repeat(9_000));
        tag.set_artist("Another artist".to_owned());
        file.save_to_path(&path, WriteOptions::default()).unwrap();
        let after = look(&path);
        assert_ne!(before.size_bytes, after.size_bytes, "{name}: the tag was written");
        assert_eq!(before.key, after.key, "{name}");
        assert_eq!(after.tags.artist.as_deref(), Some("Another artist"), "{name}");
    }
    let mp4 = tone(dir.path(), "m.mp4", &["-c:a", "aac"]);
    let copy = ["-i", mp4.to_str().unwrap(), "-c", "copy", "-metadata", "title=New", "-movflags", "+faststart"];
    let moved = ffmpeg(&copy, &dir.path().join("n.mp4"));
    assert_eq!(look(&mp4).key, look(&moved).key, "moving the index to the front leaves the media alone");
}

#[test]
fn truncated_files_and_garbage_are_answered_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::File::create(&path).unwrap().write_all(bytes).unwrap();
        path
    };
    assert!(matches!(probe(&write("a.mp3", b""), Budget::default()), Err(ProbeError::Empty)));
    assert!(matches!(probe(&write("b.flac", b"hello, world"), Budget::default()), Err(ProbeError::Unknown)));
    assert!(matches!(probe(&write("c.flac", b"fLaC\0\0\0\x22"), Budget::default()), Err(ProbeError::Broken(_))));
    assert!(matches!(probe(&dir.path().join("none.mp3"), Budget::default()), Err(ProbeError::Unreadable(_))));
    let noise: Vec<u8> = (0..300_000u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    for name in ["d.mp3", "e.ogg", "f.m4a", "g.mkv"] {
        assert!(probe(&write(name, &noise), Budget::default()).is_err(), "{name}");
    }
}

#[test]
fn formats_that_no_browser_plays_are_listed_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.wma");
    let mut bytes = vec![0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11];
    bytes.resize(4_000, 7);
    fs::write(&path, bytes).unwrap();
    let found = look(&path);
    assert_eq!((found.media_type, found.codec.as_deref()), ("audio/x-ms-wma", Some("wma")));
}

/// Small files of every format, made once.
fn seeds() -> &'static [(String, Vec<u8>)] {
    static SEEDS: std::sync::OnceLock<Vec<(String, Vec<u8>)>> = std::sync::OnceLock::new();
    SEEDS.get_or_init(|| {
        if !ffmpeg_is_here() {
            return vec![
                ("a.flac".to_owned(), b"fLaC\x80\0\0\x22".repeat(40)),
                ("b.mp3".to_owned(), [0xff, 0xfb, 0x90, 0].repeat(200)),
            ];
        }
        let dir = tempfile::tempdir().unwrap();
        ["a.mp3", "b.flac", "c.m4a", "d.opus", "e.ogg", "f.wav", "g.webm", "h.aiff"]
            .map(|name| {
                let path = tone(dir.path(), name, &["-t", "0.3"]);
                (name.to_owned(), fs::read(path).unwrap())
            })
            .to_vec()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn mutated_files_never_panic_and_end_within_their_budget(
        which: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..24),
        front in prop::collection::vec((0usize..512, any::<u8>()), 0..12),
        cut: prop::sample::Index,
        cuts: bool,
    ) {
        let seeds = seeds();
        let (name, seed) = &seeds[which.index(seeds.len())];
        let mut bytes = seed.clone();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        for (at, value) in front {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        let watch = iroam_media::Stopwatch::start();
        let _ = probe(&path, Budget { bytes: 8 << 20, time: Duration::from_secs(2) });
        prop_assert!(watch.elapsed() < Duration::from_secs(10));
    }
}
