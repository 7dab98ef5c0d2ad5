//! What `serve` is told, checked before anything starts.

use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use iroam_mail::Courier;
use iroam_relay::Tap;
use url::{Host, Url};

use crate::limits::AddressLimits;

/// How a portal is to be served.
#[derive(Clone)]
pub struct Config {
    /// The folder of database and keys; made when it is missing.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The URL that people and homes use.
    pub public_url: PublicUrl,
    /// Who does TLS.
    pub transport: Transport,
    /// Where `/metrics` is answered; `None` means nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Where STUN is answered, by UDP; `None` means nowhere.
    pub stun_listen: Option<SocketAddr>,
    /// PostgreSQL; `None` means SQLite in `data`.
    pub database_url: Option<String>,
    /// Who sends mails; `None` means that they wait in the outbox.
    pub courier: Option<Arc<Courier>>,
    /// Brakes per address.
    pub address_limits: AddressLimits,
    /// Sees the bytes that the relay forwards; `None` but in tests.
    pub relay_tap: Option<Arc<dyn Tap>>,
}

impl Config {
    /// A portal on SQLite in `data`, without `/metrics` and mail server.
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr, public_url: PublicUrl, transport: Transport) -> Self {
        Self {
            data: data.into(),
            listen,
            public_url,
            transport,
            metrics_listen: None,
            stun_listen: None,
            database_url: None,
            courier: None,
            address_limits: AddressLimits::default(),
            relay_tap: None,
        }
    }

    /// The database that this configuration names.
    pub fn database(&self) -> iroam_store::Target {
        database(&self.data, self.database_url.as_deref())
    }
}

/// PostgreSQL where a URL is given, else the SQLite file of the data folder.
pub fn database(data: &Path, url: Option<&str>) -> iroam_store::Target {
    match url {
        Some(url) => iroam_store::Target::Postgres(url.into()),
        None => iroam_store::Target::Sqlite(data.join("portal.sqlite")),
    }
}

/// Who does TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Nobody: loopback only.
    Plain,
    /// A proxy in front, which sets `X-Forwarded-For`.
    BehindProxy,
    /// The portal itself.
    Tls(TlsFiles),
}

/// Files of a certificate chain and its key, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Why a configuration cannot be served. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The public URL is no URL of a site.
    #[error("--public-url {0} is not a site's address. Give scheme and host, such as https://music.example.org")]
    NoSite(String),
    /// The public URL has a path, query or fragment.
    #[error(
        "--public-url {0} must end after the host (and port): the portal owns the whole site. Remove what follows it"
    )]
    Tail(String),
    /// Plain http over a network.
    #[error(
        "--public-url {0} is plain http beyond this machine: passwords would travel in the open, and browsers refuse \
         to play there. Use https with --tls-cert and --tls-key, or --behind-proxy when a proxy in front does TLS"
    )]
    PlainHttp(String),
    /// https, yet nobody does TLS.
    #[error(
        "--public-url {0} is https, but nothing does TLS. Give --tls-cert and --tls-key, or --behind-proxy when a \
         proxy in front does it"
    )]
    NobodyDoesTls(String),
    /// TLS files for an http address.
    #[error("--tls-cert is given, but --public-url {0} is plain http. Write https:// in --public-url")]
    TlsForHttp(String),
    /// A file cannot be read.
    #[error("cannot read {flag} {}: {reason}. Check the path, and that this user may read it", path.display())]
    Unreadable {
        /// The flag that named it.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The files are no certificate and key.
    #[error(
        "--tls-cert {} and --tls-key {} do not make a TLS identity: {reason}. Both must be PEM, the chain with the \
         leaf first, and belong together", cert.display(), key.display()
    )]
    NoIdentity {
        /// The chain.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
        /// What the TLS library said.
        reason: String,
    },
    /// The port is taken.
    #[error("{0} is in use by another program. Stop that one, or choose another port with --listen")]
    InUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {reason}. Choose another address with --listen")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        reason: io::Error,
    },
    /// The data folder cannot be used.
    #[error("cannot use the folder --data {}: {reason}. Make it writable for this user, or choose another", path.display())]
    Data {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

impl Transport {
    /// Checks that the public URL and the flags for TLS fit together.
    ///
    /// # Errors
    /// A [`ConfigError`] that says which flag to change.
    pub fn choose(public_url: &PublicUrl, tls: Option<TlsFiles>, behind_proxy: bool) -> Result<Self, ConfigError> {
        let shown = || public_url.to_string();
        match (tls, behind_proxy, public_url.is_https()) {
            (Some(files), _, true) => Ok(Self::Tls(files)),
            (Some(_), _, false) => Err(ConfigError::TlsForHttp(shown())),
            (None, true, _) => Ok(Self::BehindProxy),
            (None, false, true) => Err(ConfigError::NobodyDoesTls(shown())),
            (None, false, false) if public_url.is_loopback() => Ok(Self::Plain),
            (None, false, false) => Err(ConfigError::PlainHttp(shown())),
        }
    }
}

/// The address of the site: http or https, a host, perhaps a port, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// Reads what the operator typed.
    ///
    /// # Errors
    /// [`ConfigError::NoSite`] or [`ConfigError::Tail`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let url = Url::parse(text.trim()).map_err(|_| ConfigError::NoSite(text.into()))?;
        let site = matches!(url.scheme(), "http" | "https") && url.host().is_some();
        if !site || !url.username().is_empty() || url.password().is_some() {
            return Err(ConfigError::NoSite(text.into()));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(ConfigError::Tail(text.into()));
        }
        Ok(Self(url))
    }

    /// The origin, without a trailing slash: what tokens name as issuer and audience.
    pub fn origin(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The host, without the port.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The origin of its WebSockets.
    pub fn websocket_origin(&self) -> String {
        // http → ws and https → wss.
        format!("ws{}", &self.origin()["http".len()..])
    }

    /// Whether people come over TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }

    /// The same site with the port listened on where the URL says port 0.
    #[must_use]
    pub fn with_port_of(self, listen: SocketAddr) -> Self {
        let Self(mut url) = self;
        if url.port() == Some(0) {
            // Only URLs without a host refuse a port, and this one has a host.
            let _ = url.set_port(Some(listen.port()));
        }
        Self(url)
    }

    /// Where peers find the relay of this site, as a multiaddr without `/p2p/`.
    pub fn relay_addr(&self) -> String {
        let host = match self.0.host() {
            Some(Host::Ipv4(ip)) => format!("/ip4/{ip}"),
            Some(Host::Ipv6(ip)) => format!("/ip6/{ip}"),
            Some(Host::Domain(name)) => format!("/dns4/{name}"),
            None => String::new(),
        };
        let port = self.0.port_or_known_default().unwrap_or(443);
        let end = if self.is_https() { "tls/ws" } else { "ws" };
        format!("{host}/tcp/{port}/{end}")
    }

    /// Where STUN is answered on that port of this site's host (RFC 7064).
    pub fn stun_uri(&self, port: u16) -> String {
        self.0.host().map(|host| format!("stun:{host}:{port}")).unwrap_or_default()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.origin())
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text)
    }
}

/// Binds the listener of the site.
///
/// # Errors
/// [`ConfigError::InUse`] or [`ConfigError::Listen`].
pub fn bind(listen: SocketAddr) -> Result<std::net::TcpListener, ConfigError> {
    let fail = |reason: io::Error| match reason.kind() {
        io::ErrorKind::AddrInUse => ConfigError::InUse(listen),
        _ => ConfigError::Listen { listen, reason },
    };
    let listener = std::net::TcpListener::bind(listen).map_err(fail)?;
    listener.set_nonblocking(true).map_err(fail)?;
    Ok(listener)
}

/// Makes the data folder, closed to other users.
///
/// # Errors
/// [`ConfigError::Data`].
pub fn prepare_data(path: &Path) -> Result<(), ConfigError> {
    let fail = |reason| ConfigError::Data { path: path.into(), reason };
    std::fs::create_dir_all(path).map_err(fail)?;
    restrict(path, 0o700).map_err(fail)
}

/// Sets the permissions of a file or folder where the system knows such.
pub(crate) fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = (path, mode);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PublicUrl {
        PublicUrl::parse(text).unwrap()
    }

    fn files() -> Option<TlsFiles> {
        Some(TlsFiles { cert: "c".into(), key: "k".into() })
    }

    #[test]
    fn plain_http_beyond_this_machine_is_refused_with_the_way_out() {
        let error = Transport::choose(&url("http://music.example"), None, false).unwrap_err().to_string();
        assert!(error.contains("--tls-cert") && error.contains("--behind-proxy"), "{error}");
        for loopback in ["http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:8080"] {
            assert_eq!(Transport::choose(&url(loopback), None, false).unwrap(), Transport::Plain);
        }
        let proxied = Transport::choose(&url("http://music.example"), None, true).unwrap();
        assert_eq!(proxied, Transport::BehindProxy);
    }

    #[test]
    fn https_needs_someone_who_does_tls() {
        let error = Transport::choose(&url("https://music.example"), None, false).unwrap_err().to_string();
        assert!(error.contains("--tls-key"), "{error}");
        assert!(matches!(Transport::choose(&url("https://a.example"), files(), false), Ok(Transport::Tls(_))));
        let error = Transport::choose(&url("http://localhost"), files(), false).unwrap_err().to_string();
        assert!(error.contains("https://"), "{error}");
    }

    #[test]
    fn a_public_url_is_a_site_and_nothing_more() {
        for bad in ["music.example", "ftp://a.example", "", "https://", "https://me:pw@a.example"] {
            assert!(matches!(PublicUrl::parse(bad), Err(ConfigError::NoSite(_))), "{bad}");
        }
        assert!(matches!(PublicUrl::parse("https://a.example/iroam"), Err(ConfigError::Tail(_))));
        assert_eq!(url("https://a.example/").origin(), "https://a.example");
    }

    #[test]
    fn relays_are_named_as_stock_peers_dial_them() {
        assert_eq!(url("https://a.example").relay_addr(), "/dns4/a.example/tcp/443/tls/ws");
        assert_eq!(url("http://localhost:8080").relay_addr(), "/dns4/localhost/tcp/8080/ws");
        assert_eq!(url("http://127.0.0.1:80").relay_addr(), "/ip4/127.0.0.1/tcp/80/ws");
        assert_eq!(url("https://a.example:8443").websocket_origin(), "wss://a.example:8443");
        let listen = "127.0.0.1:4321".parse().unwrap();
        assert_eq!(url("http://localhost:0").with_port_of(listen).origin(), "http://localhost:4321");
    }

    #[test]
    fn a_port_in_use_says_so() {
        let held = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let error = bind(held.local_addr().unwrap()).unwrap_err().to_string();
        assert!(error.contains("in use") && error.contains("--listen"), "{error}");
    }
}
