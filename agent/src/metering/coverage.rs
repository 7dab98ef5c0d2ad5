//! Which blocks of one track were served in one listening.

use std::ops::Range;

use super::BLOCK_BYTES;

/// Bytes outside the payload that are free per file: covers of a few MiB, an MP4's index of a long film.
const FREE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// What a file of unknown length is taken for, in bytes per millisecond: 1 Mbit/s, between music and film.
const UNKNOWN_BYTES_PER_MS: u64 = 125;

/// What is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Bytes of the file.
    pub size_bytes: u64,
    /// Its length; 0 when unknown.
    pub duration_ms: u64,
    /// First byte of the payload.
    pub payload_first: u64,
    /// Behind the last byte of the payload.
    pub payload_end: u64,
}

impl Facts {
    /// The facts of a file; a payload that makes no sense is taken for the whole file.
    pub fn new(size_bytes: u64, duration_ms: u64, payload: &Range<u64>) -> Self {
        let sound = payload.start < payload.end && payload.end <= size_bytes;
        let (payload_first, payload_end) = if sound { (payload.start, payload.end) } else { (0, size_bytes) };
        Self { size_bytes, duration_ms, payload_first, payload_end }
    }

    fn payload_bytes(&self) -> u64 {
        self.payload_end - self.payload_first
    }

    /// The payload's bytes within a block.
    fn payload_bytes_in(&self, block: u64) -> u64 {
        let first = block.saturating_mul(BLOCK_BYTES).max(self.payload_first);
        let end = block.saturating_add(1).saturating_mul(BLOCK_BYTES).min(self.payload_end);
        end.saturating_sub(first)
    }

    fn bytes_in(&self, block: u64) -> u64 {
        let first = block.saturating_mul(BLOCK_BYTES);
        block.saturating_add(1).saturating_mul(BLOCK_BYTES).min(self.size_bytes).saturating_sub(first)
    }

    fn ms_of(&self, bytes: u64) -> u64 {
        if self.duration_ms == 0 {
            return bytes / UNKNOWN_BYTES_PER_MS;
        }
        let ms = u128::from(bytes) * u128::from(self.duration_ms) / u128::from(self.payload_bytes().max(1));
        u64::try_from(ms).unwrap_or(u64::MAX)
    }
}

/// What counting a block came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// It was counted before, so it is free.
    Already,
    /// It is counted from now on.
    Now,
    /// It does not fit below the ceiling.
    NoRoom,
}

/// The blocks of one track in one listening.
#[derive(Debug)]
pub(super) struct Coverage {
    facts: Facts,
    counted: Bits,
    delivered: Bits,
    /// Of the counted blocks outside the payload, those beyond the free cap.
    dear: Bits,
    counted_bytes: u64,
    delivered_bytes: u64,
    free_bytes: u64,
    /// When it was last asked for.
    pub(super) used_ms: u64,
}

impl Coverage {
    pub(super) fn new(facts: Facts) -> Self {
        Self {
            facts,
            counted: Bits::default(),
            delivered: Bits::default(),
            dear: Bits::default(),
            counted_bytes: 0,
            delivered_bytes: 0,
            free_bytes: 0,
            used_ms: 0,
        }
    }

    pub(super) fn counted_ms(&self) -> u64 {
        self.facts.ms_of(self.counted_bytes)
    }

    pub(super) fn delivered_ms(&self) -> u64 {
        self.facts.ms_of(self.delivered_bytes)
    }

    pub(super) fn map_bytes(&self) -> usize {
        self.counted.bytes() + self.delivered.bytes() + self.dear.bytes()
    }

    /// Counts a block when the track then stays within `room_ms`.
    pub(super) fn count(&mut self, block: u64, room_ms: u64) -> Counted {
        if self.counted.has(block) {
            return Counted::Already;
        }
        let (cost_bytes, _) = self.cost_if_new(block);
        if cost_bytes > 0 && self.facts.ms_of(self.counted_bytes + cost_bytes) > room_ms {
            return Counted::NoRoom;
        }
        self.take(block);
        Counted::Now
    }

    /// The block is on the wire. It counts even if another answer gave it back meanwhile.
    pub(super) fn deliver(&mut self, block: u64) {
        if !self.counted.has(block) {
            self.take(block);
        }
        if !self.delivered.has(block) {
            self.delivered.set(block);
            self.delivered_bytes += self.cost_of_counted(block);
        }
    }

    /// The block was counted and not sent.
    pub(super) fn give_back(&mut self, block: u64) {
        if !self.counted.has(block) || self.delivered.has(block) {
            return;
        }
        let cost_bytes = self.cost_of_counted(block);
        self.counted_bytes = self.counted_bytes.saturating_sub(cost_bytes);
        if cost_bytes == 0 {
            self.free_bytes = self.free_bytes.saturating_sub(self.facts.bytes_in(block));
        }
        self.dear.clear(block);
        self.counted.clear(block);
    }

    fn take(&mut self, block: u64) {
        let (cost_bytes, is_dear) = self.cost_if_new(block);
        if is_dear {
            self.dear.set(block);
        }
        if cost_bytes == 0 {
            self.free_bytes += self.facts.bytes_in(block);
        }
        self.counted_bytes += cost_bytes;
        self.counted.set(block);
    }

    /// A block wholly outside the payload is free while the cap lasts; beyond it, it costs like payload.
    fn cost_if_new(&self, block: u64) -> (u64, bool) {
        let payload_bytes = self.facts.payload_bytes_in(block);
        let bytes = self.facts.bytes_in(block);
        let is_dear = payload_bytes == 0 && self.free_bytes + bytes > FREE_BYTES_MAX;
        (if is_dear { bytes } else { payload_bytes }, is_dear)
    }

    fn cost_of_counted(&self, block: u64) -> u64 {
        if self.dear.has(block) { self.facts.bytes_in(block) } else { self.facts.payload_bytes_in(block) }
    }
}

/// A set of small numbers that grows up to the largest of them.
#[derive(Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn place(block: u64) -> (usize, u64) {
        (usize::try_from(block / 64).unwrap_or(usize::MAX), 1 << (block % 64))
    }

    fn has(&self, block: u64) -> bool {
        let (word, bit) = Self::place(block);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn set(&mut self, block: u64) {
        let (word, bit) = Self::place(block);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= bit;
    }

    fn clear(&mut self, block: u64) {
        let (word, bit) = Self::place(block);
        if let Some(bits) = self.0.get_mut(word) {
            *bits &= !bit;
        }
    }

    fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<u64>()
    }
}
