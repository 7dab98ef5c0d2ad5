//! The order of the search index: a search looks at the first some hundred matches by place, so prominent tracks
//! come first.

use rusqlite::{Connection, params};

use crate::fold::indexed;

/// Gives all tracks new places: those of artists with many tracks first.
pub(super) fn order(db: &Connection) -> rusqlite::Result<()> {
    let order: Vec<i64> = db
        .prepare(
            "SELECT t.n FROM tracks t LEFT JOIN artists a ON a.n = t.artist_n
             ORDER BY ifnull(a.tracks, 0) DESC, t.artist_n, t.album_n, t.disc_no, t.track_no, t.n",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    db.execute_batch("INSERT INTO search_tracks (search_tracks) VALUES ('delete-all'); UPDATE tracks SET place = -n;")?;
    let mut read = db.prepare("SELECT title, artist, album_artist, album FROM tracks WHERE n = ?1")?;
    let mut place = db.prepare("UPDATE tracks SET place = ?2 WHERE n = ?1")?;
    let mut write = db.prepare("INSERT INTO search_tracks (rowid, title, artist, album) VALUES (?1, ?2, ?3, ?4)")?;
    for (at, n) in (1_i64..).zip(order) {
        let [title, artist, of_album, album] = read.query_row([n], |row| {
            let text = |column| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
            Ok([text(0)?, text(1)?, text(2)?, text(3)?])
        })?;
        let artists = if of_album.is_empty() || of_album == artist { artist } else { format!("{artist} {of_album}") };
        place.execute([n, at])?;
        write.execute(params![at, indexed(&title), indexed(&artists), indexed(&album)])?;
    }
    db.execute_batch("INSERT INTO search_tracks (search_tracks) VALUES ('optimize')")
}
