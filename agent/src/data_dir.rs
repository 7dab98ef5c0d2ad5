//! The agent's data folder: its key, the local page's token, the lock that keeps a second agent out, and small files
//! that are written as a whole or not at all.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use iroam_library::io_lacks_room;
use iroam_protocol::token::SigningKey;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    entropy,
    fault::{Exit, Fault},
};

/// The data folder.
#[derive(Debug, Clone)]
pub struct DataDir {
    root: PathBuf,
}

/// Keeps other agents out of the data folder while it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    running: PathBuf,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only tells `iroam status` where to look; the lock itself goes with the file.
        let _ = fs::remove_file(&self.running);
    }
}

/// Where the agent that holds the lock answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Process id.
    pub pid: u32,
    /// The local page, as `127.0.0.1:4747`.
    pub listen: std::net::SocketAddr,
}

impl DataDir {
    /// Opens the folder, making it when needed, for this user only.
    ///
    /// # Errors
    /// A [`Fault`] that names the folder.
    pub fn open(root: &Path) -> Result<Self, Fault> {
        create_private_dir(root).map_err(|error| {
            Fault::new(Exit::CannotCreate, format!("The data folder {} cannot be made: {error}.", root.display()))
                .advise("choose another one with --data DIR")
        })?;
        let root = fs::canonicalize(root).map_err(|error| read_fault(root, &error))?;
        Ok(Self { root })
    }

    /// The folder that is used unless `--data` names another.
    pub fn default_root() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "iroam").map(|dirs| dirs.data_dir().to_path_buf())
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The library's index.
    pub fn index(&self) -> PathBuf {
        self.root.join("library.sqlite")
    }

    /// Thumbnails of covers.
    pub fn covers(&self) -> PathBuf {
        self.root.join("covers")
    }

    /// What was served and not yet told to the portal.
    pub fn spool(&self) -> PathBuf {
        self.root.join("spool.sqlite")
    }

    /// Takes the folder for this process.
    ///
    /// # Errors
    /// [`Exit::Busy`] when another agent has it.
    pub fn lock(&self) -> Result<Lock, Fault> {
        let path = self.root.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| write_fault(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file, running: self.running_file() }),
            Err(TryLockError::WouldBlock) => Err(self.busy()),
            Err(TryLockError::Error(error)) => Err(write_fault(&path, &error)),
        }
    }

    fn busy(&self) -> Fault {
        let who = self.running().map(|running| format!(" (process {})", running.pid)).unwrap_or_default();
        Fault::new(Exit::Busy, format!("iRoam is running with the data folder {} already{who}.", self.root.display()))
            .advise("`iroam status` shows it; stop it first, or choose another folder with --data DIR")
    }

    /// The agent that runs here, as it told itself; stale after a crash.
    pub fn running(&self) -> Option<Running> {
        read_json(&self.running_file()).ok().flatten()
    }

    /// Tells where this process answers.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn tell_running(&self, running: &Running) -> Result<(), Fault> {
        write_json(&self.running_file(), running)
    }

    fn running_file(&self) -> PathBuf {
        self.root.join("running.json")
    }

    /// The home's key, made at first use.
    ///
    /// # Errors
    /// A [`Fault`] when the file cannot be read or holds no key; it is never overwritten.
    pub fn key(&self) -> Result<SigningKey, Fault> {
        let path = self.root.join("key");
        let text = read_or_make_secret(&path)?;
        let seed = URL_SAFE_NO_PAD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        seed.map(SigningKey::from_seed).ok_or_else(|| {
            Fault::new(Exit::Config, format!("{} is no key of iRoam.", path.display()))
                .advise("restore it from a backup; without it this home is a new one: move it away and activate again")
        })
    }

    /// The token of the local page, made at first use.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn token(&self) -> Result<String, Fault> {
        let path = self.root.join("token");
        let text = read_or_make_secret(&path)?.trim().to_owned();
        if text.len() >= 32 {
            return Ok(text);
        }
        let token = entropy::secret();
        write_atomic(&path, token.as_bytes()).map_err(|error| write_fault(&path, &error))?;
        Ok(token)
    }

    /// Reads a small JSON file of the folder; `None` when there is none.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Fault> {
        read_json(&self.root.join(name))
    }

    /// Writes a small JSON file of the folder, as a whole or not at all.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Fault> {
        write_json(&self.root.join(name), value)
    }

    /// Removes a file of the folder; one that is not there is fine.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn forget(&self, name: &str) -> Result<(), Fault> {
        let path = self.root.join(name);
        match fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(write_fault(&path, &error)),
        }
    }
}

fn read_or_make_secret(path: &Path) -> Result<String, Fault> {
    match fs::read_to_string(path) {
        Ok(text) => {
            make_private(path).map_err(|error| write_fault(path, &error))?;
            Ok(text)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = entropy::secret();
            write_atomic(path, secret.as_bytes()).map_err(|error| write_fault(path, &error))?;
            Ok(secret)
        }
        Err(error) => Err(read_fault(path, &error)),
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Fault> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(read_fault(path, &error)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Fault::new(Exit::Config, format!("{} cannot be understood: {error}.", path.display()))
            .advise("correct it, or move it away and start again")
    })
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Fault> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| Fault::new(Exit::Software, format!("{} cannot be written: {error}.", path.display())))?;
    bytes.push(b'\n');
    write_atomic(path, &bytes).map_err(|error| write_fault(path, &error))
}

/// Writes beside the file, flushes to the disk, and renames: after a crash the old or the new content is there, whole.
fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    make_private(&beside)?;
    fs::rename(&beside, path)?;
    match path.parent().map(File::open) {
        // The rename is durable once the folder is; not every system can flush a folder.
        Some(Ok(dir)) => dir.sync_all().or(Ok(())),
        _ => Ok(()),
    }
}

fn create_private_dir(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn read_fault(path: &Path, error: &io::Error) -> Fault {
    Fault::new(Exit::Denied, format!("{} cannot be read: {error}.", path.display()))
        .advise("check that it belongs to you")
}

fn write_fault(path: &Path, error: &io::Error) -> Fault {
    if io_lacks_room(error) {
        return full_fault(path);
    }
    Fault::new(Exit::CannotCreate, format!("{} cannot be written: {error}.", path.display()))
        .advise("check the free space and that the folder belongs to you")
}

/// The disk is full, so that `path` cannot be written.
pub fn full_fault(path: &Path) -> Fault {
    Fault::new(Exit::CannotCreate, format!("{} cannot be written: its disk is full.", path.display()))
        .advise("make room on this disk, then start again; or choose a folder on another disk with --data DIR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_kept_private() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(&dir.path().join("data")).unwrap();
        let key = data.key().unwrap();
        assert_eq!(data.key().unwrap().peer_id(), key.peer_id());
        assert_eq!(data.token().unwrap(), data.token().unwrap());
        #[cfg(unix)]
        for name in ["key", "token"] {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(data.root().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_broken_key_is_told_and_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        fs::write(dir.path().join("key"), "broken").unwrap();
        assert_eq!(data.key().unwrap_err().exit, Exit::Config);
        assert_eq!(fs::read_to_string(dir.path().join("key")).unwrap(), "broken");
    }

    #[test]
    fn a_second_agent_is_kept_out_until_the_first_ends() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        let lock = data.lock().unwrap();
        data.tell_running(&Running { pid: 7, listen: ([127, 0, 0, 1], 4747).into() }).unwrap();
        let fault = data.lock().unwrap_err();
        assert_eq!(fault.exit, Exit::Busy);
        assert!(fault.message.contains("process 7"), "{fault}");
        drop(lock);
        assert!(data.lock().is_ok());
        assert_eq!(data.running(), None);
    }

    #[test]
    fn a_full_disk_is_told_with_the_one_thing_to_do() {
        let fault = write_fault(Path::new("/data/key"), &io::ErrorKind::StorageFull.into());
        assert_eq!(fault.exit, Exit::CannotCreate);
        assert!(fault.message.contains("/data/key") && fault.message.contains("disk is full"), "{fault}");
        assert!(fault.advice.unwrap().contains("make room"));
    }
}
