//! What the portal tells a home, while it is connected.
//!
//! One stream per connection, driven by its reader: no task runs when nobody reads. Events come from the database by
//! cursor; a call of the hub, or the clock, says when to look.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
};
use iroam_protocol::{
    events::{AgentEvent, TIME_EVERY_S},
    grant::RELAY_LIFE_S,
    id::PeerId,
};
use iroam_store::Error;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Interval, MissedTickBehavior, interval_at},
};

use crate::{
    agent, clock,
    failure::{Failure, Segment},
    hub::{Call, OnlineGuard},
    state::App,
    tokens,
};

/// How often the database is asked although nobody called: other processes (the operator's commands, other nodes) queue
/// events too, and a revocation is to arrive within 5 s.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A fresh admission while half of the last one's life is left.
const RELAY_EVERY: Duration = Duration::from_secs(RELAY_LIFE_S.unsigned_abs() / 2);
/// Tells nginx and its like to pass events on as they come.
pub(crate) const UNBUFFERED: (&str, &str) = ("x-accel-buffering", "no");
/// Events read at once.
const BATCH: u32 = 100;

/// The home's event channel (server-sent events), authenticated by an assertion. `Last-Event-ID` goes on after a break.
#[utoipa::path(
    get, path = "/homes/{id}/events", params(("id" = PeerId, Path,)),
    responses((status = 200, content_type = "text/event-stream", body = String))
)]
pub(crate) async fn events(
    State(app): State<App>,
    Segment(home): Segment<PeerId>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Failure> {
    let record = agent::authenticate(&app, &headers, &home).await?;
    let asked = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let channel = Channel::open(app, record, asked).await?;
    Ok(([UNBUFFERED], Sse::new(futures::stream::unfold(channel, Channel::next))))
}

struct Channel {
    app: App,
    home: PeerId,
    /// The last event that was read from the database.
    cursor: i64,
    ready: VecDeque<Event>,
    calls: Receiver<Call>,
    look: Interval,
    time: Interval,
    relay: Interval,
    ended: bool,
    _online: OnlineGuard,
}

impl Channel {
    async fn open(app: App, record: iroam_store::Home, asked: Option<i64>) -> Result<Self, Failure> {
        let home = record.peer;
        // Calls are heard before the database is read, so that nothing falls in between.
        let calls = app.hub().listen();
        let latest = app.store().latest_agent_event(home).await?;
        // A cursor of the future is of another database: begin anew.
        let asked = asked.filter(|cursor| (0..=latest).contains(cursor));
        let online = app.hub().home_online(home, record.account);
        note_presence(&app, home).await?;
        let mut channel = Self {
            home,
            cursor: asked.unwrap_or(latest),
            ready: VecDeque::new(),
            calls,
            look: every(LOOK_EVERY),
            time: every(Duration::from_secs(TIME_EVERY_S)),
            relay: every(RELAY_EVERY),
            ended: false,
            _online: online,
            app,
        };
        channel.greet(record.name, asked.is_none()).await?;
        Ok(channel)
    }

    async fn greet(&mut self, name: String, anew: bool) -> Result<(), Failure> {
        let relay = tokens::relay_for_home(&self.app, self.home, clock::now_s())?;
        let hello = AgentEvent::Hello { time_ms: clock::now_ms(), keys: self.app.keys().public(), relay, name };
        self.push(&hello, Some(self.cursor));
        if let Some(signed) = self.app.keys().succession().map(str::to_owned) {
            self.push(&AgentEvent::Keys { signed }, None);
        }
        if anew {
            for (_, event) in self.app.store().agent_revocations(self.home, clock::now_s()).await? {
                self.push(&event, None);
            }
        }
        self.look_again().await;
        Ok(())
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some((Ok(event), self));
            }
            if self.ended {
                return None;
            }
            self.wait().await;
        }
    }

    async fn wait(&mut self) {
        tokio::select! {
            () = self.app.cancel().cancelled() => self.ended = true,
            call = self.calls.recv() => match call {
                Ok(Call::Home(home)) if home == self.home => self.look_again().await,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.look_again().await,
                Err(RecvError::Closed) => self.ended = true,
            },
            _ = self.look.tick() => self.look_again().await,
            _ = self.time.tick() => self.tell_time().await,
            _ = self.relay.tick() => self.renew_relay(),
        }
    }

    async fn look_again(&mut self) {
        // The database may be away for a moment: the next look tells what this one missed.
        match self.app.store().agent_events(self.home, self.cursor, BATCH).await {
            Ok(events) => events.into_iter().for_each(|(cursor, event)| self.deliver(cursor, &event)),
            Err(error) => tracing::warn!(%error, "events of a home cannot be read now"),
        }
    }

    fn deliver(&mut self, cursor: i64, event: &AgentEvent) {
        self.cursor = cursor;
        self.push(event, Some(cursor));
        self.ended |= *event == AgentEvent::Deactivated;
    }

    async fn tell_time(&mut self) {
        let now_ms = clock::now_ms();
        self.push(&AgentEvent::Time { time_ms: now_ms }, None);
        if let Err(error) = note_presence(&self.app, self.home).await {
            tracing::warn!(%error, "a home's presence cannot be noted now");
        }
    }

    fn renew_relay(&mut self) {
        if let Ok(relay) = tokens::relay_for_home(&self.app, self.home, clock::now_s()) {
            self.push(&AgentEvent::Relays { relay }, None);
        }
    }

    fn push(&mut self, event: &AgentEvent, cursor: Option<i64>) {
        let Ok(data) = serde_json::to_string(event) else { return };
        let line = Event::default().data(data);
        self.ready.push_back(match cursor {
            Some(cursor) => line.id(cursor.to_string()),
            None => line,
        });
    }
}

/// Notes that the home is there, for people to look at: a disk without room for that keeps no home away.
async fn note_presence(app: &App, home: PeerId) -> Result<(), Error> {
    match app.store().home_seen(home, None, clock::now_ms()).await {
        Ok(_) | Err(Error::StorageFull(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Ticks for the first time after one period.
fn every(period: Duration) -> Interval {
    let mut interval = interval_at(tokio::time::Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
