//! A folder with one file of each format, made by ffmpeg where it is installed.
#![expect(clippy::unwrap_used, reason = "what a test cannot make fails the test")]

mod world;

use std::process::{Command, Stdio};

use iroam_library::CoverSize;
use iroam_protocol::home::Kind;
use world::World;

fn ffmpeg_is_here() -> bool {
    let here = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !here {
        eprintln!("skipped: ffmpeg is not installed, so there are no files to scan");
    }
    here
}

fn make(world: &World, name: &str, arguments: &[&str]) {
    let done = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(arguments)
        .args(["-metadata", &format!("title={name}"), "-metadata", "artist=Tone", "-metadata", "album=Formats"])
        .arg(world.path(name))
        .status()
        .unwrap();
    assert!(done.success(), "{name}");
}

#[test]
fn every_format_is_listed_with_length_codec_and_kind() {
    if !ffmpeg_is_here() {
        return;
    }
    let world = World::new();
    let tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"];
    let film = [
        "-f",
        "lavfi",
        "-i",
        "testsrc=size=96x64:rate=10:duration=2",
        "-f",
        "lavfi",
        "-i",
        "sine=duration=2",
        "-pix_fmt",
        "yuv420p",
    ];
    for name in ["a.mp3", "b.flac", "c.m4a", "d.opus", "e.ogg", "f.wav"] {
        make(&world, name, &tone);
    }
    make(&world, "g.mp4", &[&film[..], &["-c:v", "libx264", "-c:a", "aac"]].concat());
    make(&world, "h.webm", &[&film[..], &["-c:v", "libvpx", "-c:a", "libopus"]].concat());
    world.write("cover.png", &world::png(77));
    let report = world.scan();
    assert_eq!((report.tracks, report.failed), (8, 0));
    for (name, codec, media_type) in [
        ("a.mp3", "mp3", "audio/mpeg"),
        ("b.flac", "flac", "audio/flac"),
        ("c.m4a", "aac", "audio/mp4"),
        ("d.opus", "opus", "audio/ogg"),
        ("e.ogg", "vorbis", "audio/ogg"),
        ("f.wav", "pcm_s16le", "audio/wav"),
        ("g.mp4", "aac", "video/mp4"),
        ("h.webm", "opus", "video/webm"),
    ] {
        let track = world.titled(name);
        assert_eq!(track.codec.as_deref(), Some(codec), "{name}");
        assert_eq!(track.media_type, media_type, "{name}");
        assert!((1_900..=2_200).contains(&track.duration_ms), "{name}: {}", track.duration_ms);
        assert_eq!(track.kind, if media_type.starts_with("video") { Kind::Video } else { Kind::Audio }, "{name}");
        let cover = track.cover_id.unwrap_or_else(|| panic!("{name} has the folder's cover"));
        assert!(world.index.cover(cover, CoverSize::Medium).unwrap().is_some());
        let media = world.index.media(track.id).unwrap();
        assert!(media.payload.end <= media.size_bytes && media.payload.start < media.payload.end, "{name}");
    }
}
