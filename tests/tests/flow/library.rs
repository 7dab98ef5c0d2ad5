//! A library as real ones are.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use iroam_tests::{
    corpus::{self, Corpus, large, odd},
    place,
    process::{self, Ended},
};
use serde_json::Value;

fn scan(data: &Path, library: &Path) -> (Ended, Value) {
    let args = [
        "scan".as_ref(),
        "--data".as_ref(),
        data.as_os_str(),
        "--library".as_ref(),
        library.as_os_str(),
        "--json".as_ref(),
    ];
    let ended = process::run(&place::agent(), args, "").unwrap();
    let last = ended.stdout.lines().last().unwrap_or_default();
    let report =
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {}\n{}", ended.stdout, ended.stderr));
    (ended, report)
}

fn number(report: &Value, name: &str) -> usize {
    report[name].as_u64().unwrap_or_else(|| panic!("no {name} in {report}")).try_into().unwrap()
}

/// Every file with its size and time.
fn picture(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let facts = entry.metadata().unwrap();
        if facts.is_dir() {
            all.extend(picture(&entry.path()));
        } else {
            all.insert(entry.path(), (facts.len(), facts.modified().unwrap()));
        }
    }
    all
}

#[test]
fn a_thousand_files_with_oddities_are_read_once_without_a_portal_and_never_written_to() {
    let library = Corpus::Large.folder().unwrap();
    let before = picture(&library);
    let data = tempfile::tempdir().unwrap();
    let (ended, first) = scan(data.path(), &library);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let (files, tracks, failed) = (number(&first, "files"), number(&first, "tracks"), number(&first, "failed"));
    assert!(files >= 1_000 && tracks + failed <= files, "{first}");
    // Whether a cut file still plays differs from format to format; all that is whole must be there, all rubbish must not.
    let whole = large::FINE + large::COPIES + large::RETAGGED + large::UNTAGGED + odd::PLAYABLE;
    assert!(tracks >= whole - odd::PLAYABLE && tracks <= whole + large::CUT, "{first}; {whole} are whole");
    assert!(failed <= odd::FALSE + large::CUT, "{first}");

    let (ended, again) = scan(data.path(), &library);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!((number(&again, "files"), number(&again, "tracks")), (files, tracks), "a second look finds the same");
    assert_eq!(picture(&library), before, "the library is only ever read");
}

#[test]
fn an_unreadable_folder_is_named_and_the_rest_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("music");
    corpus::copy(&Corpus::Tones.folder().unwrap(), &library).unwrap();
    let locked = library.join("Locked away");
    fs::create_dir(&locked).unwrap();
    fs::copy(library.join("01 Tone mp3.mp3"), locked.join("hidden.mp3")).unwrap();
    set_mode(&locked, 0o000);
    let ended = scan_as_somebody(dir.path(), &library);
    set_mode(&locked, 0o755);
    assert_eq!(ended.code, Some(77), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("Locked away"), "it names the folder: {}", ended.stderr);
    let report: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(number(&report, "tracks"), 7, "{report}");
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// User and group that own nothing, on Linux.
const NOBODY: u32 = 65_534;

/// Root reads everything, so that the scan runs as an unprivileged user when the tests run as root.
fn scan_as_somebody(dir: &Path, library: &Path) -> Ended {
    use std::os::unix::{fs::MetadataExt as _, process::CommandExt as _};
    let (program, data) = (dir.join("iroam"), dir.join("data"));
    fs::copy(place::agent(), &program).unwrap();
    fs::create_dir(&data).unwrap();
    set_mode(dir, 0o755);
    set_mode(library, 0o755);
    let mut command = Command::new(program);
    command.arg("scan").arg("--data").arg(&data).arg("--library").arg(library).arg("--json");
    if fs::metadata(&data).unwrap().uid() == 0 {
        std::os::unix::fs::chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY).env("HOME", &data);
    }
    process::run_command(command, "").unwrap()
}
