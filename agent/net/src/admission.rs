//! `/iroam/relay-auth/1`, the peer's side: shows the token, hears until when it admits or why not.

use std::{io, time::Duration};

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use iroam_protocol::relay_auth::{Answer, decode_frame_len, encode_frame};
use tokio::time::timeout;

use crate::trouble::{Trouble, TroubleKind};

/// Two round trips, on the slowest link that still carries music.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Shows `token` on a stream of the relay's.
///
/// # Errors
/// The relay's reason, or that it did not answer as a relay does.
pub(crate) async fn show(stream: impl AsyncRead + AsyncWrite + Unpin, token: &str) -> Result<(), Trouble> {
    let answer = match timeout(TIMEOUT, exchange(stream, token)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            let text = format!("the relay broke off while it checked the admission: {error}");
            return Err(Trouble::new(TroubleKind::Lost, text));
        }
        Err(_) => return Err(Trouble::new(TroubleKind::Lost, "the relay did not answer to the admission in time")),
    };
    match answer {
        Answer::Admitted { .. } => Ok(()),
        Answer::Refused { reason } => Err(Trouble::refused(&reason)),
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, token: &str) -> io::Result<Answer> {
    stream.write_all(&encode_frame(token.as_bytes()).map_err(io::Error::other)?).await?;
    stream.close().await?;
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let mut payload = vec![0; decode_frame_len(head).map_err(io::Error::other)?];
    stream.read_exact(&mut payload).await?;
    Answer::decode(&payload).map_err(io::Error::other)
}
