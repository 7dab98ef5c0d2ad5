//! A byte stream that can be cut from outside. A connection whose network went away silently cannot be closed politely:
//! its last bytes never leave. Cutting it makes the swarm forget it at once.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{AsyncRead, AsyncWrite, Future as _};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The stream.
pub(crate) struct Severable<T> {
    inner: T,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<T> Severable<T> {
    /// Cut when `token` is cancelled.
    pub(crate) fn new(inner: T, token: CancellationToken) -> Self {
        Self { inner, cut: Box::pin(token.cancelled_owned()) }
    }

    /// Only a stream that would wait needs to look.
    fn or_cut<R>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if polled.is_pending() && self.cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        polled
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Severable<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        self.or_cut(cx, polled)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Severable<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.or_cut(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(cx);
        self.or_cut(cx, polled)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_close(cx);
        self.or_cut(cx, polled)
    }
}

#[cfg(test)]
mod tests {
    use futures::AsyncReadExt as _;
    use tokio_util::compat::TokioAsyncReadCompatExt as _;

    use super::*;

    #[tokio::test]
    async fn a_cut_wakes_whoever_waits_for_bytes() {
        let (near, _far) = tokio::io::duplex(16);
        let token = CancellationToken::new();
        let mut stream = Severable::new(near.compat(), token.clone());
        let mut byte = [0];
        let (read, ()) = tokio::join!(stream.read(&mut byte), async { token.cancel() });
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }
}
