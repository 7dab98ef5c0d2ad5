//! Favourites and stars.

use iroam_protocol::{
    id::{ItemId, PeerId, RowId},
    playlists::{MARKS_MAX, MARKS_PAGE, Mark, Marks, NewMark, Snapshot},
};

use crate::{
    Error, ListOutcome, ListRefusal, Store,
    db::{Decision, Row, Step, Value, values},
    playlists::{KEPT_MS, kind_name, kind_of, noted, shelf_exists},
};

const ONE: &str = "SELECT home, track, stars, favourite_ms, title, artist, album, album_id, duration_ms, cover_id, kind, \
    at_ms, changed FROM marks WHERE account = $1 AND home = $2 AND track = $3";
const AFTER: &str = "SELECT home, track, stars, favourite_ms, title, artist, album, album_id, duration_ms, cover_id, kind, \
    at_ms, changed FROM marks WHERE account = $1 AND changed > $2 ORDER BY changed LIMIT $3";
const CURSORS: &str = "SELECT marks, marks_kept FROM shelves WHERE account = $1";
const COUNT: &str = "SELECT COUNT(*) FROM marks WHERE account = $1";
const COUNTED: &str = "UPDATE shelves SET marks = $3 WHERE account = $1 AND marks = $2";
const SET: &str = "INSERT INTO marks (account, home, track, stars, favourite_ms, at_ms, changed, title, artist, album, \
    album_id, duration_ms, cover_id, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
    ON CONFLICT (account, home, track) DO UPDATE SET stars = $4, favourite_ms = $5, at_ms = $6, changed = $7, \
    title = $8, artist = $9, album = $10, album_id = $11, duration_ms = $12, cover_id = $13, kind = $14";

impl Store {
    /// Marks a track. The same operation again changes nothing.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn mark(
        &self,
        account: RowId,
        (home, track): (PeerId, ItemId),
        new: &NewMark,
        now_ms: i64,
    ) -> Result<ListOutcome<Mark>, Error> {
        self.db
            .decide("mark", async || {
                let queries =
                    vec![(CURSORS, values![account]), (ONE, values![account, home, track]), (COUNT, values![account])];
                let mut results = self.db.reads(queries).await?.into_iter().map(|rows| rows.into_iter().next());
                let cursor = results.next().flatten().map_or(Ok(0), |mut row| row.int())?;
                let known = results.next().flatten().map(mark).transpose()?.map(|(mark, _)| mark);
                let count = results.next().flatten().map_or(Ok(0), |mut row| row.count())?;
                let is_new = known.is_none();
                let before = known.unwrap_or_else(|| blank(home, track, now_ms));
                if self.is_noted(account, new.op).await? {
                    return Ok(Decision::nothing(Ok(before)));
                }
                if is_new && count >= MARKS_MAX {
                    return Ok(Decision::nothing(Err(ListRefusal::TooManyMarks)));
                }
                let after = match marked(before, new, now_ms) {
                    Ok(after) => after,
                    Err(refusal) => return Ok(Decision::nothing(Err(refusal))),
                };
                let steps = vec![
                    shelf_exists(account),
                    Step::one("marks", COUNTED, values![account, cursor, cursor.saturating_add(1)]),
                    noted(account, new.op, now_ms),
                    Step::one("mark", SET, row(account, &after, cursor.saturating_add(1))),
                ];
                Ok(Decision::run(steps, Ok(after)))
            })
            .await
    }

    /// Marks after a cursor; 0 begins at the first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn marks(&self, account: RowId, since: u64) -> Result<ListOutcome<Marks>, Error> {
        let queries = vec![(CURSORS, values![account]), (AFTER, values![account, since, MARKS_PAGE + 1])];
        let mut results = self.db.reads(queries).await?.into_iter();
        let (mut cursor, mut kept) = (0, 0);
        if let Some(mut row) = results.next().and_then(|rows| rows.into_iter().next()) {
            (cursor, kept) = (row.count()?, row.count()?);
        }
        // A cursor of the future is of another database.
        if since > cursor || (since > 0 && since < kept) {
            return Ok(Err(ListRefusal::ChangesGone));
        }
        let page = usize::try_from(MARKS_PAGE).unwrap_or(usize::MAX);
        let found = results.next().unwrap_or_default().into_iter().map(mark).collect::<Result<Vec<_>, _>>()?;
        let more = found.len() > page;
        let (marks, changed): (Vec<_>, Vec<_>) = found.into_iter().take(page).unzip();
        let cursor = if more { changed.last().copied().unwrap_or(cursor) } else { cursor };
        Ok(Ok(Marks { cursor, marks, more }))
    }
}

/// The steps that forget marks taken back long ago.
pub(crate) fn forgotten(now_ms: i64) -> [Step; 2] {
    let old_ms = now_ms.saturating_sub(KEPT_MS);
    let kept = "UPDATE shelves SET marks_kept = (SELECT MAX(m.changed) FROM marks m WHERE m.account = shelves.account \
        AND m.stars = 0 AND m.favourite_ms IS NULL AND m.at_ms <= $1) WHERE account IN \
        (SELECT m.account FROM marks m WHERE m.stars = 0 AND m.favourite_ms IS NULL AND m.at_ms <= $1)";
    let blank = "DELETE FROM marks WHERE stars = 0 AND favourite_ms IS NULL AND at_ms <= $1";
    [Step::new("marks.kept", kept, values![old_ms]), Step::new("marks.blank", blank, values![old_ms])]
}

fn blank(home: PeerId, track: ItemId, now_ms: i64) -> Mark {
    Mark { home, track, favourite: false, stars: 0, at_ms: now_ms, favourite_ms: None, item: None }
}

/// A mark after a change. What the track looks like stays with a favourite, and goes with it.
fn marked(mark: Mark, new: &NewMark, now_ms: i64) -> Result<Mark, ListRefusal> {
    let favourite = new.favourite.unwrap_or(mark.favourite);
    let item = if favourite { new.item.clone().or(mark.item) } else { None };
    if favourite && item.is_none() {
        return Err(ListRefusal::NoSnapshot);
    }
    Ok(Mark {
        favourite,
        stars: new.stars.unwrap_or(mark.stars),
        at_ms: now_ms,
        favourite_ms: favourite.then(|| mark.favourite_ms.unwrap_or(now_ms)),
        item,
        ..mark
    })
}

fn row(account: RowId, mark: &Mark, changed: i64) -> Vec<Value> {
    let Mark { home, track, stars, favourite_ms, at_ms, item, .. } = mark;
    let item = item.as_ref();
    values![
        account,
        *home,
        *track,
        u32::from(*stars),
        *favourite_ms,
        *at_ms,
        changed,
        item.map(|item| item.title.clone()),
        item.and_then(|item| item.artist.clone()),
        item.and_then(|item| item.album.clone()),
        item.and_then(|item| item.album_id),
        item.map(|item| item.duration_ms),
        item.and_then(|item| item.cover_id),
        item.map(|item| kind_name(item.kind).to_owned()),
    ]
}

/// A mark and the cursor of its last change.
fn mark(mut row: Row) -> Result<(Mark, u64), Error> {
    let (home, track, stars, favourite_ms) = (row.peer()?, row.item()?, row.count()?, row.opt_int()?);
    let (title, artist, album, album_id) = (row.opt_text()?, row.opt_text()?, row.opt_text()?, row.opt_item()?);
    let (duration_ms, cover_id, kind) = (row.opt_count()?, row.opt_item()?, row.opt_text()?);
    let item = match (title, kind) {
        (Some(title), Some(kind)) => {
            let (duration_ms, kind) = (duration_ms.unwrap_or(0), kind_of(&kind)?);
            Some(Snapshot { title, artist, album, album_id, duration_ms, cover_id, kind })
        }
        _ => None,
    };
    let mark = Mark {
        home,
        track,
        favourite: favourite_ms.is_some(),
        stars: u8::try_from(stars).map_err(|_| Error::Corrupt("too many stars".into()))?,
        at_ms: row.int()?,
        favourite_ms,
        item,
    };
    Ok((mark, row.count()?))
}

#[cfg(test)]
mod tests {
    use iroam_protocol::home::Kind;

    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            title: "Für Elise".into(),
            artist: None,
            album: None,
            album_id: None,
            duration_ms: 1,
            cover_id: None,
            kind: Kind::Audio,
        }
    }

    fn asked(favourite: Option<bool>, stars: Option<u8>, item: Option<Snapshot>) -> NewMark {
        NewMark { op: RowId::from_bytes([1; 16]), favourite, stars, item }
    }

    #[test]
    fn what_a_track_looks_like_comes_and_goes_with_the_favourite() {
        let none = blank(PeerId::from_public_key([1; 32]), ItemId::from_bytes([1; 16]), 0);
        assert_eq!(marked(none.clone(), &asked(Some(true), None, None), 1), Err(ListRefusal::NoSnapshot));
        let starred = marked(none.clone(), &asked(None, Some(4), Some(snapshot())), 1).unwrap();
        assert_eq!((starred.stars, &starred.item), (4, &None), "stars alone keep no words");
        let loved = marked(starred, &asked(Some(true), None, Some(snapshot())), 2).unwrap();
        assert_eq!((loved.stars, loved.favourite_ms, &loved.item), (4, Some(2), &Some(snapshot())));
        let still = marked(loved, &asked(None, Some(5), None), 3).unwrap();
        assert_eq!((still.stars, still.favourite_ms, still.item.is_some()), (5, Some(2), true));
        let cold = marked(still, &asked(Some(false), None, Some(snapshot())), 4).unwrap();
        assert_eq!((cold.stars, cold.favourite_ms, cold.item), (5, None, None));
    }
}
