//! The one who writes: short transactions, each of which raises the revision and can be seen by readers at once.

use std::{collections::HashSet, path::PathBuf, sync::atomic::Ordering, time::Duration};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use iroam_media::Stopwatch;
use iroam_protocol::id::ItemId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Order, Report, Tally,
    known::Remains,
    probing::{Failed, Found, Outcome},
    prominence,
    seat::{self, Seat},
    shelves::Shelves,
};
use crate::{db, error::ScanError, paths, walk::Walked};

/// Files per transaction: committing costs about 0.2 ms, so it hardly counts beyond this.
const BATCH_FILES: usize = 512;
/// Longest that something found stays invisible.
const BATCH_TIME: Duration = Duration::from_millis(250);
/// Pause between two looks at whether to stop.
const WAIT: Duration = Duration::from_millis(50);
/// Pause between two reports of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// Ids of departed files wait this long for their payload: a drive that lay in a drawer for a year.
const DEPARTED_KEPT_MS: i64 = 400 * 24 * 3_600 * 1_000;
/// Below this many tracks the order in the search index makes no difference.
const ORDERED_FROM: i64 = 5_000;

/// Counts and shelves of the transaction under way.
pub(super) struct Writer<'a> {
    db: &'a Connection,
    draw_id: &'a mut dyn FnMut() -> ItemId,
    order: &'a Order<'a>,
    tally: &'a Tally,
    shelves: Shelves,
    pending: usize,
    since_commit: Stopwatch,
    since_progress: Stopwatch,
    report: Report,
    /// Rows that were written in this scan: their files are there.
    placed: HashSet<i64>,
    numbers: Numbers,
}

/// Next free numbers of rows.
struct Numbers {
    track: i64,
    place: i64,
}

impl<'a> Writer<'a> {
    pub(super) fn begin(
        db: &'a Connection,
        draw_id: &'a mut dyn FnMut() -> ItemId,
        order: &'a Order<'a>,
        tally: &'a Tally,
    ) -> rusqlite::Result<Self> {
        db::set_unclean(db, true)?;
        let numbers =
            db.query_row("SELECT ifnull(max(n), 0) + 1, ifnull(max(place), 0) + 1 FROM tracks", [], |row| {
                Ok(Numbers { track: row.get(0)?, place: row.get(1)? })
            })?;
        db.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self {
            db,
            draw_id,
            order,
            tally,
            shelves: Shelves::default(),
            pending: 0,
            since_commit: Stopwatch::start(),
            since_progress: Stopwatch::start(),
            report: Report::default(),
            placed: HashSet::new(),
            numbers,
        })
    }

    /// Writes until the probers have ended, or until told to stop.
    #[expect(clippy::needless_pass_by_value, reason = "the queue closes when the writer returns")]
    pub(super) fn take_all(&mut self, outcomes: Receiver<Outcome>) -> Result<(), ScanError> {
        loop {
            if (self.order.cancel)() {
                return Ok(());
            }
            match outcomes.recv_timeout(WAIT) {
                Ok(outcome) => self.take(outcome)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.pending >= BATCH_FILES || (self.pending > 0 && self.since_commit.elapsed() >= BATCH_TIME) {
                self.commit()?;
            }
            self.tell_progress();
        }
        self.commit_if_pending()
    }

    /// Ends early; what was written stays.
    pub(super) fn give_up(mut self) -> Result<(), ScanError> {
        self.commit_if_pending()?;
        self.close()
    }

    /// Takes leave of what was not met, and puts the search index in order.
    pub(super) fn finish(mut self, remains: Remains, walked: &Walked, roots: &[PathBuf]) -> Result<Report, ScanError> {
        for (n, device) in &remains.moved_devices {
            self.run("UPDATE tracks SET device = ?2 WHERE n = ?1", params![n, device.cast_signed()])?;
        }
        let there =
            |device: u64| device == 0 || walked.devices.contains(&device) || remains.renumbered.contains(&device);
        for n in remains.unseen_tracks {
            if !self.placed.contains(&n) && self.is_gone_for_good(n, walked, roots, &there)? {
                self.depart(n)?;
                self.report.removed += 1;
                self.step()?;
            }
        }
        for hash in remains.unseen_failures {
            self.forget_failure(&hash, walked)?;
        }
        for (hash, stamp) in remains.folder_covers {
            self.keep_folder_cover(&hash, stamp)?;
        }
        let oldest = self.order.now_ms - DEPARTED_KEPT_MS;
        self.run("DELETE FROM departed WHERE departed_ms < ?1", params![oldest])?;
        if self.shelves.end_of_files() {
            self.pending += 1;
        }
        self.order_search()?;
        self.commit_if_pending()?;
        self.report.tracks = self.count("SELECT count(*) FROM tracks")?;
        self.report.failed = self.count("SELECT count(*) FROM failures")?;
        let report = std::mem::take(&mut self.report);
        self.close()?;
        Ok(report)
    }

    fn close(self) -> Result<(), ScanError> {
        db::set_unclean(self.db, false)?;
        self.db.execute_batch("COMMIT; PRAGMA optimize")?;
        Ok(())
    }

    fn take(&mut self, outcome: Outcome) -> Result<(), ScanError> {
        match outcome {
            Outcome::Found(found) => self.place(&found)?,
            Outcome::Failed(failed) => self.fail(&failed)?,
            Outcome::NoRoom(error) => return Err(ScanError::Covers(error)),
        }
        self.tally.done.fetch_add(1, Ordering::AcqRel);
        self.pending += 1;
        Ok(())
    }

    fn place(&mut self, found: &Found) -> rusqlite::Result<()> {
        self.run("DELETE FROM failures WHERE path_hash = ?1", params![found.path_hash])?;
        let row = match seat::seat(self.db, found, &self.placed)? {
            Seat::Own(row) => {
                self.report.changed += 1;
                self.clear(&row)?;
                row
            }
            Seat::Moved { row, evicted } => {
                self.report.changed += 1;
                if let Some(n) = evicted {
                    self.depart(n)?;
                }
                self.clear(&row)?;
                row
            }
            Seat::New { evicted, returned } => {
                self.report.added += 1;
                if let Some(n) = evicted {
                    self.depart(n)?;
                }
                self.new_row(returned)
            }
        };
        self.shelves.put(self.db, self.draw_id, &row, found)?;
        let [title, artist, album] = &found.search;
        self.run(
            "INSERT INTO search_tracks (rowid, title, artist, album) VALUES (?1, ?2, ?3, ?4)",
            params![row.place, title, artist, album],
        )?;
        self.placed.insert(row.n);
        Ok(())
    }

    /// Makes room for a row's new contents.
    fn clear(&mut self, row: &seat::Row) -> rusqlite::Result<()> {
        self.shelves.take_off(self.db, row.n)?;
        self.run("DELETE FROM search_tracks WHERE rowid = ?1", params![row.place])?;
        self.run("DELETE FROM tracks WHERE n = ?1", params![row.n])
    }

    fn new_row(&mut self, returned: Option<(ItemId, i64)>) -> seat::Row {
        let (id, added_ms) = returned.unwrap_or_else(|| ((self.draw_id)(), self.order.now_ms));
        let row = seat::Row { n: self.numbers.track, place: self.numbers.place, id, added_ms };
        self.numbers.track += 1;
        self.numbers.place += 1;
        row
    }

    fn fail(&mut self, failed: &Failed) -> rusqlite::Result<()> {
        let known = self
            .db
            .prepare_cached("SELECT n FROM tracks WHERE path_hash = ?1")?
            .query_row([failed.path_hash], |row| row.get::<_, i64>(0))
            .optional()?;
        match known {
            Some(n) if failed.unreadable => {
                self.placed.insert(n);
                return Ok(());
            }
            Some(n) => self.depart(n)?,
            None => {}
        }
        self.run(
            "INSERT OR REPLACE INTO failures (path_hash, path, device, size_bytes, modified_ns, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                failed.path_hash,
                paths::to_bytes(&failed.path),
                failed.stamp.device.cast_signed(),
                failed.stamp.size_bytes.cast_signed(),
                failed.stamp.modified_ns,
                failed.reason
            ],
        )
    }

    /// A file that was not met is gone for good when its folder and its drive could be looked at.
    fn is_gone_for_good(
        &self,
        n: i64,
        walked: &Walked,
        roots: &[PathBuf],
        there: &dyn Fn(u64) -> bool,
    ) -> rusqlite::Result<bool> {
        let row = self
            .db
            .prepare_cached("SELECT path, device FROM tracks WHERE n = ?1")?
            .query_row([n], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        let Some((path, device)) = row else { return Ok(false) };
        let path = paths::from_bytes(&path);
        if walked.unavailable.iter().any(|folder| path.starts_with(folder)) {
            return Ok(false);
        }
        let wanted = roots.iter().any(|root| path.starts_with(root));
        Ok(!wanted || there(device.cast_unsigned()))
    }

    /// Takes a track out of all lists; its id waits for its payload to come back.
    fn depart(&mut self, n: i64) -> rusqlite::Result<()> {
        self.shelves.take_off(self.db, n)?;
        self.run(
            "INSERT OR IGNORE INTO departed (id, match_key, added_ms, departed_ms)
             SELECT id, match_key, added_ms, ?2 FROM tracks WHERE n = ?1",
            params![n, self.order.now_ms],
        )?;
        self.run("DELETE FROM search_tracks WHERE rowid = (SELECT place FROM tracks WHERE n = ?1)", params![n])?;
        self.run("DELETE FROM tracks WHERE n = ?1", params![n])?;
        self.pending += 1;
        Ok(())
    }

    fn forget_failure(&mut self, hash: &paths::PathHash, walked: &Walked) -> rusqlite::Result<()> {
        let path = self
            .db
            .prepare_cached("SELECT path FROM failures WHERE path_hash = ?1")?
            .query_row([hash], |row| row.get::<_, Vec<u8>>(0))
            .optional()?
            .map(|path| paths::from_bytes(&path));
        if path.is_some_and(|path| !walked.unavailable.iter().any(|folder| path.starts_with(folder))) {
            self.run("DELETE FROM failures WHERE path_hash = ?1", params![hash])?;
            self.pending += 1;
        }
        Ok(())
    }

    fn keep_folder_cover(&self, hash: &paths::PathHash, stamp: Option<i64>) -> rusqlite::Result<()> {
        match stamp {
            Some(stamp) => self.run("INSERT OR REPLACE INTO folder_covers VALUES (?1, ?2)", params![hash, stamp]),
            None => self.run("DELETE FROM folder_covers WHERE folder_hash = ?1", params![hash]),
        }
    }

    /// Gives prominent tracks the first places in the search index, once enough has changed: a search looks at the
    /// first some hundred matches by place.
    fn order_search(&mut self) -> Result<(), ScanError> {
        let moved = db::meta(self.db, "unordered")? + i64::try_from(self.report.added).unwrap_or(i64::MAX);
        let total: i64 = self.db.query_row("SELECT count(*) FROM tracks", [], |row| row.get(0))?;
        if total < ORDERED_FROM || moved.saturating_mul(4) < total {
            return Ok(db::set_meta(self.db, "unordered", moved)?);
        }
        self.commit_if_pending()?;
        prominence::order(self.db)?;
        db::set_meta(self.db, "unordered", 0)?;
        self.pending += 1;
        Ok(())
    }

    fn step(&mut self) -> Result<(), ScanError> {
        if self.pending >= BATCH_FILES { self.commit() } else { Ok(()) }
    }

    fn commit_if_pending(&mut self) -> Result<(), ScanError> {
        if self.pending == 0 { Ok(()) } else { self.commit() }
    }

    fn commit(&mut self) -> Result<(), ScanError> {
        self.shelves.settle(self.db, self.draw_id)?;
        let revision = db::meta(self.db, "revision")? + 1;
        db::set_meta(self.db, "revision", revision)?;
        self.db.execute_batch("COMMIT; BEGIN IMMEDIATE")?;
        self.pending = 0;
        self.since_commit = Stopwatch::start();
        (self.order.committed)(revision.cast_unsigned());
        Ok(())
    }

    fn tell_progress(&mut self) {
        if self.since_progress.elapsed() >= PROGRESS_EVERY {
            self.since_progress = Stopwatch::start();
            (self.order.progress)(self.tally.state());
        }
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<()> {
        self.db.prepare_cached(sql)?.execute(values).map(drop)
    }

    fn count(&self, sql: &str) -> rusqlite::Result<u64> {
        self.db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
    }
}
