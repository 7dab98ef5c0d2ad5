//! A stream as libp2p knows it, on one data channel.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures::{AsyncRead, AsyncWrite};
use str0m::channel::ChannelId;

use crate::{
    pipe::Read,
    session::{Session, now},
};

/// The stream. Closing it ends its write half only; dropping it before resets it.
pub(crate) struct Channel {
    session: Arc<Session>,
    id: ChannelId,
}

impl Channel {
    pub(crate) fn new(session: Arc<Session>, id: ChannelId) -> Self {
        Self { session, id }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.session.part(self.id, now());
    }
}

impl AsyncRead for Channel {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        Poll::Ready(match ready!(self.session.poll_read(self.id, cx, buf)) {
            Read::Bytes(len) => Ok(len),
            Read::End => Ok(0),
            Read::Broken | Read::Nothing => Err(io::ErrorKind::ConnectionReset.into()),
        })
    }
}

impl AsyncWrite for Channel {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let taken = ready!(self.session.poll_write(self.id, cx, buf));
        Poll::Ready(taken.ok_or_else(|| io::ErrorKind::BrokenPipe.into()))
    }

    /// The session's task sends what was written by itself.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.session.finish(self.id);
        Poll::Ready(Ok(()))
    }
}
