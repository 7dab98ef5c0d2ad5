//! Walking library folders: which media files there are, by names, sizes and times alone.

use std::{
    collections::{HashSet, VecDeque},
    ffi::OsStr,
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use iroam_media::{FOLDER_COVER_BYTES_MAX, folder_cover_rank, is_media_name};

/// What the system tells about a file without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) size_bytes: u64,
    pub(crate) modified_ns: i64,
    /// The file system it lies on; 0 where the system does not tell.
    pub(crate) device: u64,
}

impl Stamp {
    pub(crate) fn of(meta: &Metadata) -> Self {
        let modified = meta.modified().ok();
        let modified_ns = modified.map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
        });
        Self { size_bytes: meta.len(), modified_ns, device: device(meta) }
    }

    /// Whether a file with the other stamp is the same as before: a drive may get another number.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        self.size_bytes == other.size_bytes && self.modified_ns == other.modified_ns
    }
}

/// One folder with what matters in it.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) files: Vec<(PathBuf, Stamp)>,
    /// The best cover beside the music.
    pub(crate) cover: Option<(PathBuf, Stamp)>,
}

/// What a whole walk found out about the folders themselves.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Roots and folders that are missing, empty where they must not be, or unreadable.
    pub(crate) unavailable: Vec<PathBuf>,
    /// File systems that were met.
    pub(crate) devices: HashSet<u64>,
}

/// Folders below each other; a deeper tree is a loop or an attack.
const DEPTH_MAX: usize = 64;

/// Folders of systems and tools, with nothing for people in them.
const SYSTEM_FOLDERS: [&str; 8] = [
    "$recycle.bin",
    "system volume information",
    "lost+found",
    "@eadir",
    "#recycle",
    "#snapshot",
    "__macosx",
    "network trash folder",
];

/// A file that tells media indexers to stay out of its folder.
const STAY_OUT: &str = ".nomedia";

struct Task {
    path: PathBuf,
    depth: usize,
}

/// A walk on its way.
struct Walk<'a, F> {
    roots: &'a [PathBuf],
    /// The roots without links, to know links that lead to where the walk comes anyway.
    real_roots: Vec<PathBuf>,
    known_root: &'a dyn Fn(&Path) -> bool,
    visit: F,
    visited: HashSet<FolderId>,
    links: VecDeque<Task>,
    walked: Walked,
}

/// Walks all roots. Each real folder is visited once, however many links or roots lead to it; links are followed last,
/// so that a file's path is the one without links. `visit` answers whether to go on; `known_root` tells whether a root
/// held media before, since an empty mount point is a drive that is not there.
pub(crate) fn walk(roots: &[PathBuf], known_root: &dyn Fn(&Path) -> bool, visit: impl FnMut(Folder) -> bool) -> Walked {
    let real_roots = roots.iter().filter_map(|root| fs::canonicalize(root).ok()).collect();
    let (visited, links, walked) = (HashSet::new(), VecDeque::new(), Walked::default());
    let mut walk = Walk { roots, real_roots, known_root, visit, visited, links, walked };
    let _ = roots.iter().all(|root| walk.descend(Task { path: root.clone(), depth: 0 })) && walk.follow_links();
    walk.walked
}

impl<F: FnMut(Folder) -> bool> Walk<'_, F> {
    fn follow_links(&mut self) -> bool {
        while let Some(link) = self.links.pop_front() {
            if !self.descend(link) {
                return false;
            }
        }
        true
    }

    fn descend(&mut self, start: Task) -> bool {
        let mut stack = vec![start];
        while let Some(task) = stack.pop() {
            let is_root = task.depth == 0 && self.roots.contains(&task.path);
            match self.read_folder(&task) {
                Ok(None) => {}
                Ok(Some(listing)) if is_root && listing.entries == 0 && (self.known_root)(&task.path) => {
                    self.walked.unavailable.push(task.path);
                }
                Ok(Some(listing)) => {
                    stack.extend(listing.folders.into_iter().rev());
                    self.links.extend(listing.links);
                    if !(self.visit)(listing.folder) {
                        return false;
                    }
                }
                // A folder that went away between two reads was deleted; a root that is not there is a drive unplugged.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !is_root => {}
                Err(_) => self.walked.unavailable.push(task.path),
            }
        }
        true
    }

    /// Lists one folder; `None` when it was visited before or says to stay out.
    fn read_folder(&mut self, task: &Task) -> io::Result<Option<Listing>> {
        let meta = fs::metadata(&task.path)?;
        if !meta.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        if !self.visited.insert(folder_id(&task.path, &meta)) {
            return Ok(None);
        }
        self.walked.devices.insert(device(&meta));
        let mut names = Vec::new();
        for entry in fs::read_dir(&task.path)? {
            let entry = entry?;
            names.push((entry.file_name(), entry.file_type()));
        }
        if names.iter().any(|(name, _)| name == STAY_OUT) {
            return Ok(None);
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        let folder = Folder { path: task.path.clone(), files: Vec::new(), cover: None };
        let mut listing =
            Listing { folder, folders: Vec::new(), links: Vec::new(), entries: names.len(), cover_rank: u8::MAX };
        for (name, file_type) in names {
            if let Ok(file_type) = file_type
                && !is_skipped(&name)
            {
                self.sort_in(task, &task.path.join(&name), file_type, &mut listing);
            }
        }
        Ok(Some(listing))
    }

    fn sort_in(&self, task: &Task, path: &Path, file_type: fs::FileType, listing: &mut Listing) {
        let deeper = (task.depth < DEPTH_MAX).then(|| Task { path: path.to_owned(), depth: task.depth + 1 });
        if file_type.is_dir() {
            listing.folders.extend(deeper);
            return;
        }
        let media = is_media_name(path);
        let rank = folder_cover_rank(path).filter(|&rank| rank < listing.cover_rank);
        if !media && rank.is_none() && !file_type.is_symlink() {
            return;
        }
        // Follows links; a broken one is nothing.
        let Ok(meta) = fs::metadata(path) else { return };
        if meta.is_dir() {
            listing.links.extend(deeper);
        } else if meta.is_file() && media {
            if !(file_type.is_symlink() && self.leads_inside(path)) {
                listing.folder.files.push((path.to_owned(), Stamp::of(&meta)));
            }
        } else if let Some(rank) = rank
            && meta.is_file()
            && meta.len() <= FOLDER_COVER_BYTES_MAX
        {
            listing.cover_rank = rank;
            listing.folder.cover = Some((path.to_owned(), Stamp::of(&meta)));
        }
    }

    /// Whether a link leads to a file that is found without it.
    fn leads_inside(&self, link: &Path) -> bool {
        fs::canonicalize(link).is_ok_and(|real| self.real_roots.iter().any(|root| real.starts_with(root)))
    }
}

struct Listing {
    folder: Folder,
    folders: Vec<Task>,
    links: Vec<Task>,
    entries: usize,
    cover_rank: u8,
}

/// Hidden files, AppleDouble companions (`._song.mp3`) and folders of systems.
fn is_skipped(name: &OsStr) -> bool {
    let lossy = name.to_string_lossy();
    lossy.starts_with('.') || SYSTEM_FOLDERS.contains(&lossy.to_lowercase().as_str())
}

#[cfg(unix)]
type FolderId = (u64, u64);

#[cfg(unix)]
fn folder_id(_: &Path, meta: &Metadata) -> FolderId {
    use std::os::unix::fs::MetadataExt as _;
    (meta.dev(), meta.ino())
}

#[cfg(unix)]
fn device(meta: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    meta.dev()
}

#[cfg(not(unix))]
type FolderId = PathBuf;

#[cfg(not(unix))]
fn folder_id(path: &Path, _: &Metadata) -> FolderId {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(roots: &[PathBuf]) -> Vec<String> {
        let mut names = Vec::new();
        walk(roots, &|_| false, |folder| {
            names.extend(folder.files.iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()));
            true
        });
        names.sort();
        names
    }

    #[test]
    fn hidden_and_system_files_are_passed_by() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a.mp3",
            ".hidden.mp3",
            "._a.mp3",
            "notes.txt",
            "$RECYCLE.BIN/b.mp3",
            ".git/c.mp3",
            "out/.nomedia",
            "out/d.mp3",
            "in/e.flac",
        ] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        assert_eq!(names(&[dir.path().to_owned()]), ["a.mp3", "e.flac"]);
    }

    #[cfg(unix)]
    #[test]
    fn loops_of_links_end_and_overlapping_roots_count_once() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("one/two");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("a.mp3"), b"x").unwrap();
        std::os::unix::fs::symlink(dir.path(), deep.join("loop")).unwrap();
        std::os::unix::fs::symlink(&deep, dir.path().join("0-first")).unwrap();
        let mut paths = Vec::new();
        walk(&[dir.path().to_owned(), deep.clone()], &|_| false, |folder| {
            paths.extend(folder.files.into_iter().map(|(path, _)| path));
            true
        });
        assert_eq!(paths, [deep.join("a.mp3")]);
    }

    #[test]
    fn a_missing_root_and_an_empty_one_that_was_full_are_unavailable() {
        let dir = tempfile::tempdir().unwrap();
        let gone = dir.path().join("gone");
        let roots = [gone.clone(), dir.path().to_owned()];
        assert_eq!(walk(&roots, &|_| true, |_| true).unavailable, roots);
        assert_eq!(walk(&roots, &|_| false, |_| true).unavailable, [gone]);
    }

    #[test]
    fn the_best_cover_beside_the_music_is_chosen() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["back.jpg", "front.png", "folder.jpg"] {
            fs::write(dir.path().join(name), b"x").unwrap();
        }
        let mut cover = None;
        walk(&[dir.path().to_owned()], &|_| false, |folder| {
            cover = folder.cover.map(|(path, _)| path);
            true
        });
        assert_eq!(cover, Some(dir.path().join("folder.jpg")));
    }
}
