//! The private match key: knows a file again after rename, move and retag. It never leaves the home.

use std::{
    fmt,
    io::{self, Read, Seek},
    ops::Range,
};

use crate::{Container, budget::read_at};

/// Bytes of each of the three samples. Large enough that two songs never share one, small enough for three reads.
const SAMPLE_BYTES: u64 = 64 << 10;

/// Separates these hashes from any other use of BLAKE3.
const CONTEXT: &str = "iroam 2026 match key of a media payload";

/// Longest part of an Ogg page header that can reach into a sample from before its begin.
const OGG_HEADER_BYTES: u64 = 27;

/// 128 bits of BLAKE3 over the payload's length and its first, middle and last 64 KiB.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MatchKey([u8; 16]);

impl MatchKey {
    /// A key that was stored.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bits, for storing.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(crate) fn of<R: Read + Seek>(source: &mut R, container: Container, payload: &Range<u64>) -> io::Result<Self> {
        let length = payload.end.saturating_sub(payload.start);
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&length.to_le_bytes());
        for sample in samples(length) {
            let bytes = read_sample(source, container, payload, &sample)?;
            hasher.update(&bytes);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Ok(Self(key))
    }
}

impl fmt::Debug for MatchKey {
    /// Says nothing: the key is private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MatchKey(…)")
    }
}

/// Parts of a payload of this length, relative to its begin.
fn samples(length: u64) -> Vec<Range<u64>> {
    if length <= 3 * SAMPLE_BYTES {
        return std::iter::once(0..length).collect();
    }
    let middle = length / 2 - SAMPLE_BYTES / 2;
    vec![0..SAMPLE_BYTES, middle..middle + SAMPLE_BYTES, length - SAMPLE_BYTES..length]
}

fn read_sample<R: Read + Seek>(
    source: &mut R,
    container: Container,
    payload: &Range<u64>,
    sample: &Range<u64>,
) -> io::Result<Vec<u8>> {
    // A page header may begin before the sample and end inside it.
    let before = if container == Container::Ogg { sample.start.min(OGG_HEADER_BYTES) } else { 0 };
    let length = usize::try_from(sample.end - sample.start + before).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    if !read_at(source, payload.start + sample.start - before, &mut bytes)? {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was read"));
    }
    if container == Container::Ogg {
        blank_ogg_numbers(&mut bytes);
    }
    Ok(bytes.split_off(usize::try_from(before).unwrap_or(0)))
}

/// A longer comment header shifts the sequence numbers, and so the checksums, of all Ogg pages: they don't count.
fn blank_ogg_numbers(bytes: &mut [u8]) {
    let mut pos = 0;
    while let Some(found) = bytes[pos..].windows(4).position(|window| window == b"OggS") {
        let begin = pos + found;
        let end = (begin + 26).min(bytes.len());
        if begin + 18 < end {
            bytes[begin + 18..end].fill(0);
        }
        pos = begin + 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(bytes: &[u8], payload: Range<u64>) -> MatchKey {
        MatchKey::of(&mut io::Cursor::new(bytes), Container::Mpeg, &payload).unwrap()
    }

    #[test]
    fn what_stands_before_the_payload_does_not_count() {
        let song: Vec<u8> = (0..400_000u32).map(|i| (i * 7 % 251) as u8).collect();
        let tagged = [vec![1; 999], song.clone()].concat();
        assert_eq!(key(&song, 0..400_000), key(&tagged, 999..400_999));
    }

    #[test]
    fn one_changed_byte_in_a_sample_or_another_length_makes_another_key() {
        let song = vec![3u8; 400_000];
        let mut other = song.clone();
        other[200_000] = 4;
        assert_ne!(key(&song, 0..400_000), key(&other, 0..400_000));
        assert_ne!(key(&song, 0..400_000), key(&song, 0..399_999));
    }

    #[test]
    fn an_empty_payload_has_a_key_too() {
        assert_eq!(key(&[], 0..0), key(&[1], 1..1));
    }

    #[test]
    fn page_numbers_of_ogg_do_not_count_even_across_the_edge_of_a_sample() {
        let page = |number: u8| {
            let mut page = b"OggS\0\0\x01\x01\x01\x01\x01\x01\x01\x01\x09\x09\x09\x09".to_vec();
            page.extend([number; 8]);
            page.extend([1, 200]);
            page.resize(28 + 200, 5);
            page
        };
        let file = |number: u8| page(number).repeat(2_000);
        let key =
            |bytes: &[u8]| MatchKey::of(&mut io::Cursor::new(bytes), Container::Ogg, &(0..bytes.len() as u64)).unwrap();
        assert_eq!(key(&file(1)), key(&file(7)));
    }
}
