//! What keeps an id, and what does not.

mod world;

use std::fs;

use iroam_library::MediaError;
use world::{Song, World, mp3};

const SONG: Song<'_> = Song {
    title: "One",
    artist: "A",
    album: "First",
    album_artist: "",
    genre: "",
    track: "1",
    disc: "",
    year: "",
    compilation: false,
    cover: &[],
    sound: 1,
};

#[test]
fn rename_move_and_retag_keep_the_id() {
    let world = World::new();
    let path = world.song("a.mp3", SONG);
    world.scan();
    let id = world.titled("One").id;

    let renamed = world.path("renamed.mp3");
    fs::rename(&path, &renamed).unwrap();
    assert_eq!(world.scan().removed, 0);
    assert_eq!(world.titled("One").id, id, "after a rename");

    fs::create_dir_all(world.path("deep/er")).unwrap();
    let moved = world.path("deep/er/renamed.mp3");
    fs::rename(&renamed, &moved).unwrap();
    world.scan();
    assert_eq!(world.titled("One").id, id, "after a move");

    fs::write(&moved, mp3(&Song { title: "Uno", artist: "A much longer name of the artist", ..SONG })).unwrap();
    let report = world.scan();
    assert_eq!((report.changed, report.added), (1, 0));
    let track = world.titled("Uno");
    assert_eq!(track.id, id, "after a retag");
    assert_eq!(world.index.media(id).unwrap().path, moved);
    assert!(world.index.search("uno", 10).unwrap().tracks.iter().any(|found| found.id == id));
    assert!(world.index.search("one", 10).unwrap().tracks.is_empty(), "the old title is forgotten");
}

#[test]
fn renamed_and_retagged_at_once_keeps_the_id() {
    let world = World::new();
    let path = world.song("a.mp3", SONG);
    world.scan();
    let id = world.titled("One").id;
    fs::remove_file(path).unwrap();
    world.song("other/place.mp3", Song { title: "Other", album: "Else", ..SONG });
    world.scan();
    assert_eq!(world.titled("Other").id, id);
}

#[test]
fn two_files_that_swap_their_names_keep_their_ids() {
    let world = World::new();
    let a = world.song("a.mp3", SONG);
    let b = world.song("b.mp3", Song { title: "Two, a longer title", sound: 2, ..SONG });
    world.scan();
    let (one, two) = (world.titled("One").id, world.titled("Two, a longer title").id);
    let aside = world.path("aside");
    fs::rename(&a, &aside).unwrap();
    fs::rename(&b, &a).unwrap();
    fs::rename(&aside, &b).unwrap();
    world.scan();
    assert_eq!(world.titled("One").id, one);
    assert_eq!(world.titled("Two, a longer title").id, two);
    assert_eq!(world.index.media(one).unwrap().path, b);
    assert_eq!(world.all().len(), 2);
}

#[test]
fn a_deleted_file_that_comes_back_gets_its_id_back() {
    let world = World::new();
    let path = world.song("a.mp3", SONG);
    world.song("b.mp3", Song { title: "Stays", sound: 2, ..SONG });
    world.scan();
    let before = world.titled("One");
    fs::remove_file(&path).unwrap();
    assert_eq!(world.scan().removed, 1);
    assert_eq!(world.titles(), ["Stays"]);
    assert!(matches!(world.index.media(before.id), Err(MediaError::Unknown)));
    world.song("elsewhere/a.mp3", SONG);
    world.scan();
    let after = world.titled("One");
    assert_eq!((after.id, after.added_ms), (before.id, before.added_ms));
}

#[test]
fn copies_are_tracks_of_their_own_with_ids_that_stay() {
    let world = World::new();
    world.song("album/a.mp3", SONG);
    world.song("mix/a.mp3", Song { album: "Mix", album_artist: "Various Artists", ..SONG });
    world.scan();
    let ids = |world: &World| {
        let mut ids: Vec<_> = world.all().into_iter().map(|track| (track.album, track.id)).collect();
        ids.sort();
        ids
    };
    let before = ids(&world);
    assert_eq!(before.len(), 2);
    assert_ne!(before[0].1, before[1].1);
    world.scan();
    assert_eq!(ids(&world), before);
    fs::rename(world.path("mix"), world.path("mix tape")).unwrap();
    world.scan();
    assert_eq!(ids(&world), before, "the moved copy keeps its own id");
}

#[test]
fn a_better_encoding_in_the_same_place_keeps_the_id_another_song_does_not() {
    let world = World::new();
    world.song("a.mp3", SONG);
    world.scan();
    let id = world.titled("One").id;
    world.song("a.mp3", Song { sound: 99, ..SONG });
    world.scan();
    assert_eq!(world.titled("One").id, id);
    world.song("a.mp3", Song { title: "Another song", sound: 100, ..SONG });
    world.scan();
    assert_ne!(world.titled("Another song").id, id);
    assert_eq!(world.all().len(), 1);
}

#[test]
fn a_thousand_files_in_a_renamed_folder_keep_their_ids() {
    let world = World::new();
    for i in 0..1_000 {
        world.song(&format!("old/{i:04}.mp3"), Song { title: &format!("Song {i}"), sound: i, ..SONG });
    }
    world.scan();
    let ids = |world: &World| world.all().into_iter().map(|track| (track.title, track.id)).collect::<Vec<_>>();
    let before = ids(&world);
    fs::rename(world.path("old"), world.path("new")).unwrap();
    let report = world.scan();
    assert_eq!((report.changed, report.added, report.removed), (1_000, 0, 0));
    assert_eq!(ids(&world), before);
}

#[test]
fn ids_survive_a_restart_and_albums_artists_and_genres_keep_theirs() {
    let world = World::new();
    world.song("a.mp3", Song { genre: "Rock", ..SONG });
    world.scan();
    let track = world.titled("One");
    let artists = world.index.artists(&Default::default()).unwrap().items;
    let genres = world.index.genres(&Default::default()).unwrap().items;
    let again = world::open(world.dir.path());
    again.scan(&[world.music()], 5, &|_| {}, &|| false).unwrap();
    let found = again.track(track.id).unwrap().unwrap();
    assert_eq!(found, track);
    assert_eq!(again.artists(&Default::default()).unwrap().items, artists);
    assert_eq!(again.genres(&Default::default()).unwrap().items, genres);
    assert!(again.album(track.album_id.unwrap()).unwrap().is_some());
}
