//! Operations on the items of a list, from the wire to the rows.

use std::collections::{HashMap, HashSet};

use iroam_protocol::{
    home,
    id::RowId,
    playlists::{Edit, ITEMS_MAX, Item, Numbered, Operation, OperationsApplied},
};

use super::{
    ListOutcome, ListRefusal, OPERATIONS_KEPT,
    owned::{self, Owned},
    plan::{Effect, Obstacle, Order, Plan, Seat},
    told,
};
use crate::{
    Error, Store,
    db::{Decision, Query, Row, Step, values},
};

const HEAD: &str = "SELECT p.seq, p.items, p.duration_ms, p.kind FROM playlists p \
    JOIN playlist_members m ON m.playlist = p.id \
    WHERE p.id = $1 AND m.account = $2 AND m.role <> 'left' AND p.removed_ms IS NULL";
const DONE: &str = "SELECT op, seq FROM playlist_operations WHERE playlist = $1 AND op = $2";

const ALL: &str = "SELECT id, place, removed_ms, duration_ms FROM playlist_items WHERE playlist = $1";
const ONE: &str = "SELECT id, place, removed_ms, duration_ms FROM playlist_items WHERE playlist = $1 AND id = $2";
const FIRST: &str = "SELECT id, place, removed_ms, duration_ms FROM playlist_items \
    WHERE playlist = $1 AND id <> $2 ORDER BY place LIMIT 1";
const LAST: &str = "SELECT id, place, removed_ms, duration_ms FROM playlist_items \
    WHERE playlist = $1 AND id <> $2 ORDER BY place DESC LIMIT 1";
const LAST_THERE: &str = "SELECT id, place, removed_ms, duration_ms FROM playlist_items \
    WHERE playlist = $1 AND id <> $2 AND removed_ms IS NULL ORDER BY place DESC LIMIT 1";
const NEXT: &str = "SELECT id, place, removed_ms, duration_ms FROM playlist_items WHERE playlist = $1 AND id <> $2 \
    AND place > (SELECT a.place FROM playlist_items a WHERE a.playlist = $1 AND a.id = $3) ORDER BY place LIMIT 1";
const BEFORE: &str = "SELECT id, place, removed_ms, duration_ms FROM playlist_items WHERE playlist = $1 AND id <> $2 \
    AND removed_ms IS NULL AND place <= (SELECT a.place FROM playlist_items a WHERE a.playlist = $1 AND a.id = $3) \
    ORDER BY place DESC LIMIT 1";

const GUARD: &str = "UPDATE playlists SET seq = $3, items = $4, duration_ms = $5, updated_ms = $6 \
    WHERE id = $1 AND seq = $2 AND removed_ms IS NULL AND EXISTS (SELECT 1 FROM playlist_members m \
     WHERE m.playlist = $1 AND m.account = $7 AND m.role <> 'left')";
const OPERATION: &str = "INSERT INTO playlist_operations (playlist, seq, op, change, item, previous, at_ms) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const INSERT: &str = "INSERT INTO playlist_items (playlist, id, home, track, title, artist, album, album_id, duration_ms, \
    cover_id, kind, added_ms, added_by, place) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const MOVE: &str = "UPDATE playlist_items SET place = $3 WHERE playlist = $1 AND id = $2";
const REMOVE: &str = "UPDATE playlist_items SET removed_ms = $3, removed_seq = $4 WHERE playlist = $1 AND id = $2";
const RESTORE: &str = "UPDATE playlist_items SET removed_ms = NULL, removed_seq = NULL WHERE playlist = $1 AND id = $2";
/// As [`super::place::spread`] does it: the first at 0, each next one 2⁴⁰ further.
const SPREAD: &str = "UPDATE playlist_items SET place = r.place FROM \
    (SELECT id, (ROW_NUMBER() OVER (ORDER BY place) - 1) * 1099511627776 AS place FROM playlist_items \
     WHERE playlist = $1) r WHERE playlist_items.playlist = $1 AND playlist_items.id = r.id";
const FORGET_OPERATIONS: &str = "DELETE FROM playlist_operations WHERE playlist = $1 AND seq <= $2";
const FORGET_ITEMS: &str = "DELETE FROM playlist_items WHERE playlist = $1 AND removed_seq <= $2";

/// Who asks for what.
#[derive(Clone, Copy)]
struct Ask<'a> {
    account: RowId,
    playlist: RowId,
    operations: &'a [Operation],
    now_ms: i64,
}

/// A list as the operations find it.
struct Scene {
    seq: u64,
    count: u64,
    duration_ms: u64,
    folder: bool,
    owned: Owned,
    done: HashMap<RowId, u64>,
    order: Order,
}

impl Store {
    /// Applies operations to a list in their order, all or none. Those that were applied before are not applied again.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn edit_playlist(
        &self,
        account: RowId,
        playlist: RowId,
        operations: &[Operation],
        now_ms: i64,
    ) -> Result<ListOutcome<OperationsApplied>, Error> {
        let ask = Ask { account, playlist, operations, now_ms };
        self.db.decide("edit-playlist", async || self.edit(ask).await).await
    }

    async fn edit(&self, ask: Ask<'_>) -> Result<Decision<ListOutcome<OperationsApplied>>, Error> {
        let whole = ask.operations.len() != 1;
        let Some(scene) = self.scene(ask, whole).await? else {
            return Ok(Decision::nothing(Err(ListRefusal::Unknown)));
        };
        if scene.folder {
            return Ok(Decision::nothing(Err(ListRefusal::NotAList)));
        }
        let fresh = fresh(ask.operations, &scene.done);
        if fresh.is_empty() {
            return Ok(Decision::nothing(Ok(numbered(ask.operations, &scene.done, scene.seq))));
        }
        match planned(scene, &fresh) {
            Ok((scene, plan)) => Ok(settled(ask, scene, &fresh, &plan)),
            Err(Obstacle::Full) => Ok(Decision::nothing(Err(ListRefusal::TooManyItems))),
            Err(Obstacle::NoRoom) => match self.scene(ask, true).await?.map(|scene| planned(scene, &fresh)) {
                Some(Ok((scene, plan))) => Ok(settled(ask, scene, &fresh, &plan)),
                Some(Err(_)) => Ok(Decision::nothing(Err(ListRefusal::TooManyItems))),
                None => Ok(Decision::nothing(Err(ListRefusal::Unknown))),
            },
        }
    }

    /// The list with all its items, or with those around the one operation; `None` when the account has no such list.
    async fn scene(&self, ask: Ask<'_>, whole: bool) -> Result<Option<Scene>, Error> {
        let list = ask.playlist;
        let mut queries: Vec<Query> = vec![(HEAD, values![list, ask.account]), Owned::by_owner_of(list)];
        queries.extend(ask.operations.iter().map(|operation| (DONE, values![list, operation.op])));
        if whole {
            queries.push((ALL, values![list]));
        } else {
            queries.extend(ask.operations.iter().flat_map(|operation| around(list, &operation.edit)));
        }
        let mut results = self.db.reads(queries).await?.into_iter();
        let Some(mut head) = results.next().and_then(|rows| rows.into_iter().next()) else { return Ok(None) };
        let owned = Owned::read(results.next().unwrap_or_default())?;
        let mut done = HashMap::new();
        for mut row in results.by_ref().take(ask.operations.len()).flatten() {
            done.insert(row.id()?, row.count()?);
        }
        let seats = results.flatten().map(seat).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Scene {
            seq: head.count()?,
            count: head.count()?,
            duration_ms: head.count()?,
            folder: head.text()? == "folder",
            owned,
            done,
            order: if whole { Order::whole(seats) } else { Order::around(seats) },
        }))
    }
}

/// The queries for the items that one operation has to do with.
fn around(list: RowId, edit: &Edit) -> Vec<Query> {
    let (item, after) = match edit {
        Edit::Insert { item, after } => (item.id, Some(*after)),
        Edit::Move { item, after } => (*item, Some(*after)),
        // Where a restored item was is where it comes.
        Edit::Restore { item } => (*item, Some(Some(*item))),
        Edit::Remove { item } => (*item, None),
    };
    let mut queries: Vec<Query> = vec![(ONE, values![list, item])];
    match after {
        None => {}
        Some(None) => queries.push((FIRST, values![list, item])),
        Some(Some(after)) => {
            queries.extend([NEXT, BEFORE].map(|sql| (sql, values![list, item, after])));
            queries.extend([LAST, LAST_THERE].map(|sql| (sql, values![list, item])));
            queries.push((ONE, values![list, after]));
        }
    }
    queries
}

fn seat(mut row: Row) -> Result<Seat, Error> {
    Ok(Seat { id: row.id()?, place: row.int()?, removed: row.opt_int()?.is_some(), duration_ms: row.count()? })
}

/// The operations that were not applied before, each once.
fn fresh<'a>(operations: &'a [Operation], done: &HashMap<RowId, u64>) -> Vec<&'a Operation> {
    let mut met = HashSet::new();
    operations.iter().filter(|operation| !done.contains_key(&operation.op) && met.insert(operation.op)).collect()
}

fn planned(mut scene: Scene, fresh: &[&Operation]) -> Result<(Scene, Plan), Obstacle> {
    let edits: Vec<&Edit> = fresh.iter().map(|operation| &operation.edit).collect();
    let plan = scene.order.plan(&edits, scene.count, scene.duration_ms)?;
    Ok((scene, plan))
}

fn settled(ask: Ask<'_>, scene: Scene, fresh: &[&Operation], plan: &Plan) -> Decision<ListOutcome<OperationsApplied>> {
    let more = plan.count.saturating_sub(scene.count);
    if let Err(refusal) = scene.owned.take(more) {
        return Decision::nothing(Err(refusal));
    }
    let (mut seq, mut done) = (scene.seq, scene.done);
    let mut steps = Vec::with_capacity(plan.effects.len() * 2 + 5);
    let mut operations = fresh.iter();
    for effect in &plan.effects {
        if *effect == Effect::Spread {
            steps.push(Step::new("spread", SPREAD, values![ask.playlist]));
        } else if let Some(operation) = operations.next() {
            seq = seq.saturating_add(1);
            done.insert(operation.op, seq);
            steps.extend(recorded(ask, operation.op, seq, effect));
        }
    }
    let guard = values![ask.playlist, scene.seq, seq, plan.count, plan.duration_ms, ask.now_ms, ask.account];
    steps.insert(0, Step::one("playlist", GUARD, guard));
    let old = i64::try_from(seq).unwrap_or(i64::MAX).saturating_sub(OPERATIONS_KEPT);
    if old > 0 {
        steps.push(Step::new("forget.operations", FORGET_OPERATIONS, values![ask.playlist, old]));
        steps.push(Step::new("forget.items", FORGET_ITEMS, values![ask.playlist, old]));
    }
    steps.extend(told(ask.playlist));
    if more > 0 {
        steps.push(owned::bounded(ask.playlist));
    }
    Decision::run(steps, Ok(numbered(ask.operations, &done, seq)))
}

/// The rows of one operation: its own, and its item's.
fn recorded(ask: Ask<'_>, op: RowId, seq: u64, effect: &Effect) -> Vec<Step> {
    let Ask { playlist, now_ms, .. } = ask;
    let (change, item, previous, step) = match effect {
        Effect::Inserted { item, place, previous } => {
            ("put", Some(item.id), *previous, Some(inserted(ask, item, *place)))
        }
        Effect::Moved { item, place, previous } => {
            ("moved", Some(*item), *previous, Some(Step::one("item", MOVE, values![playlist, *item, *place])))
        }
        Effect::Removed { item } => {
            let row = values![playlist, *item, now_ms, seq];
            ("removed", Some(*item), None, Some(Step::one("item", REMOVE, row)))
        }
        Effect::Restored { item, previous } => {
            ("put", Some(*item), *previous, Some(Step::one("item", RESTORE, values![playlist, *item])))
        }
        Effect::Nothing | Effect::Spread => ("nothing", None, None, None),
    };
    let row = values![playlist, seq, op, change, item, previous, now_ms];
    [Some(Step::one("operation", OPERATION, row)), step].into_iter().flatten().collect()
}

fn inserted(ask: Ask<'_>, item: &Item, place: i64) -> Step {
    let about = &item.about;
    let row = values![
        ask.playlist,
        item.id,
        item.home,
        item.track,
        &about.title,
        about.artist.clone(),
        about.album.clone(),
        about.album_id,
        about.duration_ms,
        about.cover_id,
        kind_name(about.kind),
        ask.now_ms,
        ask.account,
        place
    ];
    Step::one("item", INSERT, row)
}

/// The name of sound or picture in a row.
pub(crate) fn kind_name(kind: home::Kind) -> &'static str {
    match kind {
        home::Kind::Audio => "audio",
        home::Kind::Video => "video",
    }
}

fn numbered(operations: &[Operation], done: &HashMap<RowId, u64>, seq: u64) -> OperationsApplied {
    let number = |operation: &Operation| {
        let op = operation.op;
        done.get(&op).map(|seq| Numbered { op, seq: *seq })
    };
    OperationsApplied { seq, applied: operations.iter().filter_map(number).collect() }
}

const _: () = assert!(OPERATIONS_KEPT.unsigned_abs() >= ITEMS_MAX, "a list that was put in at once can be followed");
