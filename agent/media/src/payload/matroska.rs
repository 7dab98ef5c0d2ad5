//! Clusters of Matroska and WebM (RFC 9559): from the first one to the first known element after them.

use std::{
    io::{self, Read, Seek},
    ops::Range,
};

use crate::budget::read_at;

const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114d_9b74;
const SEEK: u32 = 0x4dbb;
const SEEK_POSITION: u32 = 0x53ac;
const CLUSTER: u32 = 0x1f43_b675;
const INFO: u32 = 0x1549_a966;
const TITLE: u32 = 0x7ba9;

/// Longer titles are cut off.
const TITLE_BYTES_MAX: usize = 4096;

/// Elements before the first cluster: headers, tags, attachments.
const ELEMENTS_MAX: usize = 1024;

struct Element {
    id: u32,
    body: Range<u64>,
}

pub(super) fn clusters<R: Read + Seek>(source: &mut R, size: u64) -> io::Result<Option<Range<u64>>> {
    let Some(header) = element(source, 0, size)? else { return Ok(None) };
    let Some(segment) = element(source, header.body.end, size)?.filter(|found| found.id == SEGMENT) else {
        return Ok(None);
    };
    let mut positions = Vec::new();
    let mut pos = segment.body.start;
    for _ in 0..ELEMENTS_MAX {
        let Some(found) = element(source, pos, segment.body.end)? else { return Ok(None) };
        match found.id {
            CLUSTER => {
                let end = positions.iter().copied().filter(|&place| place > found.body.start).min();
                return Ok(Some(pos..end.unwrap_or(segment.body.end).min(segment.body.end)));
            }
            SEEK_HEAD => seek_positions(source, &segment, &found, &mut positions)?,
            _ => {}
        }
        pos = found.body.end;
    }
    Ok(None)
}

/// The title of the segment, which is no tag.
pub(crate) fn title<R: Read + Seek>(source: &mut R, size: u64) -> io::Result<Option<String>> {
    let Some(header) = element(source, 0, size)? else { return Ok(None) };
    let Some(segment) = element(source, header.body.end, size)?.filter(|found| found.id == SEGMENT) else {
        return Ok(None);
    };
    let Some(info) = child(source, segment.body, INFO)? else { return Ok(None) };
    let Some(title) = child(source, info, TITLE)? else { return Ok(None) };
    let length = usize::try_from(title.end - title.start).unwrap_or(usize::MAX).min(TITLE_BYTES_MAX);
    let mut bytes = vec![0; length];
    Ok(read_at(source, title.start, &mut bytes)?.then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

/// The element of this id inside, before the first cluster.
fn child<R: Read + Seek>(source: &mut R, place: Range<u64>, id: u32) -> io::Result<Option<Range<u64>>> {
    let mut pos = place.start;
    for _ in 0..ELEMENTS_MAX {
        match element(source, pos, place.end)? {
            Some(found) if found.id == id => return Ok(Some(found.body)),
            Some(found) if found.id != CLUSTER => pos = found.body.end,
            _ => break,
        }
    }
    Ok(None)
}

fn seek_positions<R: Read + Seek>(
    source: &mut R,
    segment: &Element,
    seek_head: &Element,
    positions: &mut Vec<u64>,
) -> io::Result<()> {
    let mut pos = seek_head.body.start;
    for _ in 0..ELEMENTS_MAX {
        let Some(seek) = element(source, pos, seek_head.body.end)? else { break };
        pos = seek.body.end;
        let mut inner = seek.body.start;
        while let Some(part) = element(source, inner, seek.body.end)?.filter(|_| seek.id == SEEK) {
            inner = part.body.end;
            if part.id == SEEK_POSITION {
                positions.extend(number(source, &part.body)?.map(|place| segment.body.start.saturating_add(place)));
            }
        }
    }
    Ok(())
}

fn number<R: Read + Seek>(source: &mut R, body: &Range<u64>) -> io::Result<Option<u64>> {
    let mut bytes = [0; 8];
    let length = usize::try_from(body.end - body.start).unwrap_or(usize::MAX);
    if length > 8 || !read_at(source, body.start, &mut bytes[..length])? {
        return Ok(None);
    }
    Ok(Some(bytes[..length].iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))))
}

/// The element at `pos`; one of unknown size reaches to `end`. It is at least two bytes long, so walking ends.
fn element<R: Read + Seek>(source: &mut R, pos: u64, end: u64) -> io::Result<Option<Element>> {
    let room = usize::try_from(end.saturating_sub(pos)).unwrap_or(usize::MAX).min(12);
    let mut bytes = [0; 12];
    if room < 2 || !read_at(source, pos, &mut bytes[..room])? {
        return Ok(None);
    }
    let id_length = bytes[0].leading_zeros() as usize + 1;
    if id_length > 4 || id_length >= room {
        return Ok(None);
    }
    let id = bytes[..id_length].iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte));
    let first = bytes[id_length];
    let size_length = first.leading_zeros() as usize + 1;
    if size_length > 8 || id_length + size_length > room {
        return Ok(None);
    }
    let low = u64::from(first) & ((1 << (8 - size_length)) - 1);
    let size = bytes[id_length + 1..id_length + size_length].iter().fold(low, |sum, &byte| sum << 8 | u64::from(byte));
    let unknown = size == (1 << (7 * size_length)) - 1;
    let start = pos + (id_length + size_length) as u64;
    let stop = if unknown { end } else { start.saturating_add(size).min(end) };
    Ok(Some(Element { id, body: start..stop }))
}
