//! What can go wrong, by operation.

use std::{io, path::PathBuf};

use crate::room::{io_lacks_room, sql_lacks_room};

/// Why a library cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer version of the program wrote the database.
    #[error("{} was written by a newer version of iRoam (format {found}, this one knows {known}): update iRoam, or choose another data folder", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// A file or folder of the library's own cannot be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database refuses.
    #[error("the library's database cannot be opened: {0}")]
    Database(#[from] rusqlite::Error),
}

impl OpenError {
    /// Whether it is for want of room on the disk.
    #[must_use]
    pub fn lacks_room(&self) -> bool {
        match self {
            Self::Io { source, .. } => io_lacks_room(source),
            Self::Database(error) => sql_lacks_room(error),
            Self::Newer { .. } => false,
        }
    }
}

/// Why a read has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The cursor is not one that was given out.
    #[error("the cursor is not valid: begin the list again without one")]
    Cursor,
    /// The database refuses.
    #[error("the library's database cannot be read: {0}")]
    Database(#[from] rusqlite::Error),
}

/// Why a scan ended early. What it had written stays.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Another scan is running.
    #[error("a scan is already running")]
    Busy,
    /// It was told to stop.
    #[error("the scan was stopped")]
    Cancelled,
    /// The covers folder has no room.
    #[error("a cover cannot be stored: {0}")]
    Covers(io::Error),
    /// The database refuses, for instance because the disk is full.
    #[error("the library's database cannot be written: {0}")]
    Database(#[from] rusqlite::Error),
}

impl ScanError {
    /// Whether it is for want of room on the disk: the next scan goes on from here.
    #[must_use]
    pub fn lacks_room(&self) -> bool {
        match self {
            Self::Covers(error) => io_lacks_room(error),
            Self::Database(error) => sql_lacks_room(error),
            Self::Busy | Self::Cancelled => false,
        }
    }
}

/// Why a track's file cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// No track has this id.
    #[error("there is no such track")]
    Unknown,
    /// The track is listed, its file is not there now.
    #[error("the file is not there: its drive may be unplugged, or it was moved and the next scan will find it")]
    Gone,
    /// The index cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}
