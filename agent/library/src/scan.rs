//! One scan: a walking thread, several probing threads, one writer.
//!
//! The walker owns what the index knows and hands on only files that are new or changed; the probers open and hash
//! them; the calling thread places them in the index. The queues between are short, so that a slow disk or a slow
//! writer holds the others back. Whoever ends first makes the others end, by closing its queue.

mod known;
mod probing;
mod prominence;
mod seat;
mod shelves;
mod writer;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use crossbeam_channel::{Receiver, Sender, bounded};
use iroam_media::Stopwatch;
use iroam_protocol::home::Scan;
use rusqlite::Connection;

use self::{
    known::{Known, Remains},
    probing::{Job, Outcome},
    writer::Writer,
};
use crate::{covers::Covers, error::ScanError, paths, walk};

/// Files waiting for a prober: enough to keep them busy over a large folder.
const JOBS_MAX: usize = 512;
/// Probed files waiting for the writer; each holds its tags, no pictures.
const OUTCOMES_MAX: usize = 256;
/// Probers beyond this only fight for the disk.
const PROBERS_MAX: usize = 8;

/// What a scan did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Media files found by name.
    pub files: u64,
    /// Tracks that are listed now.
    pub tracks: u64,
    /// Files that are no media for us; see [`crate::Library::failures`].
    pub failed: u64,
    /// Folders that could not be read, by their last name; their tracks stay listed.
    pub unreadable: Vec<String>,
    /// Tracks that came in.
    pub added: u64,
    /// Tracks whose file or tags changed, or that were moved.
    pub changed: u64,
    /// Tracks whose file is gone for good.
    pub removed: u64,
    /// How long it took.
    pub seconds: f64,
}

/// A file that is no media for us. For the owner's eyes only: it holds a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The file.
    pub path: PathBuf,
    /// Why, in plain words.
    pub reason: String,
}

/// What the parts of a scan count together.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    found: AtomicU64,
    done: AtomicU64,
    walked: AtomicBool,
}

impl Tally {
    pub(crate) fn state(&self) -> Scan {
        // `done` first: it never overtakes a `found` that is read later.
        let done = self.done.load(Ordering::Acquire);
        Scan { found: self.found.load(Ordering::Acquire), done, walked: self.walked.load(Ordering::Acquire) }
    }
}

/// What a scan is given.
pub(crate) struct Order<'a> {
    pub(crate) roots: &'a [PathBuf],
    pub(crate) now_ms: i64,
    pub(crate) progress: &'a (dyn Fn(Scan) + Sync),
    pub(crate) cancel: &'a (dyn Fn() -> bool + Sync),
    pub(crate) committed: &'a (dyn Fn(u64) + Sync),
}

/// What a walk leaves behind.
struct WalkEnd {
    walked: walk::Walked,
    remains: Remains,
}

/// Runs a scan on the writing connection.
pub(crate) fn run(
    connection: &mut Connection,
    covers: &Covers,
    draw_id: &mut dyn FnMut() -> iroam_protocol::id::ItemId,
    order: &Order<'_>,
) -> Result<(Report, Vec<String>), ScanError> {
    let watch = Stopwatch::start();
    let known = Known::load(connection)?;
    let tally = Tally::default();
    let mut writer = Writer::begin(connection, draw_id, order, &tally)?;
    let end = thread::scope(|scope| {
        let (jobs_in, jobs) = bounded::<Job>(JOBS_MAX);
        let (outcomes_in, outcomes) = bounded::<Outcome>(OUTCOMES_MAX);
        let walker = scope.spawn(|| walk_roots(known, jobs_in, &tally, order));
        for _ in 0..probers() {
            let (jobs, outcomes_in) = (jobs.clone(), outcomes_in.clone());
            scope.spawn(|| probe_all(jobs, outcomes_in, covers));
        }
        drop((jobs, outcomes_in));
        let written = writer.take_all(outcomes);
        let end = walker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.map(|()| end)
    })?;
    if (order.cancel)() {
        writer.give_up()?;
        return Err(ScanError::Cancelled);
    }
    let unreadable = names(&end.walked.unavailable);
    let mut report = writer.finish(end.remains, &end.walked, order.roots)?;
    report.files = tally.state().found;
    report.unreadable.clone_from(&unreadable);
    report.seconds = watch.elapsed().as_secs_f64();
    (order.progress)(tally.state());
    Ok((report, unreadable))
}

fn probers() -> usize {
    thread::available_parallelism().map_or(1, usize::from).clamp(1, PROBERS_MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "the queue closes when the walker drops its end")]
fn walk_roots(mut known: Known, jobs: Sender<Job>, tally: &Tally, order: &Order<'_>) -> WalkEnd {
    let held_media: Vec<Vec<u8>> = known.take_paths_of_roots(order.roots);
    let known_root = |root: &std::path::Path| held_media.contains(&paths::to_bytes(root));
    let walked = walk::walk(order.roots, &known_root, |folder| {
        let found = folder.files.len() as u64;
        tally.found.fetch_add(found, Ordering::AcqRel);
        let changed = known.compare(folder);
        tally.done.fetch_add(found - changed.len() as u64, Ordering::AcqRel);
        !(order.cancel)() && changed.into_iter().all(|job| jobs.send(job).is_ok())
    });
    tally.walked.store(true, Ordering::Release);
    WalkEnd { walked, remains: known.remains() }
}

#[expect(clippy::needless_pass_by_value, reason = "the queues close when the last prober drops its ends")]
fn probe_all(jobs: Receiver<Job>, outcomes: Sender<Outcome>, covers: &Covers) {
    for job in &jobs {
        if outcomes.send(probing::look(job, covers)).is_err() {
            break;
        }
    }
}

fn names(folders: &[PathBuf]) -> Vec<String> {
    let last = |folder: &PathBuf| folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    folders.iter().map(last).collect()
}
