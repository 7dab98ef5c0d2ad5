//! STUN (RFC 8489): tells homes and browsers from which address their datagrams come, so that they can meet without the
//! relay. It keeps nothing, asks for no credentials and forwards nothing: no TURN.

use std::{io, net::SocketAddr};

use stun_types::{
    attribute::{Fingerprint, Software, XorMappedAddress},
    message::{BINDING, Message, MessageClass, MessageWriteVec},
    prelude::{Attribute as _, AttributeStaticType as _, MessageWrite as _, MessageWriteExt as _},
};
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

use crate::metrics;

/// The port of STUN (RFC 8489, section 18.6).
pub(crate) const PORT: u16 = 3478;
/// The longest request that is read; a binding request of a browser has 20 bytes.
const REQUEST_MAX: usize = 1_500;

/// A socket at that address. `None` where it cannot be had, which is told: without STUN more is played over the relay.
pub(crate) fn bind(address: SocketAddr) -> Option<UdpSocket> {
    let bound = std::net::UdpSocket::bind(address)
        .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
        .and_then(UdpSocket::from_std);
    bound
        .inspect_err(|error| {
            tracing::warn!(
                %address, %error,
                "STUN is not answered, so that browsers behind NATs stay with the relay. Free the port, or choose another \
                 one with --stun-listen"
            );
        })
        .ok()
}

/// Answers until the end.
///
/// # Errors
/// None: a socket that fails for one datagram may take the next.
pub(crate) async fn run(socket: UdpSocket, cancel: CancellationToken) -> io::Result<()> {
    let mut buf = vec![0; REQUEST_MAX];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut buf) => received,
            () = cancel.cancelled() => return Ok(()),
        };
        let answered = match received {
            Ok((len, source)) => match answer(&buf[..len], source) {
                Some(answer) => socket.send_to(&answer, source).await.map(|_| metrics::happened("stun_answered")),
                None => Ok(()),
            },
            Err(error) => Err(error),
        };
        // UDP promises nothing: whoever gets no answer asks again.
        if let Err(error) = answered {
            tracing::trace!(%error, "STUN");
        }
    }
}

/// The answer to a datagram from `source`; `None` for what is no binding request.
fn answer(datagram: &[u8], source: SocketAddr) -> Option<Vec<u8>> {
    let request = Message::from_bytes(datagram).ok()?;
    if !request.has_method(BINDING) || !request.has_class(MessageClass::Request) {
        return None;
    }
    let known = [Fingerprint::TYPE, Software::TYPE];
    let types = request.iter_attributes().map(|(_, attribute)| attribute.get_type());
    let unknown: Vec<_> = types.filter(|kind| kind.comprehension_required() && !known.contains(kind)).collect();
    let mut answer = if unknown.is_empty() {
        // A socket for both families shows IPv4 inside of IPv6.
        let source = SocketAddr::new(source.ip().to_canonical(), source.port());
        let mut answer = Message::builder_success(&request, MessageWriteVec::new());
        answer.add_attribute(&XorMappedAddress::new(source, request.transaction_id())).ok()?;
        answer
    } else {
        Message::unknown_attributes(&request, &unknown, MessageWriteVec::new())
    };
    answer.add_fingerprint().ok()?;
    Some(answer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAGIC: u32 = 0x2112_A442;
    const ID: [u8; 12] = *b"abcdefghijkl";

    fn request(kind: u16, attributes: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_be_bytes().to_vec();
        bytes.extend(u16::try_from(attributes.len()).unwrap().to_be_bytes());
        bytes.extend(MAGIC.to_be_bytes());
        bytes.extend(ID);
        bytes.extend(attributes);
        bytes
    }

    fn source(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_binding_request_is_told_its_source() {
        for from in ["192.0.2.1:32853", "[::ffff:192.0.2.1]:32853"] {
            let answer = answer(&request(0x0001, &[]), source(from)).unwrap();
            assert_eq!(answer[..2], [0x01, 0x01], "a success response");
            assert_eq!(answer[8..20], ID);
            // XOR-MAPPED-ADDRESS as RFC 5769, section 2.2, has it for this address.
            assert_eq!(answer[20..32], [0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        }
        let answer = answer(&request(0x0001, &[]), source("[2001:db8::1]:3478")).unwrap();
        assert_eq!(answer[20..26], [0x00, 0x20, 0x00, 0x14, 0x00, 0x02]);
    }

    #[test]
    fn what_must_be_understood_and_is_not_is_named() {
        let answer = answer(&request(0x0001, &[0x7f, 0x01, 0x00, 0x00]), source("192.0.2.1:1")).unwrap();
        assert_eq!(answer[..2], [0x01, 0x11], "an error response");
        assert!(answer.windows(6).any(|bytes| bytes == [0x00, 0x0a, 0x00, 0x02, 0x7f, 0x01]), "{answer:x?}");
        // What may be passed over is.
        assert!(super::answer(&request(0x0001, &[0xff, 0x01, 0x00, 0x00]), source("192.0.2.1:1")).is_some());
    }

    #[test]
    fn nothing_else_is_answered() {
        let response = answer(&request(0x0001, &[]), source("192.0.2.1:1")).unwrap();
        let indication = request(0x0011, &[]);
        let allocate = request(0x0003, &[]);
        let cut = request(0x0001, &[])[..19].to_vec();
        let long = request(0x0001, &[0x80, 0x22, 0xff, 0xff]);
        for datagram in
            [response, indication, allocate, cut, long, Vec::new(), vec![0; REQUEST_MAX], b"GET / HTTP/1.1".to_vec()]
        {
            assert_eq!(answer(&datagram, source("192.0.2.1:1")), None, "{datagram:x?}");
        }
    }

    #[test]
    fn an_answer_is_never_much_longer_than_what_was_asked() {
        let attributes: Vec<u8> = (0x4000..0x4130_u16).flat_map(|kind| [kind.to_be_bytes(), [0, 0]].concat()).collect();
        for asked in [request(0x0001, &[]), request(0x0001, &attributes)] {
            let answer = answer(&asked, source("[2001:db8::1]:3478")).unwrap();
            assert!(answer.len() <= asked.len() + 32, "{} for {}", answer.len(), asked.len());
        }
    }
}
