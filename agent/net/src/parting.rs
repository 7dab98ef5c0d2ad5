//! A connection that is closed on purpose ends soon. Its polite end waits until the peer has taken the last bytes, so a
//! peer that reads nothing would keep its place for as long as it likes.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::Future as _;
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use tokio::time::{Sleep, sleep};

/// How long the polite end may take: a round trip of most links. What is cut then is told to the peer by the relay.
const PATIENCE: Duration = Duration::from_millis(250);

/// A muxer whose end is bounded in time.
pub(crate) struct Parting<M> {
    inner: M,
    /// Begins with the end.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<M> Parting<M> {
    pub(crate) fn new(inner: M) -> Self {
        Self { inner, patience: None }
    }
}

impl<M: StreamMuxer + Unpin> StreamMuxer for Parting<M> {
    type Substream = M::Substream;
    type Error = M::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<M::Substream, M::Error>> {
        Pin::new(&mut self.inner).poll_inbound(cx)
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<M::Substream, M::Error>> {
        Pin::new(&mut self.inner).poll_outbound(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), M::Error>> {
        if let Poll::Ready(closed) = Pin::new(&mut self.inner).poll_close(cx) {
            return Poll::Ready(closed);
        }
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
        patience.as_mut().poll(cx).map(Ok)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, M::Error>> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use futures::future::poll_fn;
    use libp2p::core::muxing::SubstreamBox;
    use tokio::time::Instant;

    use super::*;

    /// A muxer whose peer takes its last bytes after a while, or never.
    struct Slow(Option<Pin<Box<Sleep>>>);

    impl StreamMuxer for Slow {
        type Substream = SubstreamBox;
        type Error = io::Error;

        fn poll_inbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<SubstreamBox>> {
            Poll::Pending
        }

        fn poll_outbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<SubstreamBox>> {
            Poll::Pending
        }

        fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            match &mut self.0 {
                Some(taken) => taken.as_mut().poll(cx).map(Ok),
                None => Poll::Pending,
            }
        }

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
            Poll::Pending
        }
    }

    async fn run_close(muxer: Slow) -> Duration {
        let start = Instant::now();
        let mut parting = Parting::new(muxer);
        poll_fn(|cx| Pin::new(&mut parting).poll_close(cx)).await.unwrap();
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_nothing_is_gone_after_the_patience() {
        assert_eq!(run_close(Slow(None)).await, PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_polite_end_takes_its_own_time_within_it() {
        let taken = PATIENCE / 2;
        assert_eq!(run_close(Slow(Some(Box::pin(sleep(taken))))).await, taken);
    }
}
