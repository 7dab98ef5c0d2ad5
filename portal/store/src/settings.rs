//! What the owner of an account chooses.

use iroam_protocol::id::RowId;

use crate::{
    Account, Error, Store,
    accounts::email_key,
    db::{Step, values},
    playlists,
};

/// A change of the settings; `None` leaves a thing as it is. The values were checked by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The name shown in shares and invitations; the empty text takes it away.
    pub display_name: Option<String>,
    /// Language, as in HTML.
    pub language: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// Whether others may invite this address by mail.
    pub takes_invitations: Option<bool>,
}

const CHANGE: &str = "UPDATE accounts SET \
    display_name = CASE WHEN $2 IS NULL THEN display_name ELSE NULLIF($2, '') END, language = COALESCE($3, language), \
    time_zone = COALESCE($4, time_zone), takes_invitations = COALESCE($5, takes_invitations) WHERE id = $1";

impl Store {
    /// Changes the settings of an account, and shows a new name to all who share a list with it; answers it as it is now, `None` when there is no such account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn change_account(&self, id: RowId, change: AccountChange) -> Result<Option<Account>, Error> {
        let AccountChange { display_name, language, time_zone, takes_invitations } = change;
        let mut steps: Vec<Step> = display_name.iter().map(|name| playlists::name_shown(id, name)).collect();
        let row = values![id, display_name, language, time_zone, takes_invitations.map(i64::from)];
        steps.push(Step::one("account", CHANGE, row));
        self.db.attempt("change-account", steps).await?;
        self.account(id).await
    }

    /// Whether an address may be invited by mail: one without an account may, the owner of one decides.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn takes_invitations(&self, email: &str) -> Result<bool, Error> {
        let select = "SELECT takes_invitations FROM accounts WHERE email_key = $1";
        match self.db.read(select, values![email_key(email)]).await?.into_iter().next() {
            Some(mut row) => Ok(row.int()? != 0),
            None => Ok(true),
        }
    }
}
