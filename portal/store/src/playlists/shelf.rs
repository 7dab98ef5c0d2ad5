//! The lists of one account as a tree, and the places in it.

use std::collections::{HashMap, HashSet};

use iroam_protocol::{
    id::RowId,
    playlists::{DEPTH_MAX, ListKind, Member, Place, Playlist, Role},
};

use super::{CURSOR, ListRefusal, place};
use crate::{
    Error, Store,
    accounts::shown_name,
    db::{Row, values},
};

const LISTS: &str = "SELECT p.id, p.name, p.kind, m.parent, m.role, p.items, p.duration_ms, p.seq, p.created_ms, \
    p.updated_ms, m.place FROM playlist_members m JOIN playlists p ON p.id = m.playlist \
    WHERE m.account = $1 AND m.role <> 'left' AND p.removed_ms IS NULL ORDER BY m.place, p.id";
const MEMBERS: &str = "SELECT o.playlist, o.account, o.role, a.display_name, a.email FROM playlist_members o \
    JOIN accounts a ON a.id = o.account WHERE o.role <> 'left' AND o.playlist IN \
    (SELECT m.playlist FROM playlist_members m WHERE m.account = $1 AND m.role <> 'left' AND EXISTS \
     (SELECT 1 FROM playlist_members x WHERE x.playlist = m.playlist AND x.account <> $1 AND x.role <> 'left')) \
    ORDER BY o.joined_ms, o.account";

/// A member's list and where it is kept.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) list: Playlist,
    pub(super) place: i64,
}

/// The lists of an account.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelf {
    /// Counts its changes.
    pub(super) cursor: i64,
    /// By place; a list whose folder is not there has none.
    entries: Vec<Entry>,
}

/// A place for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) parent: Option<RowId>,
    pub(super) place: i64,
    /// Neighbours that have to move for it.
    pub(super) moved: Vec<(RowId, i64)>,
}

impl Shelf {
    /// Reads the lists of an account.
    pub(super) async fn read(store: &Store, account: RowId) -> Result<Self, Error> {
        let queries = vec![(CURSOR, values![account]), (LISTS, values![account]), (MEMBERS, values![account])];
        let mut results = store.db.reads(queries).await?.into_iter();
        let mut next = || results.next().unwrap_or_default();
        let cursor = match next().into_iter().next() {
            Some(mut row) => row.int()?,
            None => 0,
        };
        let entries = next().into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let members = next().into_iter().map(member).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::new(cursor, entries, members))
    }

    fn new(cursor: i64, mut entries: Vec<Entry>, members: Vec<(RowId, Member)>) -> Self {
        let folders: HashSet<RowId> =
            entries.iter().filter(|entry| entry.list.kind == ListKind::Folder).map(|entry| entry.list.id).collect();
        let mut of_list: HashMap<RowId, Vec<Member>> = HashMap::new();
        for (list, member) in members {
            of_list.entry(list).or_default().push(member);
        }
        for Entry { list, .. } in &mut entries {
            list.parent = list.parent.filter(|parent| folders.contains(parent));
            list.members = of_list.remove(&list.id).unwrap_or_default();
            list.members.sort_by_key(|member| member.role != Role::Owner);
        }
        Self { cursor, entries }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// One of them.
    pub(super) fn entry(&self, id: RowId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.list.id == id)
    }

    /// All of them, parents before children.
    pub(super) fn arranged(&self) -> Vec<Playlist> {
        let mut arranged = Vec::with_capacity(self.entries.len());
        let mut children: HashMap<Option<RowId>, Vec<&Playlist>> = HashMap::new();
        for entry in self.entries.iter().rev() {
            children.entry(entry.list.parent).or_default().push(&entry.list);
        }
        let mut waiting = children.remove(&None).unwrap_or_default();
        while let Some(list) = waiting.pop() {
            waiting.extend(children.remove(&Some(list.id)).unwrap_or_default());
            arranged.push(list.clone());
        }
        arranged
    }

    /// A folder and all that is kept in it.
    pub(super) fn within(&self, id: RowId) -> Vec<&Playlist> {
        let mut found: Vec<&Playlist> = self.entry(id).map(|entry| &entry.list).into_iter().collect();
        let mut looked = 0;
        while let Some(parent) = found.get(looked).map(|list| list.id) {
            found.extend(self.entries.iter().map(|entry| &entry.list).filter(|list| list.parent == Some(parent)));
            looked += 1;
        }
        found
    }

    /// The place after the last one in a folder.
    pub(super) fn last_in(&self, parent: Option<RowId>) -> Result<Slot, ListRefusal> {
        self.holds(parent, 1)?;
        let last = self.entries.iter().rev().find(|entry| entry.list.parent == parent).map(|entry| entry.list.id);
        self.slot(None, &Place { parent, after: last })
    }

    /// The place for `list`, which may stand on the shelf already.
    pub(super) fn slot_for(&self, list: RowId, place: &Place) -> Result<Slot, ListRefusal> {
        let within: HashSet<RowId> = self.within(list).into_iter().map(|list| list.id).collect();
        if place.parent.is_some_and(|parent| within.contains(&parent)) || place.after == Some(list) {
            return Err(ListRefusal::BadPlace);
        }
        self.holds(place.parent, self.height(list))?;
        self.slot(Some(list), place)
    }

    fn slot(&self, list: Option<RowId>, place: &Place) -> Result<Slot, ListRefusal> {
        let neighbours: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| entry.list.parent == place.parent && Some(entry.list.id) != list)
            .collect();
        let index = match place.after {
            None => 0,
            Some(after) => {
                let at = neighbours.iter().position(|entry| entry.list.id == after).ok_or(ListRefusal::BadPlace)?;
                at + 1
            }
        };
        let before = index.checked_sub(1).and_then(|index| neighbours.get(index)).map(|entry| entry.place);
        let after = neighbours.get(index).map(|entry| entry.place);
        let parent = place.parent;
        Ok(match place::between(before, after) {
            Some(place) => Slot { parent, place, moved: Vec::new() },
            None => {
                let seat = |at: usize| place::spread(if at < index { at } else { at + 1 });
                let moved = neighbours.iter().enumerate().map(|(at, entry)| (entry.list.id, seat(at))).collect();
                Slot { parent, place: place::spread(index), moved }
            }
        })
    }

    /// Whether a folder is there and takes something of that height.
    fn holds(&self, parent: Option<RowId>, height: usize) -> Result<(), ListRefusal> {
        let (mut depth, mut above) = (0, parent);
        while let Some(id) = above {
            let folder = self.entry(id).filter(|entry| entry.list.kind == ListKind::Folder);
            above = folder.ok_or(ListRefusal::BadPlace)?.list.parent;
            depth += 1;
            if depth > DEPTH_MAX {
                return Err(ListRefusal::BadPlace);
            }
        }
        // The lowest list may lie in as many folders as there may be.
        if depth + height <= DEPTH_MAX + 1 { Ok(()) } else { Err(ListRefusal::BadPlace) }
    }

    /// 1 for a list or an empty folder.
    fn height(&self, id: RowId) -> usize {
        let mut level = vec![id];
        let mut height = 0;
        while !level.is_empty() && height <= DEPTH_MAX {
            let under =
                self.entries.iter().filter(|entry| entry.list.parent.is_some_and(|above| level.contains(&above)));
            level = under.map(|entry| entry.list.id).collect();
            height += 1;
        }
        height
    }
}

fn entry(mut row: Row) -> Result<Entry, Error> {
    let list = Playlist {
        id: row.id()?,
        name: row.text()?,
        kind: kind(&row.text()?)?,
        parent: row.opt_id()?,
        role: role(&row.text()?)?,
        members: Vec::new(),
        count: row.count()?,
        duration_ms: row.count()?,
        seq: row.count()?,
        created_ms: row.int()?,
        updated_ms: row.int()?,
    };
    Ok(Entry { list, place: row.int()? })
}

fn member(mut row: Row) -> Result<(RowId, Member), Error> {
    let (list, account, role) = (row.id()?, row.id()?, role(&row.text()?)?);
    let (chosen, email) = (row.opt_text()?, row.text()?);
    Ok((list, Member { account, name: shown_name(chosen.as_deref(), &email).to_owned(), role }))
}

fn kind(name: &str) -> Result<ListKind, Error> {
    match name {
        "list" => Ok(ListKind::List),
        "folder" => Ok(ListKind::Folder),
        _ => Err(Error::Corrupt("a kind of list that does not exist".into())),
    }
}

fn role(name: &str) -> Result<Role, Error> {
    match name {
        "owner" => Ok(Role::Owner),
        "editor" => Ok(Role::Editor),
        _ => Err(Error::Corrupt("a role that does not exist".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> RowId {
        RowId::from_bytes([n; 16])
    }

    fn kept(n: u8, kind: ListKind, parent: Option<u8>, place: i64) -> Entry {
        let list = Playlist {
            id: id(n),
            name: n.to_string(),
            kind,
            parent: parent.map(id),
            role: Role::Owner,
            members: Vec::new(),
            count: 0,
            duration_ms: 0,
            seq: 1,
            created_ms: 0,
            updated_ms: 0,
        };
        Entry { list, place }
    }

    fn shelf(mut entries: Vec<Entry>) -> Shelf {
        entries.sort_by_key(|entry| entry.place);
        Shelf::new(1, entries, Vec::new())
    }

    fn at(parent: Option<u8>, after: Option<u8>) -> Place {
        Place { parent: parent.map(id), after: after.map(id) }
    }

    fn ids(shelf: &Shelf) -> Vec<RowId> {
        shelf.arranged().iter().map(|list| list.id).collect()
    }

    #[test]
    fn parents_come_before_children_and_an_orphan_lies_at_the_top() {
        let shelf = shelf(vec![
            kept(1, ListKind::List, Some(2), 0),
            kept(2, ListKind::Folder, None, 5),
            kept(3, ListKind::List, None, 1),
            kept(4, ListKind::List, Some(9), 2),
            kept(5, ListKind::List, Some(2), 1),
        ]);
        assert_eq!(ids(&shelf), [3, 4, 2, 1, 5].map(id));
        assert_eq!(shelf.entry(id(4)).unwrap().list.parent, None);
    }

    #[test]
    fn a_folder_never_comes_into_itself() {
        let shelf = shelf(vec![
            kept(1, ListKind::Folder, None, 0),
            kept(2, ListKind::Folder, Some(1), 0),
            kept(3, ListKind::List, Some(2), 0),
        ]);
        for place in [at(Some(1), None), at(Some(2), None), at(None, Some(1)), at(Some(3), None), at(None, Some(3))] {
            assert_eq!(shelf.slot_for(id(1), &place), Err(ListRefusal::BadPlace), "{place:?}");
        }
        assert!(shelf.slot_for(id(2), &at(None, Some(1))).is_ok());
        assert!(shelf.slot_for(id(3), &at(None, None)).is_ok());
    }

    #[test]
    fn folders_go_so_deep_and_no_deeper() {
        let deep = u8::try_from(DEPTH_MAX).unwrap();
        let mut entries: Vec<Entry> =
            (1..=deep).map(|n| kept(n, ListKind::Folder, (n > 1).then(|| n - 1), i64::from(n))).collect();
        entries.push(kept(20, ListKind::List, None, 100));
        entries.push(kept(21, ListKind::Folder, None, 101));
        entries.push(kept(22, ListKind::List, Some(21), 102));
        let shelf = shelf(entries);
        assert!(shelf.slot_for(id(20), &at(Some(deep), None)).is_ok());
        assert_eq!(shelf.slot_for(id(21), &at(Some(deep), None)), Err(ListRefusal::BadPlace));
        assert!(shelf.slot_for(id(21), &at(Some(deep - 1), None)).is_ok());
    }

    #[test]
    fn neighbours_move_apart_when_there_is_no_room() {
        let shelf = shelf((0..3).map(|n| kept(n, ListKind::List, None, i64::from(n))).collect());
        let slot = shelf.slot_for(id(2), &at(None, Some(0))).unwrap();
        assert_eq!(slot.moved, [(id(0), place::spread(0)), (id(1), place::spread(2))]);
        assert_eq!(slot.place, place::spread(1));
        assert_eq!(shelf.slot_for(id(0), &at(None, Some(2))).unwrap().moved, []);
    }
}
