//! The bytes of a media answer: read with positioned reads off the async threads, at most [`READ_BYTES`] ahead, with
//! the deny list asked before each chunk.

use std::{io, sync::Arc};

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use iroam_protocol::range::ByteRange;
use tokio_util::sync::CancellationToken;

use super::gate::Access;
use crate::{clock::Clock, deny::DenyList, index::MediaFile, metering::BLOCK_BYTES, meters::Metered};

/// Read at once: four chunks, so that the disk is asked seldom and a stream holds little.
const READ_BYTES: u64 = 4 * BLOCK_BYTES;

/// What a body is read from, and what ends it.
pub(super) struct Source {
    pub(super) file: Arc<MediaFile>,
    pub(super) range: ByteRange,
    /// `None` when nothing is counted.
    pub(super) metered: Option<Metered>,
    pub(super) access: Access,
    pub(super) deny: DenyList,
    pub(super) clock: Clock,
    pub(super) cancel: CancellationToken,
}

/// The body of an answer. Breaks off when the grant is revoked or the home closes; the declared length then tells the
/// player that it is not whole.
pub(super) fn body(source: Source) -> Body {
    let at = source.range.first;
    let state = Reading { source, at, read: Bytes::new() };
    Body::from_stream(stream::try_unfold(state, |mut state| async move {
        let chunk = state.next().await?;
        Ok::<_, io::Error>(chunk.map(|chunk| (chunk, state)))
    }))
}

struct Reading {
    source: Source,
    at: u64,
    read: Bytes,
}

impl Reading {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.at > self.source.range.last {
            return Ok(None);
        }
        self.still_allowed()?;
        if self.read.is_empty() {
            self.read = self.fill().await?;
            self.still_allowed()?;
        }
        // Chunks end where blocks end, so that each is counted in one.
        let in_block = BLOCK_BYTES - self.at % BLOCK_BYTES;
        let bytes = usize::try_from(in_block).unwrap_or(usize::MAX).min(self.read.len());
        let chunk = self.read.split_to(bytes);
        let sent = u64::try_from(chunk.len()).unwrap_or(0);
        if let Some(metered) = &self.source.metered {
            metered.delivered(self.at, sent, self.source.access.path());
        }
        self.at += sent;
        Ok(Some(chunk))
    }

    async fn fill(&self) -> io::Result<Bytes> {
        let file = self.source.file.clone();
        let at = self.at;
        let bytes = (self.source.range.last + 1 - at).min(READ_BYTES);
        let read = tokio::task::spawn_blocking(move || file.read_at(at, bytes));
        read.await.map_err(io::Error::other)?
    }

    fn still_allowed(&self) -> io::Result<()> {
        if self.source.cancel.is_cancelled() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the home closes"));
        }
        if let Access::Granted(granted) = &self.source.access
            && self.source.deny.denies(&granted.subject, self.source.clock.now_s())
        {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the grant was revoked"));
        }
        Ok(())
    }
}
