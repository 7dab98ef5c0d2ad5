//! Random ids from one seed.

use iroam_protocol::id::ItemId;

/// Draws 128-bit ids from a seed of 256 random bits: BLAKE3, keyed by the seed, over a counter. Nobody who sees ids can
/// tell the next one.
pub(crate) struct Ids {
    seed: [u8; 32],
    drawn: u64,
}

impl Ids {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    pub(crate) fn draw(&mut self) -> ItemId {
        self.drawn += 1;
        let hash = blake3::keyed_hash(&self.seed, &self.drawn.to_le_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hash.as_bytes()[..16]);
        ItemId::from_bytes(id)
    }
}
