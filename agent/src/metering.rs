//! How much media was served in each listening: distinct 64 KiB blocks × duration ÷ size, against the ceiling of the
//! grant. Decides without I/O; time is an argument. Repeats are free; blocks outside the payload (container header,
//! index, tags, covers) are free up to a cap per file.
//!
//! The way of a block: [`Meter::admit`] *counts* the new blocks of an answer, so that answers that run side by side
//! cannot together go beyond the ceiling; [`Meter::delivered`] makes a block final when it is handed to the wire, and
//! [`Meter::finish`] gives back what was not.

mod coverage;

use std::collections::HashMap;

use iroam_protocol::{
    id::{ItemId, RowId},
    lease::MINUTE_MS,
    path::Path,
    range::ByteRange,
};

use coverage::Coverage;
pub use coverage::Facts;

/// The unit of counting, in bytes.
pub const BLOCK_BYTES: u64 = 64 * 1024;
/// A listening that nobody asked media of for so long is forgotten here (the portal closes it after 15 min): its total
/// is in the spool.
pub const FORGET_AFTER_MS: u64 = 20 * 60_000;
/// Listenings kept at once: three per account, with room for many accounts.
const LISTENINGS_MAX: usize = 64;
/// Tracks of one listening whose blocks are known one by one; the least recently used is folded into a sum.
const TRACKS_MAX: usize = 128;
/// Memory of all block maps together; a map of a 1 GB film takes 4 KiB.
const MAP_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest `Retry-After`: the next heartbeat raises the ceiling.
const RETRY_AFTER_S: u64 = 5;

/// What is counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The listening.
    pub listening: RowId,
    /// The track.
    pub track: ItemId,
}

/// An answer that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What it counts for.
    pub key: Key,
    /// The bytes that may be sent: the wanted ones, or the first of them.
    pub range: ByteRange,
    /// First of the blocks that this answer was the first to count, as a bit set beside it.
    first_block: u64,
    counted: u64,
}

/// Beyond the ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ahead {
    /// Seconds to wait.
    pub retry_after_s: u64,
}

/// What was newly served, for the spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Minute {
    /// The listening.
    pub listening: RowId,
    /// Minute of media, from 0.
    pub minute: u64,
}

/// Additions to a [`Minute`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Growth {
    /// Media milliseconds.
    pub served_ms: u64,
    /// Bytes by path: LAN, direct, relay.
    pub bytes: [u64; 3],
}

impl Growth {
    /// Adds another growth of the same minute.
    pub fn join(&mut self, other: Self) {
        self.served_ms = self.served_ms.saturating_add(other.served_ms);
        for (bytes, more) in self.bytes.iter_mut().zip(other.bytes) {
            *bytes = bytes.saturating_add(more);
        }
    }

    fn add_bytes(&mut self, path: Path, bytes: u64) {
        let index = match path {
            Path::Lan => 0,
            Path::Direct => 1,
            Path::Relay => 2,
        };
        self.bytes[index] += bytes;
    }
}

/// The counters of all listenings.
#[derive(Debug, Default)]
pub struct Meter {
    listenings: HashMap<RowId, Listening>,
    grown: HashMap<Minute, Growth>,
}

#[derive(Debug)]
struct Listening {
    used_ms: u64,
    /// Served before this process, and by tracks that were folded.
    folded_ms: u64,
    /// What the spool was told, in milliseconds.
    told_ms: u64,
    tracks: HashMap<ItemId, Coverage>,
}

impl Listening {
    fn counted_ms(&self) -> u64 {
        self.tracks.values().fold(self.folded_ms, |sum, track| sum.saturating_add(track.counted_ms()))
    }

    fn delivered_ms(&self) -> u64 {
        self.tracks.values().fold(self.folded_ms, |sum, track| sum.saturating_add(track.delivered_ms()))
    }
}

impl Meter {
    /// Whether the listening is known here; when not, [`Meter::resume`] it first.
    pub fn knows(&self, listening: &RowId) -> bool {
        self.listenings.contains_key(listening)
    }

    /// Begins to count a listening of which `served_ms` were served before this process began.
    pub fn resume(&mut self, listening: RowId, served_ms: u64, now_ms: u64) {
        if self.listenings.len() >= LISTENINGS_MAX && !self.knows(&listening) {
            self.forget_one();
        }
        self.listenings.entry(listening).or_insert_with(|| Listening {
            used_ms: now_ms,
            folded_ms: served_ms,
            told_ms: served_ms,
            tracks: HashMap::new(),
        });
    }

    /// Media milliseconds delivered in a listening; 0 when it is not known here.
    pub fn served_ms(&self, listening: &RowId) -> u64 {
        self.listenings.get(listening).map_or(0, Listening::delivered_ms)
    }

    /// Admits an answer of `range`, or of its first blocks when the ceiling leaves no more.
    ///
    /// # Errors
    /// [`Ahead`] when not even its first new block fits.
    pub fn admit(
        &mut self,
        now_ms: u64,
        key: Key,
        facts: &Facts,
        range: ByteRange,
        ceil_ms: u64,
    ) -> Result<Ticket, Ahead> {
        self.resume(key.listening, 0, now_ms);
        self.make_room();
        let Some(listening) = self.listenings.get_mut(&key.listening) else {
            return Err(Ahead { retry_after_s: RETRY_AFTER_S });
        };
        listening.used_ms = now_ms;
        if listening.tracks.len() >= TRACKS_MAX && !listening.tracks.contains_key(&key.track) {
            fold_oldest(listening);
        }
        let counted_ms = listening.counted_ms();
        let track = listening.tracks.entry(key.track).or_insert_with(|| Coverage::new(*facts));
        track.used_ms = now_ms;
        let others_ms = counted_ms.saturating_sub(track.counted_ms());
        let room_ms = ceil_ms.saturating_sub(others_ms);
        let first_block = range.first / BLOCK_BYTES;
        // A ticket's bit set has 64 places: 4 MiB, four times the longest answer over a stream.
        let last_block = (range.last / BLOCK_BYTES).min(first_block + 63);
        let mut counted = 0;
        let mut last = range.last.min((last_block + 1) * BLOCK_BYTES - 1);
        for block in first_block..=last_block {
            match track.count(block, room_ms) {
                coverage::Counted::Already => {}
                coverage::Counted::Now => counted |= 1 << (block - first_block),
                coverage::Counted::NoRoom if block == first_block => {
                    return Err(Ahead { retry_after_s: RETRY_AFTER_S });
                }
                coverage::Counted::NoRoom => {
                    last = block * BLOCK_BYTES - 1;
                    break;
                }
            }
        }
        Ok(Ticket { key, range: ByteRange { first: range.first, last }, first_block, counted })
    }

    /// `bytes` from `offset` on, all in one block, were handed to the wire.
    pub fn delivered(&mut self, ticket: &Ticket, offset: u64, bytes: u64, path: Path) {
        let Some(listening) = self.listenings.get_mut(&ticket.key.listening) else { return };
        if let Some(track) = listening.tracks.get_mut(&ticket.key.track) {
            track.deliver(offset / BLOCK_BYTES);
        }
        let before_ms = listening.told_ms;
        let after_ms = listening.delivered_ms().max(before_ms);
        listening.told_ms = after_ms;
        self.grow(ticket.key.listening, before_ms, after_ms);
        let minute = Minute { listening: ticket.key.listening, minute: after_ms.saturating_sub(1) / MINUTE_MS };
        self.grown.entry(minute).or_default().add_bytes(path, bytes);
    }

    /// The answer ended, whole or not: gives back what was counted and not delivered.
    pub fn finish(&mut self, ticket: &Ticket) {
        let listening = self.listenings.get_mut(&ticket.key.listening);
        let Some(track) = listening.and_then(|listening| listening.tracks.get_mut(&ticket.key.track)) else { return };
        for bit in 0..64 {
            if ticket.counted & (1 << bit) != 0 {
                track.give_back(ticket.first_block + bit);
            }
        }
    }

    /// Takes what was served since the last call, for the spool.
    pub fn take_grown(&mut self) -> Vec<(Minute, Growth)> {
        self.grown.drain().collect()
    }

    /// Whether [`Meter::take_grown`] would return something.
    pub fn has_grown(&self) -> bool {
        !self.grown.is_empty()
    }

    /// Forgets listenings that nobody uses any more.
    pub fn forget_idle(&mut self, now_ms: u64) {
        self.listenings.retain(|_, listening| now_ms.saturating_sub(listening.used_ms) < FORGET_AFTER_MS);
    }

    /// Forgets a listening that was closed.
    pub fn forget(&mut self, listening: &RowId) {
        self.listenings.remove(listening);
    }

    fn grow(&mut self, listening: RowId, from_ms: u64, to_ms: u64) {
        let mut at_ms = from_ms;
        while at_ms < to_ms {
            let minute = at_ms / MINUTE_MS;
            let end_ms = (minute + 1).saturating_mul(MINUTE_MS).min(to_ms);
            self.grown.entry(Minute { listening, minute }).or_default().served_ms += end_ms - at_ms;
            at_ms = end_ms;
        }
    }

    fn forget_one(&mut self) {
        let oldest = self.listenings.iter().min_by_key(|(_, listening)| listening.used_ms).map(|(id, _)| *id);
        if let Some(id) = oldest {
            self.listenings.remove(&id);
        }
    }

    fn make_room(&mut self) {
        let tracks = self.listenings.values().flat_map(|listening| listening.tracks.values());
        if tracks.map(Coverage::map_bytes).sum::<usize>() < MAP_BYTES_MAX {
            return;
        }
        let oldest = self.listenings.values_mut().filter(|listening| !listening.tracks.is_empty());
        if let Some(listening) = oldest.min_by_key(|listening| listening.used_ms) {
            fold_oldest(listening);
        }
    }
}

/// Keeps the sum of the least recently used track and forgets its blocks: asked for again, they count again.
fn fold_oldest(listening: &mut Listening) {
    let oldest = listening.tracks.iter().min_by_key(|(_, track)| track.used_ms).map(|(id, _)| *id);
    if let Some(track) = oldest.and_then(|id| listening.tracks.remove(&id)) {
        listening.folded_ms = listening.folded_ms.saturating_add(track.delivered_ms());
    }
}

#[cfg(test)]
mod tests;
