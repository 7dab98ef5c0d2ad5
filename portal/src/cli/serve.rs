//! `iroam-portal serve`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::{Database, mail::MailFlags, say};
use crate::{
    config::{Config, PublicUrl, TlsFiles, Transport},
    lifecycle, stun,
};

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    database: Database,
    /// Where to listen, such as 0.0.0.0:443 or 127.0.0.1:8080.
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// The address that people and homes use, such as https://music.example.org
    #[arg(long, value_name = "URL")]
    public_url: PublicUrl,
    /// Certificate chain for https, PEM, leaf first.
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "behind_proxy")]
    tls_cert: Option<PathBuf>,
    /// Private key for https, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy in front does TLS and sets X-Forwarded-For.
    #[arg(long)]
    behind_proxy: bool,
    /// A private address for /metrics, such as 127.0.0.1:9090; without it there are none.
    #[arg(long, value_name = "ADDR")]
    metrics_listen: Option<SocketAddr>,
    /// Where STUN is answered, by UDP, or `off`: it tells homes and browsers their addresses as the internet sees them, so
    /// that they can meet without the relay. Without it: port 3478 of the address of --listen, of every address behind a
    /// proxy, which forwards no UDP.
    #[arg(long, value_name = "ADDR")]
    stun_listen: Option<StunListen>,
    #[command(flatten)]
    mail: MailFlags,
}

/// Where STUN is answered, if anywhere.
#[derive(Debug, Clone, Copy)]
enum StunListen {
    At(SocketAddr),
    Off,
}

impl std::str::FromStr for StunListen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.parse().map(Self::At).map_err(|_| "give address and port, such as 0.0.0.0:3478, or off".into())
    }
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let config = self.config()?;
        let cancel = CancellationToken::new();
        let signals = tokio::spawn(end_on_signal(cancel.clone()));
        let serving = lifecycle::start(config, cancel).await?;
        say(&format!("listening: {}", serving.url))?;
        if let Some(address) = serving.metrics_address {
            say(&format!("metrics: http://{address}/metrics"))?;
        }
        let ended = serving.ended().await;
        signals.abort();
        ended
    }

    fn config(self) -> anyhow::Result<Config> {
        let files = self.tls_cert.zip(self.tls_key).map(|(cert, key)| TlsFiles { cert, key });
        let transport = Transport::choose(&self.public_url, files, self.behind_proxy)?;
        let courier = self.mail.courier(self.public_url.host())?.map(Arc::new);
        Ok(Config {
            courier,
            metrics_listen: self.metrics_listen,
            stun_listen: match self.stun_listen {
                Some(StunListen::At(address)) => Some(address),
                Some(StunListen::Off) => None,
                None if self.behind_proxy => Some((Ipv4Addr::UNSPECIFIED, stun::PORT).into()),
                None => Some((self.listen.ip(), stun::PORT).into()),
            },
            database_url: self.database.database_url,
            ..Config::new(self.database.data, self.listen, self.public_url, transport)
        })
    }
}

/// The first signal ends softly, a second one at once.
async fn end_on_signal(cancel: CancellationToken) {
    signal().await;
    tracing::info!("ending; once more to end at once");
    cancel.cancel();
    signal().await;
    std::process::exit(130);
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the system's own way of ending stays in force.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
