//! The deny list: what the portal took back before its time. Asked on every request and on every chunk of a running
//! answer.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use iroam_protocol::{events::Revoked, grant::Grant, id::PeerId};
use tokio::sync::broadcast;

/// Entries at once: each lives for minutes, so this is far beyond what an account can cause.
const ENTRIES_MAX: usize = 10_000;
/// Entries that a slow reader may be behind.
const NEWS_MAX: usize = 64;

/// The list; clones share it.
#[derive(Debug, Clone)]
pub struct DenyList {
    entries: Arc<RwLock<HashMap<Revoked, i64>>>,
    news: broadcast::Sender<Revoked>,
}

impl Default for DenyList {
    fn default() -> Self {
        Self { entries: Arc::default(), news: broadcast::Sender::new(NEWS_MAX) }
    }
}

/// All that a revocation of a grant may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    names: Vec<Revoked>,
    /// The player that holds it.
    pub player: PeerId,
}

impl Subject {
    /// The names of a grant.
    pub fn of(grant: &Grant) -> Self {
        let mut names = vec![
            Revoked::Grant(grant.jti.clone()),
            Revoked::Player(grant.cnf.peer),
            Revoked::Account(grant.sub.clone()),
        ];
        names.extend(grant.lst.map(Revoked::Listening));
        names.extend(grant.shr.map(Revoked::Share));
        Self { names, player: grant.cnf.peer }
    }

    /// Whether it is a visitor's, whom a share let in.
    pub fn is_visitors(&self) -> bool {
        self.names.iter().any(|name| matches!(name, Revoked::Share(_)))
    }

    /// Whether a revocation means this grant.
    pub fn is_meant_by(&self, what: &Revoked) -> bool {
        self.names.contains(what)
    }
}

impl DenyList {
    /// Hears of each new entry. A receiver that lags misses some: connections then live on, their requests do not.
    pub fn subscribe(&self) -> broadcast::Receiver<Revoked> {
        self.news.subscribe()
    }

    /// Denies until `until_s`, Unix seconds.
    pub fn add(&self, what: Revoked, until_s: i64, now_s: i64) {
        self.insert(what.clone(), until_s, now_s);
        // Nobody listens before the home is served.
        let _ = self.news.send(what);
    }

    fn insert(&self, what: Revoked, until_s: i64, now_s: i64) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= ENTRIES_MAX {
            entries.retain(|_, until_s| *until_s > now_s);
        }
        if entries.len() >= ENTRIES_MAX {
            // Whatever ends first was to be denied for the shortest time.
            let soonest = entries.iter().min_by_key(|(_, until_s)| **until_s).map(|(what, _)| what.clone());
            soonest.map(|what| entries.remove(&what));
        }
        let until = entries.entry(what).or_insert(until_s);
        *until = (*until).max(until_s);
    }

    /// Whether a grant is denied now.
    pub fn denies(&self, subject: &Subject, now_s: i64) -> bool {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        !entries.is_empty()
            && subject.names.iter().any(|name| entries.get(name).is_some_and(|until_s| *until_s > now_s))
    }

    /// Forgets everything, when the home is activated anew.
    pub fn clear(&self) {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use iroam_protocol::{
        grant::{Confirmation, Scope},
        id::RowId,
    };

    use super::*;

    fn subject() -> Subject {
        let peer = PeerId::from_public_key([3; 32]);
        Subject::of(&Grant {
            iss: String::new(),
            aud: PeerId::from_public_key([2; 32]),
            sub: "account".into(),
            cnf: Confirmation { peer },
            scope: Scope::Listen,
            lst: Some(RowId::from_bytes([1; 16])),
            ceil_ms: Some(1),
            shr: Some(RowId::from_bytes([4; 16])),
            res: None,
            iat: 0,
            exp: 1,
            jti: "jti".into(),
        })
    }

    #[test]
    fn each_name_of_a_grant_denies_it_until_its_time() {
        for what in [
            Revoked::Grant("jti".into()),
            Revoked::Listening(RowId::from_bytes([1; 16])),
            Revoked::Player(PeerId::from_public_key([3; 32])),
            Revoked::Share(RowId::from_bytes([4; 16])),
            Revoked::Account("account".into()),
        ] {
            let list = DenyList::default();
            assert!(!list.denies(&subject(), 0));
            list.add(what, 100, 0);
            assert!(list.denies(&subject(), 99));
            assert!(!list.denies(&subject(), 100));
        }
    }

    #[test]
    fn the_list_is_bounded_and_keeps_the_longest_denials() {
        let list = DenyList::default();
        list.add(Revoked::Grant("jti".into()), 1_000_000, 0);
        for n in 0..=ENTRIES_MAX {
            list.add(Revoked::Grant(format!("other {n}")), 1_000 + i64::try_from(n).unwrap(), 0);
        }
        assert!(list.entries.read().unwrap().len() <= ENTRIES_MAX);
        assert!(list.denies(&subject(), 0));
    }
}
