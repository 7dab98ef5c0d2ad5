//! Circuit relay v2, the relay's side: reservations, and circuits from a source to one of the homes that its admission
//! names.
//!
//! libp2p's own relay behaviour decides on the source alone. Here permission depends on source *and* destination, and
//! a circuit ends with the admission that opened it; that is why these two messages are answered by our own code.

use std::{io, time::Duration};

use iroam_protocol::id::PeerId;
use libp2p::{Stream, swarm::ConnectionId};
use tokio::{sync::oneshot, time::timeout};

use crate::{
    book::Opened,
    circuit,
    relay::{Command, Shared},
    wire::{self, HopMessage, Limit, Request, Reservation, Status, StopMessage},
};

/// How long a reservation is said to last. In truth it lasts as long as the connection and the admission; a client
/// computes the end with its own clock, so a day lets clocks that are hours wrong reserve all the same.
const RESERVATION_LIFE_S: i64 = 24 * 3600;

/// Answers one stream of `peer`.
///
/// # Errors
/// Whatever the streams fail with; nobody needs to act on it.
pub(crate) async fn serve(shared: &Shared, peer: PeerId, on: ConnectionId, mut stream: Stream) -> io::Result<()> {
    let message: HopMessage = in_time(shared, wire::read(&mut stream)).await?;
    match message.request() {
        Ok(Request::Reserve) => {
            let answer = reserve(shared, peer, on);
            in_time(shared, wire::write(&mut stream, &answer)).await
        }
        Ok(Request::Connect(destination)) => connect(shared, peer, destination, stream).await,
        Err(status) => in_time(shared, wire::write(&mut stream, &HopMessage::answer(status))).await,
    }
}

fn reserve(shared: &Shared, peer: PeerId, on: ConnectionId) -> HopMessage {
    let now_s = shared.now_s();
    if let Err(status) = shared.book().reserve(peer, on, now_s) {
        tracing::debug!(%peer, ?status, "refused a reservation");
        return HopMessage::answer(status);
    }
    let expire = u64::try_from(now_s.saturating_add(RESERVATION_LIFE_S)).ok();
    let reservation = Reservation { expire, addrs: shared.addresses.clone(), voucher: None };
    HopMessage { reservation: Some(reservation), limit: Some(limit(shared)), ..HopMessage::answer(Status::Ok) }
}

async fn connect(shared: &Shared, source: PeerId, destination: PeerId, mut stream: Stream) -> io::Result<()> {
    let opened = shared.book().open(source, destination, shared.now_s());
    let opened = match opened {
        Ok(opened) => Standing { opened, shared },
        Err(status) => {
            tracing::debug!(%source, ?status, "refused a circuit");
            return in_time(shared, wire::write(&mut stream, &HopMessage::answer(status))).await;
        }
    };
    let reached = tokio::select! {
        reached = reach(shared, &opened, source, destination) => reached,
        () = opened.opened.stop.cancelled() => Err(Status::PermissionDenied),
    };
    match reached {
        Ok(to) => {
            let answer = HopMessage { limit: Some(limit(shared)), ..HopMessage::answer(Status::Ok) };
            in_time(shared, wire::write(&mut stream, &answer)).await?;
            shared.book().count_opened();
            let life = shared.limits.circuit_life;
            circuit::carry(stream, to, life, &opened.opened.stop, &shared.meters, shared.tap.as_ref()).await;
            Ok(())
        }
        Err(status) => in_time(shared, wire::write(&mut stream, &HopMessage::answer(status))).await,
    }
}

/// Asks the destination to take the circuit.
async fn reach(shared: &Shared, opened: &Standing<'_>, source: PeerId, destination: PeerId) -> Result<Stream, Status> {
    let (reply, answer) = oneshot::channel();
    let open = Command::OpenStop { peer: destination, connection: opened.opened.destination, reply };
    shared.commands.send(open).await.map_err(|_| Status::ConnectionFailed)?;
    let asked = async {
        let mut stream = answer.await.map_err(|_| Status::ConnectionFailed)?;
        let message = StopMessage::connect(&source, limit(shared));
        wire::write(&mut stream, &message).await.map_err(|_| Status::ConnectionFailed)?;
        let answer: StopMessage = wire::read(&mut stream).await.map_err(|_| Status::ConnectionFailed)?;
        if answer.is_accepted() { Ok(stream) } else { Err(Status::ConnectionFailed) }
    };
    timeout(shared.limits.message_timeout, asked).await.unwrap_or(Err(Status::ConnectionFailed))
}

/// What the ends are told: no byte limit, the life of a circuit.
fn limit(shared: &Shared) -> Limit {
    Limit { duration: u32::try_from(shared.limits.circuit_life.as_secs()).ok(), data: Some(0) }
}

async fn in_time<T>(shared: &Shared, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let limit: Duration = shared.limits.message_timeout;
    timeout(limit, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// A circuit in the book; leaves it however the task ends.
struct Standing<'a> {
    opened: Opened,
    shared: &'a Shared,
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        self.shared.book().close(self.opened.id);
    }
}
