//! Lists, searches, covers, albums.

mod world;

use std::{fs, time::Duration};

use iroam_library::{AlbumQuery, CoverSize, Paging, ReadError, TrackQuery, watch};
use iroam_protocol::home::{AlbumSort, Direction, Kind, TrackSort};
use proptest::prelude::*;
use world::{Song, World, all, png};

fn shelf() -> World {
    let world = World::new();
    let rows: [(&str, Song<'_>); 8] = [
        (
            "a/1.mp3",
            Song {
                title: "Army of Me",
                artist: "Björk",
                album: "Post",
                year: "1995",
                track: "1",
                genre: "Pop",
                ..Song::default()
            },
        ),
        (
            "a/2.mp3",
            Song {
                title: "Hyperballad",
                artist: "Björk",
                album: "Post",
                year: "1995",
                track: "2",
                genre: "Pop",
                ..Song::default()
            },
        ),
        (
            "b/1.mp3",
            Song {
                title: "Venus as a Boy",
                artist: "Björk",
                album: "Début",
                year: "1993",
                track: "3",
                genre: "Pop",
                ..Song::default()
            },
        ),
        (
            "c/1.mp3",
            Song {
                title: "Come Together",
                artist: "The Beatles",
                album: "Abbey Road",
                year: "1969",
                track: "1",
                genre: "Rock",
                ..Song::default()
            },
        ),
        (
            "c/2.mp3",
            Song {
                title: "Because",
                artist: "The Beatles",
                album: "Abbey Road",
                year: "1969",
                track: "8",
                genre: "Rock",
                ..Song::default()
            },
        ),
        (
            "d/1.mp3",
            Song {
                title: "Thunderstruck",
                artist: "AC/DC",
                album: "The Razors Edge",
                year: "1990",
                track: "1",
                genre: "Rock",
                ..Song::default()
            },
        ),
        ("e/1.mp3", Song { title: "Love", artist: "Someone", ..Song::default() }),
        ("e/2.mp3", Song { title: "All You Need Is Love", artist: "The Beatles", ..Song::default() }),
    ];
    for (sound, (name, song)) in (1..).zip(rows) {
        world.song(name, Song { sound, ..song });
    }
    world.scan();
    world
}

#[test]
fn a_shelf_is_in_the_order_of_artists_years_albums_and_numbers() {
    let world = shelf();
    assert_eq!(
        world.titles(),
        [
            "Thunderstruck",
            "All You Need Is Love",
            "Come Together",
            "Because",
            "Venus as a Boy",
            "Army of Me",
            "Hyperballad",
            "Love"
        ]
    );
    let counts = world.index.counts().unwrap();
    assert_eq!((counts.tracks, counts.albums, counts.artists, counts.genres), (8, 4, 4, 2));
    let artists: Vec<String> =
        world.index.artists(&Paging::default()).unwrap().items.into_iter().map(|artist| artist.name).collect();
    assert_eq!(artists, ["AC/DC", "The Beatles", "Björk", "Someone"]);
    let albums = world.index.albums(&AlbumQuery { sort: AlbumSort::Year, ..AlbumQuery::default() }).unwrap();
    let titles: Vec<&str> = albums.items.iter().map(|album| album.title.as_str()).collect();
    assert_eq!(titles, ["Abbey Road", "The Razors Edge", "Début", "Post"]);
    assert_eq!(albums.items[3].tracks, 2);
    assert_eq!(albums.items[3].artist.as_deref(), Some("Björk"));
}

#[test]
fn every_order_runs_both_ways_and_pages_meet_without_gap_or_repeat() {
    let world = shelf();
    for sort in [
        TrackSort::Artist,
        TrackSort::Title,
        TrackSort::Album,
        TrackSort::Genre,
        TrackSort::Year,
        TrackSort::Duration,
        TrackSort::Added,
    ] {
        for dir in [Direction::Asc, Direction::Desc] {
            let whole = TrackQuery { sort, dir, ..TrackQuery::default() };
            let paged = TrackQuery { paging: Paging { limit: 3, ..Paging::default() }, ..whole.clone() };
            let (whole, paged) = (all(&world.index, &whole), all(&world.index, &paged));
            assert_eq!(whole.len(), 8, "{sort:?}");
            assert_eq!(whole, paged, "{sort:?} {dir:?}");
        }
    }
    let titles = TrackQuery { sort: TrackSort::Title, ..TrackQuery::default() };
    let names: Vec<String> = all(&world.index, &titles).into_iter().map(|track| track.title).collect();
    assert!(names.iter().map(|name| name.to_lowercase()).is_sorted());
    let years = TrackQuery { sort: TrackSort::Year, dir: Direction::Desc, ..TrackQuery::default() };
    let numbers: Vec<_> = all(&world.index, &years).into_iter().map(|track| (track.year, track.track_no)).collect();
    assert_eq!(&numbers[..2], [(Some(1995), Some(1)), (Some(1995), Some(2))], "albums stay in order");
}

#[test]
fn filters_narrow_lists_and_jumps_land_where_they_should() {
    let world = shelf();
    let post = world.titled("Army of Me");
    let of_album = TrackQuery { album: post.album_id, ..TrackQuery::default() };
    let titles: Vec<String> = all(&world.index, &of_album).into_iter().map(|track| track.title).collect();
    assert_eq!(titles, ["Army of Me", "Hyperballad"]);
    let bjork = world.index.artists(&Paging::default()).unwrap().items.remove(2);
    assert_eq!((bjork.albums, bjork.tracks), (2, 3));
    let of_artist = TrackQuery { artist: Some(bjork.id), ..TrackQuery::default() };
    assert_eq!(all(&world.index, &of_artist).len(), 3);
    let albums = world.index.albums(&AlbumQuery { artist: Some(bjork.id), ..AlbumQuery::default() }).unwrap();
    assert_eq!(albums.total, 2);
    let rock = world.index.genres(&Paging::default()).unwrap().items.remove(1);
    assert_eq!((rock.name.as_str(), rock.tracks), ("Rock", 3));
    let of_genre = TrackQuery { genre: Some(rock.id), q: Some("bea".to_owned()), ..TrackQuery::default() };
    assert_eq!(all(&world.index, &of_genre).len(), 2);
    let videos = TrackQuery { kind: Some(Kind::Video), ..TrackQuery::default() };
    assert!(all(&world.index, &videos).is_empty());
    let unknown = TrackQuery { album: Some(post.id), ..TrackQuery::default() };
    assert_eq!(world.index.tracks(&unknown).unwrap().total, 0);

    let jump = TrackQuery { paging: Paging { limit: 2, offset: 6, cursor: None }, ..TrackQuery::default() };
    let page = world.index.tracks(&jump).unwrap();
    assert_eq!((page.offset, page.total, page.items.len(), page.next), (6, 8, 2, None));
    let beyond = TrackQuery { paging: Paging { limit: 2, offset: u64::MAX, cursor: None }, ..TrackQuery::default() };
    assert!(world.index.tracks(&beyond).unwrap().items.is_empty());
    let foreign = Paging { cursor: Some("../../etc".to_owned()), ..Paging::default() };
    assert!(matches!(
        world.index.tracks(&TrackQuery { paging: foreign, ..TrackQuery::default() }),
        Err(ReadError::Cursor)
    ));
}

#[test]
fn a_search_finds_beginnings_of_words_without_accents_and_ranks_names_first() {
    let world = shelf();
    let titles = |q: &str| {
        let found = world.index.search(q, 20).unwrap();
        found.tracks.into_iter().map(|track| track.title).collect::<Vec<_>>()
    };
    assert_eq!(titles("love"), ["Love", "All You Need Is Love"]);
    assert_eq!(titles("hyper"), ["Hyperballad"]);
    assert_eq!(titles("bjork ven"), ["Venus as a Boy"]);
    assert_eq!(titles("BJÖRK").len(), 3);
    assert_eq!(titles("acdc"), ["Thunderstruck"]);
    assert_eq!(titles("debut"), ["Venus as a Boy"]);
    assert!(titles("nothing here").is_empty());
    assert!(titles("\"*' OR 1=1 --").is_empty());
    assert!(titles("").is_empty());
    assert_eq!(titles("l"), ["Love"]);
    let found = world.index.search("beatles", 5).unwrap();
    assert_eq!(found.artists.iter().map(|artist| artist.name.as_str()).collect::<Vec<_>>(), ["The Beatles"]);
    assert_eq!(found.albums.iter().map(|album| album.title.as_str()).collect::<Vec<_>>(), ["Abbey Road"]);
}

#[test]
fn compilations_discs_and_guests_make_the_albums_people_expect() {
    let world = World::new();
    for (i, artist) in (0_u32..).zip(["Queen", "ABBA", "Blur", "Pulp"]) {
        let title = format!("Hit {i}");
        let sound = i + 1;
        world.song(&format!("mix/{i}.mp3"), Song { title: &title, artist, album: "Hits", sound, ..Song::default() });
        world.song(
            &format!("flag/{i}.mp3"),
            Song { title: &title, artist, album: "Flagged", compilation: true, sound: sound + 10, ..Song::default() },
        );
    }
    for (i, artist) in (0_u32..).zip(["Gorillaz", "Gorillaz feat. De La Soul", "Gorillaz ft. Shaun Ryder"]) {
        let folder = format!("demon/CD {}", i % 2 + 1);
        let album = format!("Demon Days (Disc {})", i % 2 + 1);
        let title = format!("Day {i}");
        world.song(
            &format!("{folder}/{i}.mp3"),
            Song { title: &title, artist, album: &album, sound: 50 + i, ..Song::default() },
        );
    }
    world.scan();
    let albums = world.index.albums(&AlbumQuery { sort: AlbumSort::Title, ..AlbumQuery::default() }).unwrap().items;
    let seen: Vec<_> =
        albums.iter().map(|album| (album.title.as_str(), album.artist.as_deref(), album.tracks)).collect();
    assert_eq!(seen, [("Demon Days", Some("Gorillaz"), 3), ("Flagged", None, 4), ("Hits", None, 4)]);
    assert_eq!(world.titled("Day 1").disc_no, Some(2));
    let before: Vec<_> = albums.iter().map(|album| album.id).collect();
    world.scan();
    let after = world.index.albums(&AlbumQuery { sort: AlbumSort::Title, ..AlbumQuery::default() }).unwrap().items;
    assert_eq!(after.iter().map(|album| album.id).collect::<Vec<_>>(), before);
}

#[test]
fn covers_are_shared_small_and_follow_the_folder() {
    let world = World::new();
    let inside = png(200);
    for i in 0..3 {
        let title = format!("In {i}");
        world.song(
            &format!("in/{i}.mp3"),
            Song { title: &title, artist: "A", album: "In", cover: &inside, sound: i, ..Song::default() },
        );
    }
    world.song("beside/a.mp3", Song { title: "Beside", artist: "B", album: "Out", sound: 10, ..Song::default() });
    world.scan();
    let ids: Vec<_> = (0..3).map(|i| world.titled(&format!("In {i}")).cover_id.unwrap()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "one picture is one cover");
    for (size, edge) in [(CoverSize::Small, 96), (CoverSize::Medium, 256), (CoverSize::Large, 300)] {
        let cover = world.index.cover(ids[0], size).unwrap().unwrap();
        assert_eq!(cover.media_type, "image/jpeg");
        let picture = image::load_from_memory(&cover.bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (edge, edge));
        assert_eq!(world.index.cover(ids[0], size).unwrap().unwrap(), cover, "the second time from the store");
    }
    assert_eq!(world.titled("Beside").cover_id, None);
    world.write("beside/cover.png", &png(10));
    world.scan();
    let first = world.titled("Beside").cover_id.unwrap();
    assert!(world.index.cover(first, CoverSize::Small).unwrap().is_some());
    world.write("beside/cover.png", &[png(20), vec![0; 7]].concat());
    world.scan();
    let second = world.titled("Beside").cover_id.unwrap();
    assert_ne!(first, second);
    let album = world.index.album(world.titled("Beside").album_id.unwrap()).unwrap().unwrap();
    assert_eq!(album.cover_id, Some(second));
    fs::remove_file(world.path("beside/cover.png")).unwrap();
    world.scan();
    assert_eq!(world.titled("Beside").cover_id, None);
    assert_eq!(world.index.cover(world.titled("Beside").id, CoverSize::Small).unwrap(), None);
}

#[test]
fn a_change_is_told_to_those_who_wait_and_raises_the_revision() {
    let world = World::new();
    let (told, revisions) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    world.index.subscribe(Box::new(move |revision| told.lock().unwrap().send(revision).unwrap_or_default()));
    world.song("a.mp3", Song::default());
    world.scan();
    let revision = revisions.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(world.index.revision(), revision);
    world.scan();
    assert!(revisions.try_recv().is_err(), "nothing changed, nothing is told");
    assert_eq!(world.index.revision(), revision);
}

#[test]
fn a_watched_folder_tells_of_a_new_file_within_its_deadline() {
    let world = World::new();
    let (told, changes) = std::sync::mpsc::channel();
    let watching = watch::watch(&[world.music()], Box::new(move || told.send(()).unwrap_or_default()));
    if let Some(reason) = watching.limited() {
        eprintln!("skipped: {reason}");
        return;
    }
    world.song("new/a.mp3", Song::default());
    changes.recv_timeout(Duration::from_secs(20)).expect("told of the new file");
    drop(watching);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_search_is_answered(text in "\\PC{0,80}") {
        static WORLD: std::sync::OnceLock<World> = std::sync::OnceLock::new();
        let world = WORLD.get_or_init(shelf);
        prop_assert!(world.index.search(&text, 10).is_ok());
        let query = TrackQuery { q: Some(text), ..TrackQuery::default() };
        prop_assert!(world.index.tracks(&query).is_ok());
    }
}
