//! Messages of circuit relay v2 (<https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md>), each with its
//! length in front as an unsigned varint.

use std::io;

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use iroam_protocol::id::PeerId;
use prost::Message;

/// The longest message, in bytes, as the specification has it.
const MESSAGE_BYTES_MAX: usize = 4096;

/// What a peer asks the relay, and the answer.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct HopMessage {
    #[prost(enumeration = "HopKind", optional, tag = "1")]
    pub(crate) kind: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) peer: Option<Peer>,
    #[prost(message, optional, tag = "3")]
    pub(crate) reservation: Option<Reservation>,
    #[prost(message, optional, tag = "4")]
    pub(crate) limit: Option<Limit>,
    #[prost(enumeration = "Status", optional, tag = "5")]
    pub(crate) status: Option<i32>,
}

/// What the relay asks the destination, and the answer.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StopMessage {
    #[prost(enumeration = "StopKind", optional, tag = "1")]
    pub(crate) kind: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) peer: Option<Peer>,
    #[prost(message, optional, tag = "3")]
    pub(crate) limit: Option<Limit>,
    #[prost(enumeration = "Status", optional, tag = "4")]
    pub(crate) status: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Peer {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) id: Option<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(crate) addrs: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Reservation {
    /// Unix seconds.
    #[prost(uint64, optional, tag = "1")]
    pub(crate) expire: Option<u64>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(crate) addrs: Vec<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) voucher: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Limit {
    /// Seconds.
    #[prost(uint32, optional, tag = "1")]
    pub(crate) duration: Option<u32>,
    /// Bytes in each direction; 0 is unlimited.
    #[prost(uint64, optional, tag = "2")]
    pub(crate) data: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum HopKind {
    Reserve = 0,
    Connect = 1,
    Status = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum StopKind {
    Connect = 0,
    Status = 1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Status {
    Unused = 0,
    Ok = 100,
    ReservationRefused = 200,
    ResourceLimitExceeded = 201,
    PermissionDenied = 202,
    ConnectionFailed = 203,
    NoReservation = 204,
    MalformedMessage = 400,
    UnexpectedMessage = 401,
}

/// A question of a peer, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    Reserve,
    Connect(PeerId),
}

impl HopMessage {
    /// What the peer asks.
    ///
    /// # Errors
    /// The status to answer with. A destination whose PeerId is not of an Ed25519 key cannot be a home of anyone.
    pub(crate) fn request(&self) -> Result<Request, Status> {
        match self.kind.map(HopKind::try_from) {
            Some(Ok(HopKind::Reserve)) => Ok(Request::Reserve),
            Some(Ok(HopKind::Connect)) => {
                let id = self.peer.as_ref().and_then(|peer| peer.id.as_deref()).ok_or(Status::MalformedMessage)?;
                PeerId::from_bytes(id).map(Request::Connect).map_err(|_| Status::PermissionDenied)
            }
            Some(Ok(HopKind::Status)) => Err(Status::UnexpectedMessage),
            Some(Err(_)) | None => Err(Status::MalformedMessage),
        }
    }

    /// An answer.
    pub(crate) fn answer(status: Status) -> Self {
        Self { kind: Some(HopKind::Status as i32), status: Some(status as i32), ..Self::default() }
    }
}

impl StopMessage {
    /// Tells the destination who comes.
    pub(crate) fn connect(source: &PeerId, limit: Limit) -> Self {
        let peer = Peer { id: Some(source.to_bytes()), addrs: Vec::new() };
        Self { kind: Some(StopKind::Connect as i32), peer: Some(peer), limit: Some(limit), status: None }
    }

    /// Whether the destination took the circuit.
    pub(crate) fn is_accepted(&self) -> bool {
        self.kind == Some(StopKind::Status as i32) && self.status == Some(Status::Ok as i32)
    }
}

/// Reads one message and not a byte more: what follows belongs to the circuit.
///
/// # Errors
/// `InvalidData` for a message that is too long or none; whatever the stream fails with.
pub(crate) async fn read<M: Message + Default>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<M> {
    let len = read_len(stream).await?;
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).await?;
    M::decode(&bytes[..]).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Writes one message and flushes it.
///
/// # Errors
/// Whatever the stream fails with.
pub(crate) async fn write(stream: &mut (impl AsyncWrite + Unpin), message: &impl Message) -> io::Result<()> {
    stream.write_all(&message.encode_length_delimited_to_vec()).await?;
    stream.flush().await
}

async fn read_len(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
    let mut len = 0;
    // Two bytes of seven bits hold 4096.
    for shift in [0, 7] {
        let mut byte = [0];
        stream.read_exact(&mut byte).await?;
        len |= usize::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            return if len <= MESSAGE_BYTES_MAX { Ok(len) } else { Err(too_long()) };
        }
    }
    Err(too_long())
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a relay message is longer than 4096 bytes")
}

#[cfg(test)]
mod tests {
    use futures::{executor::block_on, io::Cursor};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>) {
            let message: io::Result<HopMessage> = block_on(read(&mut Cursor::new(&bytes)));
            let _ = message.map(|message| message.request());
            let _: io::Result<StopMessage> = block_on(read(&mut Cursor::new(&bytes)));
        }

        #[test]
        fn a_message_survives_the_wire_and_leaves_what_follows(key: [u8; 32], rest: Vec<u8>) {
            let source = PeerId::from_public_key(key);
            let message = StopMessage::connect(&source, Limit { duration: Some(1), data: Some(0) });
            let mut wire = message.encode_length_delimited_to_vec();
            wire.extend(&rest);
            let mut cursor = Cursor::new(&wire);
            prop_assert_eq!(block_on(read::<StopMessage>(&mut cursor)).unwrap(), message);
            let mut left = Vec::new();
            block_on(cursor.read_to_end(&mut left)).unwrap();
            prop_assert_eq!(left, rest);
        }
    }

    #[test]
    fn a_message_without_a_destination_is_malformed() {
        let message = HopMessage { kind: Some(HopKind::Connect as i32), ..HopMessage::default() };
        assert_eq!(message.request(), Err(Status::MalformedMessage));
        assert_eq!(HopMessage::default().request(), Err(Status::MalformedMessage));
        assert_eq!(HopMessage::answer(Status::Ok).request(), Err(Status::UnexpectedMessage));
    }
}
