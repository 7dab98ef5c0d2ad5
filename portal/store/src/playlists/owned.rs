//! What all lists of one owner hold together.

use iroam_protocol::{id::RowId, playlists::ACCOUNT_ITEMS_MAX};

use super::ListRefusal;
use crate::{
    Error,
    db::{Query, Row, Step, values},
};

/// Items of lists that were removed and may come back, beside those that are there: as many again.
const KEPT_MAX: u64 = 2 * ACCOUNT_ITEMS_MAX;

macro_rules! sums {
    ($owner:literal) => {
        concat!(
            "SELECT CAST(COALESCE(SUM(CASE WHEN s.removed_ms IS NULL THEN s.items ELSE 0 END), 0) AS BIGINT), \
             CAST(COALESCE(SUM(s.items), 0) AS BIGINT) FROM playlists s WHERE s.owner = ",
            $owner
        )
    };
}

const OF_ACCOUNT: &str = sums!("$1");
const OF_LIST: &str = sums!("(SELECT p.owner FROM playlists p WHERE p.id = $1)");
/// Comes after the steps that tell the owner: they hold the row that all changes of this owner's lists pass.
const GUARD: &str = "UPDATE shelves SET lists = lists WHERE account = (SELECT p.owner FROM playlists p WHERE p.id = $1) \
    AND (SELECT CAST(COALESCE(SUM(s.items), 0) AS BIGINT) FROM playlists s JOIN playlists p ON p.owner = s.owner \
     WHERE p.id = $1 AND s.removed_ms IS NULL) <= $2 \
    AND (SELECT CAST(COALESCE(SUM(s.items), 0) AS BIGINT) FROM playlists s JOIN playlists p ON p.owner = s.owner \
     WHERE p.id = $1) <= $3";

/// Items of an owner's lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Owned {
    /// In lists that are there.
    shown: u64,
    /// In these and in those that may be brought back.
    kept: u64,
}

impl Owned {
    /// Asks for them by the account.
    pub(super) fn by(account: RowId) -> Query {
        (OF_ACCOUNT, values![account])
    }

    /// Asks for those of the owner of a list.
    pub(super) fn by_owner_of(list: RowId) -> Query {
        (OF_LIST, values![list])
    }

    /// Reads the answer to either.
    ///
    /// # Errors
    /// [`Error`].
    pub(super) fn read(rows: Vec<Row>) -> Result<Self, Error> {
        let Some(mut row) = rows.into_iter().next() else { return Ok(Self::default()) };
        Ok(Self { shown: row.count()?, kept: row.count()? })
    }

    /// Whether so many items more find room; none always do.
    ///
    /// # Errors
    /// What there are too many of.
    pub(super) fn take(self, more: u64) -> Result<(), ListRefusal> {
        if more == 0 {
            Ok(())
        } else if self.shown.saturating_add(more) > ACCOUNT_ITEMS_MAX {
            Err(ListRefusal::TooManyItemsInAll)
        } else if self.kept.saturating_add(more) > KEPT_MAX {
            Err(ListRefusal::TooManyItemsRemoved)
        } else {
            Ok(())
        }
    }

    /// Whether so many items come back to where they are seen; they are kept already.
    ///
    /// # Errors
    /// [`ListRefusal::TooManyItemsInAll`].
    pub(super) fn bring_back(self, more: u64) -> Result<(), ListRefusal> {
        Self { kept: 0, ..self }.take(more)
    }
}

/// The step that demands that a list's owner has no more than may be, after all other steps: two lists that grow at once
/// do not see each other before.
pub(super) fn bounded(list: RowId) -> Step {
    Step::one("owned.guard", GUARD, values![list, ACCOUNT_ITEMS_MAX, KEPT_MAX])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_has_so_many_items_and_as_many_again_of_removed_lists() {
        let owned = |shown, kept| Owned { shown, kept };
        let full = ACCOUNT_ITEMS_MAX;
        assert_eq!(owned(full - 1, full - 1).take(1), Ok(()));
        assert_eq!(owned(full + 9, full + 9).take(0), Ok(()), "what is there may be moved and removed");
        assert_eq!(owned(full, full).take(1), Err(ListRefusal::TooManyItemsInAll));
        assert_eq!(owned(0, 2 * full - 1).take(1), Ok(()));
        assert_eq!(owned(0, 2 * full).take(1), Err(ListRefusal::TooManyItemsRemoved));
        assert_eq!(owned(0, 2 * full).bring_back(full), Ok(()));
        assert_eq!(owned(1, 2 * full).bring_back(full), Err(ListRefusal::TooManyItemsInAll));
        assert_eq!(owned(u64::MAX, u64::MAX).take(u64::MAX), Err(ListRefusal::TooManyItemsInAll));
    }
}
