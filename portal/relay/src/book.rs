//! Who is admitted, who holds a reservation, which circuits stand: the relay's decisions, without I/O or a clock.

use std::collections::{HashMap, HashSet};

use iroam_protocol::{
    grant::{RELAY_LIFE_S, RelayAdmission},
    id::PeerId,
    token::CLOCK_SKEW_S,
};
use libp2p::swarm::ConnectionId;
use tokio_util::sync::CancellationToken;

use crate::{config::Limits, wire::Status};

/// The book.
pub(crate) struct Book {
    limits: Limits,
    admissions: HashMap<PeerId, Admission>,
    /// Peers that were sent away, and when: tokens issued until then are void.
    revoked: HashMap<PeerId, i64>,
    reservations: HashMap<PeerId, ConnectionId>,
    circuits: HashMap<CircuitId, Circuit>,
    next_circuit: u64,
    opened: u64,
    refused: u64,
}

/// Names a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CircuitId(u64);

struct Admission {
    homes: HashSet<PeerId>,
    reserve: bool,
    /// Unix seconds, with the skew that the token's check allows too.
    until_s: i64,
}

struct Circuit {
    source: PeerId,
    destination: PeerId,
    stop: CancellationToken,
}

/// A circuit that may be set up.
pub(crate) struct Opened {
    pub(crate) id: CircuitId,
    /// Connection on which the destination holds its reservation.
    pub(crate) destination: ConnectionId,
    /// Ends the circuit.
    pub(crate) stop: CancellationToken,
}

/// How much stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) reservations: u64,
    pub(crate) circuits: u64,
    pub(crate) circuits_opened: u64,
    pub(crate) refused: u64,
}

impl Book {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            admissions: HashMap::new(),
            revoked: HashMap::new(),
            reservations: HashMap::new(),
            circuits: HashMap::new(),
            next_circuit: 0,
            opened: 0,
            refused: 0,
        }
    }

    /// Takes a verified admission; it replaces the peer's last one. Circuits that it no longer covers end.
    ///
    /// # Errors
    /// The reason in plain words, when the peer was sent away after the token was issued.
    pub(crate) fn admit(&mut self, admission: RelayAdmission) -> Result<(), &'static str> {
        if self.revoked.get(&admission.peer).is_some_and(|at_s| admission.iat <= *at_s) {
            self.refused += 1;
            return Err("this admission was withdrawn");
        }
        let until_s = admission.exp.saturating_add(CLOCK_SKEW_S);
        let homes = admission.homes.into_iter().collect();
        self.admissions.insert(admission.peer, Admission { homes, reserve: admission.reserve, until_s });
        self.end_uncovered();
        Ok(())
    }

    /// Counts a token that was refused.
    pub(crate) fn count_refusal(&mut self) {
        self.refused += 1;
    }

    /// Reserves for a peer on one of its connections; a repeated call renews, the latest connection counts.
    ///
    /// # Errors
    /// The status to answer with.
    pub(crate) fn reserve(&mut self, peer: PeerId, connection: ConnectionId, now_s: i64) -> Result<(), Status> {
        let answer = self.may_reserve(&peer, now_s);
        match answer {
            Ok(()) => drop(self.reservations.insert(peer, connection)),
            Err(_) => self.refused += 1,
        }
        answer
    }

    /// Opens a circuit from `source` to `destination`.
    ///
    /// # Errors
    /// The status to answer with. Permission is decided before presence, so that nobody learns which homes are there.
    pub(crate) fn open(&mut self, source: PeerId, destination: PeerId, now_s: i64) -> Result<Opened, Status> {
        let connection = self.may_open(&source, &destination, now_s).inspect_err(|_| self.refused += 1)?;
        let id = CircuitId(self.next_circuit);
        self.next_circuit += 1;
        let stop = CancellationToken::new();
        self.circuits.insert(id, Circuit { source, destination, stop: stop.clone() });
        Ok(Opened { id, destination: connection, stop })
    }

    /// Counts a circuit whose destination took it.
    pub(crate) fn count_opened(&mut self) {
        self.opened += 1;
    }

    /// Forgets a circuit that ended.
    pub(crate) fn close(&mut self, id: CircuitId) {
        self.circuits.remove(&id);
    }

    /// A connection is gone, and with it the reservation on it. `last` tells that the peer has no other: its admission
    /// is forgotten too.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, connection: ConnectionId, last: bool) {
        if self.reservations.get(peer) == Some(&connection) {
            self.reservations.remove(peer);
        }
        if last {
            self.forget(peer);
        }
    }

    /// Sends a peer away: its circuits end, its reservation falls, its tokens issued up to now are void.
    pub(crate) fn revoke(&mut self, peer: PeerId, now_s: i64) {
        self.forget(&peer);
        self.revoked.insert(peer, now_s);
    }

    /// Lets what has expired end: admissions, the circuits and reservations that lived by them, old revocations.
    pub(crate) fn sweep(&mut self, now_s: i64) {
        self.admissions.retain(|_, admission| now_s < admission.until_s);
        self.reservations.retain(|peer, _| self.admissions.get(peer).is_some_and(|admission| admission.reserve));
        // No token that was issued before lives longer than this.
        let void_s = now_s.saturating_sub(RELAY_LIFE_S + 2 * CLOCK_SKEW_S);
        self.revoked.retain(|_, at_s| *at_s > void_s);
        self.end_uncovered();
    }

    /// Whether the peer may stay connected.
    pub(crate) fn is_admitted(&self, peer: &PeerId) -> bool {
        self.admissions.contains_key(peer)
    }

    /// Circuits of a peer, at either end, and its reservations.
    pub(crate) fn of_peer(&self, peer: &PeerId) -> (u64, u64) {
        let circuits = self.circuits.values().filter(|c| c.source == *peer || c.destination == *peer).count();
        (circuits as u64, u64::from(self.reservations.contains_key(peer)))
    }

    /// How much stands now.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            reservations: self.reservations.len() as u64,
            circuits: self.circuits.len() as u64,
            circuits_opened: self.opened,
            refused: self.refused,
        }
    }

    fn may_reserve(&self, peer: &PeerId, now_s: i64) -> Result<(), Status> {
        let admission = self.admission(peer, now_s).ok_or(Status::PermissionDenied)?;
        if !admission.reserve {
            return Err(Status::PermissionDenied);
        }
        let full = self.reservations.len() >= self.limits.reservations_max && !self.reservations.contains_key(peer);
        if full { Err(Status::ResourceLimitExceeded) } else { Ok(()) }
    }

    fn may_open(&self, source: &PeerId, destination: &PeerId, now_s: i64) -> Result<ConnectionId, Status> {
        let admission = self.admission(source, now_s).ok_or(Status::PermissionDenied)?;
        if !admission.homes.contains(destination) {
            return Err(Status::PermissionDenied);
        }
        self.admission(destination, now_s).ok_or(Status::NoReservation)?;
        let connection = *self.reservations.get(destination).ok_or(Status::NoReservation)?;
        let of_source = self.circuits.values().filter(|circuit| circuit.source == *source).count();
        let to_home = self.circuits.values().filter(|circuit| circuit.destination == *destination).count();
        let full = self.circuits.len() >= self.limits.circuits_max
            || of_source >= self.limits.circuits_per_source_max
            || to_home >= self.limits.circuits_per_home_max;
        if full { Err(Status::ResourceLimitExceeded) } else { Ok(connection) }
    }

    fn admission(&self, peer: &PeerId, now_s: i64) -> Option<&Admission> {
        self.admissions.get(peer).filter(|admission| now_s < admission.until_s)
    }

    fn forget(&mut self, peer: &PeerId) {
        self.admissions.remove(peer);
        self.reservations.remove(peer);
        self.end_uncovered();
    }

    /// Tells circuits to stop whose source may no longer reach the destination, or whose destination may no longer be
    /// reached. Their tasks then [`Book::close`] them.
    fn end_uncovered(&mut self) {
        for circuit in self.circuits.values() {
            let may_reach = self
                .admissions
                .get(&circuit.source)
                .is_some_and(|admission| admission.homes.contains(&circuit.destination));
            let is_reached = self.admissions.get(&circuit.destination).is_some_and(|admission| admission.reserve);
            if !may_reach || !is_reached {
                circuit.stop.cancel();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_800_000_000;
    const HOME_LINE: usize = 7;

    fn peer(n: u8) -> PeerId {
        PeerId::from_public_key([n; 32])
    }

    fn line(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    fn admission(of: PeerId, homes: &[PeerId], reserve: bool, iat: i64) -> RelayAdmission {
        RelayAdmission { iss: "portal".into(), peer: of, homes: homes.to_vec(), reserve, iat, exp: iat + RELAY_LIFE_S }
    }

    /// A home (1) with a reservation and a player (2) that may reach it.
    fn book() -> Book {
        let mut book = Book::new(Limits { circuits_per_source_max: 2, ..Limits::default() });
        book.admit(admission(peer(1), &[], true, NOW_S)).unwrap();
        book.reserve(peer(1), line(HOME_LINE), NOW_S).unwrap();
        book.admit(admission(peer(2), &[peer(1)], false, NOW_S)).unwrap();
        book
    }

    fn status(answer: Result<Opened, Status>) -> Status {
        answer.err().unwrap_or(Status::Ok)
    }

    #[test]
    fn an_admitted_player_reaches_its_home_on_the_home_s_connection() {
        let opened = book().open(peer(2), peer(1), NOW_S).ok().unwrap();
        assert_eq!(opened.destination, line(HOME_LINE));
        assert!(!opened.stop.is_cancelled());
    }

    #[test]
    fn nobody_reaches_a_home_that_its_admission_does_not_name() {
        let mut book = book();
        assert_eq!(status(book.open(peer(3), peer(1), NOW_S)), Status::PermissionDenied);
        assert_eq!(status(book.open(peer(1), peer(2), NOW_S)), Status::PermissionDenied);
        book.admit(admission(peer(3), &[peer(9)], false, NOW_S)).unwrap();
        assert_eq!(status(book.open(peer(3), peer(1), NOW_S)), Status::PermissionDenied);
        assert_eq!(status(book.open(peer(3), peer(9), NOW_S)), Status::NoReservation);
        assert_eq!(book.counts().refused, 4);
    }

    #[test]
    fn only_homes_reserve() {
        let mut book = book();
        assert_eq!(book.reserve(peer(2), line(8), NOW_S), Err(Status::PermissionDenied));
        assert_eq!(book.reserve(peer(3), line(9), NOW_S), Err(Status::PermissionDenied));
        assert_eq!(
            book.reserve(peer(1), line(HOME_LINE), NOW_S + RELAY_LIFE_S + CLOCK_SKEW_S),
            Err(Status::PermissionDenied)
        );
    }

    #[test]
    fn a_circuit_ends_with_the_admission_of_either_end_and_lives_by_its_renewal() {
        let ends_s = NOW_S + RELAY_LIFE_S + CLOCK_SKEW_S;
        for renewed in [&[][..], &[1][..], &[2][..], &[1, 2][..]] {
            let mut book = book();
            let circuit = book.open(peer(2), peer(1), NOW_S).ok().unwrap();
            for n in renewed {
                let homes = if *n == 2 { vec![peer(1)] } else { vec![] };
                book.admit(admission(peer(*n), &homes, *n == 1, NOW_S + 300)).unwrap();
            }
            book.sweep(ends_s - 1);
            assert!(!circuit.stop.is_cancelled());
            book.sweep(ends_s);
            assert_eq!(circuit.stop.is_cancelled(), renewed.len() < 2, "renewed {renewed:?}");
        }
    }

    #[test]
    fn a_renewal_that_names_fewer_homes_ends_the_circuits_to_the_others() {
        let mut book = book();
        let circuit = book.open(peer(2), peer(1), NOW_S).ok().unwrap();
        book.admit(admission(peer(2), &[], false, NOW_S)).unwrap();
        assert!(circuit.stop.is_cancelled());
    }

    #[test]
    fn a_revoked_peer_stays_out_until_it_has_a_newer_token() {
        let mut book = book();
        let circuit = book.open(peer(2), peer(1), NOW_S).ok().unwrap();
        book.revoke(peer(2), NOW_S + 5);
        assert!(circuit.stop.is_cancelled());
        assert!(book.admit(admission(peer(2), &[peer(1)], false, NOW_S + 5)).is_err());
        assert!(book.admit(admission(peer(2), &[peer(1)], false, NOW_S + 6)).is_ok());
    }

    #[test]
    fn circuits_are_counted_per_source_and_freed_when_they_close() {
        let mut book = book();
        let first = book.open(peer(2), peer(1), NOW_S).ok().unwrap();
        book.open(peer(2), peer(1), NOW_S).ok().unwrap();
        assert_eq!(status(book.open(peer(2), peer(1), NOW_S)), Status::ResourceLimitExceeded);
        book.close(first.id);
        assert_eq!(status(book.open(peer(2), peer(1), NOW_S)), Status::Ok);
        assert_eq!(book.of_peer(&peer(1)), (2, 1));
    }

    #[test]
    fn a_reservation_falls_with_its_connection_but_not_with_an_older_one() {
        let mut book = book();
        book.reserve(peer(1), line(8), NOW_S).unwrap();
        book.disconnected(&peer(1), line(HOME_LINE), false);
        assert_eq!(book.open(peer(2), peer(1), NOW_S).ok().unwrap().destination, line(8));
        book.disconnected(&peer(1), line(8), true);
        assert_eq!(status(book.open(peer(2), peer(1), NOW_S)), Status::NoReservation);
        assert!(!book.is_admitted(&peer(1)));
    }
}
