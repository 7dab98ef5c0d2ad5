//! What the index knows of files, compared with what a walk finds. Paths stand by their hashes: 1,000,000 files need
//! about 80 MB for the time of a scan.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use rusqlite::Connection;

use super::probing::{FolderCover, Job};
use crate::{
    paths::{self, PathHash},
    walk::{Folder, Stamp},
};

struct File {
    /// The track; `None` for a file that failed.
    n: Option<i64>,
    stamp: Stamp,
    seen: bool,
}

/// The index's knowledge at the begin of a scan.
pub(crate) struct Known {
    files: HashMap<PathHash, File>,
    folder_covers: HashMap<PathHash, i64>,
    seen_covers: HashMap<PathHash, i64>,
    /// Bytes of every path's root are not kept; this holds which roots had media.
    roots_with_media: HashSet<Vec<u8>>,
    moved_devices: Vec<(i64, u64)>,
    renumbered: HashSet<u64>,
}

/// What is left after a walk.
pub(crate) struct Remains {
    /// Tracks whose files were not met.
    pub(crate) unseen_tracks: Vec<i64>,
    /// Failed files that were not met.
    pub(crate) unseen_failures: Vec<PathHash>,
    /// Tracks whose drive has another number now.
    pub(crate) moved_devices: Vec<(i64, u64)>,
    /// Old numbers of such drives.
    pub(crate) renumbered: HashSet<u64>,
    /// Covers beside the music as they are now, where that changed; `None` when there is none any more.
    pub(crate) folder_covers: Vec<(PathHash, Option<i64>)>,
}

impl Known {
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut known = Self {
            files: HashMap::new(),
            folder_covers: HashMap::new(),
            seen_covers: HashMap::new(),
            roots_with_media: HashSet::new(),
            moved_devices: Vec::new(),
            renumbered: HashSet::new(),
        };
        let mut tracks =
            connection.prepare("SELECT path_hash, n, size_bytes, modified_ns, device, path FROM tracks")?;
        let mut rows = tracks.query([])?;
        while let Some(row) = rows.next()? {
            known.remember_ancestors(row.get_ref(5)?.as_blob().unwrap_or_default());
            known.files.insert(row.get(0)?, File { n: Some(row.get(1)?), stamp: stamp(row, 2)?, seen: false });
        }
        let mut failures = connection.prepare("SELECT path_hash, size_bytes, modified_ns, device FROM failures")?;
        let mut rows = failures.query([])?;
        while let Some(row) = rows.next()? {
            known.files.insert(row.get(0)?, File { n: None, stamp: stamp(row, 1)?, seen: false });
        }
        let mut covers = connection.prepare("SELECT folder_hash, stamp FROM folder_covers")?;
        let mut rows = covers.query([])?;
        while let Some(row) = rows.next()? {
            known.folder_covers.insert(row.get(0)?, row.get(1)?);
        }
        Ok(known)
    }

    /// Which of the roots had media in them.
    pub(crate) fn take_paths_of_roots(&mut self, roots: &[PathBuf]) -> Vec<Vec<u8>> {
        let held = std::mem::take(&mut self.roots_with_media);
        roots.iter().map(|root| paths::to_bytes(root)).filter(|root| held.contains(root)).collect()
    }

    /// Marks what is as it was and returns the rest for looking at.
    pub(crate) fn compare(&mut self, folder: Folder) -> Vec<Job> {
        let folder_hash = paths::hash(&folder.path);
        let cover_stamp = folder.cover.as_ref().map(|(path, stamp)| cover_stamp(path, stamp));
        let cover_changed = self.folder_covers.get(&folder_hash).copied() != cover_stamp;
        self.seen_covers.extend(cover_stamp.map(|stamp| (folder_hash, stamp)));
        let cover = folder.cover.map(|(path, _)| Arc::new(FolderCover::new(path)));
        let mut jobs = Vec::new();
        for (path, stamp) in folder.files {
            let path_hash = paths::hash(&path);
            if !self.is_unchanged(&path_hash, &stamp) || cover_changed {
                jobs.push(Job { path, path_hash, stamp, folder_cover: cover.clone() });
            }
        }
        jobs
    }

    pub(crate) fn remains(self) -> Remains {
        let mut remains = Remains {
            unseen_tracks: Vec::new(),
            unseen_failures: Vec::new(),
            moved_devices: self.moved_devices,
            renumbered: self.renumbered,
            folder_covers: Vec::new(),
        };
        for (hash, file) in self.files.into_iter().filter(|(_, file)| !file.seen) {
            match file.n {
                Some(n) => remains.unseen_tracks.push(n),
                None => remains.unseen_failures.push(hash),
            }
        }
        for (hash, stamp) in &self.seen_covers {
            if self.folder_covers.get(hash) != Some(stamp) {
                remains.folder_covers.push((*hash, Some(*stamp)));
            }
        }
        let vanished = self.folder_covers.keys().filter(|hash| !self.seen_covers.contains_key(*hash));
        remains.folder_covers.extend(vanished.map(|hash| (*hash, None)));
        remains
    }

    fn is_unchanged(&mut self, hash: &PathHash, stamp: &Stamp) -> bool {
        let Some(file) = self.files.get_mut(hash) else { return false };
        file.seen = true;
        if !file.stamp.same_content(stamp) {
            return false;
        }
        if let Some(n) = file.n.filter(|_| file.stamp.device != stamp.device) {
            self.renumbered.insert(file.stamp.device);
            self.moved_devices.push((n, stamp.device));
        }
        true
    }

    fn remember_ancestors(&mut self, path: &[u8]) {
        // Siblings share their folders: once one is known, so are all above it.
        let mut end = path.len();
        while let Some(slash) = path[..end].iter().rposition(|byte| matches!(byte, b'/' | b'\\')) {
            if slash == 0 || !self.roots_with_media.insert(path[..slash].to_vec()) {
                break;
            }
            end = slash;
        }
    }
}

fn stamp(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Stamp> {
    Ok(Stamp {
        size_bytes: row.get::<_, i64>(first)?.cast_unsigned(),
        modified_ns: row.get(first + 1)?,
        device: row.get::<_, i64>(first + 2)?.cast_unsigned(),
    })
}

/// One number for a cover's name, size and time.
fn cover_stamp(path: &std::path::Path, stamp: &Stamp) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&paths::to_bytes(path));
    hasher.update(&stamp.size_bytes.to_le_bytes());
    hasher.update(&stamp.modified_ns.to_le_bytes());
    let mut short = [0; 8];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    i64::from_le_bytes(short)
}
