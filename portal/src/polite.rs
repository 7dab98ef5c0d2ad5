//! A refusal that is heard. Whoever sends more than is taken gets its answer while it still sends; closing on what was not
//! read would reset the connection, and the answer would be lost with it (RFC 9112 §9.6). So the rest is read and thrown
//! away, within bounds.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::Request,
    http::{HeaderMap, header::CONTENT_LENGTH},
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt as _};

/// Smaller bodies lie in the system's buffers already.
const SMALL: u64 = 64 * 1024;
/// More than this is not read to be polite.
const DISCARDED_MAX: usize = 16 * 1024 * 1024;
/// Nor for longer than this.
const DISCARD_TIME: Duration = Duration::from_secs(5);

/// Reads a body that was refused to its end before the answer goes out.
pub(crate) async fn hear_out(request: Request, next: Next) -> Response {
    if announced(request.headers()) <= SMALL {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let rest = Rest(Arc::new(Mutex::new(body.into_data_stream())));
    let response = next.run(Request::from_parts(parts, Body::from_stream(rest.clone()))).await;
    if response.status().is_client_error() {
        // Out of time: the connection closes on the rest.
        let _ = tokio::time::timeout(DISCARD_TIME, rest.discard()).await;
    }
    response
}

/// Bytes of the body as its sender announces them; 0 when it does not.
fn announced(headers: &HeaderMap) -> u64 {
    headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0)
}

/// What is left of a body; clones share it.
#[derive(Clone)]
struct Rest(Arc<Mutex<BodyDataStream>>);

impl Rest {
    async fn discard(mut self) {
        let mut discarded = 0;
        while let Some(Ok(bytes)) = self.next().await {
            discarded += bytes.len();
            if discarded > DISCARDED_MAX {
                return;
            }
        }
    }
}

impl Stream for Rest {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(cx)
    }
}
