//! What operations do to a list: decided here, without a database.

use std::collections::{BTreeMap, HashMap};

use iroam_protocol::{
    id::RowId,
    playlists::{Edit, ITEMS_MAX, Item},
};

use super::place;

/// What is known of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) id: RowId,
    pub(super) place: i64,
    pub(super) removed: bool,
    pub(super) duration_ms: u64,
}

/// The items of a list in their order: all of them, or those around one operation.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    seats: HashMap<RowId, Seat>,
    by_place: BTreeMap<i64, RowId>,
    whole: bool,
}

/// What one operation comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// A new item at a place.
    Inserted { item: Box<Item>, place: i64, previous: Option<RowId> },
    /// An item at another place.
    Moved { item: RowId, place: i64, previous: Option<RowId> },
    /// An item that is gone.
    Removed { item: RowId },
    /// An item that is back.
    Restored { item: RowId, previous: Option<RowId> },
    /// No change.
    Nothing,
    /// Before the next one, all places are spread anew. No operation of its own.
    Spread,
}

/// Why operations cannot be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// There is no room at that place, and not all items are known: load all.
    NoRoom,
    /// The list would hold more than [`ITEMS_MAX`].
    Full,
}

/// What a list comes to by operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) effects: Vec<Effect>,
    /// Items afterwards.
    pub(super) count: u64,
    /// Their lengths together.
    pub(super) duration_ms: u64,
}

impl Order {
    /// All items of a list.
    pub(super) fn whole(seats: impl IntoIterator<Item = Seat>) -> Self {
        Self { whole: true, ..Self::around(seats) }
    }

    /// The items around one operation: the one it is about, its anchor, the anchor's neighbours.
    pub(super) fn around(seats: impl IntoIterator<Item = Seat>) -> Self {
        let mut order = Self::default();
        for seat in seats {
            order.seat(seat);
        }
        order
    }

    /// Plans operations on a list of `count` items that last `duration_ms`, and takes their effects in.
    ///
    /// # Errors
    /// [`Obstacle`]; the order is of no further use then.
    pub(super) fn plan(&mut self, edits: &[&Edit], count: u64, duration_ms: u64) -> Result<Plan, Obstacle> {
        let mut plan = Plan { effects: Vec::with_capacity(edits.len()), count, duration_ms };
        for edit in edits {
            let effect = match self.apply(edit) {
                Err(Obstacle::NoRoom) if self.whole => {
                    self.spread();
                    plan.effects.push(Effect::Spread);
                    self.apply(edit)?
                }
                other => other?,
            };
            self.sum_up(&effect, &mut plan)?;
            plan.effects.push(effect);
        }
        Ok(plan)
    }

    fn apply(&mut self, edit: &Edit) -> Result<Effect, Obstacle> {
        match edit {
            Edit::Insert { item, after } => self.insert(item, *after),
            Edit::Move { item, after } => self.shift(*item, *after),
            Edit::Remove { item } => Ok(self.remove(*item)),
            Edit::Restore { item } => Ok(self.restore(*item)),
        }
    }

    fn insert(&mut self, item: &Item, after: Option<RowId>) -> Result<Effect, Obstacle> {
        if self.seats.contains_key(&item.id) {
            return Ok(Effect::Nothing);
        }
        let place = self.place_after(after)?;
        self.seat(Seat { id: item.id, place, removed: false, duration_ms: item.about.duration_ms });
        let previous = self.previous(place);
        Ok(Effect::Inserted { item: Box::new(item.clone()), place, previous })
    }

    fn shift(&mut self, item: RowId, after: Option<RowId>) -> Result<Effect, Obstacle> {
        let Some(seat) = self.seats.get(&item).copied().filter(|seat| !seat.removed && after != Some(item)) else {
            return Ok(Effect::Nothing);
        };
        self.by_place.remove(&seat.place);
        let place = match self.place_after(after) {
            Ok(place) => place,
            Err(obstacle) => {
                self.by_place.insert(seat.place, item);
                return Err(obstacle);
            }
        };
        self.seat(Seat { place, ..seat });
        Ok(Effect::Moved { item, place, previous: self.previous(place) })
    }

    fn remove(&mut self, item: RowId) -> Effect {
        match self.seats.get_mut(&item).filter(|seat| !seat.removed) {
            Some(seat) => {
                seat.removed = true;
                Effect::Removed { item }
            }
            None => Effect::Nothing,
        }
    }

    fn restore(&mut self, item: RowId) -> Effect {
        match self.seats.get_mut(&item).filter(|seat| seat.removed) {
            Some(seat) => {
                seat.removed = false;
                let place = seat.place;
                Effect::Restored { item, previous: self.previous(place) }
            }
            None => Effect::Nothing,
        }
    }

    fn sum_up(&self, effect: &Effect, plan: &mut Plan) -> Result<(), Obstacle> {
        let (item, comes) = match effect {
            Effect::Inserted { item, .. } => (item.id, true),
            Effect::Restored { item, .. } => (*item, true),
            Effect::Removed { item } => (*item, false),
            Effect::Moved { .. } | Effect::Nothing | Effect::Spread => return Ok(()),
        };
        let duration_ms = self.seats.get(&item).map_or(0, |seat| seat.duration_ms);
        if comes {
            plan.count = plan.count.saturating_add(1);
            plan.duration_ms = plan.duration_ms.saturating_add(duration_ms);
        } else {
            plan.count = plan.count.saturating_sub(1);
            plan.duration_ms = plan.duration_ms.saturating_sub(duration_ms);
        }
        if comes && plan.count > ITEMS_MAX { Err(Obstacle::Full) } else { Ok(()) }
    }

    /// A place right after an item, also one that was removed; at the end after one that is not known.
    fn place_after(&self, after: Option<RowId>) -> Result<i64, Obstacle> {
        let anchor = match after {
            None => None,
            Some(after) => match self.seats.get(&after) {
                Some(seat) => Some(seat.place),
                None => self.by_place.last_key_value().map(|(place, _)| *place),
            },
        };
        let next = match anchor {
            None => self.by_place.first_key_value(),
            Some(anchor) => self.by_place.range((std::ops::Bound::Excluded(anchor), std::ops::Bound::Unbounded)).next(),
        };
        place::between(anchor, next.map(|(place, _)| *place)).ok_or(Obstacle::NoRoom)
    }

    /// The item that is there before a place.
    fn previous(&self, place: i64) -> Option<RowId> {
        let mut before = self.by_place.range(..place).rev().map(|(_, id)| *id);
        before.find(|id| self.seats.get(id).is_some_and(|seat| !seat.removed))
    }

    fn seat(&mut self, seat: Seat) {
        self.seats.insert(seat.id, seat);
        self.by_place.insert(seat.place, seat.id);
    }

    fn spread(&mut self) {
        let in_order: Vec<RowId> = std::mem::take(&mut self.by_place).into_values().collect();
        for (index, id) in in_order.into_iter().enumerate() {
            let place = place::spread(index);
            if let Some(seat) = self.seats.get_mut(&id) {
                seat.place = place;
            }
            self.by_place.insert(place, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use iroam_protocol::{
        home::Kind,
        id::{ItemId, PeerId},
        playlists::Snapshot,
    };
    use proptest::prelude::*;

    use super::*;

    fn id(n: u8) -> RowId {
        RowId::from_bytes([n; 16])
    }

    fn item(n: u8) -> Box<Item> {
        let about = Snapshot {
            title: n.to_string(),
            artist: None,
            album: None,
            album_id: None,
            duration_ms: 1_000,
            cover_id: None,
            kind: Kind::Audio,
        };
        let (home, track) = (PeerId::from_public_key([1; 32]), ItemId::from_bytes([n; 16]));
        Box::new(Item { id: id(n), home, track, about, added_ms: 0, added_by: None })
    }

    fn insert(n: u8, after: Option<u8>) -> Edit {
        Edit::Insert { item: item(n), after: after.map(id) }
    }

    fn shown(order: &Order) -> Vec<RowId> {
        order.by_place.values().copied().filter(|id| !order.seats[id].removed).collect()
    }

    /// The rule in its plainest form: a vector with its removed items in place.
    #[derive(Default)]
    struct Plain(Vec<(RowId, bool)>);

    impl Plain {
        fn apply(&mut self, edit: &Edit) {
            let at = |list: &Vec<(RowId, bool)>, id: &RowId| list.iter().position(|(known, _)| known == id);
            let slot = |list: &Vec<(RowId, bool)>, after: &Option<RowId>| match after {
                None => 0,
                Some(after) => at(list, after).map_or(list.len(), |index| index + 1),
            };
            match edit {
                Edit::Insert { item, after } if at(&self.0, &item.id).is_none() => {
                    let slot = slot(&self.0, after);
                    self.0.insert(slot, (item.id, false));
                }
                Edit::Move { item, after } if after.as_ref() != Some(item) => {
                    if let Some(index) = at(&self.0, item).filter(|index| !self.0[*index].1) {
                        self.0.remove(index);
                        let slot = slot(&self.0, after);
                        self.0.insert(slot, (*item, false));
                    }
                }
                Edit::Remove { item } => self.mark(item, true),
                Edit::Restore { item } => self.mark(item, false),
                _ => {}
            }
        }

        fn mark(&mut self, item: &RowId, removed: bool) {
            if let Some(entry) = self.0.iter_mut().find(|(known, _)| known == item) {
                entry.1 = removed;
            }
        }

        fn shown(&self) -> Vec<RowId> {
            self.0.iter().filter(|(_, removed)| !removed).map(|(id, _)| *id).collect()
        }
    }

    /// What a reader has who applies the effects one by one.
    fn follow(mut list: Vec<RowId>, effects: &[Effect]) -> Vec<RowId> {
        for effect in effects {
            let (item, previous) = match effect {
                Effect::Inserted { item, previous, .. } => (item.id, *previous),
                Effect::Restored { item, previous } | Effect::Moved { item, previous, .. } => (*item, *previous),
                Effect::Removed { item } => {
                    list.retain(|known| known != item);
                    continue;
                }
                Effect::Nothing | Effect::Spread => continue,
            };
            list.retain(|known| *known != item);
            let slot = previous.map_or(0, |previous| list.iter().position(|known| *known == previous).unwrap() + 1);
            list.insert(slot, item);
        }
        list
    }

    fn edits() -> impl Strategy<Value = Vec<Edit>> {
        let anchor = || prop_oneof![Just(None), (0u8..24).prop_map(Some)];
        let edit = prop_oneof![
            4 => (0u8..24, anchor()).prop_map(|(n, after)| insert(n, after)),
            3 => (0u8..24, anchor()).prop_map(|(n, after)| Edit::Move { item: id(n), after: after.map(id) }),
            2 => (0u8..24).prop_map(|n| Edit::Remove { item: id(n) }),
            1 => (0u8..24).prop_map(|n| Edit::Restore { item: id(n) }),
        ];
        prop::collection::vec(edit, 0..120)
    }

    proptest! {
        #[test]
        fn operations_do_what_they_do_to_a_plain_vector(edits in edits()) {
            let (mut order, mut plain) = (Order::whole([]), Plain::default());
            for edit in &edits {
                plain.apply(edit);
            }
            let asked: Vec<&Edit> = edits.iter().collect();
            let plan = order.plan(&asked, 0, 0).unwrap();
            prop_assert_eq!(shown(&order), plain.shown());
            prop_assert_eq!(follow(Vec::new(), &plan.effects), plain.shown());
            prop_assert_eq!(plan.count, u64::try_from(plain.shown().len()).unwrap());
            prop_assert_eq!(plan.duration_ms, plan.count * 1_000);
            let operations = plan.effects.iter().filter(|effect| **effect != Effect::Spread).count();
            prop_assert_eq!(operations, edits.len());
        }

        #[test]
        fn a_repeat_of_everything_inserts_nothing_twice(edits in edits()) {
            let mut order = Order::whole([]);
            let asked: Vec<&Edit> = edits.iter().collect();
            order.plan(&asked, 0, 0).unwrap();
            let before = order.seats.len();
            order.plan(&asked, 0, 0).unwrap();
            prop_assert_eq!(order.seats.len(), before);
        }
    }

    #[test]
    fn many_at_the_very_same_place_spread_the_others_and_keep_their_order() {
        let mut order = Order::whole([]);
        let mut edits = vec![insert(0, None), insert(1, Some(0))];
        edits.extend((2..=200).map(|n| insert(n, Some(0))));
        let plan = order.plan(&edits.iter().collect::<Vec<_>>(), 0, 0).unwrap();
        assert!(plan.effects.contains(&Effect::Spread));
        let expected: Vec<RowId> = [0].into_iter().chain((2..=200).rev()).chain([1]).map(id).collect();
        assert_eq!(shown(&order), expected);
    }

    #[test]
    fn where_not_all_is_known_a_lack_of_room_is_told() {
        let seat = |n, place| Seat { id: id(n), place, removed: false, duration_ms: 0 };
        let mut order = Order::around([seat(1, 7), seat(2, 8)]);
        assert_eq!(order.plan(&[&insert(3, Some(1))], 2, 0), Err(Obstacle::NoRoom));
    }

    #[test]
    fn a_list_holds_ten_thousand_and_no_more() {
        let mut order = Order::whole([]);
        assert!(order.plan(&[&insert(1, None)], ITEMS_MAX - 1, 0).is_ok());
        assert_eq!(order.plan(&[&insert(2, None)], ITEMS_MAX, 0), Err(Obstacle::Full));
        let swap = [&Edit::Remove { item: id(1) }, &insert(3, None)];
        assert_eq!(order.plan(&swap, ITEMS_MAX, 1_000).unwrap().count, ITEMS_MAX);
    }
}
