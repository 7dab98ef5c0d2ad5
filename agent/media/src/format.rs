//! Which container a file is, told from its first bytes; names only choose which files are looked at.

use std::{
    io::{self, Read, Seek},
    path::Path,
};

use iroam_protocol::home::Kind;

use crate::{budget::read_at, payload::after_id3v2};

/// How a file packs its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// Frames of MPEG audio: mp3, mp2.
    Mpeg,
    /// AAC frames with ADTS headers.
    Adts,
    /// Native FLAC.
    Flac,
    /// Ogg: Vorbis, Opus, FLAC, Theora.
    Ogg,
    /// ISO base media: m4a, m4b, mp4, m4v.
    Mp4,
    /// QuickTime.
    QuickTime,
    /// WebM.
    WebM,
    /// Matroska.
    Matroska,
    /// RIFF WAVE.
    Wav,
    /// AIFF and AIFF-C.
    Aiff,
    /// Apple Core Audio.
    Caf,
    /// Monkey's Audio.
    Ape,
    /// WavPack.
    WavPack,
    /// Musepack.
    Musepack,
    /// True Audio.
    Tta,
    /// Windows Media.
    Asf,
    /// Audio Video Interleave.
    Avi,
    /// Dolby Digital frames.
    Ac3,
}

/// Endings of names that are looked at. Anything else in a music folder (covers, texts, playlists) is passed by.
const MEDIA_ENDINGS: [&str; 40] = [
    "mp3", "mp2", "mpga", "aac", "flac", "ogg", "oga", "opus", "ogv", "ogx", "spx", "m4a", "m4b", "m4p", "m4r", "mp4",
    "m4v", "mov", "qt", "3gp", "3g2", "webm", "weba", "mkv", "mka", "wav", "wave", "aif", "aiff", "aifc", "caf", "ape",
    "wv", "mpc", "mp+", "tta", "wma", "wmv", "avi", "ac3",
];

/// Whether a file of this name may be media.
#[must_use]
pub fn is_media_name(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| MEDIA_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

impl Container {
    /// Tells the container from the first bytes; the name helps only where bytes cannot tell.
    /// `None` when it is no media that is known.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn sniff<R: Read + Seek>(source: &mut R, size: u64, path: &Path) -> io::Result<Option<Self>> {
        let start = after_id3v2(source, size)?;
        let mut head = [0; 64];
        let wanted = usize::try_from(size.saturating_sub(start)).unwrap_or(usize::MAX).min(head.len());
        if !read_at(source, start, &mut head[..wanted])? {
            return Ok(None);
        }
        Ok(Self::of_bytes(&head[..wanted]).or_else(|| Self::of_frames_after_junk(path)))
    }

    fn of_bytes(head: &[u8]) -> Option<Self> {
        let at = |pos: usize, mark: &[u8]| head.get(pos..pos + mark.len()) == Some(mark);
        Some(match () {
            () if at(0, b"fLaC") => Self::Flac,
            () if at(0, b"OggS") => Self::Ogg,
            () if at(0, b"RIFF") && at(8, b"AVI ") => Self::Avi,
            () if (at(0, b"RIFF") || at(0, b"RF64")) && at(8, b"WAVE") => Self::Wav,
            () if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) => Self::Aiff,
            () if at(0, b"caff") => Self::Caf,
            () if at(0, b"MAC ") => Self::Ape,
            () if at(0, b"wvpk") => Self::WavPack,
            () if at(0, b"MPCK") || at(0, b"MP+") => Self::Musepack,
            () if at(0, b"TTA1") => Self::Tta,
            () if at(0, &[0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]) => Self::Asf,
            () if at(0, &[0x1a, 0x45, 0xdf, 0xa3]) => Self::of_ebml(head),
            () if at(4, b"ftyp") => {
                if at(8, b"qt  ") {
                    Self::QuickTime
                } else {
                    Self::Mp4
                }
            }
            () if [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"].iter().any(|mark| at(4, *mark)) => {
                Self::QuickTime
            }
            () if at(0, &[0x0b, 0x77]) => Self::Ac3,
            () => return Self::of_sync_word(head),
        })
    }

    fn of_sync_word(head: &[u8]) -> Option<Self> {
        let (&first, &second) = (head.first()?, head.get(1)?);
        if first != 0xff || second & 0xe0 != 0xe0 {
            return None;
        }
        // Layer bits 00 are reserved in MPEG audio; ADTS uses them (ISO/IEC 13818-7).
        if second & 0xf6 == 0xf0 { Some(Self::Adts) } else { Some(Self::Mpeg).filter(|_| second & 0x06 != 0) }
    }

    fn of_ebml(head: &[u8]) -> Self {
        if head.windows(4).any(|window| window == b"webm") { Self::WebM } else { Self::Matroska }
    }

    /// Padding before the first frame is common in mp3 files; the decoder searches for it.
    fn of_frames_after_junk(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        matches!(ending.as_str(), "mp3" | "mp2" | "mpga").then_some(Self::Mpeg)
    }

    /// Media type of a file of this container that holds the given kind.
    #[must_use]
    pub fn media_type(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Mpeg, _) => "audio/mpeg",
            (Self::Adts, _) => "audio/aac",
            (Self::Flac, _) => "audio/flac",
            (Self::Ogg, Kind::Audio) => "audio/ogg",
            (Self::Ogg, Kind::Video) => "video/ogg",
            (Self::Mp4 | Self::QuickTime, Kind::Audio) => "audio/mp4",
            (Self::Mp4, Kind::Video) => "video/mp4",
            (Self::QuickTime, Kind::Video) => "video/quicktime",
            (Self::WebM, Kind::Audio) => "audio/webm",
            (Self::WebM, Kind::Video) => "video/webm",
            (Self::Matroska, Kind::Audio) => "audio/x-matroska",
            (Self::Matroska, Kind::Video) => "video/x-matroska",
            (Self::Wav, _) => "audio/wav",
            (Self::Aiff, _) => "audio/aiff",
            (Self::Caf, _) => "audio/x-caf",
            (Self::Ape, _) => "audio/x-ape",
            (Self::WavPack, _) => "audio/x-wavpack",
            (Self::Musepack, _) => "audio/x-musepack",
            (Self::Tta, _) => "audio/x-tta",
            (Self::Asf, Kind::Audio) => "audio/x-ms-wma",
            (Self::Asf, Kind::Video) => "video/x-ms-wmv",
            (Self::Avi, _) => "video/x-msvideo",
            (Self::Ac3, _) => "audio/ac3",
        }
    }

    /// The codec that the container alone tells.
    pub(crate) fn own_codec(self) -> Option<&'static str> {
        match self {
            Self::Adts => Some("aac"),
            Self::Flac => Some("flac"),
            Self::Ape => Some("ape"),
            Self::WavPack => Some("wavpack"),
            Self::Musepack => Some("musepack"),
            Self::Tta => Some("tta"),
            Self::Asf => Some("wma"),
            Self::Ac3 => Some("ac3"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_what_is_looked_at() {
        for name in ["a.mp3", "B.FLAC", "x.y.OpUs", "film.mkv"] {
            assert!(is_media_name(Path::new(name)), "{name}");
        }
        for name in ["cover.jpg", "mp3", "notes.txt", "list.m3u", ""] {
            assert!(!is_media_name(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn bytes_tell_the_container_whatever_the_name_says() {
        let sniff = |bytes: &[u8], name: &str| {
            Container::sniff(&mut io::Cursor::new(bytes.to_vec()), bytes.len() as u64, Path::new(name)).unwrap()
        };
        assert_eq!(sniff(b"fLaC\0\0\0\x22", "a.mp3"), Some(Container::Flac));
        assert_eq!(sniff(&[0xff, 0xfb, 0x90, 0x00], "a.mp3"), Some(Container::Mpeg));
        assert_eq!(sniff(&[0xff, 0xf1, 0x50, 0x80], "a.aac"), Some(Container::Adts));
        assert_eq!(sniff(b"\0\0\0\x18ftypM4A ", "a.bin"), Some(Container::Mp4));
        assert_eq!(sniff(b"just some text", "a.flac"), None);
        assert_eq!(sniff(b"", "a.flac"), None);
    }
}
