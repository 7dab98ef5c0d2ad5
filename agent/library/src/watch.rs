//! Watching library folders: tells when a scan is worth its while.
//!
//! The system's notices go to one thread that waits for quiet; dropping [`Watching`] ends both. Drives that send no
//! notices (network shares) are covered by a scan every [`RESCAN_EVERY`].

use std::{path::PathBuf, thread, time::Duration};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use iroam_media::Stopwatch;
use notify::{EventKind, RecursiveMode, Watcher as _};

/// Scan anyway this often: a warm scan of 100,000 files takes a few seconds, and network drives send no notices.
pub const RESCAN_EVERY: Duration = Duration::from_secs(30 * 60);

/// A copy of an album writes without such a pause.
const QUIET: Duration = Duration::from_secs(2);
/// A long copy shows up at least this often.
const PATIENCE_MAX: Duration = Duration::from_secs(30);

/// A running watch; ends when dropped.
pub struct Watching {
    // Dropped first: its queue closes, and the thread ends.
    watcher: Option<notify::RecommendedWatcher>,
    thread: Option<thread::JoinHandle<()>>,
    limited: Option<String>,
}

/// Watches folders. `on_change` is called on a thread of the watch after something changed and quiet returned (2 s), or
/// after 30 s without quiet.
#[must_use]
pub fn watch(roots: &[PathBuf], on_change: Box<dyn Fn() + Send>) -> Watching {
    let (notices_in, notices) = bounded::<()>(1);
    let handler = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            // One waiting notice says as much as many.
            let _ = notices_in.try_send(());
        }
    };
    let mut watcher = match notify::recommended_watcher(handler) {
        Ok(watcher) => watcher,
        Err(error) => return Watching { watcher: None, thread: None, limited: Some(error.to_string()) },
    };
    let refused: Vec<String> = roots
        .iter()
        .filter_map(|root| watcher.watch(root, RecursiveMode::Recursive).err())
        .map(|error| plain(&error))
        .collect();
    let thread =
        thread::Builder::new().name("library-watch".to_owned()).spawn(move || wait_for_quiet(&notices, &on_change));
    let limited = (!refused.is_empty()).then(|| refused.join("; "));
    match thread {
        Ok(thread) => Watching { watcher: Some(watcher), thread: Some(thread), limited },
        Err(error) => Watching { watcher: None, thread: None, limited: Some(error.to_string()) },
    }
}

impl Watching {
    /// Why some changes will only be seen by the periodic scan; `None` when everything is watched.
    #[must_use]
    pub fn limited(&self) -> Option<&str> {
        self.limited.as_deref()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.watcher = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn wait_for_quiet(notices: &Receiver<()>, on_change: &dyn Fn()) {
    while notices.recv().is_ok() {
        let since_first = Stopwatch::start();
        loop {
            let left = PATIENCE_MAX.saturating_sub(since_first.elapsed());
            match notices.recv_timeout(QUIET.min(left)) {
                Ok(()) if since_first.elapsed() < PATIENCE_MAX => {}
                Ok(()) | Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        on_change();
    }
}

fn plain(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the system watches no more folders (raise fs.inotify.max_user_watches); changes are found every 30 minutes"
                .to_owned()
        }
        notify::ErrorKind::PathNotFound => "a library folder is not there".to_owned(),
        _ => "a library folder cannot be watched; changes are found every 30 minutes".to_owned(),
    }
}
