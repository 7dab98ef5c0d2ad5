//! `/ipfs/ping/1.0.0` (<https://github.com/libp2p/specs/blob/master/ping/ping.md>), the answering side.
//!
//! libp2p's own behaviour stops to answer a peer that does not answer in turn, and resets a ping when the next one
//! comes. Browsers ping without answering, and abort the connection when a ping fails.

use std::{io, time::Duration};

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

/// The protocol's name.
pub(crate) const PROTOCOL: &str = "/ipfs/ping/1.0.0";
/// A ping's length, in bytes.
const PING_BYTES: usize = 32;
/// How long a stream may rest between two pings: a dozen of the usual intervals.
const REST_MAX: Duration = Duration::from_secs(120);

/// Sends every ping back, until the peer has no more.
///
/// # Errors
/// Whatever the stream fails with; `TimedOut` for one that rests too long.
pub(crate) async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut ping = [0; PING_BYTES];
    loop {
        let read = timeout(REST_MAX, stream.read_exact(&mut ping)).await;
        match read.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return stream.close().await,
            Err(error) => return Err(error),
        }
        stream.write_all(&ping).await?;
        stream.flush().await?;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_util::compat::TokioAsyncReadCompatExt as _;

    use super::*;

    #[tokio::test]
    async fn every_ping_comes_back_and_the_end_is_answered_with_the_end() {
        let (mut near, far) = tokio::io::duplex(64);
        let answering = tokio::spawn(answer(far.compat()));
        for n in 0..3 {
            near.write_all(&[n; PING_BYTES]).await.unwrap();
            let mut pong = [9; PING_BYTES];
            near.read_exact(&mut pong).await.unwrap();
            assert_eq!(pong, [n; PING_BYTES]);
        }
        near.shutdown().await.unwrap();
        assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
        answering.await.unwrap().unwrap();
    }
}
