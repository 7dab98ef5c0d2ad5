//! The agent's side of the event channel: one actor that keeps the stream open, follows its clock, keys, relays and
//! revocations, and ends when the home is deactivated.

use std::{sync::Arc, time::Duration};

use iroam_protocol::{
    events::{AgentEvent, KEYS_TYP, Revoked, SILENCE_S},
    portal::RelayAccess,
    problem::Kind,
    token::KeySet,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Client, backoff::Backoff, sse};
use crate::{
    activation::Activation,
    clock::{self, Clock},
    data_dir::DataDir,
    deny::DenyList,
    entropy,
    meters::Meters,
};

/// A channel that lived so long was a good one: the next failure is a first one.
const GOOD_LIFE_MS: u64 = 10_000;

/// The state of the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// Not open yet.
    Connecting,
    /// Open.
    Online {
        /// Since when, Unix milliseconds.
        since_ms: i64,
    },
    /// Lost, or never had.
    Away {
        /// Since when, Unix milliseconds.
        since_ms: i64,
        /// Why, in plain words.
        error: String,
        /// What to do; `None` when the words say it all.
        advice: Option<String>,
    },
}

/// What the channel changes.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The data folder, where the activation stands.
    pub data: DataDir,
    /// The clock.
    pub clock: Clock,
    /// What was revoked.
    pub deny: DenyList,
    /// The meter with its spool.
    pub meters: Meters,
    /// The activation.
    pub activation: watch::Sender<Option<Arc<Activation>>>,
    /// The relays.
    pub relay: watch::Sender<Option<RelayAccess>>,
    /// The state for others to see.
    pub state: watch::Sender<Channel>,
}

/// Why the channel ended for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The agent stops.
    Cancelled,
    /// The home was removed from its account.
    Deactivated,
}

/// How one stream ended.
enum Stream {
    Lost(String),
    Deactivated,
}

/// Keeps the channel open until `cancel`, or until the home is deactivated.
pub async fn run(client: Client, reach: Reach, cancel: CancellationToken) -> Ended {
    let mut actor = Actor { client, reach, cursor: None, backoff: Backoff::default(), unkept: Vec::new() };
    tokio::select! {
        () = cancel.cancelled() => Ended::Cancelled,
        () = actor.keep_open() => Ended::Deactivated,
    }
}

struct Actor {
    client: Client,
    reach: Reach,
    cursor: Option<String>,
    backoff: Backoff,
    /// Denials that the spool does not have yet, with their ends in Unix seconds. The deny list has them.
    unkept: Vec<(Revoked, i64)>,
}

impl Actor {
    /// Ends only when the home is deactivated.
    async fn keep_open(&mut self) {
        self.cursor = self.blocking(|meters| meters.spool().cursor()).await.flatten();
        loop {
            let opened_ms = self.reach.clock.uptime_ms();
            match self.one_stream().await {
                Ok(Stream::Deactivated) => return,
                Ok(Stream::Lost(error)) => self.lost(error, None),
                Err(error) if error.kind() == Some(Kind::NotActivated) => return,
                Err(error) => self.lost(error.to_string(), error.advice()),
            }
            if self.reach.clock.uptime_ms().saturating_sub(opened_ms) >= GOOD_LIFE_MS {
                self.backoff.reset();
            }
            tokio::time::sleep(self.backoff.after_failure(entropy::fraction())).await;
        }
    }

    fn lost(&self, error: String, advice: Option<&str>) {
        let now_ms = self.reach.clock.now_ms();
        let advice = advice.map(str::to_owned);
        self.reach.state.send_if_modified(|state| match state {
            Channel::Away { error: known, .. } if *known == error => false,
            Channel::Away { since_ms, .. } => {
                *state = Channel::Away { since_ms: *since_ms, error, advice };
                true
            }
            Channel::Connecting | Channel::Online { .. } => {
                tracing::warn!(%error, "the portal's event channel is lost");
                *state = Channel::Away { since_ms: now_ms, error, advice };
                true
            }
        });
    }

    async fn one_stream(&mut self) -> Result<Stream, super::Error> {
        let mut response = self.client.events(self.cursor.as_deref()).await?;
        let mut reader = sse::Reader::default();
        let silence = Duration::from_secs(SILENCE_S);
        loop {
            let chunk = match tokio::time::timeout(silence, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => return Ok(Stream::Lost("the portal closed the event channel".into())),
                Ok(Err(error)) => return Ok(Stream::Lost(super::innermost(&error))),
                Err(_) => return Ok(Stream::Lost("the portal is silent".into())),
            };
            let events = match reader.push(&chunk) {
                Ok(events) => events,
                Err(error) => return Ok(Stream::Lost(error.to_string())),
            };
            for event in events {
                if self.on_event(&event).await {
                    return Ok(Stream::Deactivated);
                }
            }
        }
    }

    /// Applies one event; `true` when the home is deactivated.
    async fn on_event(&mut self, event: &sse::Event) -> bool {
        match serde_json::from_str::<AgentEvent>(&event.data) {
            Ok(AgentEvent::Deactivated) => return true,
            Ok(event) => self.apply(event).await,
            // An event that is broken must not stop those behind it.
            Err(error) => tracing::warn!(%error, "an event of the portal cannot be read"),
        }
        self.keep_denials().await;
        // The cursor moves after the event took effect: killed in between, the event comes again, which is harmless. While
        // a denial is not kept it stays behind it.
        if let Some(id) = event.id.clone().filter(|id| self.cursor.as_ref() != Some(id)) {
            self.cursor = Some(id.clone());
            if self.unkept.is_empty() {
                self.blocking(move |meters| meters.spool().keep_cursor(&id)).await;
            }
        }
        false
    }

    async fn apply(&mut self, event: AgentEvent) {
        match event {
            AgentEvent::Hello { time_ms, keys, relay, name } => self.hello(time_ms, &keys, relay, name),
            AgentEvent::Time { time_ms } => self.reach.clock.follow(time_ms),
            AgentEvent::Relays { relay } => self.relays(relay),
            AgentEvent::Revoke { what, until_s } => self.revoke(what, until_s),
            AgentEvent::Keys { signed } => self.successors(&signed),
            AgentEvent::Renamed { name } => self.change(|activation| activation.name = name),
            AgentEvent::Deactivated | AgentEvent::Unknown => {}
        }
    }

    fn hello(&self, time_ms: i64, keys: &KeySet, relay: RelayAccess, name: String) {
        self.reach.clock.follow(time_ms);
        if let Some(words) = clock::skew_words(self.reach.clock.behind_ms()) {
            tracing::warn!("{words}");
        }
        self.check_keys(keys);
        self.relays(relay);
        self.change(|activation| activation.name = name);
        let since_ms = self.reach.clock.now_ms();
        self.reach.state.send_replace(Channel::Online { since_ms });
        tracing::info!("the portal's event channel is open");
    }

    fn check_keys(&self, keys: &KeySet) {
        let activation = self.reach.activation.borrow();
        let Some(activation) = activation.as_ref() else { return };
        if !keys.keys.iter().any(|key| activation.keys.keys.contains(key)) {
            tracing::error!(
                "the portal shows keys that this home does not know and that no known key signed; its grants will be \
                 refused. If the portal was set up anew, run `iroam logout` and activate this home again"
            );
        }
    }

    fn relays(&self, relay: RelayAccess) {
        self.reach.relay.send_if_modified(|known| {
            let is_new = known.as_ref() != Some(&relay);
            if is_new {
                *known = Some(relay);
            }
            is_new
        });
    }

    fn revoke(&mut self, what: Revoked, until_s: i64) {
        self.reach.deny.add(what.clone(), until_s, self.reach.clock.now_s());
        if let Revoked::Listening(listening) = &what {
            self.reach.meters.forget(listening);
        }
        self.unkept.push((what, until_s));
    }

    /// Writes down the denials that are not yet; those that cannot be wait for the next event.
    async fn keep_denials(&mut self) {
        let now_s = self.reach.clock.now_s();
        self.unkept.retain(|(_, until_s)| *until_s > now_s);
        while let Some((what, until_s)) = self.unkept.last().cloned() {
            if self.blocking(move |meters| meters.spool().deny(&what, until_s)).await.is_none() {
                return;
            }
            self.unkept.pop();
        }
    }

    fn successors(&self, signed: &str) {
        let pinned = self.reach.activation.borrow().as_ref().map(|activation| activation.keys.clone());
        let Some(pinned) = pinned else { return };
        match pinned.verify::<KeySet>(KEYS_TYP, signed) {
            Ok(keys) if !keys.keys.is_empty() => {
                tracing::info!("the portal's keys have successors");
                self.change(|activation| activation.keys = keys);
            }
            Ok(_) => tracing::warn!("the portal sent an empty key set; the known keys stay"),
            Err(error) => tracing::warn!(%error, "successor keys are not signed by a known key; the known keys stay"),
        }
    }

    /// Changes the activation, in its file first.
    fn change(&self, edit: impl FnOnce(&mut Activation)) {
        let Some(mut activation) = self.reach.activation.borrow().as_deref().cloned() else { return };
        let before = activation.clone();
        edit(&mut activation);
        if activation == before {
            return;
        }
        if let Err(fault) = activation.save(&self.reach.data) {
            tracing::error!(%fault, "the activation cannot be written");
        }
        self.reach.activation.send_replace(Some(Arc::new(activation)));
    }

    /// Runs a small database call off the async threads; `None` and a log line when it fails.
    async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Meters) -> rusqlite::Result<T> + Send + 'static,
    ) -> Option<T> {
        let meters = self.reach.meters.clone();
        match tokio::task::spawn_blocking(move || call(&meters)).await.ok()? {
            Ok(value) => Some(value),
            Err(error) => {
                self.reach.meters.not_written(&error, "the spool cannot be used");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
