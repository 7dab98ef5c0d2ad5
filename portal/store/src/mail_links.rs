//! Links that come by mail: one confirms an address and brings minutes, one replaces the password. Whoever opens a link
//! only looks; a form uses it, since mail scanners open every link.

use iroam_ledger::{Book, Kind, Money, Transfer};
use iroam_protocol::id::RowId;

use crate::{
    Account, Ended, Error, Outgoing, SecretHash, Store,
    accounts::email_key,
    books,
    db::{Decision, Query, Row, Step, values},
    outbox, second_device, sessions,
};

/// How long a link that confirms lives: mail lies over a weekend away.
pub const CONFIRM_LIFE_MS: i64 = 7 * 24 * 3_600_000;
/// How long a link that replaces the password lives: an hour, to find the mail.
pub const RESET_LIFE_MS: i64 = 3_600_000;
/// Links of one purpose that an account is sent within [`OFTEN_MS`]: a mail may be lost once or twice, a mailbox is not
/// flooded.
const LINKS_MAX: u64 = 3;
/// See [`LINKS_MAX`].
const OFTEN_MS: i64 = 3_600_000;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To confirm the address it was sent to.
    Confirm,
    /// To choose a new password.
    Reset,
}

impl Purpose {
    /// The stored name.
    fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reset => "reset",
        }
    }

    fn life_ms(self) -> i64 {
        match self {
            Self::Confirm => CONFIRM_LIFE_MS,
            Self::Reset => RESET_LIFE_MS,
        }
    }
}

/// A link, and the mail that carries it.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// Hash of the secret in the link.
    pub token: SecretHash,
    /// The mail.
    pub mail: Outgoing,
}

/// Whether a mail to confirm the address goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is in the outbox.
    Sent,
    /// The address is confirmed already.
    Confirmed,
    /// Three went out within an hour; or the first minute of listening asked for it before.
    Enough,
}

/// How a confirmation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// The address is confirmed, now or before, and this account has its minutes.
    Confirmed(RowId),
    /// The link is unknown, or too old.
    Gone,
}

/// How a new password was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reset {
    /// It is in force; these sessions ended.
    Done(Ended),
    /// The link is unknown, used, or too old.
    Gone,
}

/// Somebody asked for a new password for an address that may have no account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordRequest {
    /// The address in lower case.
    pub email: String,
    /// When.
    pub asked_ms: i64,
}

const INSERT: &str = "INSERT INTO mail_links (token_hash, account, purpose, created_ms, expires_ms) \
    VALUES ($1, $2, $3, $4, $5)";
const RECENT: &str = "SELECT COUNT(*) FROM mail_links WHERE account = $1 AND purpose = $2 AND created_ms > $3";
const BY_TOKEN: &str = "SELECT l.account, l.expires_ms, l.used_ms, \
    CASE WHEN a.email_confirmed_ms IS NULL THEN 0 ELSE 1 END FROM mail_links l JOIN accounts a ON a.id = l.account \
    WHERE l.token_hash = $1 AND l.purpose = $2";
const USE: &str = "UPDATE mail_links SET used_ms = $2 WHERE token_hash = $1 AND used_ms IS NULL AND expires_ms > $2";
const USE_ALL: &str = "UPDATE mail_links SET used_ms = $3 WHERE account = $1 AND purpose = $2 AND used_ms IS NULL";
const ASKED: &str = "UPDATE accounts SET confirmation_asked_ms = $2 WHERE id = $1 AND confirmation_asked_ms IS NULL";
const CONFIRM: &str = "UPDATE accounts SET email_confirmed_ms = $2 WHERE id = $1 AND email_confirmed_ms IS NULL";
const SET_PASSWORD: &str = "UPDATE accounts SET password_hash = $2 WHERE id = $1";
const END_SESSIONS: &str = "DELETE FROM sessions WHERE account = $1 AND id <> $2";
const ASK_PASSWORD: &str = "INSERT INTO password_requests (email_key, asked_ms) VALUES ($1, $2) \
    ON CONFLICT (email_key) DO UPDATE SET asked_ms = $2";
const PASSWORD_REQUESTS: &str = "SELECT email_key, asked_ms FROM password_requests ORDER BY asked_ms LIMIT $1";
const ANSWERED: &str = "DELETE FROM password_requests WHERE email_key = $1 AND asked_ms = $2";

impl Store {
    /// Sends the link that confirms an account's address. `by_itself` says that nobody pressed a button: that happens once.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ask_confirmation(&self, account: RowId, new: &NewLink, by_itself: bool) -> Result<Asked, Error> {
        let now_ms = new.mail.now_ms;
        self.db
            .decide("ask-confirmation", async || {
                let Some(known) = self.account(account).await? else { return Ok(Decision::nothing(Asked::Enough)) };
                if known.email_confirmed {
                    return Ok(Decision::nothing(Asked::Confirmed));
                }
                let again = by_itself && known.confirmation_asked;
                if again || self.recent_links(account, Purpose::Confirm, now_ms).await? >= LINKS_MAX {
                    return Ok(Decision::nothing(Asked::Enough));
                }
                let row = values![account, now_ms];
                let asked = if by_itself { Step::one("asked", ASKED, row) } else { Step::new("asked", ASKED, row) };
                let mut steps = vec![asked];
                steps.extend(link_steps(account, Purpose::Confirm, new));
                Ok(Decision::run(steps, Asked::Sent))
            })
            .await
    }

    /// Confirms the address that a link was sent to, and gives the minutes for it, once per account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn confirm_address(&self, token: SecretHash, now_ms: i64) -> Result<Confirmation, Error> {
        self.db
            .decide("confirm-address", async || {
                let Some(link) = self.link(token, Purpose::Confirm).await? else {
                    return Ok(Decision::nothing(Confirmation::Gone));
                };
                let account = link.account;
                if link.confirmed {
                    return Ok(Decision::nothing(Confirmation::Confirmed(account)));
                }
                if !link.works(now_ms) {
                    return Ok(Decision::nothing(Confirmation::Gone));
                }
                let mut steps = vec![
                    Step::one("link", USE, values![token, now_ms]),
                    Step::one("account", CONFIRM, values![account, now_ms]),
                ];
                steps.extend(self.confirmation_gift(account, now_ms)?);
                Ok(Decision::run(steps, Confirmation::Confirmed(account)))
            })
            .await
    }

    /// The account that a working link belongs to; a link that confirms works for a confirmed address whatever its age.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn mail_link(&self, token: SecretHash, purpose: Purpose, now_ms: i64) -> Result<Option<Account>, Error> {
        let Some(link) = self.link(token, purpose).await? else { return Ok(None) };
        let done = purpose == Purpose::Confirm && link.confirmed;
        if link.works(now_ms) || done { self.account(link.account).await } else { Ok(None) }
    }

    /// Notes that somebody asks for a new password for this address: the same work for every address, with and without an
    /// account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ask_password(&self, email: &str, now_ms: i64) -> Result<(), Error> {
        let step = &Step::one("password-request", ASK_PASSWORD, values![email_key(email), now_ms]);
        self.db.decide("ask-password", async || Ok(Decision::run(vec![step.clone()], ()))).await
    }

    /// Who asked for a new password and was not looked at yet, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn password_requests(&self, limit: u32) -> Result<Vec<PasswordRequest>, Error> {
        let rows = self.db.read(PASSWORD_REQUESTS, values![limit]).await?;
        let request = |mut row: Row| Ok(PasswordRequest { email: row.text()?, asked_ms: row.int()? });
        rows.into_iter().map(request).collect()
    }

    /// Forgets that somebody asked, and sends the link where there is an account. `false` when another node was faster, or
    /// the account was sent three links within an hour.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn answer_password_request(
        &self,
        request: &PasswordRequest,
        link: Option<(RowId, &NewLink)>,
    ) -> Result<bool, Error> {
        let answered = Step::one("password-request", ANSWERED, values![&request.email, request.asked_ms]);
        let mut steps = vec![answered];
        let mut sent = false;
        if let Some((account, new)) = link
            && self.recent_links(account, Purpose::Reset, new.mail.now_ms).await? < LINKS_MAX
        {
            steps.extend(link_steps(account, Purpose::Reset, new));
            sent = true;
        }
        Ok(self.db.attempt("answer-password-request", steps).await? && sent)
    }

    /// Replaces the password by a link: in one transaction the link is used, with all others of its kind; the password is
    /// replaced; every session but `except` ends, and what another device was let in by; waits for wrong passwords are
    /// forgotten; and `mail` tells the owner.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn reset_password(
        &self,
        token: SecretHash,
        password_hash: &str,
        except: Option<RowId>,
        mail: &Outgoing,
    ) -> Result<Reset, Error> {
        let now_ms = mail.now_ms;
        let decided = self
            .db
            .decide("reset-password", async || {
                let found = self.link(token, Purpose::Reset).await?.filter(|link| link.works(now_ms));
                let Some(Link { account, .. }) = found else { return Ok(Decision::nothing(None)) };
                let ending = self.sessions_but(account, except).await?;
                let mut ended = Vec::new();
                for session in ending {
                    ended.push((session, self.players_of(session).await?));
                }
                let kept = except.map(|id| id.to_string()).unwrap_or_default();
                let mut steps = vec![
                    Step::one("link", USE, values![token, now_ms]),
                    Step::new("links", USE_ALL, values![account, Purpose::Reset.as_str(), now_ms]),
                    Step::one("account", SET_PASSWORD, values![account, password_hash]),
                    Step::new("sessions", END_SESSIONS, values![account, kept]),
                    second_device::forget_approvals(account),
                    Step::new(
                        "tries",
                        "DELETE FROM sign_in_tries WHERE email_hash = $1",
                        values![outbox::address_hash(&mail.to)],
                    ),
                    outbox::enqueue_step(mail),
                ];
                for (_, ended) in &ended {
                    steps.extend(sessions::revocations(ended, now_ms)?);
                }
                Ok(Decision::run(steps, Some(ended)))
            })
            .await?;
        let Some(ended) = decided else { return Ok(Reset::Gone) };
        // Their cookies are worth nothing from here on; what they hold open would end by silence as well.
        let mut all = Ended::default();
        for (session, told) in ended {
            all.join(self.after_end(session, told, now_ms).await?);
        }
        Ok(Reset::Done(all))
    }

    async fn recent_links(&self, account: RowId, purpose: Purpose, now_ms: i64) -> Result<u64, Error> {
        let recent: Query = (RECENT, values![account, purpose.as_str(), now_ms.saturating_sub(OFTEN_MS)]);
        let row = self.db.read(recent.0, recent.1).await?.into_iter().next();
        row.map_or(Ok(0), |mut row| row.count())
    }

    async fn link(&self, token: SecretHash, purpose: Purpose) -> Result<Option<Link>, Error> {
        let rows = self.db.read(BY_TOKEN, values![token, purpose.as_str()]).await?;
        rows.into_iter().next().map(link).transpose()
    }

    fn confirmation_gift(&self, account: RowId, now_ms: i64) -> Result<Vec<Step>, Error> {
        let money = Money { promo: self.pricing.confirm_micros, paid: 0 };
        if money == Money::ZERO {
            return Ok(Vec::new());
        }
        let gift = Transfer::give(format!("confirm/{account}"), Kind::Confirmed, Book::Starter, account, money);
        let gift = gift.map_err(|error| Error::Corrupt(error.to_string()))?;
        Ok(books::post(&[gift], now_ms))
    }
}

struct Link {
    account: RowId,
    expires_ms: i64,
    used: bool,
    confirmed: bool,
}

impl Link {
    fn works(&self, now_ms: i64) -> bool {
        !self.used && self.expires_ms > now_ms
    }
}

fn link(mut row: Row) -> Result<Link, Error> {
    Ok(Link { account: row.id()?, expires_ms: row.int()?, used: row.opt_int()?.is_some(), confirmed: row.int()? != 0 })
}

/// The steps that make a link and send it.
fn link_steps(account: RowId, purpose: Purpose, new: &NewLink) -> [Step; 2] {
    let NewLink { token, mail } = new;
    let expires_ms = mail.now_ms.saturating_add(purpose.life_ms());
    let row = values![*token, account, purpose.as_str(), mail.now_ms, expires_ms];
    [Step::one("link", INSERT, row), outbox::enqueue_step(mail)]
}
