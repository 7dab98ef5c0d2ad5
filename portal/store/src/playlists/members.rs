//! Members of a shared list.

use iroam_protocol::{
    id::RowId,
    playlists::{ListKind, Role},
};

use super::{ListOutcome, ListRefusal, shelf::Shelf, shelf_is, told};
use crate::{
    Error, Store,
    db::{Decision, Step, values},
};

const FELLOWS: &str = "SELECT DISTINCT o.account FROM playlist_members m JOIN playlists p ON p.id = m.playlist \
    JOIN playlist_members o ON o.playlist = m.playlist \
    WHERE m.account = $1 AND o.account <> $1 AND m.role <> 'left' AND o.role <> 'left' AND p.removed_ms IS NULL";
const NAME_SHOWN: &str = "UPDATE shelves SET lists = lists + 1 WHERE account IN \
    (SELECT o.account FROM playlist_members m JOIN playlists p ON p.id = m.playlist \
     JOIN playlist_members o ON o.playlist = m.playlist \
     WHERE m.account = $1 AND o.account <> $1 AND m.role <> 'left' AND o.role <> 'left' AND p.removed_ms IS NULL) \
    AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = $1 AND COALESCE(a.display_name, '') <> $2)";

/// The step that shows everybody who shares a list with an account that its name changes; it comes before the change.
pub(crate) fn name_shown(account: RowId, name: &str) -> Step {
    Step::new("fellows", NAME_SHOWN, values![account, name])
}

impl Store {
    /// Everybody who shares a list with an account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn fellows(&self, account: RowId) -> Result<Vec<RowId>, Error> {
        self.db.read(FELLOWS, values![account]).await?.into_iter().map(|mut row| row.id()).collect()
    }

    /// Takes a member off a list: its owner any other, everybody themselves. Somebody who is none is no error.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn remove_member(
        &self,
        account: RowId,
        playlist: RowId,
        member: RowId,
    ) -> Result<ListOutcome<()>, Error> {
        let leave =
            "UPDATE playlist_members SET role = 'left' WHERE playlist = $1 AND account = $2 AND role = 'editor'";
        self.db
            .decide("remove-member", async || {
                let shelf = Shelf::read(self, account).await?;
                let Some(entry) = shelf.entry(playlist) else {
                    return Ok(Decision::nothing(Err(ListRefusal::Unknown)));
                };
                let list = &entry.list;
                if list.kind == ListKind::Folder {
                    return Ok(Decision::nothing(Err(ListRefusal::NotAList)));
                }
                let shares = list.members.iter().any(|known| known.account == member && known.role == Role::Editor);
                match (list.role, member == account) {
                    // An owner removes the list instead; the list without its owner would be nobody's.
                    (Role::Owner, true) | (Role::Editor, false) => Ok(Decision::nothing(Err(ListRefusal::NotOwner))),
                    _ if !shares => Ok(Decision::nothing(Ok(()))),
                    _ => {
                        let mut steps = shelf_is(account, shelf.cursor).to_vec();
                        // Whoever leaves is told as well, so this comes first.
                        steps.extend(told(playlist));
                        steps.push(Step::one("member", leave, values![playlist, member]));
                        Ok(Decision::run(steps, Ok(())))
                    }
                }
            })
            .await
    }
}
