//! `/ipfs/ping/1.0.0` (<https://github.com/libp2p/specs/blob/master/ping/ping.md>), both sides.
//!
//! libp2p's own behaviour stops to answer a peer that does not answer in turn, and resets a ping when the next one
//! comes. Browsers ping without answering, and abort the connection when a ping fails.

use std::{convert::Infallible, io, time::Duration};

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

/// The protocol's name.
pub(crate) const PROTOCOL: &str = "/ipfs/ping/1.0.0";
/// A ping's length, in bytes.
const PING_BYTES: usize = 32;
/// How often the relay is asked: finds one that went away silently within 20 s, and keeps the connection open through
/// proxies that close after 60 s.
const EVERY: Duration = Duration::from_secs(10);
/// On a link with a full queue an answer may take seconds.
const ANSWER_MAX: Duration = Duration::from_secs(10);
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

/// Pings until an answer fails to come; resolves then. The payload counts up: it only has to differ from the last one.
///
/// # Errors
/// Always: whatever the stream fails with, `TimedOut` for a late answer, `InvalidData` for another one.
pub(crate) async fn watch(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<Infallible> {
    let mut number = 0_u64;
    loop {
        tokio::time::sleep(EVERY).await;
        number += 1;
        timeout(ANSWER_MAX, once(&mut stream, number)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
    }
}

async fn once(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), number: u64) -> io::Result<()> {
    let (mut ping, mut pong) = ([0; PING_BYTES], [0; PING_BYTES]);
    ping[..8].copy_from_slice(&number.to_be_bytes());
    stream.write_all(&ping).await?;
    stream.flush().await?;
    stream.read_exact(&mut pong).await?;
    if ping == pong { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
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

    #[tokio::test(start_paused = true)]
    async fn a_relay_that_falls_silent_is_found_within_twenty_seconds() {
        let (near, far) = tokio::io::duplex(64);
        let start = tokio::time::Instant::now();
        let watching = tokio::spawn(watch(near.compat()));
        let answered = timeout(EVERY * 6, answer(far.compat())).await;
        assert!(answered.is_err() && !watching.is_finished());
        // The far end was dropped with its future: an end is noticed at the next ping.
        assert!(watching.await.unwrap().is_err());
        assert!(start.elapsed() <= EVERY * 7 + ANSWER_MAX);

        let (near, _silent) = tokio::io::duplex(64);
        let start = tokio::time::Instant::now();
        assert_eq!(watch(near.compat()).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed(), EVERY + ANSWER_MAX);
    }
}
