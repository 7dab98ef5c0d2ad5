//! The life of a serving portal.
//!
//! [`start`] opens everything and spawns a handful of tasks into one set: the public listener, the private one, the relay,
//! the housekeeping, the mail worker and the watch for homes that come back. They end by one token, softly at first. A task
//! that ends by itself ends the others, and [`Serving::ended`] says so.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use iroam_store::{Options, Store};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    app, clock,
    config::{self, Config, PublicUrl, Transport},
    hub::Hub,
    keys::Keys,
    metrics, outbox,
    password::Passwords,
    server,
    shares::back,
    state::{App, Limiters, Parts},
    stun, tasks,
};

/// After this time whatever still runs is cut: the listener's own soft end takes 5 s.
const HARD_END: Duration = Duration::from_secs(8);

/// A portal that answers.
#[derive(Debug)]
pub struct Serving {
    /// The URL that people and homes use.
    pub url: PublicUrl,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where `/metrics` is answered; `None` when nowhere.
    pub metrics_address: Option<SocketAddr>,
    tasks: JoinSet<anyhow::Result<&'static str>>,
    cancel: CancellationToken,
}

/// Opens everything and begins to serve.
///
/// # Errors
/// Whatever keeps it from serving, in words that say what to do.
pub async fn start(mut config: Config, cancel: CancellationToken) -> anyhow::Result<Serving> {
    config::prepare_data(&config.data)?;
    let tls = match &config.transport {
        Transport::Tls(files) => Some(server::tls_config(files)?),
        Transport::Plain | Transport::BehindProxy => None,
    };
    let listener = config::bind(config.listen)?;
    let address = listener.local_addr()?;
    config.public_url = config.public_url.with_port_of(address);
    let metrics_listener = config.metrics_listen.map(config::bind).transpose()?;
    let metrics_address = metrics_listener.as_ref().map(std::net::TcpListener::local_addr).transpose()?;
    let stun_socket = config.stun_listen.and_then(stun::bind);
    config.stun_listen = stun_socket.as_ref().map(tokio::net::UdpSocket::local_addr).transpose()?;
    let url = config.public_url.clone();

    let mut tasks = JoinSet::new();
    let app = assemble(config, &mut tasks, cancel.clone()).await?;
    let router = app::router(app.clone())?;
    spawn(&mut tasks, "the public listener", server::run(listener, tls, router, cancel.clone()));
    if let Some(listener) = metrics_listener {
        let router = metrics::routes(app.clone());
        spawn(&mut tasks, "the listener of /metrics", server::run(listener, None, router, cancel.clone()));
    }
    if let Some(socket) = stun_socket {
        spawn(&mut tasks, "STUN", stun::run(socket, cancel.clone()));
    }
    match app.config().courier.clone() {
        Some(courier) => spawn(&mut tasks, "the mail worker", outbox::run(app.clone(), courier)),
        None => tracing::info!("there is no --smtp-url: mails wait, see `iroam-portal admin outbox`"),
    }
    spawn(&mut tasks, "the housekeeping", tasks::run(app.clone()));
    spawn(&mut tasks, "the watch for homes that come back", back::run(app));
    tracing::info!(%address, %url, "serving");
    Ok(Serving { url, address, metrics_address, tasks, cancel })
}

impl Serving {
    /// Waits for the end: that of the token, or of a task that died.
    ///
    /// # Errors
    /// When a task ended by itself, or did not end in time.
    pub async fn ended(mut self) -> anyhow::Result<()> {
        let first = self.tasks.join_next().await;
        let asked = self.cancel.is_cancelled();
        self.cancel.cancel();
        let rest = tokio::time::timeout(HARD_END, async { while self.tasks.join_next().await.is_some() {} }).await;
        if rest.is_err() {
            tracing::warn!("some tasks did not end by themselves and were cut");
        }
        match first {
            _ if asked => Ok(()),
            Some(Ok(Ok(name))) => anyhow::bail!("{name} ended by itself"),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(error)) => Err(error).context("a task died"),
            None => Ok(()),
        }
    }
}

async fn assemble(
    config: Config,
    tasks: &mut JoinSet<anyhow::Result<&'static str>>,
    cancel: CancellationToken,
) -> anyhow::Result<App> {
    let keys = Keys::load_or_create(&config.data)?;
    let store = Store::open(&config.database(), Options::default()).await.context("the database cannot be opened")?;
    let (key_set, verifying) = watch::channel(keys.public());
    let relay_config = iroam_relay::Config {
        addresses: vec![config.public_url.relay_addr()],
        tap: config.relay_tap.clone(),
        ..iroam_relay::Config::new(keys.relay_seed())
    };
    let (relay, running) = iroam_relay::spawn(relay_config, verifying, clock::now_s, cancel.clone())?;
    spawn(tasks, "the relay", async move {
        let ended = running.await;
        // The sender lives as long as the relay, which reads the keys from it.
        drop(key_set);
        ended
    });
    let passwords = tokio::task::spawn_blocking(Passwords::new).await??;
    let limiters = Limiters::new(&config.address_limits);
    Ok(App::new(Parts { config, store, keys, passwords, hub: Hub::new(), relay, limiters, cancel }))
}

fn spawn<E: Into<anyhow::Error>>(
    tasks: &mut JoinSet<anyhow::Result<&'static str>>,
    name: &'static str,
    task: impl Future<Output = Result<(), E>> + Send + 'static,
) {
    tasks.spawn(async move {
        let ended: Result<(), anyhow::Error> = task.await.map_err(Into::into);
        ended.with_context(|| format!("{name} failed")).map(|()| name)
    });
}
