//! Waits with a condition and a deadline.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::clock;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Waits until `holds` gives something.
///
/// # Errors
/// After `limit`, naming `what`.
pub fn until<T>(what: &str, limit: Duration, mut holds: impl FnMut() -> Option<T>) -> Result<T> {
    let start = clock::now();
    loop {
        if let Some(found) = holds() {
            return Ok(found);
        }
        if start.elapsed() > limit {
            bail!("waited {limit:?} for {what}");
        }
        clock::breathe(LOOK_EVERY);
    }
}

/// Waits until `holds` gives something, without holding a thread.
///
/// # Errors
/// After `limit`, naming `what`; at once when `holds` fails.
pub async fn until_async<T, F>(what: &str, limit: Duration, mut holds: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let start = clock::now();
    loop {
        if let Some(found) = holds().await? {
            return Ok(found);
        }
        if start.elapsed() > limit {
            bail!("waited {limit:?} for {what}");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
