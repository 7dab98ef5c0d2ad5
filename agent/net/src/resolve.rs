//! Names are resolved by the operating system, as for the portal itself: one way for the hosts file, a VPN's resolver
//! and search domains, so the relay is found wherever the portal is.

use std::{
    io,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use futures::future::BoxFuture;
use libp2p::{
    Multiaddr, Transport, TransportError,
    core::transport::{DialOpts, ListenerId, TransportEvent},
    multiaddr::Protocol,
};

/// Addresses of one name that are tried, one after the other.
const ADDRESSES_MAX: usize = 8;

/// Dials `/dns…` addresses through `inner`, which knows only IP addresses.
pub(crate) struct Resolve<T> {
    inner: Arc<Mutex<T>>,
}

impl<T> Resolve<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner: Arc::new(Mutex::new(inner)) }
    }
}

impl<T> Transport for Resolve<T>
where
    T: Transport<Error = io::Error> + Send + Unpin + 'static,
    T::Dial: Send + 'static,
    T::Output: Send + 'static,
{
    type Output = T::Output;
    type Error = io::Error;
    type ListenerUpgrade = T::ListenerUpgrade;
    type Dial = BoxFuture<'static, io::Result<T::Output>>;

    fn listen_on(&mut self, id: ListenerId, addr: Multiaddr) -> Result<(), TransportError<io::Error>> {
        lock(&self.inner).listen_on(id, addr)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        lock(&self.inner).remove_listener(id)
    }

    fn dial(&mut self, addr: Multiaddr, opts: DialOpts) -> Result<Self::Dial, TransportError<io::Error>> {
        let inner = Arc::clone(&self.inner);
        match split(&addr) {
            Some(name) => Ok(Box::pin(dial_name(inner, name, opts))),
            None => Ok(Box::pin(lock(&inner).dial(addr, opts)?)),
        }
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        Pin::new(&mut *lock(&self.inner)).poll(cx)
    }
}

fn lock<T>(inner: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An address that begins with a name.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    host: String,
    /// `Some(true)` for IPv6 only, `Some(false)` for IPv4 only.
    v6: Option<bool>,
    rest: Multiaddr,
}

fn split(addr: &Multiaddr) -> Option<Named> {
    let mut parts = addr.iter();
    let (host, v6) = match parts.next()? {
        Protocol::Dns(host) => (host, None),
        Protocol::Dns4(host) => (host, Some(false)),
        Protocol::Dns6(host) => (host, Some(true)),
        _ => return None,
    };
    Some(Named { host: host.into_owned(), v6, rest: parts.collect() })
}

async fn dial_name<T>(inner: Arc<Mutex<T>>, name: Named, opts: DialOpts) -> io::Result<T::Output>
where
    T: Transport<Error = io::Error>,
{
    let addresses = lookup(&name).await?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{} has no address of the wanted kind", name.host));
    for ip in addresses {
        let addr: Multiaddr = std::iter::once(Protocol::from(ip)).chain(name.rest.iter()).collect();
        let dial = lock(&inner).dial(addr, opts).map_err(|error| io::Error::other(error.to_string()));
        match dial {
            Ok(dial) => match dial.await {
                Ok(output) => return Ok(output),
                Err(error) => last = error,
            },
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn lookup(name: &Named) -> io::Result<Vec<IpAddr>> {
    // The port is not looked up.
    let found = tokio::net::lookup_host((name.host.as_str(), 0)).await.map_err(|error| {
        io::Error::new(io::ErrorKind::NotFound, format!("the name {} cannot be resolved: {error}", name.host))
    })?;
    let wanted = |ip: &IpAddr| name.v6.is_none_or(|v6| v6 == ip.is_ipv6());
    Ok(found.map(|address| address.ip()).filter(wanted).take(ADDRESSES_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_off_and_an_ip_address_is_left_alone() {
        let named = split(&"/dns4/portal.example/tcp/443".parse().unwrap());
        let rest = "/tcp/443".parse().unwrap();
        assert_eq!(named, Some(Named { host: "portal.example".into(), v6: Some(false), rest }));
        assert_eq!(split(&"/ip4/127.0.0.1/tcp/443".parse().unwrap()), None);
        assert_eq!(split(&Multiaddr::empty()), None);
    }

    #[tokio::test]
    async fn localhost_resolves_to_loopback() {
        let name = split(&"/dns4/localhost/tcp/1".parse().unwrap()).unwrap();
        assert_eq!(lookup(&name).await.unwrap()[0], IpAddr::from([127, 0, 0, 1]));
    }
}
