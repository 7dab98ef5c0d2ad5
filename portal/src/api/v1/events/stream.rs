//! What happens to an account while its player is open: server-sent events `wallet`, `homes`, `listening`, `playlists`,
//! `marks`, `queue` and `time`.
//!
//! One stream per connection, driven by its reader. Each look reads the database and tells only what changed.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
};
use iroam_protocol::{
    events::TIME_EVERY_S,
    id::RowId,
    playlists::MarksChanged,
    portal::{Home, Wallet},
    queue::QueueChanged,
};
use serde::Serialize;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Interval, MissedTickBehavior, interval},
};

use crate::{
    api::v1::homes::{self, events::UNBUFFERED},
    clock,
    failure::Failure,
    hub::Call,
    session::{Current, SignedIn},
    state::App,
};

/// How often the database is asked although nobody called: credit by the operator's command shows within this time.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The same for lists, marks and the queue where other nodes write to the same database: a change made through any of them
/// is to show in every browser within a second.
const LOOK_AT_SHELF_EVERY: Duration = Duration::from_millis(700);

/// The account's events (server-sent events).
#[utoipa::path(
    get, path = "/events", responses((status = 200, content_type = "text/event-stream", body = String))
)]
pub(crate) async fn stream(State(app): State<App>, SignedIn(current): SignedIn) -> impl IntoResponse {
    ([UNBUFFERED], Sse::new(futures::stream::unfold(Watch::new(app, current), Watch::next)))
}

struct Watch {
    calls: Receiver<Call>,
    app: App,
    current: Current,
    ready: VecDeque<Event>,
    wallet: Option<Wallet>,
    homes: Option<Vec<Home>>,
    /// The cursors and the state that were told last.
    lists: Option<u64>,
    marks: Option<u64>,
    queue: Option<QueueChanged>,
    look: Interval,
    look_at_shelf: Interval,
    time: Interval,
    ended: bool,
}

#[derive(Serialize)]
struct ListeningState {
    id: RowId,
    state: &'static str,
}

#[derive(Serialize)]
struct Time {
    time_ms: i64,
}

impl Watch {
    fn new(app: App, current: Current) -> Self {
        let every = |period| {
            let mut interval = interval(period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        Self {
            calls: app.hub().listen(),
            current,
            ready: VecDeque::new(),
            wallet: None,
            homes: None,
            lists: None,
            marks: None,
            queue: None,
            look: every(LOOK_EVERY),
            look_at_shelf: every(if app.store().has_other_writers() { LOOK_AT_SHELF_EVERY } else { LOOK_EVERY }),
            time: every(Duration::from_secs(TIME_EVERY_S)),
            ended: false,
            app,
        }
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
        let account = self.current.account.id;
        tokio::select! {
            () = self.app.cancel().cancelled() => self.ended = true,
            call = self.calls.recv() => match call {
                Ok(Call::Account(called)) if called == account => logged(self.tell_account().await),
                Ok(Call::Shelf(called)) if called == account => logged(self.tell_shelf().await),
                Ok(Call::Closed { account: called, listening }) if called == account => {
                    self.push("listening", &ListeningState { id: listening, state: "closed" });
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.look_again().await,
                Err(RecvError::Closed) => self.ended = true,
            },
            _ = self.look.tick() => self.look_again().await,
            _ = self.look_at_shelf.tick() => logged(self.tell_shelf().await),
            _ = self.time.tick() => self.push("time", &Time { time_ms: clock::now_ms() }),
        }
    }

    async fn look_again(&mut self) {
        logged(self.tell_account().await);
        if !self.ended {
            logged(self.tell_shelf().await);
        }
    }

    async fn tell_account(&mut self) -> Result<(), Failure> {
        let account = self.current.account.id;
        if self.app.store().session(self.current.secret, clock::now_ms()).await?.is_none() {
            self.ended = true;
            return Ok(());
        }
        let wallet = self.app.store().wallet(account).await?;
        if self.wallet.as_ref() != Some(&wallet) {
            self.push("wallet", &wallet);
            self.wallet = Some(wallet);
        }
        let homes = homes::list::of(&self.app, account).await?;
        if self.homes.as_ref() != Some(&homes) {
            self.push("homes", &homes);
            self.homes = Some(homes);
        }
        Ok(())
    }

    async fn tell_shelf(&mut self) -> Result<(), Failure> {
        let account = self.current.account.id;
        let now = self.app.store().shelf_cursors(account).await?;
        if self.lists != Some(now.lists)
            && let Some(changed) = self.app.store().playlists_changed(account, self.lists).await?
        {
            self.push("playlists", &changed);
            self.lists = Some(changed.cursor);
        }
        if self.marks != Some(now.marks) {
            self.push("marks", &MarksChanged { cursor: now.marks });
            self.marks = Some(now.marks);
        }
        if let Some(changed) = now.queue.as_ref().filter(|changed| self.queue.as_ref() != Some(changed)) {
            self.push("queue", changed);
        }
        self.queue = now.queue;
        Ok(())
    }

    fn push(&mut self, name: &str, data: &impl Serialize) {
        if let Ok(data) = serde_json::to_string(data) {
            self.ready.push_back(Event::default().event(name).data(data));
        }
    }
}

/// The next look tells what this one missed.
fn logged(told: Result<(), Failure>) {
    if let Err(failure) = told {
        failure.log();
    }
}
