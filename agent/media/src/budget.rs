//! How much of a file may be read, and for how long.

use std::{
    io::{self, Read, Seek, SeekFrom},
    time::{Duration, Instant},
};

use symphonia::core::io::MediaSource;

/// What looking at one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Bytes that may be read.
    pub bytes: u64,
    /// Time it may take, looked at on every read.
    pub time: Duration,
}

impl Default for Budget {
    /// 64 MiB: the index of a ten-hour video is about 20 MiB, a scanned booklet in a FLAC up to 16 MiB. 20 s: three
    /// samples of a file on a sleeping disk that takes 8 s to spin up.
    fn default() -> Self {
        Self { bytes: 64 << 20, time: Duration::from_secs(20) }
    }
}

/// Measures how long something took.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts at zero.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reading of the monotonic clock here; no decision about the outside world rests on it"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A seek costs as much as a short read, so that a file full of jumps ends too.
const SEEK_COST: u64 = 512;

/// A source that ends with an error when its budget is spent.
pub(crate) struct Metered<R> {
    inner: R,
    size: u64,
    left: u64,
    time: Duration,
    watch: Stopwatch,
}

impl<R: Read + Seek> Metered<R> {
    pub(crate) fn new(inner: R, size: u64, budget: Budget, watch: Stopwatch) -> Self {
        Self { inner, size, left: budget.bytes, time: budget.time, watch }
    }

    fn spend(&mut self, cost: u64) -> io::Result<()> {
        if self.watch.elapsed() > self.time {
            return Err(io::Error::other("looking at the file took too long"));
        }
        self.left = self.left.checked_sub(cost).ok_or_else(|| io::Error::other("too much had to be read"))?;
        Ok(())
    }
}

impl<R: Read + Seek> Read for Metered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.spend(1)?;
        let count = self.inner.read(buf)?;
        self.spend(count as u64)?;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for Metered<R> {
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        self.spend(SEEK_COST)?;
        self.inner.seek(pos)
    }
}

impl<R: Read + Seek + Send + Sync> MediaSource for Metered<R> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.size)
    }
}

/// Reads exactly `buf` at `pos`; `false` when the file ends before.
pub(crate) fn read_at<R: Read + Seek>(source: &mut R, pos: u64, buf: &mut [u8]) -> io::Result<bool> {
    source.seek(SeekFrom::Start(pos))?;
    match source.read_exact(buf) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_ends_when_its_bytes_are_spent() {
        let bytes = vec![0u8; 10_000];
        let budget = Budget { bytes: 2_000, time: Duration::from_secs(60) };
        let mut source = Metered::new(io::Cursor::new(bytes), 10_000, budget, Stopwatch::start());
        let mut read = Vec::new();
        assert!(source.read_to_end(&mut read).is_err());
        assert!(read.len() <= 2_000);
    }

    #[test]
    fn a_source_ends_when_its_time_is_spent() {
        let budget = Budget { bytes: u64::MAX, time: Duration::ZERO };
        let watch = Stopwatch::start();
        while watch.elapsed().is_zero() {}
        let mut source = Metered::new(io::Cursor::new([0u8; 8]), 8, budget, watch);
        assert!(source.read(&mut [0; 8]).is_err());
    }
}
