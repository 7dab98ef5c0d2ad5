//! The daemon: takes the data folder, serves the local page and the index at once, and keeps a session with the portal
//! as long as the home is activated. Ends softly with its token, hard after [`SOFT_END`].

use std::{path::PathBuf, sync::Arc, time::Duration};

use iroam_library::sql_lacks_room;
use iroam_protocol::token::SigningKey;
use rustls_pki_types::CertificateDer;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    activation::Activation,
    clock::{self, Clock},
    data_dir::{DataDir, Lock, Running, full_fault},
    deny::DenyList,
    fault::{Exit, Fault},
    home::{Home, Parts},
    index::Index,
    indexer::{self, Indexer},
    local::{self, Local, Order, guard::Guard, status::Board},
    meters::Meters,
    news::{Listener, News, Trouble},
    portal::{
        self, Client,
        channel::{Channel, Reach},
        device::{self, Outcome},
    },
    room::{Post, Room},
    session::{self, Session},
    settings::{LISTEN_DEFAULT, Settings, Told},
    spool::Spool,
};

/// Answers that run when the agent stops get so long to end.
const SOFT_END: Duration = Duration::from_secs(3);
/// After a code that nobody approved, a denial or a lost portal: a pause before the next code.
const NEXT_CODE_PAUSE: Duration = Duration::from_secs(5);

/// What [`run`] needs.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// What the command line says; the rest was said before.
    pub told: Told,
    /// Who hears what happens.
    pub listener: Listener,
}

/// Runs the agent until `cancel`.
///
/// # Errors
/// A [`Fault`] when it cannot start, or when one of its tasks ends by a bug.
pub async fn run(config: Config, cancel: CancellationToken) -> Result<(), Fault> {
    crate::install_crypto();
    let agent = Agent::start(config).await?;
    agent.live(cancel).await
}

struct Agent {
    home: Home,
    client: Client,
    key: SigningKey,
    roots: Vec<CertificateDer<'static>>,
    settings: Settings,
    listener: Listener,
    board: Arc<Board>,
    reach: Reach,
    token: String,
    socket: TcpListener,
    stop: CancellationToken,
    _lock: Lock,
}

impl Agent {
    async fn start(config: Config) -> Result<Self, Fault> {
        let data = DataDir::open(&config.data)?;
        let lock = data.lock()?;
        let before = Settings::load(&data)?;
        let settings = before.clone().changed_by(&config.told)?;
        let portal = checked(&settings)?;
        let activation = Activation::load(&data)?;
        if let Some(activation) = &activation
            && activation.portal != portal
        {
            return Err(Fault::new(Exit::Config, format!("This home is activated at {}.", activation.portal))
                .advise("to move it to another portal, run `iroam logout` first"));
        }
        let roots = portal::read_roots(settings.ca.as_deref())?;
        if settings != before {
            settings.save(&data)?;
        }

        let socket = bind(&settings, &data, &config.listener).await?;
        let key = data.key()?;
        let clock = Clock::system();
        let (index, spool) = open_databases(data.clone()).await?;
        let deny = DenyList::default();
        for (what, until_s) in spool.denied().unwrap_or_default() {
            deny.add(what, until_s, clock.now_s());
        }
        let reach = Reach {
            data,
            deny: deny.clone(),
            meters: Meters::new(spool, clock.clone(), Room::default()),
            activation: watch::Sender::new(activation.map(Arc::new)),
            relay: watch::Sender::new(None),
            state: watch::Sender::new(Channel::Connecting),
            clock: clock.clone(),
        };
        let stop = CancellationToken::new();
        let home = Home::new(Parts {
            key: key.clone(),
            clock: clock.clone(),
            index,
            meters: reach.meters.clone(),
            deny,
            activation: reach.activation.subscribe(),
            channel: reach.state.subscribe(),
            cancel: stop.clone(),
        });
        let board = Arc::new(Board::new(portal.clone(), settings.libraries.clone(), reach.state.subscribe()));
        let client = Client::new(&portal, &roots, key.clone(), clock)?;
        let token = reach.data.token()?;
        let listener = config.listener;
        Ok(Self { home, client, key, roots, settings, listener, board, reach, token, socket, stop, _lock: lock })
    }

    async fn live(self, cancel: CancellationToken) -> Result<(), Fault> {
        let mut tasks = JoinSet::new();
        let (orders, mut ordered) = mpsc::channel(1);
        let guard = Arc::new(Guard::new(self.token.clone(), self.socket_addr()?));
        let local = Local { home: self.home.clone(), board: self.board.clone(), guard, orders };
        let Self { home, client, key, roots, settings, listener, board, reach, socket, stop, .. } = self;
        tasks.spawn(local::serve(local, socket, stop.child_token()));
        let indexer = Indexer {
            index: home.index().clone(),
            roots: settings.libraries.clone(),
            board: board.clone(),
            listener: listener.clone(),
            clock: reach.clock.clone(),
            room: reach.meters.room().clone(),
        };
        tasks.spawn(indexer::run(indexer, stop.child_token()));
        let post = Post {
            data: reach.data.root().to_owned(),
            board: board.clone(),
            listener: listener.clone(),
            clock: reach.clock.clone(),
        };
        tasks.spawn(reach.meters.room().clone().watch(post, stop.child_token()));
        // The writer of the spool ends last, so that the last answers are counted.
        let written = CancellationToken::new();
        let writer = tokio::spawn(reach.meters.clone().keep_writing(written.clone()));

        let online = Online { home, client, key, roots, settings, listener, board, reach, stop: stop.clone() };
        let keeping = online.keep(&mut ordered);
        tokio::pin!(keeping);
        let ended = tokio::select! {
            ended = &mut keeping => Some(ended),
            Some(ended) = tasks.join_next() => Some(Err(died(ended))),
            () = cancel.cancelled() => None,
        };
        stop.cancel();
        let ended = match ended {
            Some(ended) => ended,
            None => tokio::time::timeout(SOFT_END, keeping).await.unwrap_or(Ok(())),
        };
        let soft = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(SOFT_END, soft).await.is_err() {
            tracing::warn!("some answers did not end in time; they are cut off");
            tasks.shutdown().await;
        }
        written.cancel();
        let _ = tokio::time::timeout(SOFT_END, writer).await;
        ended
    }

    fn socket_addr(&self) -> Result<std::net::SocketAddr, Fault> {
        self.socket
            .local_addr()
            .map_err(|error| Fault::new(Exit::CannotCreate, format!("The local page has no address: {error}.")))
    }
}

/// What a home does with its portal: become activated, hold a session, and again.
struct Online {
    home: Home,
    client: Client,
    key: SigningKey,
    roots: Vec<CertificateDer<'static>>,
    settings: Settings,
    listener: Listener,
    board: Arc<Board>,
    reach: Reach,
    stop: CancellationToken,
}

impl Online {
    /// Ends with a fault only: the first code cannot be had, or a part of the agent cannot go on.
    async fn keep(&self, orders: &mut mpsc::Receiver<Order>) -> Result<(), Fault> {
        let mut is_first = true;
        loop {
            if self.home.activation().is_none() {
                tokio::select! {
                    activated = self.become_activated(is_first) => activated?,
                    () = self.stop.cancelled() => return Ok(()),
                }
            }
            is_first = false;
            let session = Session {
                home: self.home.clone(),
                client: self.client.clone(),
                seed: *self.key.seed(),
                roots: self.roots.clone(),
                direct: self.settings.direct_addresses(),
                listener: self.listener.clone(),
                board: self.board.clone(),
                reach: self.reach.clone(),
            };
            let stop = self.stop.child_token();
            let ended = tokio::select! {
                ended = session::run(session, stop.clone()) => Some(ended?),
                Some(Order::Logout) = orders.recv() => None,
            };
            stop.cancel();
            match ended {
                Some(portal::channel::Ended::Cancelled) => return Ok(()),
                Some(portal::channel::Ended::Deactivated) => self.forget().await?,
                None => {
                    self.tell_portal().await;
                    self.forget().await?;
                    return Ok(());
                }
            }
        }
    }

    /// Shows codes until the owner approves one.
    async fn become_activated(&self, is_first: bool) -> Result<(), Fault> {
        let name = self.settings.home_name();
        let mut may_fail = is_first;
        loop {
            let show = |invitation: device::Invitation| {
                self.board.invitation.send_replace(Some(invitation.clone()));
                self.listener.tell(News::Invitation(invitation));
            };
            let outcome = device::activate(&self.client, &name, show, |error| self.trouble(error)).await;
            self.board.invitation.send_replace(None);
            match outcome {
                Ok(Outcome::Activated(activation)) => return self.activated(activation),
                Ok(Outcome::Expired) => self.listener.tell(News::CodeExpired),
                Ok(Outcome::Denied) => {
                    return Err(Fault::new(Exit::Denied, "The activation was refused on the portal's page.")
                        .advise("start again with `iroam up`, and compare the code and the words"));
                }
                // The person in front of the terminal learns at once that the address is wrong.
                Err(error) if may_fail => return Err(self.with_clock(error.fault())),
                Err(error) => self.trouble(&error),
            }
            may_fail = false;
            tokio::time::sleep(NEXT_CODE_PAUSE).await;
        }
    }

    fn activated(&self, activation: Activation) -> Result<(), Fault> {
        activation.save(&self.reach.data)?;
        let (name, account_email) = (activation.name.clone(), activation.account_email.clone());
        self.reach.activation.send_replace(Some(Arc::new(activation)));
        self.listener.tell(News::Activated { name, account_email });
        if let Some(words) = clock::skew_words(self.reach.clock.behind_ms()) {
            self.listener.tell(News::Trouble(Trouble { at_ms: self.reach.clock.now_ms(), words, advice: None }));
        }
        Ok(())
    }

    fn with_clock(&self, fault: Fault) -> Fault {
        match clock::skew_words(self.reach.clock.behind_ms()) {
            Some(words) => Fault { message: format!("{} {words}", fault.message), ..fault },
            None => fault,
        }
    }

    fn trouble(&self, error: &portal::Error) {
        let mut words = error.to_string();
        if let Some(clock) = clock::skew_words(self.reach.clock.behind_ms()) {
            words = format!("{words} ({clock})");
        }
        let advice = error.advice().map(str::to_owned);
        let trouble = Trouble { at_ms: self.reach.clock.now_ms(), words, advice };
        self.board.trouble(trouble.clone());
        self.listener.tell(News::Trouble(trouble));
    }

    async fn tell_portal(&self) {
        if let Err(error) = portal::report::report(&self.client, self.reach.meters.spool()).await {
            tracing::warn!("what was served cannot be reported: {error}");
        }
        if let Err(error) = self.client.deactivate().await {
            self.trouble(&error);
        }
    }

    /// Forgets the activation and all that hangs on it; the index stays.
    async fn forget(&self) -> Result<(), Fault> {
        Activation::forget(&self.reach.data)?;
        self.reach.activation.send_replace(None);
        self.reach.relay.send_replace(None);
        self.reach.state.send_replace(Channel::Connecting);
        self.board.relay.send_replace(Board::no_relay());
        self.reach.deny.clear();
        let spool = self.reach.meters.spool().clone();
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || spool.wipe()).await {
            tracing::warn!(%error, "the spool cannot be wiped");
        }
        self.listener.tell(News::Deactivated);
        Ok(())
    }
}

/// The portal, when everything that is needed was said.
fn checked(settings: &Settings) -> Result<String, Fault> {
    let Some(portal) = settings.portal.clone() else {
        return Err(Fault::new(Exit::Config, "This home does not know its portal yet.")
            .advise("iroam up --portal https://portal.example --library ~/Music"));
    };
    if settings.libraries.is_empty() {
        return Err(Fault::new(Exit::Config, "This home has no library folder yet.")
            .advise("iroam up --library ~/Music (any number of times)"));
    }
    Ok(portal)
}

async fn bind(settings: &Settings, data: &DataDir, listener: &Listener) -> Result<TcpListener, Fault> {
    let wanted = settings.listen.unwrap_or(LISTEN_DEFAULT);
    let failed = |error: &std::io::Error| {
        Fault::new(Exit::CannotCreate, format!("The local page cannot listen on {wanted}: {error}."))
            .advise("stop the program that has this port, or choose another one with --listen 127.0.0.1:PORT")
    };
    let socket = local::bind(wanted, settings.listen.is_none()).await.map_err(|error| failed(&error))?;
    let at = socket.local_addr().map_err(|error| failed(&error))?;
    data.tell_running(&Running { pid: std::process::id(), listen: at })?;
    let has_moved = wanted.port() != 0 && at != wanted;
    listener.tell(News::Listening { at, moved_from: has_moved.then_some(wanted) });
    Ok(socket)
}

async fn open_databases(data: DataDir) -> Result<(Index, Spool), Fault> {
    let opened = tokio::task::spawn_blocking(move || {
        let broken = |path: PathBuf, error: String| {
            Fault::new(Exit::CannotCreate, format!("{} cannot be opened: {error}.", path.display()))
                .advise("check the free space and that the file belongs to you; a broken index may be moved away")
        };
        let index = Index::open(&data.index(), &data.covers());
        let index = index.map_err(|error| match error.lacks_room() {
            true => full_fault(&data.index()),
            false => broken(data.index(), error.to_string()),
        })?;
        let spool = Spool::open(&data.spool()).map_err(|error| match sql_lacks_room(&error) {
            true => full_fault(&data.spool()),
            false => broken(data.spool(), error.to_string()),
        })?;
        Ok((index, spool))
    });
    opened.await.map_err(|error| Fault::new(Exit::Software, format!("The databases cannot be opened: {error}.")))?
}

fn died(ended: Result<(), tokio::task::JoinError>) -> Fault {
    let why = ended.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
    Fault::new(Exit::Software, format!("A part of the agent stopped: {why}.")).advise("start it again, and report this")
}
