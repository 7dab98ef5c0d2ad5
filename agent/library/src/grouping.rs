//! Which album a track belongs to, and whose album it is. Pure decisions.

use std::collections::HashMap;

use iroam_media::Tags;

use crate::fold::{LAST, identity, sort_key};

/// An artist as tracks name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArtistRef {
    /// What makes two spellings the same artist.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) sort_key: String,
}

/// An album as its tracks name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlbumRef {
    /// What makes two tracks stand on the same album.
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) title_key: String,
    /// `None` for albums of various or unknown artists.
    pub(crate) artist: Option<ArtistRef>,
}

/// How people write "various artists".
const VARIOUS: [&str; 8] =
    ["various", "various artists", "va", "v.a.", "v/a", "verschiedene", "verschiedene interpreten", "diverse"];

/// Share of an album's tracks, in percent, that makes one artist its owner although others take part.
const OWNER_PERCENT: usize = 67;

impl ArtistRef {
    pub(crate) fn new(name: &str, sort: Option<&str>) -> Self {
        Self { key: identity(name), name: name.to_owned(), sort_key: sort_key(sort.unwrap_or(name)) }
    }
}

impl AlbumRef {
    fn by(title: &str, artist: Option<ArtistRef>) -> Self {
        let owner = artist.as_ref().map_or("", |artist| artist.key.as_str());
        Self {
            // A unit separator stands in no name.
            key: format!("{owner}\u{1f}{}", identity(title)),
            title: title.to_owned(),
            title_key: sort_key(title),
            artist,
        }
    }

    /// What the album's artist sorts by; albums of various artists come last.
    pub(crate) fn artist_sort_key(&self) -> &str {
        self.artist.as_ref().map_or(LAST, |artist| artist.sort_key.as_str())
    }
}

/// The album that a track's own tags name. `None` when they name none.
pub(crate) fn album_of(tags: &Tags) -> Option<AlbumRef> {
    let (title, _) = without_disc(tags.album.as_deref()?);
    let artist = match tags.album_artist.as_deref() {
        Some(name) if is_various(name) => None,
        Some(name) => Some(ArtistRef::new(name, tags.album_artist_sort.as_deref())),
        None if tags.compilation => None,
        None => tags.artist.as_deref().filter(|name| !is_various(name)).map(|name| owner_by_artist(name, tags)),
    };
    Some(AlbumRef::by(title, artist))
}

/// Under whose name a track stands: the album's artist, else its own first artist.
pub(crate) fn shelf_artist(tags: &Tags, album: Option<&AlbumRef>) -> Option<ArtistRef> {
    album
        .and_then(|album| album.artist.clone())
        .or_else(|| tags.artist.as_deref().map(|name| owner_by_artist(name, tags)))
        .or_else(|| tags.album_artist.as_deref().map(|name| ArtistRef::new(name, tags.album_artist_sort.as_deref())))
}

/// The artist under whose name a track of a compilation stands.
pub(crate) fn own_artist(name: &str) -> ArtistRef {
    ArtistRef::new(first_artist(name), None)
}

/// Whether only the neighbours in its folder can tell whose album a track's is.
pub(crate) fn depends_on_folder(tags: &Tags) -> bool {
    tags.album.is_some() && tags.album_artist.is_none() && !tags.compilation && tags.artist.is_some()
}

/// A track whose album depends on its folder.
#[derive(Debug, Clone)]
pub(crate) struct Neighbour {
    pub(crate) n: i64,
    pub(crate) artist: String,
    pub(crate) album: String,
}

/// Albums of tracks in one folder that name no album artist: one artist owns an album when two thirds of it are
/// theirs, else it is a compilation.
pub(crate) fn albums_of_folder(neighbours: &[Neighbour]) -> Vec<(&Neighbour, AlbumRef)> {
    let mut albums: HashMap<String, Vec<&Neighbour>> = HashMap::new();
    for neighbour in neighbours {
        albums.entry(identity(without_disc(&neighbour.album).0)).or_default().push(neighbour);
    }
    let mut placed = Vec::with_capacity(neighbours.len());
    for tracks in albums.values() {
        let album = AlbumRef::by(without_disc(&tracks[0].album).0, owner(tracks));
        placed.extend(tracks.iter().map(|track| (*track, album.clone())));
    }
    placed
}

/// An album's title without the number of a disc: `Album (Disc 2)` is disc 2 of `Album`.
pub(crate) fn without_disc(title: &str) -> (&str, Option<u32>) {
    let bare = title.trim_end_matches([')', ']', ' ']);
    let without_number = bare.trim_end_matches(|character: char| character.is_ascii_digit());
    let digits = &bare[without_number.len()..];
    let before = without_number.trim_end();
    let Some(number) = digits.parse().ok().filter(|number| (1..=99).contains(number)) else { return (title, None) };
    for word in ["disc", "disk", "cd"] {
        let Some(cut) = before.len().checked_sub(word.len()).filter(|&cut| before.is_char_boundary(cut)) else {
            continue;
        };
        let (name, ending) = before.split_at(cut);
        let stem = name.trim_end_matches([' ', '(', '[', ',', '-', ':']);
        if ending.eq_ignore_ascii_case(word) && stem.len() < name.len() && !stem.is_empty() {
            return (stem, Some(number));
        }
    }
    (title, None)
}

fn owner(tracks: &[&Neighbour]) -> Option<ArtistRef> {
    let mut counts: HashMap<String, (usize, &str)> = HashMap::new();
    for track in tracks {
        let name = first_artist(&track.artist);
        counts.entry(identity(name)).or_insert((0, name)).0 += 1;
    }
    let (count, name) = counts.into_values().max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)))?;
    (count * 100 >= tracks.len() * OWNER_PERCENT && !is_various(name)).then(|| ArtistRef::new(name, None))
}

fn owner_by_artist(name: &str, tags: &Tags) -> ArtistRef {
    let first = first_artist(name);
    let sort = tags.artist_sort.as_deref().filter(|_| first == name);
    ArtistRef::new(first, sort)
}

/// The first of several artists: before a guest, or before the joint of several values.
fn first_artist(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let cut = [" feat. ", " feat ", " ft. ", " ft ", " featuring ", " (feat", " [feat", "; ", " / "]
        .iter()
        .filter_map(|joint| lower.find(joint))
        .min()
        .unwrap_or(name.len());
    let first = name[..cut].trim();
    if first.is_empty() { name } else { first }
}

fn is_various(name: &str) -> bool {
    VARIOUS.contains(&identity(name).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(artist: Option<&str>, album: Option<&str>, album_artist: Option<&str>) -> Tags {
        Tags {
            artist: artist.map(str::to_owned),
            album: album.map(str::to_owned),
            album_artist: album_artist.map(str::to_owned),
            ..Tags::default()
        }
    }

    fn neighbour(n: i64, artist: &str, album: &str) -> Neighbour {
        Neighbour { n, artist: artist.to_owned(), album: album.to_owned() }
    }

    #[test]
    fn spelling_and_discs_do_not_split_an_album() {
        let one = album_of(&tags(Some("Björk"), Some("Début (Disc 1)"), None)).unwrap();
        let two = album_of(&tags(Some("bjork feat. Guest"), Some("Debut [CD 2]"), None)).unwrap();
        assert_eq!(one.key, two.key);
        assert_eq!(one.title, "Début");
        assert_eq!(without_disc("Now 42"), ("Now 42", None));
        assert_eq!(without_disc("CD 1"), ("CD 1", None));
        assert_eq!(without_disc("The Wall, Disc 2"), ("The Wall", Some(2)));
    }

    #[test]
    fn albums_of_the_same_name_by_two_artists_are_two() {
        let one = album_of(&tags(Some("Queen"), Some("Greatest Hits"), None)).unwrap();
        let two = album_of(&tags(Some("ABBA"), Some("Greatest Hits"), None)).unwrap();
        assert_ne!(one.key, two.key);
    }

    #[test]
    fn an_album_artist_called_various_is_nobody() {
        let album = album_of(&tags(Some("Queen"), Some("Hits"), Some("Various Artists"))).unwrap();
        assert_eq!(album.artist, None);
        assert_eq!(album_of(&tags(Some("Queen"), None, None)), None);
    }

    #[test]
    fn a_folder_with_many_artists_and_one_album_is_a_compilation() {
        let mixed = [neighbour(1, "A", "Mix"), neighbour(2, "B", "Mix"), neighbour(3, "C", "Mix")];
        assert!(albums_of_folder(&mixed).iter().all(|(_, album)| album.artist.is_none()));
        let owned =
            [neighbour(1, "A", "X"), neighbour(2, "A feat. B", "X"), neighbour(3, "A", "X"), neighbour(4, "C", "X")];
        let owners: Vec<_> =
            albums_of_folder(&owned).into_iter().map(|(_, album)| album.artist.unwrap().name).collect();
        assert_eq!(owners, ["A"; 4]);
    }
}
