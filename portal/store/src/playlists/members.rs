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

impl Store {
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
