//! Boxes of ISO base media files (ISO/IEC 14496-12) and QuickTime: the media data, and what `moov` tells in few reads.

use std::{
    io::{self, Read, Seek},
    ops::Range,
};

use crate::budget::read_at;

/// Boxes looked at on one level; a fragmented file is left at its first fragment.
const BOXES_MAX: usize = 4096;
/// Tracks of one file: sound in many languages and subtitles stay far below.
const TRACKS_MAX: usize = 128;

/// What `moov` tells about a file.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Movie {
    /// Length by the movie header; `None` when it is open.
    pub(crate) duration_ms: Option<u64>,
    /// The tracks of sound and picture, in order.
    pub(crate) tracks: Vec<MovieTrack>,
    /// Texts of QuickTime's user data by their names, such as `©nam`.
    pub(crate) texts: Vec<([u8; 4], String)>,
}

/// One track of a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MovieTrack {
    /// `soun` or `vide`.
    pub(crate) handler: [u8; 4],
    /// Name of the first sample entry, such as `avc1` or `mp4a`.
    pub(crate) entry: [u8; 4],
    /// Width and height of a picture.
    pub(crate) size: Option<(u16, u16)>,
    /// Channels and samples per second of sound.
    pub(crate) sound: Option<(u16, u32)>,
}

/// Texts that are read of one file.
const TEXTS_MAX: usize = 32;
/// Longer texts are cut off.
const TEXT_BYTES_MAX: u64 = 4096;

struct Head {
    name: [u8; 4],
    begin: u64,
    body: Range<u64>,
}

/// The range of media data: the largest `mdat`, or everything from the first fragment on.
pub(super) fn media_data<R: Read + Seek>(source: &mut R, size: u64) -> io::Result<Option<Range<u64>>> {
    let mut largest: Option<Range<u64>> = None;
    let mut pos = 0;
    for _ in 0..BOXES_MAX {
        let Some(head) = head(source, pos, size)? else { break };
        match &head.name {
            b"moof" => return Ok(Some(head.begin..size)),
            b"mdat" if largest.as_ref().is_none_or(|known| length(known) < length(&head.body)) => {
                largest = Some(head.body.clone());
            }
            _ => {}
        }
        pos = head.body.end;
    }
    Ok(largest)
}

/// Reads the facts of `moov`. `None` when the file has none.
pub(crate) fn movie<R: Read + Seek>(source: &mut R, size: u64) -> io::Result<Option<Movie>> {
    let Some(moov) = child(source, 0..size, b"moov")? else { return Ok(None) };
    let mut movie = Movie::default();
    if let Some(mvhd) = child(source, moov.clone(), b"mvhd")? {
        movie.duration_ms = duration_ms(source, &mvhd)?;
    }
    let mut pos = moov.start;
    while let Some(head) = head(source, pos, moov.end)? {
        match &head.name {
            b"trak" if movie.tracks.len() < TRACKS_MAX => movie.tracks.extend(track(source, head.body.clone())?),
            b"udta" => movie.texts = texts(source, head.body.clone())?,
            _ => {}
        }
        pos = head.body.end;
    }
    Ok(Some(movie))
}

/// Texts of QuickTime (QuickTime File Format, "User data text strings"): length, language, then the text.
fn texts<R: Read + Seek>(source: &mut R, udta: Range<u64>) -> io::Result<Vec<([u8; 4], String)>> {
    let mut texts = Vec::new();
    let mut pos = udta.start;
    while let Some(head) = head(source, pos, udta.end)? {
        pos = head.body.end;
        let mut sizes = [0; 4];
        if head.name[0] != 0xa9 || texts.len() >= TEXTS_MAX || !read_at(source, head.body.start, &mut sizes)? {
            continue;
        }
        let told = u64::from(u16::from_be_bytes([sizes[0], sizes[1]]));
        let room = length(&head.body).saturating_sub(4).min(TEXT_BYTES_MAX);
        let mut bytes = vec![0; usize::try_from(told.min(room)).unwrap_or(0)];
        if read_at(source, head.body.start + 4, &mut bytes)? {
            texts.push((head.name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(texts)
}

fn track<R: Read + Seek>(source: &mut R, trak: Range<u64>) -> io::Result<Option<MovieTrack>> {
    let Some(mdia) = child(source, trak, b"mdia")? else { return Ok(None) };
    let Some(hdlr) = child(source, mdia.clone(), b"hdlr")? else { return Ok(None) };
    let mut handler = [0; 4];
    if !read_at(source, hdlr.start + 8, &mut handler)? || !matches!(&handler, b"soun" | b"vide") {
        return Ok(None);
    }
    let mut place = mdia;
    for name in [b"minf", b"stbl", b"stsd"] {
        let Some(inner) = child(source, place, name)? else { return Ok(None) };
        place = inner;
    }
    // Version, flags and count stand before the first entry; its fields follow its size and name.
    let mut entry = [0; 36];
    if length(&place) < 8 + 36 || !read_at(source, place.start + 8, &mut entry)? {
        return Ok(None);
    }
    let short = |at: usize| u16::from_be_bytes([entry[at], entry[at + 1]]);
    let name = [entry[4], entry[5], entry[6], entry[7]];
    let video = &handler == b"vide";
    Ok(Some(MovieTrack {
        handler,
        entry: name,
        size: video.then(|| (short(32), short(34))),
        sound: (!video).then(|| (short(24), u32::from(short(32)))),
    }))
}

/// Duration of `mvhd` in milliseconds.
fn duration_ms<R: Read + Seek>(source: &mut R, mvhd: &Range<u64>) -> io::Result<Option<u64>> {
    let mut head = [0; 32];
    let wanted = usize::try_from(length(mvhd)).unwrap_or(usize::MAX).min(head.len());
    if wanted < 20 || !read_at(source, mvhd.start, &mut head[..wanted])? {
        return Ok(None);
    }
    let long = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (scale, units) = if head[0] == 1 {
        (long(20), u64::from(long(24)) << 32 | u64::from(long(28)))
    } else {
        (long(12), u64::from(long(16)))
    };
    let open = units == u64::MAX || (head[0] == 0 && units == u64::from(u32::MAX));
    Ok((scale > 0 && units > 0 && !open)
        .then(|| u64::try_from(u128::from(units) * 1000 / u128::from(scale)).unwrap_or(0)))
}

fn child<R: Read + Seek>(source: &mut R, place: Range<u64>, name: &[u8; 4]) -> io::Result<Option<Range<u64>>> {
    let mut pos = place.start;
    for _ in 0..BOXES_MAX {
        let Some(head) = head(source, pos, place.end)? else { break };
        if &head.name == name {
            return Ok(Some(head.body));
        }
        pos = head.body.end;
    }
    Ok(None)
}

/// The box at `pos`, cut off at `end`. Every box is at least its own header long, so walking always ends.
fn head<R: Read + Seek>(source: &mut R, pos: u64, end: u64) -> io::Result<Option<Head>> {
    let mut bytes = [0; 8];
    if pos + 8 > end || !read_at(source, pos, &mut bytes)? {
        return Ok(None);
    }
    let short = u64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let name = [bytes[4], bytes[5], bytes[6], bytes[7]];
    let (header, size) = match short {
        0 => (8, end - pos),
        1 => {
            let mut long = [0; 8];
            if !read_at(source, pos + 8, &mut long)? {
                return Ok(None);
            }
            (16, u64::from_be_bytes(long))
        }
        size => (8, size),
    };
    if size < header {
        return Ok(None);
    }
    Ok(Some(Head { name, begin: pos, body: (pos + header).min(end)..pos.saturating_add(size).min(end) }))
}

fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}
