//! Mails on their way. An operation that causes a mail puts [`enqueue_step`] into its own unit, so that the mail exists
//! exactly when its cause does. A worker claims mails that are due, hands them to the mail server, and reports back.
//!
//! A claim is a lease: a worker that dies leaves its mails to the next one when the lease is over, so that between
//! handing over and reporting at most one repeat can happen, under the same `Message-ID`.

use std::fmt;

use iroam_protocol::id::RowId;

use crate::{
    Error, SecretHash, Store,
    accounts::email_key,
    db::{Decision, Row, Step, values},
};

/// How long a mail is worth sending when nothing says less: a mail server that is away for a weekend is waited for.
pub const MAIL_LIFE_MS: i64 = 3 * 24 * 3_600_000;
/// How long a claim holds: more than twice the longest time that a worker gives to one mail.
pub const CLAIM_MS: i64 = 5 * 60_000;
/// How long an ended mail stays visible: long enough for "I never got it".
pub(crate) const ENDED_KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// The rows of a page at most.
const PAGE_MAX: u32 = 100;
/// Characters kept of a mail server's words.
const ERROR_CHARS_MAX: usize = 500;

/// A mail to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Id, chosen by who causes it.
    pub id: RowId,
    /// Whose doing it is; `None` when nobody's.
    pub account: Option<RowId>,
    /// Which mail, such as `reset`.
    pub kind: &'static str,
    /// What it speaks of, such as `share/<id>`, for [`Store::cancel_mails_about`]; `None` when nothing withdraws it.
    pub about: Option<String>,
    /// The recipient's address.
    pub to: String,
    /// `Message-ID` with its angle brackets (RFC 5322 §3.6.4).
    pub message_id: String,
    /// Subject, one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// Where the recipient says "never again" (RFC 2369, RFC 8058); `None` for mails that one asked for oneself.
    pub list_unsubscribe: Option<String>,
    /// From when on it is worth nothing, such as the end of the link in it; see [`MAIL_LIFE_MS`].
    pub until_ms: i64,
    /// Portal time.
    pub now_ms: i64,
}

// What it says holds links that are secrets.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailState {
    /// It waits, or a worker has it.
    Pending,
    /// The mail server has taken it.
    Sent,
    /// The mail server refused it for good, or it was not taken in time.
    Dead,
    /// What it spoke of was withdrawn before it was sent.
    Cancelled,
}

impl MailState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Sent, Self::Dead, Self::Cancelled];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A mail in the outbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Id.
    pub id: RowId,
    /// Whose doing it is.
    pub account: Option<RowId>,
    /// Which mail, such as `reset`.
    pub kind: String,
    /// The recipient's address.
    pub to: String,
    /// `Message-ID` with its angle brackets.
    pub message_id: String,
    /// Subject; empty once it is sent or cancelled, like the three that follow.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// Where the recipient says "never again".
    pub list_unsubscribe: Option<String>,
    /// How far it has come.
    pub state: MailState,
    /// How often it was claimed.
    pub tries: u64,
    /// When it is tried next, or when its claim ends.
    pub next_ms: i64,
    /// From when on it is not sent any more.
    pub until_ms: i64,
    /// When it was written.
    pub created_ms: i64,
    /// When it was sent, cancelled or given up; `None` while it is pending.
    pub ended_ms: Option<i64>,
    /// What the mail server said last.
    pub last_error: Option<String>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mail");
        shown.field("id", &self.id).field("kind", &self.kind).field("state", &self.state).field("tries", &self.tries);
        shown.field("next_ms", &self.next_ms).finish_non_exhaustive()
    }
}

/// Some mails, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailPage {
    /// The mails.
    pub mails: Vec<Mail>,
    /// The cursor of the page that follows; `None` at the end.
    pub next: Option<RowId>,
}

/// What becomes of a mail that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// Try again then; a mail that would be worth nothing by then is given up.
    Retry {
        /// When.
        at_ms: i64,
    },
    /// Give it up.
    Dead,
}

const INSERT: &str = "INSERT INTO outbox (id, account, kind, about, to_address, to_hash, message_id, subject, text_body, \
    html_body, list_unsubscribe, state, tries, next_ms, until_ms, created_ms) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', 0, $12, $13, $12)";
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account, kind, to_address, message_id, subject, text_body, html_body, list_unsubscribe, state, ",
            "tries, next_ms, until_ms, created_ms, ended_ms, last_error FROM outbox ",
            $rest
        )
    };
}
const BY_ID: &str = select!("WHERE id = $1");
const DUE: &str = select!("WHERE state = 'pending' AND next_ms <= $1 ORDER BY next_ms, id LIMIT $2");
const PAGE: &str = select!("WHERE id < $1 ORDER BY id DESC LIMIT $2");
const PAGE_OF_STATE: &str = select!("WHERE state = $3 AND id < $1 ORDER BY id DESC LIMIT $2");
const CLAIM: &str =
    "UPDATE outbox SET tries = tries + 1, next_ms = $3 WHERE id = $1 AND tries = $2 AND state = 'pending'";
const SENT: &str = "UPDATE outbox SET state = 'sent', ended_ms = $2, subject = '', text_body = '', html_body = '', \
    list_unsubscribe = NULL, last_error = NULL WHERE id = $1 AND state = 'pending'";
const RETRY_LATER: &str =
    "UPDATE outbox SET next_ms = $3, last_error = $4 WHERE id = $1 AND tries = $2 AND state = 'pending'";
const DEAD: &str = "UPDATE outbox SET state = 'dead', ended_ms = $3, last_error = $4 \
    WHERE id = $1 AND tries = $2 AND state = 'pending'";
const TOO_LATE: &str = "UPDATE outbox SET state = 'dead', ended_ms = $1, \
    last_error = COALESCE(last_error, 'It was not sent in time.') \
    WHERE state = 'pending' AND next_ms <= $1 AND until_ms <= $1";
const RETRY_NOW: &str = "UPDATE outbox SET state = 'pending', tries = 0, next_ms = $2, until_ms = $3, ended_ms = NULL \
    WHERE id = $1 AND (state = 'dead' OR state = 'pending')";
const CANCEL_TO: &str = "UPDATE outbox SET state = 'cancelled', ended_ms = $2, subject = '', text_body = '', \
    html_body = '', list_unsubscribe = NULL \
    WHERE to_hash = $1 AND state = 'pending' AND list_unsubscribe IS NOT NULL";
const CANCEL_ABOUT: &str = "UPDATE outbox SET state = 'cancelled', ended_ms = $2, subject = '', text_body = '', \
    html_body = '', list_unsubscribe = NULL WHERE about = $1 AND state = 'pending'";
// After every id: the first page has no cursor.
const NEWEST: &str = "g";

/// The step that writes a mail into the outbox, for the unit of whatever causes it.
pub(crate) fn enqueue_step(mail: &Outgoing) -> Step {
    let row = values![
        mail.id,
        mail.account,
        mail.kind,
        mail.about.clone(),
        &mail.to,
        address_hash(&mail.to),
        &mail.message_id,
        &mail.subject,
        &mail.text,
        &mail.html,
        mail.list_unsubscribe.clone(),
        mail.now_ms,
        mail.until_ms,
    ];
    Step::one("mail", INSERT, row)
}

/// The step that withdraws the waiting mails about something.
pub(crate) fn cancel_about_step(about: &str, now_ms: i64) -> Step {
    Step::new("mail.cancelled", CANCEL_ABOUT, values![about, now_ms])
}

/// The step that withdraws the waiting mails to an address whose owner wants no more of those that can be refused.
pub(crate) fn cancel_to_step(to: SecretHash, now_ms: i64) -> Step {
    Step::new("mail.cancelled", CANCEL_TO, values![to, now_ms])
}

/// The hash by which an address is known without being kept; its case does not make another address.
pub fn address_hash(address: &str) -> SecretHash {
    SecretHash::of(email_key(address).as_bytes())
}

impl Store {
    /// Writes a mail into the outbox; a repeat under the same id changes nothing. What changes other rows as well does it
    /// in its own unit.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn enqueue_mail(&self, mail: &Outgoing) -> Result<(), Error> {
        self.db
            .decide("enqueue-mail", async || {
                let there = !self.db.read("SELECT id FROM outbox WHERE id = $1", values![mail.id]).await?.is_empty();
                Ok(if there { Decision::nothing(()) } else { Decision::run(vec![enqueue_step(mail)], ()) })
            })
            .await
    }

    /// Takes mails that are due, oldest first, for [`CLAIM_MS`]; of several workers each mail goes to one. Mails that are
    /// worth nothing any more are given up instead.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn claim_mails(&self, now_ms: i64, limit: u32) -> Result<Vec<Mail>, Error> {
        let due = values![now_ms, limit];
        self.db
            .decide("claim-mails", async || {
                let found = self.db.read(DUE, due.clone()).await?;
                let found = found.into_iter().map(mail).collect::<Result<Vec<_>, _>>()?;
                let late = found.iter().any(|mail| mail.until_ms <= now_ms);
                let mut steps = Vec::new();
                if late {
                    steps.push(Step::new("mail.late", TOO_LATE, values![now_ms]));
                }
                let mut claimed = Vec::new();
                for mut mail in found.into_iter().filter(|mail| mail.until_ms > now_ms) {
                    let next_ms = now_ms.saturating_add(CLAIM_MS);
                    steps.push(Step::one("mail.claim", CLAIM, values![mail.id, mail.tries, next_ms]));
                    (mail.tries, mail.next_ms) = (mail.tries + 1, next_ms);
                    claimed.push(mail);
                }
                Ok(Decision::run(steps, claimed))
            })
            .await
    }

    /// The mail server has taken a mail: what it said is forgotten, the links in it are secrets.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn mail_sent(&self, id: RowId, now_ms: i64) -> Result<(), Error> {
        self.db.attempt("mail-sent", vec![Step::new("mail", SENT, values![id, now_ms])]).await.map(drop)
    }

    /// A mail was not taken. `tries` is that of the claim: a report that comes after another worker's claim is void.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn mail_failed(&self, mail: &Mail, what: NotSent, error: &str, now_ms: i64) -> Result<(), Error> {
        let error: String = error.chars().filter(|c| !c.is_control()).take(ERROR_CHARS_MAX).collect();
        let step = match what {
            NotSent::Retry { at_ms } if at_ms < mail.until_ms => {
                Step::new("mail", RETRY_LATER, values![mail.id, mail.tries, at_ms, error])
            }
            NotSent::Retry { .. } | NotSent::Dead => {
                Step::new("mail", DEAD, values![mail.id, mail.tries, now_ms, error])
            }
        };
        self.db.attempt("mail-failed", vec![step]).await.map(drop)
    }

    /// A mail by its id.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn mail(&self, id: RowId) -> Result<Option<Mail>, Error> {
        self.db.read(BY_ID, values![id]).await?.into_iter().next().map(mail).transpose()
    }

    /// Mails of a state, or of all, newest first; `cursor` is the `next` of the page before. At most 100 rows.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn outbox_page(
        &self,
        state: Option<MailState>,
        cursor: Option<RowId>,
        limit: u32,
    ) -> Result<MailPage, Error> {
        let limit = limit.clamp(1, PAGE_MAX);
        let before = cursor.map_or_else(|| NEWEST.to_owned(), |cursor| cursor.to_string());
        let rows = match state {
            Some(state) => self.db.read(PAGE_OF_STATE, values![before, limit + 1, state.as_str()]).await?,
            None => self.db.read(PAGE, values![before, limit + 1]).await?,
        };
        let mut mails = rows.into_iter().map(mail).collect::<Result<Vec<_>, _>>()?;
        let more = mails.len() > limit as usize;
        mails.truncate(limit as usize);
        let next = mails.last().filter(|_| more).map(|mail| mail.id);
        Ok(MailPage { mails, next })
    }

    /// Has a mail tried again at once, with a fresh life; `false` when it is neither dead nor pending.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn retry_mail(&self, id: RowId, now_ms: i64) -> Result<bool, Error> {
        let row = values![id, now_ms, now_ms.saturating_add(MAIL_LIFE_MS)];
        self.db.attempt("retry-mail", vec![Step::one("mail", RETRY_NOW, row)]).await
    }

    /// Withdraws the waiting mails about something.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn cancel_mails_about(&self, about: &str, now_ms: i64) -> Result<(), Error> {
        self.db.attempt("cancel-mails", vec![cancel_about_step(about, now_ms)]).await.map(drop)
    }

    /// Withdraws the waiting mails to an address that can be refused: those with a `List-Unsubscribe`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn cancel_mails_to(&self, to: SecretHash, now_ms: i64) -> Result<(), Error> {
        self.db.attempt("cancel-mails", vec![cancel_to_step(to, now_ms)]).await.map(drop)
    }
}

fn mail(mut row: Row) -> Result<Mail, Error> {
    Ok(Mail {
        id: row.id()?,
        account: row.opt_id()?,
        kind: row.text()?,
        to: row.text()?,
        message_id: row.text()?,
        subject: row.text()?,
        text: row.text()?,
        html: row.text()?,
        list_unsubscribe: row.opt_text()?,
        state: MailState::parse(&row.text()?).ok_or_else(|| Error::Corrupt("a mail in no known state".into()))?,
        tries: row.count()?,
        next_ms: row.int()?,
        until_ms: row.int()?,
        created_ms: row.int()?,
        ended_ms: row.opt_int()?,
        last_error: row.opt_text()?,
    })
}
