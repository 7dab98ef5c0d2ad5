//! Libraries of media made by the tests themselves: known tones, pleasant demo music, and a large one full of oddities.
//!
//! Each is made by ffmpeg and lofty once, kept under `target/media` by the hash of the code that makes it, and only read
//! afterwards.

pub mod art;
pub mod demo;
pub mod ffmpeg;
pub mod large;
pub mod odd;
pub mod synth;
pub mod tagging;
pub mod tone;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// A library that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corpus {
    /// One file of each format, each a known tone.
    Tones,
    /// 1,000 and more files, duplicates, oddities and rubbish among them.
    Large,
}

impl Corpus {
    /// The corpus of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "tones" => Some(Self::Tones),
            "large" => Some(Self::Large),
            _ => None,
        }
    }

    /// The folder of the finished library, made when it is not there yet. Several processes may ask at once.
    ///
    /// # Errors
    /// When ffmpeg is missing or fails, or the disk does.
    pub fn folder(self) -> Result<PathBuf> {
        let media = crate::place::target_dir().join("media");
        fs::create_dir_all(&media)?;
        let folder = media.join(format!("{}-{}", self.name(), self.version()));
        if folder.exists() {
            return Ok(folder);
        }
        let lock = fs::File::create(media.join(format!("{}.lock", self.name())))?;
        lock.lock()?;
        if !folder.exists() {
            self.make(&media, &folder).with_context(|| format!("making the library {}", self.name()))?;
        }
        Ok(folder)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tones => "tones",
            Self::Large => "large",
        }
    }

    /// Hash of the code that makes it: another code, another library.
    fn version(self) -> String {
        let own = match self {
            Self::Tones => include_str!("corpus/tone.rs").to_owned(),
            Self::Large => [include_str!("corpus/large.rs"), include_str!("corpus/odd.rs")].concat(),
        };
        let shared =
            [include_str!("corpus/tagging.rs"), include_str!("corpus/art.rs"), include_str!("corpus/ffmpeg.rs")];
        let hash = Sha256::digest([own, shared.concat()].concat());
        hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    fn make(self, media: &Path, folder: &Path) -> Result<()> {
        let unfinished = tempfile::Builder::new().prefix("unfinished-").tempdir_in(media)?;
        match self {
            Self::Tones => tone::make(unfinished.path())?,
            Self::Large => large::make(unfinished.path())?,
        }
        fs::rename(unfinished.keep(), folder)?;
        Ok(())
    }
}

/// A private copy of a library, for tests that change it. Hard links where the disk allows them.
///
/// # Errors
/// When the disk fails.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}
