//! A media file, opened for positioned reads.

use std::{
    fs::File,
    io::{self, ErrorKind},
    path::Path,
};

use bytes::Bytes;

/// An open file. All calls block.
#[derive(Debug)]
pub struct MediaFile {
    file: File,
}

impl MediaFile {
    /// Opens a file.
    ///
    /// # Errors
    /// Of the system.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::open(path)? })
    }

    /// Reads exactly `bytes` from `at` on.
    ///
    /// # Errors
    /// Of the system; a file that became shorter is [`ErrorKind::UnexpectedEof`].
    pub fn read_at(&self, at: u64, bytes: u64) -> io::Result<Bytes> {
        let len = usize::try_from(bytes).map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
        let mut buffer = vec![0; len];
        read_exact_at(&self.file, &mut buffer, at)?;
        Ok(Bytes::from(buffer))
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

#[cfg(windows)]
fn read_exact_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        let read = std::os::windows::fs::FileExt::seek_read(file, &mut buffer[done..], at + done as u64)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        done += read;
    }
    Ok(())
}
