//! What travels in the messages of a data channel and of the signalling stream: protobuf with a length in front.

use prost::Message as _;

/// The longest message that is put on a data channel, with its length: what every browser takes in one piece.
pub(crate) const MESSAGE_MAX: usize = 16 * 1024;
/// Bytes of a message that are not payload: two lengths of up to three bytes, two tags, a flag.
const OVERHEAD: usize = 12;
/// Payload of one message.
pub(crate) const PAYLOAD_MAX: usize = MESSAGE_MAX - OVERHEAD;
/// The longest frame that is read. Browsers send at most [`MESSAGE_MAX`].
const FRAME_MAX: usize = 64 * 1024;

/// What a message says beside its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Flag {
    /// Its sender sends no more.
    Fin = 0,
    /// Its sender reads no more.
    StopSending = 1,
    /// Its sender gave the stream up.
    Reset = 2,
    /// Its sender has seen the other's [`Flag::Fin`].
    FinAck = 3,
}

/// One message of a data channel.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Frame {
    #[prost(enumeration = "Flag", optional, tag = "1")]
    pub(crate) flag: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) message: Option<Vec<u8>>,
}

impl Frame {
    /// A flag alone, ready for the wire.
    pub(crate) fn of_flag(flag: Flag) -> Vec<u8> {
        Self { flag: Some(flag.into()), message: None }.encode_length_delimited_to_vec()
    }

    /// Payload, ready for the wire; at most [`PAYLOAD_MAX`] bytes.
    pub(crate) fn of_payload(payload: &[u8]) -> Vec<u8> {
        Self { flag: None, message: Some(payload.to_vec()) }.encode_length_delimited_to_vec()
    }
}

/// A signalling message: an SDP or an ICE candidate.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Signal {
    #[prost(enumeration = "SignalKind", optional, tag = "1")]
    pub(crate) kind: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) data: Option<String>,
}

/// What a [`Signal`] carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum SignalKind {
    /// The offer's SDP.
    SdpOffer = 0,
    /// The answer's SDP.
    SdpAnswer = 1,
    /// A candidate as `RTCIceCandidate.toJSON()` writes it.
    IceCandidate = 2,
}

/// A message that breaks the protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// Longer than anybody sends.
    #[error("a message of {0} bytes is too long")]
    TooLong(usize),
    /// No protobuf.
    #[error("a message cannot be read: {0}")]
    Protobuf(#[from] prost::DecodeError),
}

/// Cuts the bytes of a stream into messages.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    bytes: Vec<u8>,
}

impl Cutter {
    /// Takes what arrived.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message; `None` until more has come.
    ///
    /// # Errors
    /// When what came is no message. Nothing can be read afterwards.
    pub(crate) fn next<M: prost::Message + Default>(&mut self) -> Result<Option<M>, Malformed> {
        let Some((len, used)) = self.length()? else { return Ok(None) };
        if len > FRAME_MAX {
            return Err(Malformed::TooLong(len));
        }
        let Some(body) = self.bytes.get(used..used + len) else { return Ok(None) };
        let message = M::decode(body)?;
        self.bytes.drain(..used + len);
        Ok(Some(message))
    }

    /// The length in front, and how many bytes it takes itself; `None` until it is whole.
    fn length(&self) -> Result<Option<(usize, usize)>, Malformed> {
        const LENGTH_BYTES_MAX: usize = 5;
        let is_whole = self.bytes.iter().take(LENGTH_BYTES_MAX).any(|byte| byte & 0x80 == 0);
        if !is_whole {
            let is_long = self.bytes.len() >= LENGTH_BYTES_MAX;
            return if is_long { Err(Malformed::TooLong(usize::MAX)) } else { Ok(None) };
        }
        let mut rest = self.bytes.as_slice();
        let len = prost::decode_length_delimiter(&mut rest)?;
        Ok(Some((len, self.bytes.len() - rest.len())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frames_are_those_of_the_specification() {
        // `Message { flag: FIN_ACK }` and `Message { message: "hi" }`, each with its length, as js-libp2p writes them.
        assert_eq!(Frame::of_flag(Flag::FinAck), [2, 0x08, 3]);
        assert_eq!(Frame::of_payload(b"hi"), [4, 0x12, 2, b'h', b'i']);
        // An enum's zero is written: it is optional, not absent.
        assert_eq!(Frame::of_flag(Flag::Fin), [2, 0x08, 0]);
    }

    #[test]
    fn a_full_payload_fits_a_message() {
        assert!(Frame::of_payload(&[7; PAYLOAD_MAX]).len() <= MESSAGE_MAX);
    }

    #[test]
    fn a_length_beyond_every_bound_is_refused_before_its_bytes_come() {
        for bytes in [&[0xff, 0xff, 0xff, 0x7f][..], &[0xff; 5], &[0x80; 9]] {
            let mut cutter = Cutter::default();
            cutter.push(bytes);
            assert!(cutter.next::<Frame>().is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn messages_survive_any_cut(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8), at in 1_usize..64) {
            let wire: Vec<u8> = payloads.iter().flat_map(|payload| Frame::of_payload(payload)).collect();
            let (mut cutter, mut read) = (Cutter::default(), Vec::new());
            for piece in wire.chunks(at) {
                cutter.push(piece);
                while let Some(frame) = cutter.next::<Frame>().unwrap() {
                    read.push(frame.message.unwrap_or_default());
                }
            }
            prop_assert_eq!(read, payloads);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut cutter = Cutter::default();
            cutter.push(&bytes);
            while let Ok(Some(_)) = cutter.next::<Frame>() {}
            let mut cutter = Cutter::default();
            cutter.push(&bytes);
            while let Ok(Some(_)) = cutter.next::<Signal>() {}
        }
    }
}
