//! Drives that go away, broken files, broken databases, odd names.

mod world;

use std::{
    fs,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use iroam_library::{Library, MediaError, OpenError, ScanError, TrackQuery};
use iroam_protocol::home::Scan;
use world::{Song, World, all, mp3, open, sound};

fn songs(world: &World, folder: &str, count: u32) {
    for i in 0..count {
        world.song(&format!("{folder}/{i}.mp3"), Song { title: &format!("{folder} {i}"), sound: i, ..Song::default() });
    }
}

#[test]
fn an_unplugged_drive_stays_listed_and_its_files_are_gone() {
    let world = World::new();
    songs(&world, "a", 3);
    world.scan();
    let track = world.titled("a 1");
    let away = world.dir.path().join("unplugged");
    fs::rename(world.music(), &away).unwrap();
    let report = world.scan();
    assert_eq!((report.tracks, report.removed), (3, 0));
    assert_eq!(report.unreadable, ["Music"]);
    assert_eq!(world.index.unreadable(), ["Music"]);
    assert!(matches!(world.index.media(track.id), Err(MediaError::Gone)));

    fs::create_dir(world.music()).unwrap();
    let with_slash = PathBuf::from(format!("{}/", world.music().display()));
    assert_eq!(world.scan_roots(&[with_slash]).tracks, 3, "however the folder is written");
    assert_eq!(world.scan().tracks, 3, "an empty mount point is a drive that is not there");

    fs::remove_dir(world.music()).unwrap();
    fs::rename(&away, world.music()).unwrap();
    let report = world.scan();
    assert_eq!((report.tracks, report.changed, report.added), (3, 0, 0));
    assert!(report.unreadable.is_empty());
    assert!(world.index.media(track.id).is_ok());
}

#[test]
fn a_folder_that_cannot_be_read_keeps_its_tracks() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    songs(&world, "open", 2);
    songs(&world, "closed", 2);
    world.scan();
    let closed = world.path("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&closed).is_ok() {
        eprintln!("skipped: this user may read everything, so no folder can be closed");
        return;
    }
    let report = world.scan();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(report.tracks, 4);
    assert_eq!(report.unreadable, ["closed"]);
}

#[test]
fn a_library_folder_that_is_taken_out_leaves_the_lists() {
    let world = World::new();
    songs(&world, "a", 2);
    songs(&world, "b", 2);
    let roots = [world.path("a"), world.path("b")];
    assert_eq!(world.scan_roots(&roots).tracks, 4);
    assert_eq!(world.scan_roots(&roots[..1]).tracks, 2);
    assert_eq!(world.scan_roots(&roots).tracks, 4);
}

#[test]
fn broken_files_are_counted_with_their_reason_and_looked_at_again_when_they_change() {
    let world = World::new();
    songs(&world, "a", 1);
    world.write("broken.mp3", b"not an mp3 file at all");
    world.write("empty.flac", b"");
    world.write("cut.flac", b"fLaC\0\0\0\x22");
    let report = world.scan();
    assert_eq!((report.files, report.tracks, report.failed), (4, 1, 3));
    let failures = world.index.failures(10).unwrap();
    assert_eq!(failures.len(), 3);
    assert!(failures.iter().all(|failure| !failure.reason.is_empty()));
    assert_eq!(world.index.counts().unwrap().failed, 3);
    assert_eq!(world.scan().failed, 3, "nothing changed");

    world.song("broken.mp3", Song { title: "Whole", ..Song::default() });
    fs::remove_file(world.path("empty.flac")).unwrap();
    let report = world.scan();
    assert_eq!((report.tracks, report.failed, report.added), (2, 1, 1));
    world.write("broken.mp3", b"broken again");
    let report = world.scan();
    assert_eq!((report.tracks, report.failed), (1, 2));
}

#[test]
fn a_thousand_files_with_duplicates_odd_tags_and_odd_names() {
    let world = World::new();
    let odd: [&str; 10] = [
        "new\nline",
        "tab\there",
        "emoji 🎵",
        "ünïcödé",
        "quote\"s",
        "semi;colon",
        "per%cent",
        " lead",
        "back\\slash",
        "日本語",
    ];
    for i in 0..1_200u32 {
        let name = format!("{} {}/{} {i}.mp3", i % 40, odd[(i % 10) as usize], odd[(i / 10 % 10) as usize]);
        // Every tenth file is a copy of the one before.
        let sound = if i % 10 == 9 { i - 1 } else { i };
        let title = format!("Song {i} {}", odd[(i % 10) as usize]);
        let artist = format!("Artist {}", i % 70);
        let album = format!("Album {}", i % 90);
        let track = ["1", "3/12", "x", "", "0", "007"][(i % 6) as usize];
        let year = ["1997", "1997-05-21", "", "sometime", "0"][(i % 5) as usize];
        let song = if i % 25 == 24 {
            Song { sound, ..Song::default() }
        } else {
            Song { title: &title, artist: &artist, album: &album, track, year, sound, ..Song::default() }
        };
        world.song(&name, song);
    }
    let long = format!("{}.mp3", "n".repeat(250));
    world.song(&long, Song { title: "Long name", sound: 9_999, ..Song::default() });
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let name = std::ffi::OsStr::from_bytes(b"no \xff\xfe utf8.mp3");
        fs::write(world.music().join(name), mp3(&Song { title: "No UTF-8", sound: 9_998, ..Song::default() })).unwrap();
    }
    let files = if cfg!(unix) { 1_202 } else { 1_201 };
    let report = world.scan();
    assert_eq!((report.files, report.tracks, report.failed), (files, files, 0));
    let tracks = world.all();
    assert_eq!(tracks.len() as u64, files);
    assert!(tracks.iter().all(|track| !track.title.is_empty() && !track.title.contains('\n')));
    assert!(tracks.iter().all(|track| world.index.media(track.id).is_ok()));
    assert!(tracks.iter().all(|track| track.track_no != Some(0) && track.year.is_none_or(|year| year == 1997)));
    let report = world.scan();
    assert_eq!((report.added, report.changed, report.removed), (0, 0, 0), "a second scan finds nothing new");
    assert_eq!(world.index.search("long name", 5).unwrap().tracks.len(), 1);
}

#[test]
fn tracks_can_be_listed_and_opened_while_the_scan_runs() {
    let world = World::new();
    for i in 0..3_000u32 {
        world.song(&format!("{}/{i}.mp3", i / 100), Song { title: &format!("S {i}"), sound: i, ..Song::default() });
    }
    let early = AtomicUsize::new(0);
    // Asked between any two files, so also after the first commit and before the last.
    let look = || {
        let page = world.index.tracks(&TrackQuery::default()).unwrap();
        if let Some(first) = page.items.first().filter(|_| page.total < 3_000) {
            assert!(world.index.media(first.id).is_ok());
            early.fetch_max(usize::try_from(page.total).unwrap(), Ordering::Relaxed);
        }
        false
    };
    let states = Mutex::new(Vec::new());
    let progress = |scan: Scan| states.lock().unwrap().push(scan);
    world.index.scan(&[world.music()], 1, &progress, &look).unwrap();
    assert!((1..3_000).contains(&early.into_inner()), "something could be opened before the end");
    assert_eq!(world.all().len(), 3_000);
    let states = states.into_inner().unwrap();
    assert!(states.iter().all(|scan| scan.done <= scan.found));
    assert_eq!(states.last(), Some(&Scan { found: 3_000, done: 3_000, walked: true }));
}

#[test]
fn a_scan_that_is_stopped_keeps_what_it_has_and_the_next_one_goes_on() {
    let world = World::new();
    songs(&world, "a", 500);
    let seen = AtomicUsize::new(0);
    let cancel = || seen.fetch_add(1, Ordering::Relaxed) > 100;
    let stopped = world.index.scan(&[world.music()], 1, &|_| {}, &cancel);
    assert!(matches!(stopped, Err(ScanError::Cancelled)));
    let kept = world.all();
    assert!(kept.len() < 500);
    assert_eq!(world.scan().tracks, 500);
    for track in kept {
        assert_eq!(world.index.track(track.id).unwrap().unwrap().title, track.title);
    }
}

#[test]
fn a_second_scan_at_the_same_time_is_told_so() {
    let world = World::new();
    songs(&world, "a", 50);
    let told = AtomicBool::new(false);
    let again = || {
        if !told.swap(true, Ordering::Relaxed) {
            let second = world.index.scan(&[world.music()], 1, &|_| {}, &|| false);
            assert!(matches!(second, Err(ScanError::Busy)));
        }
        false
    };
    world.index.scan(&[world.music()], 1, &|_| {}, &again).unwrap();
    assert!(told.into_inner());
}

#[test]
fn a_database_of_a_later_version_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let path = dir.path().join("library.sqlite");
    let later = rusqlite::Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 1_000).unwrap();
    drop(later);
    let refused = Library::open(&path, &dir.path().join("covers"), [1; 32]);
    match refused {
        Err(error @ OpenError::Newer { found: 1_000, .. }) => assert!(error.to_string().contains("update iRoam")),
        other => panic!("{other:?}"),
    }
    assert!(path.exists());
}

#[test]
fn a_broken_database_is_moved_aside_and_found_again_by_a_scan() {
    let world = World::new();
    songs(&world, "a", 4);
    world.scan();
    let World { dir, index: library, .. } = world;
    drop(library);
    let path = dir.path().join("library.sqlite");
    fs::write(&path, vec![0x5a; 20_000]).unwrap();
    let library = open(dir.path());
    let moved = library.moved_aside().unwrap();
    assert_eq!(fs::read(moved).unwrap(), vec![0x5a; 20_000]);
    assert!(library.tracks(&TrackQuery::default()).unwrap().items.is_empty());
    let report = library.scan(&[dir.path().join("Music")], 1, &|_| {}, &|| false).unwrap();
    assert_eq!(report.tracks, 4);
    assert_eq!(open(dir.path()).moved_aside(), None);
}

#[test]
fn library_folders_are_only_read() {
    let world = World::new();
    songs(&world, "a", 5);
    world.write("a/cover.png", &world::png(9));
    let state = |folder: PathBuf| {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.path(), entry.metadata().unwrap().modified().unwrap(), fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    let before = state(world.path("a"));
    world.scan();
    assert_eq!(state(world.path("a")), before);
}

#[test]
fn a_file_that_is_still_being_copied_becomes_whole() {
    let world = World::new();
    let whole = mp3(&Song { title: "Growing", sound: 5, ..Song::default() });
    world.write("a.mp3", &whole[..whole.len() - 5_000]);
    world.scan();
    world.write("a.mp3", &whole);
    world.scan();
    let track = world.titled("Growing");
    assert_eq!(track.size_bytes, whole.len() as u64);
    assert_eq!(all(&world.index, &TrackQuery::default()).len(), 1);
    let media = world.index.media(track.id).unwrap();
    assert_eq!(media.payload.end - media.payload.start, sound(5).len() as u64);
}
