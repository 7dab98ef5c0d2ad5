//! A machine whose clock is wrong, for a process alone: libfaketime in front of its C library. Monotonic time stays true.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::process::Env;

/// Where Debian's package `faketime` puts it, below a folder for each kind of processor.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The clock.
#[derive(Debug)]
pub struct FalseClock {
    preload: PathBuf,
    file: PathBuf,
}

impl FalseClock {
    /// A clock whose time is kept in a file of `folder`, which must exist; right until it is set. `None` where
    /// libfaketime is not installed.
    pub fn new(folder: &Path) -> Option<Self> {
        let libraries = fs::read_dir("/usr/lib").ok()?;
        let preload =
            libraries.filter_map(|entry| Some(entry.ok()?.path().join(LIBRARY))).find(|path| path.exists())?;
        let clock = Self { preload, file: folder.join("clock") };
        clock.set("+0").ok()?;
        Some(clock)
    }

    /// Sets it by so much, as in `+3h`. A process that runs sees it within a second.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set(&self, offset: &str) -> Result<()> {
        // Renamed, so that nobody reads half a file.
        let fresh = self.file.with_extension("new");
        fs::write(&fresh, format!("{offset}\n"))?;
        Ok(fs::rename(fresh, &self.file)?)
    }

    /// What a process must find in its environment to live by this clock.
    pub fn env(&self) -> Env {
        let set = |name: &str, value: &dyn AsRef<std::ffi::OsStr>| (OsString::from(name), value.as_ref().to_owned());
        vec![
            set("LD_PRELOAD", &self.preload),
            set("FAKETIME_TIMESTAMP_FILE", &self.file),
            set("FAKETIME_CACHE_DURATION", &"1"),
            set("DONT_FAKE_MONOTONIC", &"1"),
        ]
    }
}
