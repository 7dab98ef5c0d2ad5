//! Where the media bytes of a file begin and end: after and before tags, index and headers.
//!
//! The match key is made of these bytes, so a new tag leaves it alone; what stands outside is free of charge up to a
//! cap. A structure that cannot be followed leaves the whole file as payload.

pub(crate) mod boxes;
pub(crate) mod matroska;

use std::{
    io::{self, Read, Seek},
    ops::Range,
};

use crate::{Container, budget::read_at};

/// Tags stand at most this many times one after the other.
const TAGS_MAX: usize = 8;
/// More metadata blocks than any FLAC has; each costs one short read.
const FLAC_BLOCKS_MAX: usize = 512;
/// A comment header with a 16 MiB picture fills about 260 Ogg pages.
const OGG_HEADER_PAGES_MAX: usize = 1024;
/// Chunks of a RIFF-like file that are walked over to find its samples.
const CHUNKS_MAX: usize = 1024;

/// The payload of a file of `size` bytes.
///
/// # Errors
/// When the file cannot be read or the budget is spent.
pub(crate) fn payload<R: Read + Seek>(source: &mut R, container: Container, size: u64) -> io::Result<Range<u64>> {
    let found = match container {
        Container::Flac => flac(source, size)?,
        Container::Ogg => ogg(source, size)?,
        Container::Mp4 | Container::QuickTime => boxes::media_data(source, size)?,
        Container::WebM | Container::Matroska => matroska::clusters(source, size)?,
        Container::Wav => chunk(source, size, b"data", Chunks { header: 12, big_endian: false })?,
        Container::Aiff => chunk(source, size, b"SSND", Chunks { header: 12, big_endian: true })?,
        Container::Caf => caf(source, size)?,
        Container::Asf | Container::Avi => None,
        _ => Some(between_tags(source, size)?),
    };
    // An empty payload would make one match key for all broken files.
    Ok(found.filter(|range| range.start < range.end && range.end <= size).unwrap_or(0..size))
}

/// The place after all ID3v2 tags at the begin of the file (id3.org, ID3v2.4 §3.1).
pub(crate) fn after_id3v2<R: Read + Seek>(source: &mut R, size: u64) -> io::Result<u64> {
    let mut pos = 0;
    for _ in 0..TAGS_MAX {
        let mut head = [0; 10];
        if pos + 10 > size || !read_at(source, pos, &mut head)? || !head.starts_with(b"ID3") {
            break;
        }
        if head[6..10].iter().any(|byte| byte & 0x80 != 0) {
            break;
        }
        let length = head[6..10].iter().fold(0, |sum, &byte| sum << 7 | u64::from(byte));
        let footer = if head[5] & 0x10 == 0 { 0 } else { 10 };
        pos = (pos + 10 + length + footer).min(size);
    }
    Ok(pos)
}

fn between_tags<R: Read + Seek>(source: &mut R, size: u64) -> io::Result<Range<u64>> {
    let start = after_id3v2(source, size)?;
    Ok(start..before_end_tags(source, start, size)?)
}

/// Steps back over ID3v1, APEv2 and Lyrics3v2 at the end.
fn before_end_tags<R: Read + Seek>(source: &mut R, start: u64, size: u64) -> io::Result<u64> {
    let mut end = size;
    for _ in 0..TAGS_MAX {
        let Some(length) = end_tag(source, start, end)? else { break };
        end -= length;
    }
    Ok(end)
}

/// Length of the tag that ends at `end`, when it lies after `start`.
fn end_tag<R: Read + Seek>(source: &mut R, start: u64, end: u64) -> io::Result<Option<u64>> {
    let room = end.saturating_sub(start);
    let mut id3v1 = [0; 3];
    if room >= 128 && read_at(source, end - 128, &mut id3v1)? && &id3v1 == b"TAG" {
        return Ok(Some(128));
    }
    let mut foot = [0; 32];
    if room < 32 || !read_at(source, end - 32, &mut foot)? {
        return Ok(None);
    }
    let length = if foot.starts_with(b"APETAGEX") {
        let header = if foot[23] & 0x80 == 0 { 0 } else { 32 };
        Some(u64::from(little(&foot[12..16])) + header)
    } else if foot.ends_with(b"LYRICS200") {
        let digits = std::str::from_utf8(&foot[17..23]).ok().and_then(|digits| digits.parse::<u64>().ok());
        digits.map(|length| length + 15)
    } else {
        None
    };
    Ok(length.filter(|length| (1..=room).contains(length)))
}

fn flac<R: Read + Seek>(source: &mut R, size: u64) -> io::Result<Option<Range<u64>>> {
    let start = after_id3v2(source, size)?;
    let mut pos = start + 4;
    for _ in 0..FLAC_BLOCKS_MAX {
        let mut head = [0; 4];
        if !read_at(source, pos, &mut head)? {
            return Ok(None);
        }
        pos += 4 + u64::from(u32::from_be_bytes([0, head[1], head[2], head[3]]));
        if head[0] & 0x80 != 0 {
            return if pos < size { Ok(Some(pos..before_end_tags(source, pos, size)?)) } else { Ok(None) };
        }
    }
    Ok(None)
}

/// From the first page that ends a packet of sound: header pages have the granule position 0 (RFC 3533, RFC 7845).
fn ogg<R: Read + Seek>(source: &mut R, size: u64) -> io::Result<Option<Range<u64>>> {
    let mut pos = after_id3v2(source, size)?;
    for _ in 0..OGG_HEADER_PAGES_MAX {
        let mut head = [0; 27];
        if !read_at(source, pos, &mut head)? || !head.starts_with(b"OggS") {
            return Ok(None);
        }
        let mut granule = [0; 8];
        granule.copy_from_slice(&head[6..14]);
        if !matches!(u64::from_le_bytes(granule), 0 | u64::MAX) {
            return Ok(Some(pos..size));
        }
        let mut lengths = vec![0; usize::from(head[26])];
        if !read_at(source, pos + 27, &mut lengths)? {
            return Ok(None);
        }
        pos += 27 + lengths.len() as u64 + lengths.iter().map(|&length| u64::from(length)).sum::<u64>();
    }
    Ok(None)
}

#[derive(Clone, Copy)]
struct Chunks {
    header: u64,
    big_endian: bool,
}

/// The chunk of this name in a RIFF or IFF file. A writer that could not go back leaves its length 0 or all ones: then
/// it reaches to the end.
fn chunk<R: Read + Seek>(source: &mut R, size: u64, name: &[u8; 4], form: Chunks) -> io::Result<Option<Range<u64>>> {
    let mut pos = form.header;
    for _ in 0..CHUNKS_MAX {
        let mut head = [0; 8];
        if !read_at(source, pos, &mut head)? {
            return Ok(None);
        }
        let length = if form.big_endian {
            u32::from_be_bytes([head[4], head[5], head[6], head[7]])
        } else {
            little(&head[4..8])
        };
        let begin = pos + 8;
        if &head[..4] == name {
            let open = length == 0 || length == u32::MAX;
            let end = if open { size } else { (begin + u64::from(length)).min(size) };
            return Ok(Some(begin..end));
        }
        pos = begin + u64::from(length) + u64::from(length & 1);
    }
    Ok(None)
}

fn caf<R: Read + Seek>(source: &mut R, size: u64) -> io::Result<Option<Range<u64>>> {
    let mut pos: u64 = 8;
    for _ in 0..CHUNKS_MAX {
        let mut head = [0; 12];
        if !read_at(source, pos, &mut head)? {
            return Ok(None);
        }
        let mut length = [0; 8];
        length.copy_from_slice(&head[4..12]);
        let begin = pos + 12;
        // −1 means "to the end of the file" (Apple Core Audio Format, audio data chunk).
        let end =
            u64::try_from(i64::from_be_bytes(length)).map_or(size, |length| begin.saturating_add(length)).min(size);
        if head.starts_with(b"data") {
            return Ok(Some(begin..end));
        }
        pos = end;
    }
    Ok(None)
}

fn little(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(container: Container, bytes: &[u8]) -> Range<u64> {
        payload(&mut io::Cursor::new(bytes), container, bytes.len() as u64).unwrap()
    }

    #[test]
    fn tags_before_and_after_frames_are_no_payload() {
        let id3v2 = [b"ID3\x04\0\0\0\0\0\x05".to_vec(), vec![0; 5]].concat();
        let frames = vec![0x55; 300];
        let mut ape = vec![0; 32 + 8 + 32];
        let foot = ape.len() - 32;
        ape[foot..foot + 8].copy_from_slice(b"APETAGEX");
        ape[foot + 12] = 40;
        ape[foot + 23] = 0x80;
        let mut id3v1 = vec![0; 128];
        id3v1[..3].copy_from_slice(b"TAG");
        let file = [id3v2, frames, ape, id3v1].concat();
        assert_eq!(of(Container::Mpeg, &file), 15..315);
    }

    #[test]
    fn the_samples_of_a_wave_file_are_its_payload() {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x03\0\0\0abc\0".to_vec();
        file.extend(b"data\x04\0\0\0wxyzLIST\0\0\0\0");
        assert_eq!(of(Container::Wav, &file), 32..36);
    }

    #[test]
    fn a_broken_structure_leaves_the_whole_file() {
        for container in
            [Container::Flac, Container::Ogg, Container::Wav, Container::Caf, Container::Mp4, Container::WebM]
        {
            assert_eq!(of(container, &[0xff; 100]), 0..100, "{container:?}");
            assert_eq!(of(container, &[]), 0..0, "{container:?}");
        }
    }
}
