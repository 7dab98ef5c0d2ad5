//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use crate::{config::Transport, failure::Failure, state::App};

/// The address of the person or home: the connection's, or what the proxy in front says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) SocketAddr);

impl ClientAddress {
    /// The IP address, IPv4 where it is one.
    pub(crate) fn ip(&self) -> IpAddr {
        self.0.ip().to_canonical()
    }
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let ConnectInfo(peer) =
            connection.ok_or_else(|| Failure::internal(anyhow::anyhow!("the connection has no address")))?;
        Ok(Self(through_proxy(*peer, &app.config().transport, &parts.headers)))
    }
}

/// The last entry of `X-Forwarded-For` is the one that the proxy itself wrote; those before it are the caller's claims.
fn through_proxy(peer: SocketAddr, transport: &Transport, headers: &HeaderMap) -> SocketAddr {
    if *transport != Transport::BehindProxy {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let ip = last.and_then(|list| list.rsplit(',').next()).and_then(|text| text.trim().parse::<IpAddr>().ok());
    ip.map_or(peer, |ip| SocketAddr::new(ip, peer.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_declared_proxy_may_name_another_address() {
        let peer: SocketAddr = "10.0.0.1:5".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 192.0.2.7".parse().unwrap());
        assert_eq!(through_proxy(peer, &Transport::Plain, &headers), peer);
        let seen = through_proxy(peer, &Transport::BehindProxy, &headers);
        assert_eq!(seen.ip(), "192.0.2.7".parse::<IpAddr>().unwrap());
        headers.insert("x-forwarded-for", "rubbish".parse().unwrap());
        assert_eq!(through_proxy(peer, &Transport::BehindProxy, &headers), peer);
    }
}
