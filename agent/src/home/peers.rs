//! Which players are connected and hold a live grant. One without is disconnected after a short grace, so that a
//! circuit is of no use to a stranger.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use iroam_protocol::{events::Revoked, id::PeerId, token::CLOCK_SKEW_S};

use super::gate::Granted;
use crate::deny::Subject;

/// A player shows its first grant within this time after it came, or is disconnected.
pub const GRACE_MS: u64 = 1_500;
/// Connections that players hold to this home at once, and so the players that are known. The relay allows fewer.
pub const PEERS_MAX: u32 = 256;
/// Grants remembered per player: browse and listen, each with its successor.
const GRANTS_MAX: usize = 6;

/// The players; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    book: Arc<Mutex<Book>>,
}

impl Peers {
    /// These players are connected now: who is new has its grace from now on, who is gone is forgotten.
    pub fn connected(&self, present: &BTreeSet<PeerId>, now_ms: u64) {
        self.lock().connected(present, now_ms);
    }

    /// A stream of a player came in. `false` when there is no room for another player.
    pub fn arrived(&self, peer: PeerId, now_ms: u64) -> bool {
        self.lock().arrived(peer, now_ms)
    }

    /// A request of the player showed a valid grant.
    pub fn granted(&self, peer: PeerId, granted: &Granted, now_ms: u64, now_s: i64) {
        let left_s = granted.grant.exp.saturating_add(CLOCK_SKEW_S).saturating_sub(now_s);
        let left_ms = u64::try_from(left_s).unwrap_or(0).saturating_mul(1_000).saturating_add(granted.away_ms);
        self.lock().granted(peer, &granted.subject, now_ms.saturating_add(left_ms));
    }

    /// Something was revoked: the grants that it means count no more.
    pub fn revoked(&self, what: &Revoked, now_ms: u64) {
        self.lock().revoked(what, now_ms);
    }

    /// The players to disconnect now; they are forgotten.
    pub fn take_due(&self, now_ms: u64) -> Vec<PeerId> {
        self.lock().take_due(now_ms)
    }

    /// Whether the player holds a live grant of the account, rather than a visitor's: it may learn the home's addresses.
    pub fn is_of_account(&self, peer: &PeerId) -> bool {
        let book = self.lock();
        book.players.get(peer).is_some_and(|player| player.grants.iter().any(|(subject, _)| !subject.is_visitors()))
    }

    /// Whether anyone is known.
    pub fn any(&self) -> bool {
        !self.lock().players.is_empty()
    }

    /// How many players hold a live grant.
    pub fn live(&self) -> usize {
        self.lock().players.values().filter(|player| !player.grants.is_empty()).count()
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Book {
    players: HashMap<PeerId, Player>,
}

#[derive(Debug)]
struct Player {
    /// Is disconnected then, unless a grant lives longer.
    grace_end_ms: u64,
    grants: Vec<(Subject, u64)>,
}

impl Book {
    fn connected(&mut self, present: &BTreeSet<PeerId>, now_ms: u64) {
        self.players.retain(|peer, _| present.contains(peer));
        for peer in present {
            // Room is made for all: the node holds no more connections than fit in here.
            self.arrived(*peer, now_ms);
        }
    }

    fn arrived(&mut self, peer: PeerId, now_ms: u64) -> bool {
        let room = usize::try_from(PEERS_MAX).unwrap_or(usize::MAX);
        if self.players.len() >= room && !self.players.contains_key(&peer) {
            return false;
        }
        let grace_end_ms = now_ms.saturating_add(GRACE_MS);
        self.players.entry(peer).or_insert_with(|| Player { grace_end_ms, grants: Vec::new() });
        true
    }

    fn granted(&mut self, peer: PeerId, subject: &Subject, until_ms: u64) {
        let Some(player) = self.players.get_mut(&peer) else { return };
        match player.grants.iter_mut().find(|(known, _)| known == subject) {
            Some((_, known_until_ms)) => *known_until_ms = until_ms,
            None => player.grants.push((subject.clone(), until_ms)),
        }
        if player.grants.len() > GRANTS_MAX {
            player.grants.remove(0);
        }
    }

    fn revoked(&mut self, what: &Revoked, now_ms: u64) {
        for player in self.players.values_mut() {
            let before = player.grants.len();
            player.grants.retain(|(subject, _)| !subject.is_meant_by(what));
            if player.grants.len() < before {
                // A player that still holds another grant, or asks with one within the grace, stays.
                player.grace_end_ms = player.grace_end_ms.max(now_ms.saturating_add(GRACE_MS));
            }
        }
    }

    fn take_due(&mut self, now_ms: u64) -> Vec<PeerId> {
        for player in self.players.values_mut() {
            player.grants.retain(|(_, until_ms)| *until_ms > now_ms);
        }
        let is_due = |player: &Player| player.grants.is_empty() && player.grace_end_ms <= now_ms;
        self.players.extract_if(|_, player| is_due(player)).map(|(peer, _)| peer).collect()
    }
}

#[cfg(test)]
mod tests {
    use iroam_protocol::{
        grant::{Confirmation, Grant, Scope},
        path::Path,
    };

    use super::*;

    fn peer(n: u8) -> PeerId {
        PeerId::from_public_key([n; 32])
    }

    fn granted(jti: &str, exp: i64) -> Granted {
        let grant = Grant {
            iss: String::new(),
            aud: peer(9),
            sub: "account".into(),
            cnf: Confirmation { peer: peer(1) },
            scope: Scope::Browse,
            lst: None,
            ceil_ms: None,
            shr: None,
            res: None,
            iat: 0,
            exp,
            jti: jti.into(),
        };
        Granted { subject: Subject::of(&grant), grant, path: Path::Relay, away_ms: 0 }
    }

    #[test]
    fn a_stranger_goes_within_two_seconds() {
        let peers = Peers::default();
        assert!(peers.arrived(peer(1), 1_000));
        assert!(peers.arrived(peer(1), 2_400), "more streams do not lengthen the grace");
        assert_eq!(peers.take_due(2_499), []);
        assert_eq!(peers.take_due(3_000), [peer(1)]);
        assert_eq!(peers.take_due(9_000), []);
    }

    #[test]
    fn the_account_s_players_may_learn_addresses_and_visitors_may_not() {
        let peers = Peers::default();
        let mut visit = granted("v", 1_000);
        visit.grant.shr = Some(iroam_protocol::id::RowId::from_bytes([7; 16]));
        visit.subject = Subject::of(&visit.grant);
        peers.connected(&BTreeSet::from([peer(1), peer(2)]), 0);
        assert!(!peers.is_of_account(&peer(1)), "nobody knows it yet");
        peers.granted(peer(1), &granted("a", 1_000), 0, 0);
        peers.granted(peer(2), &visit, 0, 0);
        assert_eq!((peers.is_of_account(&peer(1)), peers.is_of_account(&peer(2))), (true, false));
    }

    #[test]
    fn a_connection_without_a_single_stream_goes_within_two_seconds_too() {
        let peers = Peers::default();
        let both = BTreeSet::from([peer(1), peer(2)]);
        peers.connected(&BTreeSet::from([peer(1)]), 1_000);
        peers.connected(&both, 2_000);
        assert_eq!(peers.take_due(2_499), []);
        assert_eq!(peers.take_due(2_500), [peer(1)]);
        // It is still closing when another player comes: it is looked at again, and is no longer there.
        peers.connected(&both, 2_600);
        peers.connected(&BTreeSet::from([peer(2)]), 2_700);
        assert_eq!(peers.take_due(9_000), [peer(2)]);
    }

    #[test]
    fn a_player_that_went_leaves_its_place_and_comes_back_as_a_stranger() {
        let peers = Peers::default();
        peers.connected(&BTreeSet::from([peer(1)]), 0);
        peers.granted(peer(1), &granted("a", 1_000), 100, 0);
        peers.connected(&BTreeSet::from([peer(1)]), 200);
        assert_eq!((peers.live(), peers.take_due(60_000)), (1, vec![]), "a second connection takes nothing away");
        peers.connected(&BTreeSet::new(), 60_000);
        assert!(!peers.any());
        peers.connected(&BTreeSet::from([peer(1)]), 70_000);
        assert_eq!(peers.take_due(70_000 + GRACE_MS), [peer(1)]);
    }

    #[test]
    fn a_player_stays_as_long_as_its_grants() {
        let peers = Peers::default();
        peers.arrived(peer(1), 0);
        peers.granted(peer(1), &granted("a", 100), 0, 90);
        assert_eq!(peers.live(), 1);
        assert_eq!(peers.take_due(69_999), []);
        assert_eq!(peers.take_due(70_000), [peer(1)]);
    }

    #[test]
    fn a_revoked_player_goes_unless_it_holds_another_grant() {
        let peers = Peers::default();
        peers.arrived(peer(1), 0);
        peers.granted(peer(1), &granted("a", 1_000), 0, 0);
        peers.granted(peer(1), &granted("b", 1_000), 0, 0);
        peers.revoked(&Revoked::Grant("a".into()), 10_000);
        assert_eq!(peers.take_due(20_000), []);
        peers.revoked(&Revoked::Account("account".into()), 20_000);
        assert_eq!(peers.take_due(20_000 + GRACE_MS), [peer(1)]);
    }

    #[test]
    fn there_is_room_for_so_many_players_only() {
        let peers = Peers::default();
        for n in 0..PEERS_MAX {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_le_bytes());
            assert!(peers.arrived(PeerId::from_public_key(key), 0));
        }
        assert!(!peers.arrived(peer(255), 0));
    }
}
