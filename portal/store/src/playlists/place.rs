//! Places: numbers that say the order of items in a list and of lists in a sidebar. They never leave the store.
//!
//! A place between two neighbours is a number between theirs. When there is none left, the places of all are spread anew;
//! the order stays as it is.

/// Between the places of freshly spread neighbours: 2²³ of them fit into 63 bits.
pub(super) const SPACING: i64 = 1 << 40;
/// Behind an item that has a neighbour: a hundred thousand put in one after the other stay below [`SPACING`], and twenty put
/// in at the very same place find room before all are spread anew.
const STEP: i64 = 1 << 20;

/// A place after `before` and before `after`, where there are such neighbours; `None` when there is no room.
pub(super) fn between(before: Option<i64>, after: Option<i64>) -> Option<i64> {
    match (before, after) {
        (None, None) => Some(0),
        (Some(before), None) => before.checked_add(SPACING),
        (None, Some(after)) => after.checked_sub(SPACING),
        (Some(before), Some(after)) => {
            let gap = after.checked_sub(before)?;
            if gap < 2 { None } else { Some(before + (gap / 2).min(STEP)) }
        }
    }
}

/// The place of the `index`th, when all are spread anew.
pub(super) fn spread(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX).saturating_mul(SPACING)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_place_lies_between_its_neighbours(a: i64, b: i64) {
            let (before, after) = (a.min(b), a.max(b));
            if let Some(place) = between(Some(before), Some(after)) {
                prop_assert!(before < place && place < after);
            } else {
                prop_assert!(after.saturating_sub(before) < 2 || after.checked_sub(before).is_none());
            }
            prop_assert!(between(Some(a), None).is_none_or(|place| place > a));
            prop_assert!(between(None, Some(a)).is_none_or(|place| place < a));
        }
    }

    #[test]
    fn one_after_the_other_into_a_gap_needs_no_new_places() {
        let (mut before, after) = (spread(0), spread(1));
        for n in 0..100_000 {
            before = between(Some(before), Some(after)).unwrap_or_else(|| panic!("no room for number {n}"));
        }
    }

    #[test]
    fn the_same_place_again_and_again_runs_out_of_room_and_says_so() {
        let (before, mut after) = (spread(0), spread(1));
        let mut found = 0;
        while let Some(place) = between(Some(before), Some(after)) {
            assert!(before < place && place < after);
            (after, found) = (place, found + 1);
        }
        // A step, then twenty halvings of it.
        assert_eq!(found, 21);
    }
}
