//! Room on the disk of the data folder. Whoever is refused for want of it says so here; the person is told once, and one
//! task looks whether there is room again. What was refused waits or is tried again by whoever keeps it: the scan waits
//! for [`Room::again`], the writer of the spool keeps what was served in memory.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    local::status::Board,
    news::{Listener, News, Trouble},
};

/// The first look whether there is room again.
const LOOK_FIRST: Duration = Duration::from_secs(5);
/// The longest pause between two looks, of a disk that fills up again as soon as it has room.
const LOOK_MAX: Duration = Duration::from_secs(80);
/// A disk that fills up so soon after it had room is looked at more rarely.
const SOON_MS: u64 = 5 * 60_000;
/// What a trial writes: a short scan, or hours of the spool.
const TRIAL_BYTES: usize = 1 << 20;

/// Whether the disk has room, as far as is known; clones share it.
#[derive(Debug, Clone)]
pub struct Room {
    is_full: watch::Sender<bool>,
}

impl Default for Room {
    fn default() -> Self {
        Self { is_full: watch::Sender::new(false) }
    }
}

/// Where the task looks, and whom it tells.
pub struct Post {
    /// The data folder.
    pub data: PathBuf,
    /// Where the trouble is shown.
    pub board: Arc<Board>,
    /// Who hears of it.
    pub listener: Listener,
    /// The clock.
    pub clock: Clock,
}

impl Room {
    /// Something was refused for want of room.
    pub fn refused(&self) {
        self.is_full.send_if_modified(|is_full| !std::mem::replace(is_full, true));
    }

    /// Whether there is none, as far as is known.
    pub fn is_full(&self) -> bool {
        *self.is_full.borrow()
    }

    /// Waits until there is room; at once when nobody was refused.
    pub async fn again(&self) {
        self.turned(false).await;
    }

    /// Tells of a full disk and of its end, and looks for that, until `cancel`.
    pub async fn watch(self, post: Post, cancel: CancellationToken) {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.keep_watch(&post) => {}
        }
    }

    async fn keep_watch(&self, post: &Post) {
        let mut pace = Pace::default();
        loop {
            self.turned(true).await;
            let pause = pace.filled(post.clock.uptime_ms());
            let trouble = post.tell_full();
            loop {
                sleep(pause).await;
                if post.has_room().await {
                    break;
                }
            }
            pace.freed(post.clock.uptime_ms());
            post.board.settled(&trouble.words);
            post.listener.tell(News::RoomAgain);
            self.is_full.send_replace(false);
        }
    }

    async fn turned(&self, full: bool) {
        // The sender lives in `self`, so the wait ends with its value only.
        let _ = self.is_full.subscribe().wait_for(|is_full| *is_full == full).await;
    }
}

impl Post {
    fn tell_full(&self) -> Trouble {
        let trouble = Trouble {
            at_ms: self.clock.now_ms(),
            words: format!(
                "The disk with the data folder {} is full. What the library holds is served on; nothing new comes in.",
                self.data.display()
            ),
            advice: Some("make room on this disk; everything then goes on by itself".into()),
        };
        self.board.trouble(trouble.clone());
        self.listener.tell(News::Trouble(trouble.clone()));
        trouble
    }

    async fn has_room(&self) -> bool {
        let path = self.data.join("trial");
        let tried = tokio::task::spawn_blocking(move || trial(&path)).await;
        match tried {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the disk of the data folder still has no room");
                false
            }
            // Its thread is gone: the next look tells.
            Err(_) => false,
        }
    }
}

/// Writes a file of some size through to the disk, and takes it away however that went.
fn trial(path: &Path) -> io::Result<()> {
    let written = fs::File::create(path).and_then(|mut file| {
        file.write_all(&vec![0; TRIAL_BYTES])?;
        file.sync_all()
    });
    let removed = fs::remove_file(path);
    written.and(removed)
}

/// How long to wait between two looks.
#[derive(Debug, Default)]
struct Pace {
    pause: Duration,
    freed_ms: Option<u64>,
}

impl Pace {
    /// The disk is full; the pause from look to look.
    fn filled(&mut self, now_ms: u64) -> Duration {
        let again_so_soon = self.freed_ms.is_some_and(|freed_ms| now_ms.saturating_sub(freed_ms) < SOON_MS);
        self.pause = if again_so_soon { (self.pause * 2).min(LOOK_MAX) } else { LOOK_FIRST };
        self.pause
    }

    /// It has room.
    fn freed(&mut self, now_ms: u64) {
        self.freed_ms = Some(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fills_up_at_once_is_looked_at_more_and_more_rarely() {
        let mut pace = Pace::default();
        let mut pauses = Vec::new();
        for round in 0..7_u64 {
            pauses.push(pace.filled(round * 1_000).as_secs());
            pace.freed(round * 1_000 + 500);
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 80, 80]);
        assert_eq!(pace.filled(7_000 + SOON_MS), LOOK_FIRST, "a disk that had room for long is looked at soon");
    }

    #[test]
    fn a_trial_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        trial(&dir.path().join("trial")).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        assert!(trial(&dir.path().join("no folder/trial")).is_err());
    }

    #[tokio::test]
    async fn whoever_waits_for_room_goes_on_with_it() {
        let room = Room::default();
        room.again().await;
        room.refused();
        room.refused();
        assert!(room.is_full());
        let waiting = tokio::spawn({
            let room = room.clone();
            async move { room.again().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        room.is_full.send_replace(false);
        waiting.await.unwrap();
    }
}
