//! How a connection's bytes travel. The home decides this, never the page.

use std::net::IpAddr;

use iroam_protocol::path::Path;
use libp2p::{Multiaddr, core::ConnectedPoint, multiaddr::Protocol};

/// The path of a connection.
pub(crate) fn path(endpoint: &ConnectedPoint) -> Path {
    if endpoint.is_relayed() {
        return Path::Relay;
    }
    let is_near = match endpoint {
        ConnectedPoint::Dialer { address, .. } => is_private(address),
        ConnectedPoint::Listener { local_addr, send_back_addr } => is_private(local_addr) && is_private(send_back_addr),
    };
    if is_near { Path::Lan } else { Path::Direct }
}

/// Whether the address is one of a private network or of this machine.
fn is_private(address: &Multiaddr) -> bool {
    let ip = address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
        Protocol::Ip6(ip) => Some(ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)),
        _ => None,
    });
    match ip {
        Some(IpAddr::V4(ip)) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        Some(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(local: &str, remote: &str) -> ConnectedPoint {
        ConnectedPoint::Listener { local_addr: local.parse().unwrap(), send_back_addr: remote.parse().unwrap() }
    }

    #[test]
    fn both_ends_private_is_lan() {
        assert_eq!(path(&listener("/ip4/192.168.1.2/tcp/1", "/ip4/192.168.1.3/tcp/2")), Path::Lan);
        assert_eq!(path(&listener("/ip6/::1/tcp/1", "/ip6/::1/tcp/2")), Path::Lan);
        assert_eq!(path(&listener("/ip6/fd00::1/tcp/1", "/ip6/::ffff:10.0.0.1/tcp/2")), Path::Lan);
    }

    #[test]
    fn one_public_end_is_direct() {
        assert_eq!(path(&listener("/ip4/192.168.1.2/tcp/1", "/ip4/203.0.113.9/tcp/2")), Path::Direct);
        assert_eq!(path(&listener("/ip4/203.0.113.1/tcp/1", "/ip4/10.0.0.9/tcp/2")), Path::Direct);
        assert_eq!(path(&listener("/dns4/home.example/tcp/1", "/ip4/10.0.0.9/tcp/2")), Path::Direct);
    }

    #[test]
    fn a_circuit_is_a_relay_even_on_loopback() {
        let relayed = "/ip4/127.0.0.1/tcp/1/ws/p2p/12D3KooWGxTeR5bX7yyrwkmRLMn55TjdCg9R6XKSLHRa5HpDyXzP/p2p-circuit";
        assert_eq!(path(&listener(relayed, "/ip4/127.0.0.1/tcp/2")), Path::Relay);
    }
}
