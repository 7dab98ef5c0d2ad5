//! The rows of the portal, over SQLite or PostgreSQL.
//!
//! One [`Store`] is shared by all of a process; it is cheap to clone. Each operation that changes something is one
//! transaction, decided on a read and guarded against its being outdated, so that it happens once and wholly or not at
//! all. Operations may be repeated: what carries an id or a key of the caller answers the same again. Dropping a call
//! leaves its transaction whole, done or not.
//!
//! Time and ids are arguments. Times are portal time in Unix milliseconds. Secrets come hashed.

mod accounts;
mod audit;
mod books;
mod db;
mod devices;
mod error;
mod events;
pub mod faults;
mod homes;
mod ids;
mod links;
mod listenings;
mod mail_links;
mod marks;
mod money;
mod operators;
pub mod outbox;
mod players;
mod playlists;
mod prune;
mod pseudonyms;
mod queue;
mod room;
mod second_device;
mod served;
mod sessions;
mod settings;
mod shares;
#[cfg(feature = "testing")]
pub mod testing;
mod tries;

use std::sync::Arc;

use iroam_ledger::Tariff;
use tokio::sync::watch;

pub use self::{
    accounts::{Account, Credentials, NewAccount, SignUp, shown_name},
    audit::Audit,
    db::{Room, Target},
    devices::{Approval, Authorized, DeviceRequest, NewDevice, POLL_INTERVAL_S, Poll},
    error::Error,
    faults::Faults,
    homes::Home,
    ids::{SecretHash, row_id},
    links::{LINK_LIFE_MS, Link},
    listenings::{Beaten, Listening, Open, OpenShared, Opened, OpenedShared},
    mail_links::{Asked, CONFIRM_LIFE_MS, Confirmation, NewLink, PasswordRequest, Purpose, RESET_LIFE_MS, Reset},
    money::Credit,
    operators::{OPERATOR_LINK_LIFE_MS, OPERATOR_SESSION_LIFE_MS},
    outbox::{Mail, MailPage, MailState, NotSent, Outgoing},
    players::Registered,
    playlists::{Invited, ListOutcome, ListRefusal, NewInvite, ShelfCursors},
    prune::Counts,
    queue::Put,
    second_device::{NewSignIn, SIGN_IN_LIFE_MS, SignInRequest, SignInState},
    served::Flag,
    sessions::{Ended, NewSession, SESSION_IDLE_MS, SESSION_LIFE_MS, Session, SignedIn},
    settings::AccountChange,
    shares::{
        Content, Created, Due, Link as ShareLink, NewLink as NewShareLink, NewShares, Preview, Recipient, Report,
        Reported, Visitor, Wait,
    },
};
pub use iroam_ledger::lease::{Beat, Reason};

/// Prices, and what a new account is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pricing {
    /// ISO 4217 code of the portal's one currency.
    pub currency: String,
    /// The tariff of listenings opened from now on.
    pub tariff: Tariff,
    /// Promotional micros of a new account.
    pub starter_micros: i64,
    /// Promotional micros for an address that was confirmed, once per account.
    pub confirm_micros: i64,
}

impl Default for Pricing {
    /// Euros; ten starter minutes through the internet, fifty more for a confirmed address.
    fn default() -> Self {
        let tariff = Tariff::default();
        Self { currency: "EUR".into(), tariff, starter_micros: 10 * tariff.relay, confirm_micros: 50 * tariff.relay }
    }
}

/// How a store is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Prices.
    pub pricing: Pricing,
    /// Stops the process at named points; `None` outside tests.
    pub faults: Option<Arc<dyn Faults>>,
}

/// The portal's database.
#[derive(Debug, Clone)]
pub struct Store {
    db: db::Db,
    pricing: Arc<Pricing>,
}

impl Store {
    /// Opens the database, makes it if it is a missing SQLite file, and brings its schema up to date. Several processes
    /// may do so at the same time.
    ///
    /// # Errors
    /// [`Error::BadTarget`] when it cannot be opened, or is of a later version; [`Error::Unavailable`].
    pub async fn open(target: &Target, options: Options) -> Result<Self, Error> {
        let Pricing { tariff, starter_micros, confirm_micros, .. } = &options.pricing;
        if !tariff.is_valid() || *starter_micros < 0 || *confirm_micros < 0 {
            return Err(Error::BadTarget("prices and free credit cannot be negative".into()));
        }
        let db = db::Db::open(target, options.faults).await?;
        Ok(Self { db, pricing: Arc::new(options.pricing) })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.db.read("SELECT 1", Vec::new()).await.map(drop)
    }

    /// The prices in force.
    pub fn pricing(&self) -> &Pricing {
        &self.pricing
    }

    /// Whether other processes serve from the same database, so that their changes are worth looking for.
    pub fn has_other_writers(&self) -> bool {
        self.db.is_shared()
    }

    /// Counts the changes that this process made: when it moves, look again. Changes of other processes do not move it.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.db.changes()
    }
}
