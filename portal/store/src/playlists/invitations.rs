//! Invitations to share a list.

use iroam_protocol::{
    id::RowId,
    playlists::{Invitation, LISTS_MAX, ListKind, MEMBERS_MAX, Playlist, Role},
};

use super::{ListOutcome, ListRefusal, change::taken, shelf::Shelf, shelf_is, told};
use crate::{
    Error, SecretHash, Store,
    accounts::{email_key, shown_name},
    db::{Decision, Row, Step, values},
    outbox::{self, Outgoing},
};

/// How long an invitation can be taken up: two weeks, as a share lives.
const LIFE_MS: i64 = 14 * 24 * 3_600_000;
/// Invitations of one account within a day.
const A_DAY_MAX: u64 = 50;
const DAY_MS: i64 = 24 * 3_600_000;

/// An invitation to be sent.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// The mail with the link; it goes out exactly when the invitation stands. `None` for an address that refuses such mails.
    pub mail: Option<Outgoing>,
    /// Its id.
    pub id: RowId,
    /// Hash of the secret in its link.
    pub token: SecretHash,
    /// The owner who invites.
    pub account: RowId,
    /// The list.
    pub playlist: RowId,
    /// Who is invited.
    pub email: String,
    /// Portal time.
    pub now_ms: i64,
}

/// An invitation, for whoever holds its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The list.
    pub playlist: RowId,
    /// Its name.
    pub name: String,
    /// What its owner is called.
    pub owner: String,
    /// Its items.
    pub count: u64,
    /// When the invitation ends.
    pub expires_ms: i64,
}

/// An invitation as stored.
struct Stored {
    invited: Invited,
    owner: RowId,
    accepted_by: Option<RowId>,
}

const BY_TOKEN: &str = "SELECT i.playlist, p.name, a.display_name, a.email, p.items, i.expires_ms, p.owner, i.accepted_by \
    FROM playlist_invitations i JOIN playlists p ON p.id = i.playlist JOIN accounts a ON a.id = p.owner \
    WHERE i.token_hash = $1 AND i.expires_ms > $2 AND p.removed_ms IS NULL";
const WAITING: &str = "SELECT id, email, created_ms, expires_ms FROM playlist_invitations \
    WHERE playlist = $1 AND accepted_ms IS NULL AND expires_ms > $2 ORDER BY created_ms, id";
const SENT: &str = "SELECT COUNT(*) FROM playlist_invitations WHERE inviter = $1 AND created_ms > $2";
const INSERT: &str = "INSERT INTO playlist_invitations \
    (id, token_hash, playlist, inviter, email, email_key, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const ACCEPT: &str = "UPDATE playlist_invitations SET accepted_ms = $2, accepted_by = $3 \
    WHERE token_hash = $1 AND accepted_ms IS NULL";
// The rows stay, so that a day's invitations are counted.
const WITHDRAW: &str = "UPDATE playlist_invitations SET expires_ms = $3 \
    WHERE id = $1 AND playlist = $2 AND accepted_ms IS NULL AND expires_ms > $3";
const REPLACE: &str = "UPDATE playlist_invitations SET expires_ms = $3 \
    WHERE playlist = $1 AND email_key = $2 AND accepted_ms IS NULL AND expires_ms > $3";

impl Store {
    /// Invites somebody; an invitation of the same address that waits is replaced by this one. Answers with the list.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn invite(&self, new: &NewInvite) -> Result<ListOutcome<Playlist>, Error> {
        let key = email_key(&new.email);
        let key = &key;
        self.db
            .decide("invite", async || {
                let shelf = Shelf::read(self, new.account).await?;
                let list = match shelf.entry(new.playlist).map(|entry| &entry.list) {
                    None => return Ok(Decision::nothing(Err(ListRefusal::Unknown))),
                    Some(list) if list.role != Role::Owner => return Ok(Decision::nothing(Err(ListRefusal::NotOwner))),
                    Some(list) if list.kind == ListKind::Folder => {
                        return Ok(Decision::nothing(Err(ListRefusal::NotAList)));
                    }
                    Some(list) => list.clone(),
                };
                let waiting = self.waiting(new.playlist, new.now_ms).await?;
                let others = waiting.iter().filter(|invitation| email_key(&invitation.email) != *key).count();
                if list.members.len().max(1) + others >= MEMBERS_MAX {
                    return Ok(Decision::nothing(Err(ListRefusal::TooManyMembers)));
                }
                if self.sent_today(new).await? >= A_DAY_MAX {
                    return Ok(Decision::nothing(Err(ListRefusal::TooManyInvitations)));
                }
                let steps = shelf_is(new.account, shelf.cursor).into_iter().chain(invited(new, key)).collect();
                Ok(Decision::run(steps, Ok(list)))
            })
            .await
    }

    /// The invitations of a list that wait; its owner sees them.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn invitations(
        &self,
        account: RowId,
        playlist: RowId,
        now_ms: i64,
    ) -> Result<ListOutcome<Vec<Invitation>>, Error> {
        match self.playlist(account, playlist).await?.map(|list| list.role) {
            None => Ok(Err(ListRefusal::Unknown)),
            Some(Role::Editor) => Ok(Err(ListRefusal::NotOwner)),
            Some(Role::Owner) => Ok(Ok(self.waiting(playlist, now_ms).await?)),
        }
    }

    /// Takes an invitation back that was not taken up; one that is gone is no error.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn withdraw_invitation(
        &self,
        account: RowId,
        playlist: RowId,
        invitation: RowId,
        now_ms: i64,
    ) -> Result<ListOutcome<()>, Error> {
        match self.playlist(account, playlist).await?.map(|list| list.role) {
            None => return Ok(Err(ListRefusal::Unknown)),
            Some(Role::Editor) => return Ok(Err(ListRefusal::NotOwner)),
            Some(Role::Owner) => {}
        }
        let steps = vec![
            // One that is used or of another list is not there to withdraw, and then its mail stays as well.
            Step::one("invitation", WITHDRAW, values![invitation, playlist, now_ms]),
            outbox::cancel_about_step(&about(invitation), now_ms),
        ];
        self.db.attempt("withdraw-invitation", steps).await?;
        Ok(Ok(()))
    }

    /// What an invitation is for; `None` when it is unknown, used by somebody else, expired or withdrawn.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn invitation(&self, token: SecretHash, account: RowId, now_ms: i64) -> Result<Option<Invited>, Error> {
        let stored = self.by_token(token, now_ms).await?;
        let open = |stored: &Stored| stored.accepted_by.is_none_or(|by| by == account);
        Ok(stored.filter(open).map(|stored| stored.invited))
    }

    /// Takes an invitation up: the list appears last in the account's sidebar. A repeat answers the same.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn accept_invitation(
        &self,
        token: SecretHash,
        account: RowId,
        now_ms: i64,
    ) -> Result<ListOutcome<Playlist>, Error> {
        let accepted = self.db.decide("accept-invitation", async || {
            let Some(stored) = self.by_token(token, now_ms).await? else {
                return Ok(Decision::nothing(Err(ListRefusal::InvitationGone)));
            };
            let list = stored.invited.playlist;
            let shelf = Shelf::read(self, account).await?;
            match stored.accepted_by {
                None if stored.owner == account => return Ok(Decision::nothing(Ok(list))),
                None => {}
                Some(by) if by == account && shelf.entry(list).is_some() => return Ok(Decision::nothing(Ok(list))),
                Some(_) => return Ok(Decision::nothing(Err(ListRefusal::InvitationGone))),
            }
            let mut steps = shelf_is(account, shelf.cursor).to_vec();
            steps.push(Step::one("invitation", ACCEPT, values![token, now_ms, account]));
            if shelf.entry(list).is_none() {
                if shelf.len() >= LISTS_MAX {
                    return Ok(Decision::nothing(Err(ListRefusal::TooManyLists)));
                }
                match shelf.last_in(None) {
                    Ok(slot) => steps.extend(taken(account, list, Role::Editor, &slot, now_ms)),
                    Err(refusal) => return Ok(Decision::nothing(Err(refusal))),
                }
            }
            Ok(Decision::run(steps, Ok(list)))
        });
        match accepted.await? {
            Ok(list) => Ok(self.playlist(account, list).await?.ok_or(ListRefusal::Unknown)),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    async fn by_token(&self, token: SecretHash, now_ms: i64) -> Result<Option<Stored>, Error> {
        self.db.read(BY_TOKEN, values![token, now_ms]).await?.into_iter().next().map(stored).transpose()
    }

    async fn waiting(&self, playlist: RowId, now_ms: i64) -> Result<Vec<Invitation>, Error> {
        self.db.read(WAITING, values![playlist, now_ms]).await?.into_iter().map(waiting).collect()
    }

    async fn sent_today(&self, new: &NewInvite) -> Result<u64, Error> {
        let since_ms = new.now_ms.saturating_sub(DAY_MS);
        let rows = self.db.read(SENT, values![new.account, since_ms]).await?;
        rows.into_iter().next().map_or(Ok(0), |mut row| row.count())
    }
}

/// What an invitation's mail speaks of.
fn about(invitation: RowId) -> String {
    format!("playlist-invitation/{invitation}")
}

fn invited(new: &NewInvite, key: &str) -> Vec<Step> {
    let expires_ms = new.now_ms.saturating_add(LIFE_MS);
    let row = values![new.id, new.token, new.playlist, new.account, new.email.trim(), key, new.now_ms, expires_ms];
    let mut steps = vec![
        Step::new("invitation.replaced", REPLACE, values![new.playlist, key, new.now_ms]),
        Step::one("invitation", INSERT, row),
    ];
    steps.extend(new.mail.clone().map(|mail| {
        let until_ms = mail.until_ms.min(expires_ms);
        outbox::enqueue_step(&Outgoing { about: Some(about(new.id)), until_ms, ..mail })
    }));
    steps.extend(told(new.playlist));
    steps
}

fn stored(mut row: Row) -> Result<Stored, Error> {
    let (playlist, name) = (row.id()?, row.text()?);
    let (chosen, email) = (row.opt_text()?, row.text()?);
    let owner = shown_name(chosen.as_deref(), &email).to_owned();
    let invited = Invited { playlist, name, owner, count: row.count()?, expires_ms: row.int()? };
    Ok(Stored { invited, owner: row.id()?, accepted_by: row.opt_id()? })
}

fn waiting(mut row: Row) -> Result<Invitation, Error> {
    Ok(Invitation { id: row.id()?, email: row.text()?, created_ms: row.int()?, expires_ms: row.int()? })
}
