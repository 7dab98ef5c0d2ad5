//! When to dial, when to show the token, when to reserve, and how long to wait after a failure: decided without I/O.

use std::time::Duration;

use iroam_protocol::portal::RelayAccess;
use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};

use crate::{
    node::{Role, State},
    swarm::ours,
    trouble::{Trouble, TroubleKind},
};

/// The first wait after a failure: below a second, so that a restarted relay is found again at once.
const BACKOFF_FIRST: Duration = Duration::from_millis(250);
/// The longest wait: a portal that comes back is found within half a minute by everyone.
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// A connection that stood for so long was a success; one that falls sooner counts as one more failure.
const SETTLED: Duration = Duration::from_secs(5);
/// How long each step may take: name, TCP, TLS, WebSocket, Noise for the dial; two round trips for the others.
const STEP_MAX: Duration = Duration::from_secs(15);
/// Addresses of a list that are looked at.
const TARGETS_MAX: usize = 8;

/// What happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// The portal named relays and a token, or took them away.
    Access(Option<RelayAccess>),
    /// The connection to the relay stands.
    Connected,
    /// It does not, or fell.
    Failed(Trouble),
    /// The relay took the token.
    Admitted,
    /// The relay reserved.
    Reserved,
    /// Nothing but time passed.
    Tick,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Dial the relay.
    Dial(Target),
    /// Show this token on the connection.
    ShowToken(String),
    /// Ask for a reservation, which later renews itself.
    Reserve(Target),
    /// Give the connection up.
    HangUp,
}

/// A relay and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) relay: PeerId,
    /// Without `/p2p/`.
    pub(crate) address: Multiaddr,
}

impl Target {
    /// For people: `host:port`.
    pub(crate) fn host(&self) -> String {
        let part = |find: fn(&Protocol<'_>) -> Option<String>| self.address.iter().find_map(|part| find(&part));
        let name = part(|part| match part {
            Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name) => Some(name.to_string()),
            Protocol::Ip4(ip) => Some(ip.to_string()),
            Protocol::Ip6(ip) => Some(format!("[{ip}]")),
            _ => None,
        });
        let port = part(|part| if let Protocol::Tcp(port) = part { Some(format!(":{port}")) } else { None });
        name.unwrap_or_else(|| self.address.to_string()) + &port.unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut address: Multiaddr = text.parse().ok()?;
        let Some(Protocol::P2p(relay)) = address.pop() else { return None };
        ours(&relay)?;
        (!address.is_empty()).then_some(Self { relay, address })
    }
}

/// The state machine.
pub(crate) struct Link {
    role: Role,
    jitter: u64,
    targets: Vec<Target>,
    token: String,
    /// Which target is next.
    turn: usize,
    phase: Phase,
    failures: u32,
    last_error: Option<Trouble>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// No relay is named.
    Waiting,
    /// Until the next try.
    Resting {
        until: Duration,
    },
    Dialing {
        target: Target,
        until: Duration,
    },
    Admitting {
        target: Target,
        until: Duration,
    },
    Reserving {
        target: Target,
        until: Duration,
    },
    Ready {
        target: Target,
        since: Duration,
    },
}

impl Link {
    pub(crate) fn new(role: Role, jitter_seed: u64) -> Self {
        Self {
            role,
            jitter: jitter_seed,
            targets: Vec::new(),
            token: String::new(),
            turn: 0,
            phase: Phase::Waiting,
            failures: 0,
            last_error: None,
        }
    }

    /// Takes what happened at `now`, a time since the start.
    pub(crate) fn on(&mut self, now: Duration, input: Input) -> Vec<Effect> {
        match (input, self.phase.clone()) {
            (Input::Access(access), _) => self.on_access(now, access),
            (Input::Connected, Phase::Dialing { target, .. }) => {
                self.phase = Phase::Admitting { target, until: now + STEP_MAX };
                vec![Effect::ShowToken(self.token.clone())]
            }
            (Input::Admitted, Phase::Admitting { target, .. }) => self.on_admitted(now, target),
            (Input::Reserved, Phase::Reserving { target, .. }) => self.ready(now, target),
            (Input::Failed(trouble), phase) => self.on_failed(now, trouble, &phase),
            (Input::Tick, phase) => self.on_tick(now, &phase),
            // Echoes of a connection that was given up.
            _ => Vec::new(),
        }
    }

    /// When [`Input::Tick`] is due; `None` when only something else can happen.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        match &self.phase {
            Phase::Waiting | Phase::Ready { .. } => None,
            Phase::Resting { until }
            | Phase::Dialing { until, .. }
            | Phase::Admitting { until, .. }
            | Phase::Reserving { until, .. } => Some(*until),
        }
    }

    /// The relay in use; `None` when there is none.
    pub(crate) fn target(&self) -> Option<&Target> {
        match &self.phase {
            Phase::Waiting | Phase::Resting { .. } => None,
            Phase::Dialing { target, .. }
            | Phase::Admitting { target, .. }
            | Phase::Reserving { target, .. }
            | Phase::Ready { target, .. } => Some(target),
        }
    }

    /// The relay through which circuits can be dialled.
    pub(crate) fn ready_target(&self) -> Option<&Target> {
        if let Phase::Ready { target, .. } = &self.phase { Some(target) } else { None }
    }

    /// The last failure since the node was ready.
    pub(crate) fn last_error(&self) -> Option<&Trouble> {
        self.last_error.as_ref()
    }

    /// For whoever watches.
    pub(crate) fn state(&self) -> State {
        match &self.phase {
            Phase::Waiting if self.last_error.is_none() => State::Waiting,
            Phase::Ready { target, .. } => match ours(&target.relay) {
                Some(relay) => State::Ready { relay, reserved: self.role == Role::Home },
                None => State::Waiting,
            },
            _ => State::Connecting { failures: self.failures, last_error: self.last_error.clone() },
        }
    }

    fn on_access(&mut self, now: Duration, access: Option<RelayAccess>) -> Vec<Effect> {
        let Some(access) = access else {
            let was = self.target().is_some();
            (self.targets, self.token, self.last_error, self.failures) = (Vec::new(), String::new(), None, 0);
            self.phase = Phase::Waiting;
            return if was { vec![Effect::HangUp] } else { Vec::new() };
        };
        self.targets = access.addrs.iter().filter_map(|text| Target::parse(text)).take(TARGETS_MAX).collect();
        self.token = access.token;
        self.turn = 0;
        let keeps = self.target().is_some_and(|target| self.targets.contains(target));
        match &self.phase {
            // A dial that is under way shows the new token when it is through.
            Phase::Dialing { .. } if keeps => Vec::new(),
            _ if keeps => vec![Effect::ShowToken(self.token.clone())],
            _ => {
                let mut effects = if self.target().is_some() { vec![Effect::HangUp] } else { Vec::new() };
                self.failures = 0;
                effects.extend(self.dial(now));
                effects
            }
        }
    }

    fn on_admitted(&mut self, now: Duration, target: Target) -> Vec<Effect> {
        if self.role == Role::Player {
            return self.ready(now, target);
        }
        self.phase = Phase::Reserving { target: target.clone(), until: now + STEP_MAX };
        vec![Effect::Reserve(target)]
    }

    fn ready(&mut self, now: Duration, target: Target) -> Vec<Effect> {
        self.phase = Phase::Ready { target, since: now };
        self.last_error = None;
        Vec::new()
    }

    fn on_failed(&mut self, now: Duration, trouble: Trouble, phase: &Phase) -> Vec<Effect> {
        match phase {
            Phase::Waiting | Phase::Resting { .. } => return Vec::new(),
            Phase::Ready { since, .. } if now.saturating_sub(*since) >= SETTLED => self.failures = 0,
            _ => {}
        }
        self.turn = self.turn.wrapping_add(1);
        self.phase = Phase::Resting { until: now + self.backoff() };
        self.failures = self.failures.saturating_add(1);
        self.last_error = Some(trouble);
        vec![Effect::HangUp]
    }

    fn on_tick(&mut self, now: Duration, phase: &Phase) -> Vec<Effect> {
        if self.wake_at().is_none_or(|at| now < at) {
            return Vec::new();
        }
        let late = |what: &str| Trouble::new(TroubleKind::Unreachable, format!("{what} did not answer in time"));
        match phase {
            Phase::Waiting | Phase::Ready { .. } => Vec::new(),
            Phase::Resting { .. } => self.dial(now),
            Phase::Dialing { target, .. } => self.on_failed(now, late(&target.host()), phase),
            Phase::Admitting { .. } | Phase::Reserving { .. } => self.on_failed(now, late("the relay"), phase),
        }
    }

    fn dial(&mut self, now: Duration) -> Vec<Effect> {
        if self.targets.is_empty() {
            self.phase = Phase::Waiting;
            let text = "the portal named no relay address that this version understands; is the agent up to date?";
            self.last_error = Some(Trouble::new(TroubleKind::Address, text));
            return Vec::new();
        }
        let target = self.targets[self.turn % self.targets.len()].clone();
        self.phase = Phase::Dialing { target: target.clone(), until: now + STEP_MAX };
        vec![Effect::Dial(target)]
    }

    /// Doubles with each failure up to the cap; between half and all of it, so that a thousand homes do not come back
    /// in the same instant.
    fn backoff(&mut self) -> Duration {
        let full = BACKOFF_FIRST.saturating_mul(1 << self.failures.min(16)).min(BACKOFF_MAX);
        full / 2 + full.mul_f64(self.draw() / 2.0)
    }

    /// 0 to 1, by SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
    fn draw(&mut self) -> f64 {
        self.jitter = self.jitter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.jitter;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        f64::from((z >> 40) as u32) / f64::from(1_u32 << 24)
    }
}

#[cfg(test)]
mod tests;
