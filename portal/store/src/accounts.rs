//! Accounts.

use iroam_ledger::{Book, Kind, Money, Transfer};
use iroam_protocol::{id::RowId, portal};

use crate::{
    Error, Store, books,
    db::{Decision, Row, Step, values},
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Id.
    pub id: RowId,
    /// E-mail address as it was typed.
    pub email: String,
    /// Whether the address was confirmed.
    pub email_confirmed: bool,
    /// IANA name; `UTC` when the browser told none.
    pub time_zone: String,
    /// When it was made.
    pub created_ms: i64,
    /// How the owner is called in shares and invitations; `None` when not told.
    pub display_name: Option<String>,
    /// Language of pages and mails, as in HTML.
    pub language: String,
    /// Whether others may invite this address by mail.
    pub takes_invitations: bool,
    /// Whether the mail that confirms the address was asked for by the first minute of listening.
    pub confirmation_asked: bool,
}

impl Account {
    /// The account on the wire.
    pub fn to_wire(&self) -> portal::Account {
        portal::Account {
            id: self.id,
            email: self.email.clone(),
            email_confirmed: self.email_confirmed,
            display_name: self.display_name.clone(),
            language: self.language.clone(),
            time_zone: self.time_zone.clone(),
            takes_invitations: self.takes_invitations,
        }
    }
}

/// An account with the hash that a password is checked against.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The account.
    pub account: Account,
    /// PHC string.
    pub password_hash: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("account", &self.account.id).finish_non_exhaustive()
    }
}

/// A sign-up.
#[derive(Clone)]
pub struct NewAccount {
    /// Id of the account.
    pub id: RowId,
    /// E-mail address; its case does not make another address.
    pub email: String,
    /// PHC string.
    pub password_hash: String,
    /// IANA name; `None` means UTC.
    pub time_zone: Option<String>,
    /// Language of pages and mails, as in HTML; `None` means English.
    pub language: Option<String>,
    /// Portal time.
    pub now_ms: i64,
}

/// How a sign-up ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignUp {
    /// The account stands and has its starter minutes.
    Created(Account),
    /// Another account has the address.
    EmailTaken,
}

/// The columns of an account `a`, as [`account`] reads them.
macro_rules! columns {
    () => {
        "a.id, a.email, CASE WHEN a.email_confirmed_ms IS NULL THEN 0 ELSE 1 END, a.time_zone, a.created_ms, \
         a.display_name, a.language, a.takes_invitations, \
         CASE WHEN a.confirmation_asked_ms IS NULL THEN 0 ELSE 1 END"
    };
}
pub(crate) use columns;

const BY_ID: &str = concat!("SELECT ", columns!(), ", a.password_hash FROM accounts a WHERE a.id = $1");
const BY_EMAIL: &str = concat!("SELECT ", columns!(), ", a.password_hash FROM accounts a WHERE a.email_key = $1");
const INSERT: &str = "INSERT INTO accounts \
    (id, email, email_key, password_hash, time_zone, created_ms, language, running) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, 0)";
const INSERT_WALLET: &str = "INSERT INTO wallets (book, owner, balance) VALUES ($1, $2, 0)";

impl Store {
    /// Makes an account with its wallets and starter minutes, in one transaction.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_account(&self, new: NewAccount) -> Result<SignUp, Error> {
        let key = email_key(&new.email);
        let (new, key) = (&new, &key);
        self.db
            .decide("create-account", async || {
                if let Some(found) = self.account_by_email(key).await? {
                    let repeated = found.account.id == new.id;
                    let answer = if repeated { SignUp::Created(found.account) } else { SignUp::EmailTaken };
                    return Ok(Decision::nothing(answer));
                }
                let account = Account {
                    id: new.id,
                    email: new.email.trim().to_owned(),
                    email_confirmed: false,
                    time_zone: new.time_zone.clone().unwrap_or_else(|| "UTC".into()),
                    created_ms: new.now_ms,
                    display_name: None,
                    language: new.language.clone().unwrap_or_else(|| DEFAULT_LANGUAGE.into()),
                    takes_invitations: true,
                    confirmation_asked: false,
                };
                Ok(Decision::run(self.creation(&account, key, &new.password_hash)?, SignUp::Created(account)))
            })
            .await
    }

    /// An account by its id.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn account(&self, id: RowId) -> Result<Option<Account>, Error> {
        let rows = self.db.read(BY_ID, values![id]).await?;
        Ok(first(rows)?.map(|found| found.account))
    }

    /// An account by its address, in any case, with what its password is checked against.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn account_by_email(&self, email: &str) -> Result<Option<Credentials>, Error> {
        first(self.db.read(BY_EMAIL, values![email_key(email)]).await?)
    }

    /// Replaces the password; `false` when there is no such account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn set_password(&self, id: RowId, password_hash: &str) -> Result<bool, Error> {
        let sql = "UPDATE accounts SET password_hash = $2 WHERE id = $1";
        self.db.attempt("set-password", vec![Step::one("account", sql, values![id, password_hash])]).await
    }

    /// Takes an account's address as its owner's on the operator's word; `false` when there is no such account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn vouch_for_address(&self, id: RowId, now_ms: i64) -> Result<bool, Error> {
        let sql = "UPDATE accounts SET email_confirmed_ms = COALESCE(email_confirmed_ms, $2) WHERE id = $1";
        self.db.attempt("vouch-for-address", vec![Step::one("account", sql, values![id, now_ms])]).await
    }

    fn creation(&self, account: &Account, key: &str, password_hash: &str) -> Result<Vec<Step>, Error> {
        let Account { id, email, time_zone, created_ms, language, .. } = account;
        let row = values![*id, email, key, password_hash, time_zone, *created_ms, language];
        let mut steps = vec![Step::one("account", INSERT, row)];
        let wallets = Book::of(*id).into_iter();
        steps.extend(wallets.map(|book| Step::one("wallets", INSERT_WALLET, values![book.to_string(), *id])));
        let money = Money { promo: self.pricing.starter_micros, paid: 0 };
        if money != Money::ZERO {
            let starter = Transfer::give(format!("starter/{id}"), Kind::Starter, Book::Starter, *id, money);
            let starter = starter.map_err(|error| Error::Corrupt(error.to_string()))?;
            steps.extend(books::post(&[starter], *created_ms));
        }
        Ok(steps)
    }
}

/// What others see of an account who share something with it: the name its owner chose, else the part of its address that
/// names nobody's mailbox alone.
pub fn shown_name<'a>(chosen: Option<&'a str>, email: &'a str) -> &'a str {
    chosen.unwrap_or_else(|| email.split_once('@').map_or(email, |(name, _)| name))
}

/// The language of an account of which none is known: the column's default.
const DEFAULT_LANGUAGE: &str = "en";

/// What makes two addresses the same.
pub(crate) fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

fn first(rows: Vec<Row>) -> Result<Option<Credentials>, Error> {
    rows.into_iter().next().map(credentials).transpose()
}

fn credentials(mut row: Row) -> Result<Credentials, Error> {
    let account = account(&mut row)?;
    Ok(Credentials { account, password_hash: row.text()? })
}

/// Reads [`columns`].
pub(crate) fn account(row: &mut Row) -> Result<Account, Error> {
    Ok(Account {
        id: row.id()?,
        email: row.text()?,
        email_confirmed: row.int()? != 0,
        time_zone: row.text()?,
        created_ms: row.int()?,
        display_name: row.opt_text()?,
        language: row.text()?,
        takes_invitations: row.int()? != 0,
        confirmation_asked: row.int()? != 0,
    })
}
