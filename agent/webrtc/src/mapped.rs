//! Which address the world sees: STUN servers (RFC 8489) are asked from the very sockets that browsers come to, since a
//! NAT maps each of them on its own.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use stun_types::{
    attribute::XorMappedAddress,
    message::{BINDING, Message, MessageClass, MessageWriteVec, TransactionId},
    prelude::{MessageWrite as _, MessageWriteExt as _},
};
use tokio::sync::oneshot;

use crate::sockets::Sockets;

/// A request is sent again after each of these, and given up after the last: a browser waits meanwhile.
const RETRIES: [Duration; 3] = [Duration::from_millis(150), Duration::from_millis(300), Duration::from_millis(450)];
/// Longer than all retries of one request.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the other sockets are waited for once one has its answer: many machines have addresses, such as those of virtual
/// machines, from which nothing comes back.
const GRACE: Duration = Duration::from_millis(100);
/// Servers that are asked, and sockets that ask.
const SERVERS_MAX: usize = 4;
const SOCKETS_MAX: usize = 8;

/// An address of the world and the socket behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Mapped {
    pub(crate) address: SocketAddr,
    pub(crate) base: SocketAddr,
}

/// Requests that wait for their answers.
#[derive(Default)]
pub(crate) struct Asked {
    waiting: Mutex<HashMap<TransactionId, Waiting>>,
}

struct Waiting {
    server: SocketAddr,
    answer: oneshot::Sender<SocketAddr>,
}

/// Takes a request back that nobody waits for any more.
struct Forgets<'a>(&'a Asked, TransactionId);

impl Drop for Forgets<'_> {
    fn drop(&mut self) {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl Asked {
    /// Takes the answer to a request of ours; answers whether it was one.
    pub(crate) fn hears(&self, datagram: &[u8], source: SocketAddr) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty() {
            return false;
        }
        let Ok(message) = Message::from_bytes(datagram) else { return false };
        let id = message.transaction_id();
        if !message.is_response() || waiting.get(&id).is_none_or(|waiting| waiting.server != source) {
            return false;
        }
        let Some(Waiting { answer, .. }) = waiting.remove(&id) else { return false };
        if message.has_class(MessageClass::Success)
            && let Ok(mapped) = message.attribute::<XorMappedAddress>()
        {
            // Whoever asked may have given up.
            answer.send(mapped.addr(id)).ok();
        }
        true
    }

    /// What `servers` say of the sockets; the first answer for each socket counts. Empty when none answers in time, or when
    /// no socket is behind a NAT.
    pub(crate) async fn addresses(&self, sockets: &Sockets, servers: &[SocketAddr]) -> Vec<Mapped> {
        let pairs = sockets.addresses().take(SOCKETS_MAX).flat_map(|base| {
            let able = servers.iter().take(SERVERS_MAX).filter(move |server| reaches(base, **server));
            able.map(move |server| (base, *server))
        });
        let mut asking: FuturesUnordered<_> = pairs.map(|(base, server)| self.ask(sockets, base, server)).collect();
        let mut found: HashMap<SocketAddr, Mapped> = HashMap::new();
        loop {
            let patience = if found.is_empty() { PATIENCE } else { GRACE };
            let Ok(Some(mapped)) = tokio::time::timeout(patience, asking.next()).await else { break };
            if let Some(mapped) = mapped.filter(|mapped| mapped.address != mapped.base) {
                found.entry(mapped.base).or_insert(mapped);
            }
        }
        found.into_values().collect()
    }

    async fn ask(&self, sockets: &Sockets, base: SocketAddr, server: SocketAddr) -> Option<Mapped> {
        let mut request = Message::builder_request(BINDING, MessageWriteVec::new());
        request.add_fingerprint().ok()?;
        let request = request.finish();
        let id = Message::from_bytes(&request).ok()?.transaction_id();
        let (answer, mut answered) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Waiting { server, answer });
        let _forgets = Forgets(self, id);
        for wait in RETRIES {
            sockets.send_from(base, server, &request).await;
            if let Ok(address) = tokio::time::timeout(wait, &mut answered).await {
                return address.ok().map(|address| Mapped { address, base });
            }
        }
        None
    }
}

/// Whether a datagram from there can come to that server: of one family, and loopback only among itself.
fn reaches(base: SocketAddr, server: SocketAddr) -> bool {
    base.is_ipv4() == server.is_ipv4() && base.ip().is_loopback() == server.ip().is_loopback()
}
