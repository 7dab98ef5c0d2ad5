//! A disk of a few megabytes that a test fills and frees: a tmpfs over a folder, in user and mount namespaces of its own.
//! Processes that are started on it see it there; this process reaches it through `/proc`.
//!
//! A holder, which only waits for the end of its input, keeps the namespaces: what is on the disk outlives the processes
//! that use it, and all of it is gone with the last clone of [`SmallDisk`], or with this process, however that ends.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use anyhow::{Context as _, Result, ensure};

/// Mounts the disk, says so, and waits for the end of its input.
const HOLD: &str = r#"mount -t tmpfs -o "size=$2,mode=700" tmpfs "$1" && echo ready && exec cat"#;
/// What fills the disk.
const FILLER: &str = "filler";

/// The disk; clones share it.
#[derive(Debug, Clone)]
pub struct SmallDisk(Arc<Holder>);

#[derive(Debug)]
struct Holder {
    child: Child,
    dir: PathBuf,
}

impl Drop for Holder {
    fn drop(&mut self) {
        // Without input it ends.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl SmallDisk {
    /// A disk of so many bytes, seen at `dir` by what is started on it; `None`, told, where user namespaces are not
    /// allowed.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn at(dir: &Path, bytes: u64) -> Result<Option<Self>> {
        fs::create_dir_all(dir)?;
        match Self::hold(dir, bytes) {
            Ok(disk) => Ok(Some(disk)),
            Err(error) => {
                let why =
                    "skipped: a full disk needs user and mount namespaces (unshare, nsenter), which are not to be had";
                let _ = writeln!(std::io::stderr(), "{why} here: {error:#}");
                Ok(None)
            }
        }
    }

    fn hold(dir: &Path, bytes: u64) -> Result<Self> {
        let mut child = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", HOLD, "sh"])
            .arg(dir)
            .arg(bytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("unshare does not start")?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let disk = Self(Arc::new(Holder { child, dir: dir.to_owned() }));
        let mut said = String::new();
        BufReader::new(stdout.context("a pipe")?).read_line(&mut said)?;
        if said.trim() != "ready" {
            let mut why = String::new();
            stderr.context("a pipe")?.take(4_096).read_to_string(&mut why)?;
            anyhow::bail!("{}", why.trim());
        }
        let entered = disk.command("true").output().context("nsenter does not start")?;
        ensure!(entered.status.success(), "{}", String::from_utf8_lossy(&entered.stderr).trim());
        Ok(disk)
    }

    /// A command on this disk: the process is the program itself, under its own id.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--user", "--mount", "--preserve-credentials", "--target"]).arg(self.0.child.id().to_string());
        command.arg("--").arg(program);
        command
    }

    /// Fills it to the last byte.
    ///
    /// # Errors
    /// When something else than its size is in the way.
    pub fn fill(&self) -> Result<()> {
        let mut filler = File::options().create(true).append(true).open(self.path(FILLER))?;
        let mut chunk = vec![7_u8; 64 * 1024];
        loop {
            match filler.write(&chunk) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull && chunk.len() == 1 => return Ok(()),
                Err(error) if error.kind() == ErrorKind::StorageFull => chunk.truncate(chunk.len() / 2),
                Err(error) => return Err(error).context("the disk cannot be filled"),
            }
        }
    }

    /// Takes away what filled it.
    ///
    /// # Errors
    /// When it was not filled.
    pub fn free(&self) -> Result<()> {
        fs::remove_file(self.path(FILLER)).context("the disk cannot be freed")
    }

    /// Where a file of the disk is seen by this process.
    pub fn path(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.0.child.id()));
        root.join(self.0.dir.strip_prefix("/").unwrap_or(&self.0.dir)).join(name)
    }
}

/// A command for a program, on a small disk where there is one.
pub(crate) fn command(disk: Option<&SmallDisk>, program: &Path) -> Command {
    disk.map_or_else(|| Command::new(program), |disk| disk.command(program))
}
