//! A list as a file for other players: extended M3U in UTF-8, as RFC 8216 §4 has its comments and everybody its `#PLAYLIST`.

use std::fmt::Write as _;

use axum::{
    extract::State,
    http::{HeaderName, header},
};
use iroam_protocol::{id::RowId, playlists::Item};

use super::granted;
use crate::{
    failure::{Failure, Segment},
    session::SignedIn,
    state::App,
};

/// Characters of a file name; with its ending it fits every file system.
const FILE_NAME_CHARS_MAX: usize = 60;

/// The list as an M3U8 file. An entry names a home and its track; reading the file in again finds them by that.
#[utoipa::path(
    get, path = "/playlists/{id}/m3u8", params(("id" = RowId, Path,)),
    responses((status = 200, content_type = "audio/mpegurl", body = String))
)]
pub(crate) async fn export(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Segment(id): Segment<RowId>,
) -> Result<([(HeaderName, String); 2], String), Failure> {
    let (name, items) = granted(app.store().playlist_items(current.account.id, id).await?)?;
    let headers = [
        (header::CONTENT_TYPE, "audio/mpegurl; charset=utf-8".into()),
        (header::CONTENT_DISPOSITION, attachment(&name)),
    ];
    Ok((headers, m3u8(&name, &items)))
}

/// The file.
fn m3u8(name: &str, items: &[Item]) -> String {
    let mut file = format!("#EXTM3U\n#PLAYLIST:{}\n", one_line(name));
    for Item { home, track, about, .. } in items {
        let seconds = about.duration_ms.div_ceil(1_000);
        let title = match &about.artist {
            Some(artist) => format!("{} - {}", one_line(artist), one_line(&about.title)),
            None => one_line(&about.title),
        };
        // Writing into a String cannot fail.
        let _ = writeln!(file, "#EXTINF:{seconds},{title}");
        if let Some(album) = &about.album {
            let _ = writeln!(file, "#EXTALB:{}", one_line(album));
        }
        let _ = writeln!(file, "iroam://{home}/{track}");
    }
    file
}

/// The file's name (RFC 6266 §4.1, RFC 8187).
fn attachment(name: &str) -> String {
    let name: String = name.chars().take(FILE_NAME_CHARS_MAX).collect();
    let encoded: String = format!("{name}.m3u8")
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
                char::from(byte).into()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    format!("attachment; filename=\"playlist.m3u8\"; filename*=UTF-8''{encoded}")
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use iroam_protocol::{
        home::Kind,
        id::{ItemId, PeerId},
        playlists::Snapshot,
    };

    use super::*;

    fn item(title: &str, artist: Option<&str>) -> Item {
        let about = Snapshot {
            title: title.into(),
            artist: artist.map(Into::into),
            album: None,
            album_id: None,
            duration_ms: 180_400,
            cover_id: None,
            kind: Kind::Audio,
        };
        let (home, track) = (PeerId::from_public_key([1; 32]), ItemId::from_bytes([2; 16]));
        Item { id: RowId::from_bytes([3; 16]), home, track, about, added_ms: 0, added_by: None }
    }

    #[test]
    fn a_file_holds_one_line_for_each_thing_whatever_the_titles_say() {
        let file = m3u8("Für\nEva", &[item("Hey\r\nhttp://evil.example/", Some("Ann")), item("Solo", None)]);
        let lines: Vec<&str> = file.lines().collect();
        let home = PeerId::from_public_key([1; 32]);
        let uri = format!("iroam://{home}/{}", ItemId::from_bytes([2; 16]));
        let expected = [
            "#EXTM3U",
            "#PLAYLIST:Für Eva",
            "#EXTINF:181,Ann - Hey  http://evil.example/",
            &uri,
            "#EXTINF:181,Solo",
            &uri,
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_file_name_stays_within_its_header() {
        let header = attachment("a\"\r\nSet-Cookie: b; é");
        assert!(header.is_ascii() && !header.contains(['\r', '\n']), "{header}");
        assert!(header.ends_with("filename*=UTF-8''a%22%0D%0ASet-Cookie%3A%20b%3B%20%C3%A9.m3u8"), "{header}");
    }
}
