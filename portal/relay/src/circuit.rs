//! Carries a circuit's bytes between its two streams until both are done, it is told to stop, or its life is over.

use std::{
    io,
    pin::Pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    task::{Context, Poll, ready},
    time::Duration,
};

use libp2p::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional_with_sizes};
use tokio_util::{
    compat::{Compat, FuturesAsyncReadCompatExt as _},
    sync::CancellationToken,
};

use crate::{config::Tap, meter::Meters};

/// One Noise message of the circuit's ends is at most 64 KiB, so a larger buffer would not fill.
const COPY_BUFFER_BYTES: usize = 64 * 1024;

/// Carries; each direction closes on its own, so half-closed streams work through the circuit.
pub(crate) async fn carry(
    source: Stream,
    destination: Stream,
    life: Duration,
    stop: &CancellationToken,
    meters: &Arc<Meters>,
    tap: Option<&Arc<dyn Tap>>,
) {
    let watched = |stream: Stream| Watched { inner: stream.compat(), meters: Arc::clone(meters), tap: tap.cloned() };
    let (mut source, mut destination) = (watched(source), watched(destination));
    let carried = copy_bidirectional_with_sizes(&mut source, &mut destination, COPY_BUFFER_BYTES, COPY_BUFFER_BYTES);
    tokio::select! {
        result = carried => {
            if let Err(error) = result {
                tracing::debug!(%error, "a circuit broke");
            }
        }
        () = stop.cancelled() => tracing::debug!("a circuit lost its admission"),
        () = tokio::time::sleep(life) => tracing::debug!("a circuit reached its end of life"),
    }
    // Dropping the streams resets what is not closed: both ends learn at once.
}

/// A stream whose incoming bytes are counted and shown to the tap.
struct Watched {
    inner: Compat<Stream>,
    meters: Arc<Meters>,
    tap: Option<Arc<dyn Tap>>,
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let read = &buf.filled()[before..];
        self.meters.relayed.fetch_add(read.len() as u64, Relaxed);
        if let Some(tap) = &self.tap {
            tap.forwarded(read);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
