//! The relay's door on the portal's own port: a WebSocket's binary messages as a byte pipe.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    response::Response,
};
use bytes::Bytes;
use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use iroam_relay::Relay;
use rw_stream_sink::RwStreamSink;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// The longest message: peers send what their Noise layer had ready, at most a few records of 64 KiB.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Allocated for each connection as soon as it reads; half of a Noise record, so that idle peers stay cheap.
const READ_BUFFER_BYTES: usize = 32 * 1024;
/// Written out when this much waits: one Noise record.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;
/// A peer that reads too slowly is made to wait from here on.
const WRITE_BUFFER_BYTES_MAX: usize = WRITE_BUFFER_BYTES + MESSAGE_BYTES_MAX;
/// Below the idle timeout of common proxies and firewalls, 60 s.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A peer that answers none of so many pings is gone. Browsers answer pings even for a tab that sleeps.
const PINGS_UNANSWERED_MAX: u32 = 3;

/// Hands one WebSocket to the relay; ends with the socket or with `cancel`.
pub(crate) fn upgrade(ws: WebSocketUpgrade, relay: Relay, from: SocketAddr, cancel: CancellationToken) -> Response {
    ws.max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .on_upgrade(async move |socket| {
            let pipe = RwStreamSink::new(Messages::new(socket));
            tokio::select! {
                served = relay.accept(pipe, from) => {
                    if let Err(error) = served {
                        tracing::debug!(%error, "a relay connection was not served");
                    }
                }
                () = cancel.cancelled() => {}
            }
        })
}

/// The payload of one message.
struct Payload(Bytes);

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(bytes))
    }
}

/// A WebSocket's binary messages. Pings keep it open and find out when it is dead.
struct Messages {
    socket: WebSocket,
    beat: Interval,
    unanswered: u32,
    ping_due: bool,
}

impl Messages {
    fn new(socket: WebSocket) -> Self {
        let mut beat = interval(PING_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // An interval's first tick comes at once, and so does the first ping, which is harmless.
        Self { socket, beat, unanswered: 0, ping_due: false }
    }

    fn poll_beat(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.beat.poll_tick(cx).is_ready() {
            self.unanswered += 1;
            self.ping_due = true;
        }
        if self.unanswered > PINGS_UNANSWERED_MAX {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if self.ping_due && self.socket.poll_ready_unpin(cx).is_ready() {
            self.ping_due = false;
            self.socket.start_send_unpin(Message::Ping(Bytes::new())).map_err(io::Error::other)?;
            // Pending is fine: the next write or beat flushes too.
            let _ = self.socket.poll_flush_unpin(cx);
        }
        Ok(())
    }
}

impl Stream for Messages {
    type Item = io::Result<Payload>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Err(error) = self.poll_beat(cx) {
            return Poll::Ready(Some(Err(error)));
        }
        loop {
            let message = match ready!(self.socket.poll_next_unpin(cx)) {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                None => return Poll::Ready(None),
            };
            self.unanswered = 0;
            match message {
                Message::Binary(bytes) => return Poll::Ready(Some(Ok(Payload(bytes)))),
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => return Poll::Ready(None),
                Message::Text(_) => return Poll::Ready(Some(Err(io::ErrorKind::InvalidData.into()))),
            }
        }
    }
}

impl Sink<Payload> for Messages {
    type Error = io::Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_ready_unpin(cx).map_err(io::Error::other)
    }

    fn start_send(mut self: Pin<&mut Self>, payload: Payload) -> io::Result<()> {
        self.socket.start_send_unpin(Message::Binary(payload.0)).map_err(io::Error::other)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_flush_unpin(cx).map_err(io::Error::other)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_close_unpin(cx).map_err(io::Error::other)
    }
}
