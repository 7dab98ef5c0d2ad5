//! What the agent does, as `iroam status` and the local page show it.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use axum::{Json, extract::State};
use iroam_protocol::{
    home::{Counts, Scan},
    id::PeerId,
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Local;
use crate::{clock, home::Home, news::Trouble, portal::channel::Channel, portal::device::Invitation};

/// Troubles that are remembered for the page.
const TROUBLES_MAX: usize = 10;

/// `GET /local/status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The agent's version.
    pub version: String,
    /// The home's PeerId.
    pub peer_id: PeerId,
    /// The process.
    pub pid: u32,
    /// Whose home this is.
    pub activation: Activated,
    /// The portal.
    pub portal: Link,
    /// The relay.
    pub relay: Link,
    /// The library folders.
    pub folders: Vec<Folder>,
    /// What the library holds.
    pub counts: Counts,
    /// The running scan.
    pub scan: Option<Scan>,
    /// What to know about the clock; `None` when it is right.
    pub clock: Option<String>,
    /// The last troubles, newest first.
    pub troubles: Vec<Trouble>,
}

/// The state of the activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Activated {
    /// Not activated, and no code is shown.
    No,
    /// Waiting for the owner.
    Waiting {
        /// Where to go; the code is in it.
        url: String,
        /// The code, to compare.
        code: String,
        /// The words to pick.
        words: String,
    },
    /// Activated.
    Yes {
        /// The home's name.
        name: String,
        /// Whose it is.
        account_email: String,
    },
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// To where; empty when nothing is known.
    pub to: String,
    /// Whether it is up.
    pub up: bool,
    /// How it is, in plain words.
    pub words: String,
    /// What to do; `None` when nothing.
    pub advice: Option<String>,
}

/// A library folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// Whether it can be read now.
    pub readable: bool,
}

/// Where the parts of the agent write what is to be shown.
#[derive(Debug)]
pub struct Board {
    /// The portal's public URL.
    pub portal: String,
    /// The library folders.
    pub folders: Vec<PathBuf>,
    /// The code that is shown; `None` when none is.
    pub invitation: watch::Sender<Option<Invitation>>,
    /// The event channel.
    pub channel: watch::Receiver<Channel>,
    /// The relay.
    pub relay: watch::Sender<Link>,
    troubles: Mutex<Vec<Trouble>>,
}

impl Board {
    /// An empty board.
    pub fn new(portal: String, folders: Vec<PathBuf>, channel: watch::Receiver<Channel>) -> Self {
        Self {
            portal,
            folders,
            invitation: watch::Sender::new(None),
            channel,
            relay: watch::Sender::new(Self::no_relay()),
            troubles: Mutex::default(),
        }
    }

    /// The relay's state while there is no activation.
    pub fn no_relay() -> Link {
        Link { to: String::new(), up: false, words: "waits for the activation".into(), advice: None }
    }

    /// Remembers a trouble; the same words replace themselves.
    pub fn trouble(&self, trouble: Trouble) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.retain(|known| known.words != trouble.words);
        troubles.insert(0, trouble);
        troubles.truncate(TROUBLES_MAX);
    }

    /// A trouble is over.
    pub fn settled(&self, words: &str) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| known.words != words);
    }

    fn troubles(&self) -> Vec<Trouble> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The whole state.
    pub async fn status(&self, home: &Home) -> Status {
        let snapshot = home.index().snapshot().await.unwrap_or_default();
        let is_readable = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            !snapshot.unreadable.contains(&name)
        };
        let folders = self.folders.iter().map(|path| Folder { path: path.clone(), readable: is_readable(path) });
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            peer_id: home.id(),
            pid: std::process::id(),
            activation: self.activated(home),
            portal: self.portal_link(home.activation().is_some()),
            relay: self.relay.borrow().clone(),
            folders: folders.collect(),
            counts: snapshot.counts,
            scan: snapshot.scan,
            clock: clock::skew_words(home.clock().behind_ms()),
            troubles: self.troubles(),
        }
    }

    fn activated(&self, home: &Home) -> Activated {
        if let Some(activation) = home.activation() {
            let (name, account_email) = (activation.name.clone(), activation.account_email.clone());
            return Activated::Yes { name, account_email };
        }
        match &*self.invitation.borrow() {
            Some(Invitation { url_complete, code, words, .. }) => {
                Activated::Waiting { url: url_complete.clone(), code: code.clone(), words: words.clone() }
            }
            None => Activated::No,
        }
    }

    fn portal_link(&self, is_activated: bool) -> Link {
        let link = |up, words: &str, advice| Link { to: self.portal.clone(), up, words: words.into(), advice };
        match &*self.channel.borrow() {
            Channel::Connecting if is_activated => link(false, "connecting", None),
            Channel::Connecting => link(false, "waits for the activation", None),
            Channel::Online { .. } => link(true, "connected", None),
            Channel::Away { error, advice, .. } => link(false, error, advice.clone()),
        }
    }
}

/// Answers `GET /local/status`.
pub async fn status(State(local): State<Local>) -> Json<Status> {
    Json(local.board.status(&local.home).await)
}
