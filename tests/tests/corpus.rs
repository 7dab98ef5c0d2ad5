//! The libraries of the tests are what they promise to be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use iroam_tests::corpus::{Corpus, demo, large, odd, tone::TONES};
use lofty::{
    file::{AudioFile as _, TaggedFileExt as _},
    probe::Probe,
    tag::Accessor as _,
};

#[test]
fn every_tone_has_its_length_its_title_and_its_cover() {
    let folder = Corpus::Tones.folder().unwrap();
    for tone in TONES {
        let file = Probe::open(folder.join(tone.file)).unwrap().guess_file_type().unwrap().read().unwrap();
        let length_s = file.properties().duration().as_secs_f64();
        assert!((63.5..65.0).contains(&length_s), "{} lasts {length_s} s", tone.file);
        let tag = file.primary_tag().unwrap();
        assert_eq!(tag.title().as_deref(), Some(tone.title));
        assert_eq!(tag.picture_count(), 1, "{}", tone.file);
    }
}

#[test]
fn the_large_library_has_a_thousand_files_and_its_oddities() {
    let folder = Corpus::Large.folder().unwrap();
    let files = count(&folder);
    let expected =
        large::FINE + large::COPIES + large::RETAGGED + large::UNTAGGED + large::CUT + odd::PLAYABLE + odd::FALSE;
    assert_eq!(files, expected);
}

/// Regular files that are named like media.
fn count(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.file_type().unwrap() {
            kind if kind.is_dir() => count(&entry.path()),
            kind if kind.is_file() => {
                let name = entry.file_name();
                let name = name.to_string_lossy().into_owned();
                usize::from(
                    ["mp3", "flac", "m4a", "opus", "ogg", "wav", "mp4"]
                        .iter()
                        .any(|ending| name.ends_with(&format!(".{ending}"))),
                )
            }
            _ => 0,
        })
        .sum()
}

#[test]
fn the_demo_library_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    demo::make(folder.path()).unwrap();
    let before = count(folder.path());
    assert_eq!(before, 15);
    let started = iroam_tests::clock::now();
    demo::make(folder.path()).unwrap();
    assert_eq!(count(folder.path()), before);
    assert!(started.elapsed().as_secs() < 2, "the second time, nothing is left to do");
}
