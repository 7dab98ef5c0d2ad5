//! `/iroam/relay-auth/1`: a peer shows the relay its admission, and is told the reason when it is refused.
//!
//! The peer opens a stream, writes one frame that holds the token and half-closes; the relay writes one frame that
//! holds an answer and closes. A frame is a length (unsigned, 16 bits, big endian) and that many bytes.

/// The longest frame, in bytes: an admission names the homes of one account.
pub const FRAME_BYTES_MAX: usize = 16 * 1024;

/// What the relay says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Admitted until this time, Unix seconds.
    Admitted {
        /// Unix seconds.
        until_s: u64,
    },
    /// Refused, with a reason in plain words.
    Refused {
        /// At most [`REASON_BYTES_MAX`] bytes.
        reason: String,
    },
}

/// The longest reason, in bytes; longer ones are cut.
pub const REASON_BYTES_MAX: usize = 512;

/// Why bytes are no frame or answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The frame is longer than [`FRAME_BYTES_MAX`].
    #[error("a frame of {0} bytes is too long")]
    TooLong(usize),
    /// The bytes are no answer.
    #[error("not an answer of /iroam/relay-auth/1")]
    Answer,
}

/// A frame around `payload`.
///
/// # Errors
/// [`DecodeError::TooLong`].
pub fn encode_frame(payload: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let len = u16::try_from(payload.len()).ok().filter(|len| usize::from(*len) <= FRAME_BYTES_MAX);
    let len = len.ok_or(DecodeError::TooLong(payload.len()))?;
    Ok([&len.to_be_bytes()[..], payload].concat())
}

/// The payload's length that a frame's first two bytes announce.
///
/// # Errors
/// [`DecodeError::TooLong`].
pub fn decode_frame_len(head: [u8; 2]) -> Result<usize, DecodeError> {
    let len = usize::from(u16::from_be_bytes(head));
    if len > FRAME_BYTES_MAX { Err(DecodeError::TooLong(len)) } else { Ok(len) }
}

impl Answer {
    /// The payload of the relay's frame: a status byte (0 admitted, 1 refused), then the end of the admission (64 bits,
    /// big endian) or the reason (UTF-8).
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Admitted { until_s } => [&[0][..], &until_s.to_be_bytes()[..]].concat(),
            Self::Refused { reason } => [&[1][..], cut(reason).as_bytes()].concat(),
        }
    }

    /// Reads the payload.
    ///
    /// # Errors
    /// [`DecodeError::Answer`].
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        match payload.split_first() {
            Some((0, until)) => {
                let until = until.try_into().map_err(|_| DecodeError::Answer)?;
                Ok(Self::Admitted { until_s: u64::from_be_bytes(until) })
            }
            Some((1, reason)) if reason.len() <= REASON_BYTES_MAX => {
                let reason = std::str::from_utf8(reason).map_err(|_| DecodeError::Answer)?;
                Ok(Self::Refused { reason: reason.to_owned() })
            }
            _ => Err(DecodeError::Answer),
        }
    }
}

fn cut(reason: &str) -> &str {
    let mut end = reason.len().min(REASON_BYTES_MAX);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    &reason[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn answers_survive_the_wire(until_s: u64, reason in ".{0,100}") {
            for answer in [Answer::Admitted { until_s }, Answer::Refused { reason: cut(&reason).to_owned() }] {
                prop_assert_eq!(Answer::decode(&answer.encode()), Ok(answer));
            }
        }

        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>, head: [u8; 2]) {
            let _ = Answer::decode(&bytes);
            let _ = decode_frame_len(head);
        }

        #[test]
        fn frames_announce_their_length(payload in prop::collection::vec(any::<u8>(), 0..2000)) {
            let frame = encode_frame(&payload).unwrap();
            prop_assert_eq!(decode_frame_len([frame[0], frame[1]]), Ok(payload.len()));
            prop_assert_eq!(&frame[2..], &payload[..]);
        }
    }

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        let answer = Answer::Refused { reason: "ä".repeat(400) };
        assert_eq!(Answer::decode(&answer.encode()), Ok(Answer::Refused { reason: "ä".repeat(256) }));
    }
}
