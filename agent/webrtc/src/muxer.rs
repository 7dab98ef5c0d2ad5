//! A connection as libp2p knows it: data channels are its streams.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};

use crate::{channel::Channel, session::Session};

/// The connection. Dropping it ends it.
pub(crate) struct Connection(Arc<Session>);

impl Connection {
    pub(crate) fn new(session: Arc<Session>) -> Self {
        Self(session)
    }

    fn stream(&self, id: Option<str0m::channel::ChannelId>) -> io::Result<Channel> {
        let id = id.ok_or(io::ErrorKind::ConnectionAborted)?;
        Ok(Channel::new(self.0.clone(), id))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl StreamMuxer for Connection {
    type Substream = Channel;
    type Error = io::Error;

    fn poll_inbound(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Channel>> {
        let id = ready!(self.0.poll_inbound(cx));
        Poll::Ready(self.stream(id))
    }

    fn poll_outbound(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Channel>> {
        let id = ready!(self.0.poll_outbound(cx));
        Poll::Ready(self.stream(id))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.close();
        self.0.poll_over(cx).map(Ok)
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        ready!(self.0.poll_over(cx));
        Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
    }
}
