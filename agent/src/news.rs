//! What the running agent tells whoever started it.

use std::{fmt, net::SocketAddr, sync::Arc};

use iroam_protocol::id::PeerId;
use serde::{Deserialize, Serialize};

use crate::portal::device::Invitation;

/// A piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The local page listens. `moved_from` is the usual address when another program has it.
    Listening {
        /// The address.
        at: SocketAddr,
        /// The address that was taken.
        moved_from: Option<SocketAddr>,
    },
    /// The owner is to approve this home.
    Invitation(Invitation),
    /// Nobody approved in time; another code follows.
    CodeExpired,
    /// The home is activated.
    Activated {
        /// The home's name.
        name: String,
        /// Whose it is.
        account_email: String,
    },
    /// The home can be reached.
    Serving {
        /// The home's name.
        name: String,
        /// The home.
        home: PeerId,
        /// Tracks in the index now.
        tracks: u64,
    },
    /// The home was removed from its account.
    Deactivated,
    /// The disk that was full has room again.
    RoomAgain,
    /// Something to know, with what to do.
    Trouble(Trouble),
}

/// A trouble that the agent lives with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// What, in plain words.
    pub words: String,
    /// What to do; `None` when nothing.
    pub advice: Option<String>,
}

/// Takes the news; clones share the listener.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(News) + Send + Sync>);

impl Listener {
    /// Calls `hear` for each piece of news. It must not block.
    pub fn new(hear: impl Fn(News) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    /// Tells.
    pub fn tell(&self, news: News) {
        (self.0)(news);
    }
}

impl Default for Listener {
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
