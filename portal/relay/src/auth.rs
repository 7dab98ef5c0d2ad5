//! `/iroam/relay-auth/1`, the relay's side: reads the token, checks it, tells the end of the admission or the reason.

use std::io;

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use iroam_protocol::{
    grant::RelayAdmission,
    id::PeerId,
    relay_auth::{Answer, decode_frame_len, encode_frame},
    token::KeySet,
};

use crate::book::Book;

/// Reads the frame that holds the token.
///
/// # Errors
/// `InvalidData` for a frame that is too long; whatever the stream fails with.
pub(crate) async fn read_token(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let len = decode_frame_len(head).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let mut token = vec![0; len];
    stream.read_exact(&mut token).await?;
    // A token is ASCII; anything else fails its check and is refused with the reason.
    Ok(String::from_utf8_lossy(&token).into_owned())
}

/// Decides on the token that `peer` showed and notes the admission.
pub(crate) fn decide(book: &mut Book, token: &str, keys: &KeySet, peer: &PeerId, now_s: i64) -> Answer {
    let admission = match RelayAdmission::verify(token, keys, peer, now_s) {
        Ok(admission) => admission,
        Err(error) => {
            book.count_refusal();
            return Answer::Refused { reason: error.to_string() };
        }
    };
    let until_s = u64::try_from(admission.exp).unwrap_or(0);
    match book.admit(admission) {
        Ok(()) => Answer::Admitted { until_s },
        Err(reason) => Answer::Refused { reason: reason.into() },
    }
}

/// Writes the answer and closes.
///
/// # Errors
/// Whatever the stream fails with.
pub(crate) async fn write_answer(stream: &mut (impl AsyncWrite + Unpin), answer: &Answer) -> io::Result<()> {
    let frame = encode_frame(&answer.encode()).map_err(io::Error::other)?;
    stream.write_all(&frame).await?;
    stream.close().await
}

#[cfg(test)]
mod tests {
    use futures::{executor::block_on, io::Cursor};
    use iroam_protocol::token::SigningKey;
    use proptest::prelude::*;

    use super::*;
    use crate::config::Limits;

    proptest! {
        #[test]
        fn foreign_bytes_are_refused_with_a_reason_and_never_panic(bytes: Vec<u8>) {
            let keys = KeySet { keys: vec![SigningKey::from_seed([1; 32]).jwk().clone()] };
            let mut book = Book::new(Limits::default());
            if let Ok(token) = block_on(read_token(&mut Cursor::new(&bytes))) {
                let answer = decide(&mut book, &token, &keys, &PeerId::from_public_key([2; 32]), 0);
                let told = matches!(answer, Answer::Refused { reason } if !reason.is_empty());
                prop_assert!(told);
            }
        }
    }
}
