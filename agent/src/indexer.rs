//! Keeps the index in step with the folders: one scan at the start, then whenever something changes in them, and every
//! half hour in case a change went unseen. One scan at a time. A scan for which the disk has no room waits until it has.
//!
//! The watch's own threads only say "look again" over a bounded channel; they end with this task.

use std::{path::PathBuf, sync::Arc, time::Duration};

use iroam_library::{
    ScanError,
    watch::{RESCAN_EVERY, Watching, watch},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    index::Index,
    local::status::Board,
    news::{Listener, News, Trouble},
    room::Room,
};

/// A folder that cannot be read may be a drive that comes back soon.
const RESCAN_UNREADABLE: Duration = Duration::from_secs(60);

/// What the indexer works with.
pub struct Indexer {
    /// The library.
    pub index: Index,
    /// Its folders.
    pub roots: Vec<PathBuf>,
    /// Where troubles are shown.
    pub board: Arc<Board>,
    /// Who hears of troubles.
    pub listener: Listener,
    /// The clock.
    pub clock: Clock,
    /// The disk of the index.
    pub room: Room,
}

/// When the next scan is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// After so long, or when something changes.
    Within(Duration),
    /// When the disk has room.
    WithRoom,
}

/// Scans and watches until `cancel`.
pub async fn run(indexer: Indexer, cancel: CancellationToken) {
    let (tell, mut changes) = mpsc::channel(1);
    let Some(watching) = indexer.watch(tell).await else { return };
    while !cancel.is_cancelled() {
        match indexer.scan(&cancel).await {
            Next::Within(pause) => tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = indexer.index.rescan_asked() => {}
                Some(()) = changes.recv() => {}
                () = cancel.cancelled() => {}
            },
            Next::WithRoom => tokio::select! {
                () = indexer.room.again() => {}
                () = cancel.cancelled() => {}
            },
        }
    }
    // Its threads are joined, off the async ones.
    let _ = tokio::task::spawn_blocking(move || drop(watching)).await;
}

impl Indexer {
    /// One scan.
    async fn scan(&self, cancel: &CancellationToken) -> Next {
        let report = match self.index.scan(self.roots.clone(), self.clock.now_ms(), cancel.clone()).await {
            Ok(report) => report,
            Err(ScanError::Cancelled) => return Next::Within(RESCAN_EVERY),
            Err(error) if error.lacks_room() => {
                self.room.refused();
                return Next::WithRoom;
            }
            Err(error) => {
                self.trouble(format!("The library cannot be scanned: {error}."), "look at the disk of the data folder");
                return Next::Within(RESCAN_UNREADABLE);
            }
        };
        tracing::info!(
            files = report.files,
            tracks = report.tracks,
            failed = report.failed,
            seconds = report.seconds,
            "scanned"
        );
        for folder in &report.unreadable {
            self.trouble(
                format!("The folder {folder} cannot be read. Its tracks stay listed."),
                "connect its drive, or check that you may read it",
            );
        }
        Next::Within(if report.unreadable.is_empty() { RESCAN_EVERY } else { RESCAN_UNREADABLE })
    }

    /// Begins to watch: a walk through all folders, so off the async threads. `None` when the agent stops.
    async fn watch(&self, tell: mpsc::Sender<()>) -> Option<Watching> {
        let roots = self.roots.clone();
        let on_change = move || {
            // A full channel says "look again" already.
            let _ = tell.try_send(());
        };
        let watching = tokio::task::spawn_blocking(move || watch(&roots, Box::new(on_change))).await.ok()?;
        if let Some(why) = watching.limited() {
            self.trouble(format!("Not every change in the library folders is seen at once: {why}."), "nothing");
        }
        Some(watching)
    }

    fn trouble(&self, words: String, advice: &str) {
        let trouble = Trouble { at_ms: self.clock.now_ms(), words, advice: Some(advice.into()) };
        self.board.trouble(trouble.clone());
        self.listener.tell(News::Trouble(trouble));
    }
}
