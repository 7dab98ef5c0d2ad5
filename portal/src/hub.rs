//! Who is listening to events in this process, and the call "look again" to them. Nothing here is the truth: that is
//! in the database, and everybody who is called reads it there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use iroam_protocol::id::{PeerId, RowId};
use tokio::sync::broadcast;

/// Calls that a slow receiver may miss before it has to read everything again.
const CALLS_KEPT: usize = 1024;

/// A call to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// Homes or wallet of an account changed.
    Account(RowId),
    /// A listening of an account was closed by somebody else than its player.
    Closed {
        /// The account.
        account: RowId,
        /// The listening.
        listening: RowId,
    },
    /// A home has new events.
    Home(PeerId),
    /// Playlists, marks or the queue of an account changed.
    Shelf(RowId),
    /// A home has come online.
    Online(PeerId),
}

/// The exchange of calls.
#[derive(Debug, Clone)]
pub(crate) struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    calls: broadcast::Sender<Call>,
    online: Mutex<HashMap<PeerId, usize>>,
}

impl Hub {
    /// An exchange without anybody.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { calls: broadcast::Sender::new(CALLS_KEPT), online: Mutex::default() }))
    }

    /// Calls everybody concerned.
    pub(crate) fn call(&self, call: Call) {
        // Nobody listening is no error.
        let _ = self.0.calls.send(call);
    }

    /// Hears the calls from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Call> {
        self.0.calls.subscribe()
    }

    /// How many hear them: the open event channels of players and homes, and this portal's own tasks.
    pub(crate) fn listeners(&self) -> usize {
        self.0.calls.receiver_count()
    }

    /// Marks a home as online until the guard is dropped.
    pub(crate) fn home_online(&self, home: PeerId, account: RowId) -> OnlineGuard {
        *self.lock().entry(home).or_insert(0) += 1;
        self.call(Call::Account(account));
        self.call(Call::Online(home));
        OnlineGuard { hub: self.clone(), home, account }
    }

    /// Whether a home's event channel is open.
    pub(crate) fn is_online(&self, home: &PeerId) -> bool {
        self.lock().contains_key(home)
    }

    /// How many homes are online.
    pub(crate) fn online_count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PeerId, usize>> {
        self.0.online.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds a home online.
#[derive(Debug)]
pub(crate) struct OnlineGuard {
    hub: Hub,
    home: PeerId,
    account: RowId,
}

impl Drop for OnlineGuard {
    fn drop(&mut self) {
        let mut online = self.hub.lock();
        if let Some(channels) = online.get_mut(&self.home) {
            *channels -= 1;
            if *channels == 0 {
                online.remove(&self.home);
            }
        }
        drop(online);
        self.hub.call(Call::Account(self.account));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_online_while_any_of_its_channels_is_open() {
        let (hub, home, account) = (Hub::new(), PeerId::from_public_key([1; 32]), RowId::from_bytes([1; 16]));
        let mut calls = hub.listen();
        let first = hub.home_online(home, account);
        let second = hub.home_online(home, account);
        drop(first);
        assert!(hub.is_online(&home));
        drop(second);
        assert!(!hub.is_online(&home));
        assert_eq!(calls.try_recv(), Ok(Call::Account(account)));
    }
}
