//! Looking at one file. symphonia reads tags, lengths and codecs of nearly everything; lofty what it lacks (never
//! Matroska: it walks every cluster); the boxes of video files are read here, since few bytes tell all.

mod by_lofty;
mod by_symphonia;

use std::{
    fs::File,
    io::{self, Read, Seek},
    ops::Range,
    panic::{self, AssertUnwindSafe},
    path::Path,
};

use iroam_protocol::home::Kind;

use crate::{
    Budget, Container, MatchKey, Stopwatch, Tags,
    budget::Metered,
    payload::{self, boxes, matroska},
    tags,
};

/// An embedded cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// JPEG, PNG or WebP by its first bytes; not decoded yet.
    pub bytes: Vec<u8>,
}

/// Larger embedded covers are passed by.
const COVER_BYTES_MAX: usize = 16 << 20;

/// What a file is.
#[derive(Debug, Clone, PartialEq)]
pub struct Probed {
    /// Sound or picture.
    pub kind: Kind,
    /// How it is packed.
    pub container: Container,
    /// Media type of the whole file.
    pub media_type: &'static str,
    /// Codec of the sound; `None` when there is none or it is unknown.
    pub codec: Option<String>,
    /// Codec of the picture; `None` when there is none or it is unknown.
    pub video_codec: Option<String>,
    /// Length; `None` when the file does not tell.
    pub duration_ms: Option<u64>,
    /// Samples per second.
    pub sample_rate_hz: Option<u32>,
    /// Channels.
    pub channels: Option<u8>,
    /// Average of the payload.
    pub bitrate_kbps: Option<u32>,
    /// What the file says about itself.
    pub tags: Tags,
    /// The front cover inside the file.
    pub cover: Option<Cover>,
    /// The bytes between headers and tags.
    pub payload: Range<u64>,
    /// Knows the payload again.
    pub key: MatchKey,
    /// Bytes of the whole file.
    pub size_bytes: u64,
}

/// Why a file is no media for us.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The system would not let it be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// Its bytes are of no known format.
    #[error("not a media file that is known")]
    Unknown,
    /// Its begin is right, the rest is not.
    #[error("broken or cut off: {0}")]
    Broken(String),
}

/// What a parser found; whatever is missing is asked from the next one.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) tags: Tags,
    pub(crate) cover: Option<Vec<u8>>,
    pub(crate) codec: Option<String>,
    pub(crate) video_codec: Option<String>,
    pub(crate) has_video: bool,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) sample_rate_hz: Option<u32>,
    pub(crate) channels: Option<u8>,
}

impl Facts {
    fn fill_from(&mut self, other: Self) {
        self.tags.fill_from(other.tags);
        self.cover = self.cover.take().or(other.cover);
        self.codec = self.codec.take().or(other.codec);
        self.video_codec = self.video_codec.take().or(other.video_codec);
        self.has_video |= other.has_video;
        self.duration_ms = self.duration_ms.or(other.duration_ms);
        self.sample_rate_hz = self.sample_rate_hz.or(other.sample_rate_hz);
        self.channels = self.channels.or(other.channels);
    }

    /// Keeps a picture that is a cover: of a known format, not too large, the first one or the better one.
    pub(crate) fn offer_cover(&mut self, bytes: &[u8], front: bool) {
        let fits = bytes.len() <= COVER_BYTES_MAX && crate::picture_format(bytes).is_some();
        if fits && (front || self.cover.is_none()) {
            self.cover = Some(bytes.to_vec());
        }
    }
}

/// Looks at a file within a budget.
///
/// # Errors
/// [`ProbeError`] when it is unreadable, empty, unknown or broken. Hostile bytes end in an error, never in a panic.
pub fn probe(path: &Path, budget: Budget) -> Result<Probed, ProbeError> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    panic::catch_unwind(AssertUnwindSafe(|| look(path, &file, size, budget)))
        .unwrap_or_else(|_| Err(ProbeError::Broken("its parser gave up".to_owned())))
}

fn look(path: &Path, file: &File, size: u64, budget: Budget) -> Result<Probed, ProbeError> {
    if size == 0 {
        return Err(ProbeError::Empty);
    }
    let watch = Stopwatch::start();
    let open = || -> io::Result<Metered<File>> { Ok(Metered::new(File::open(path)?, size, budget, watch)) };
    let mut source = Metered::new(file, size, budget, watch);
    let container = Container::sniff(&mut source, size, path)?.ok_or(ProbeError::Unknown)?;
    let payload = payload::payload(&mut source, container, size)?;
    let facts = gather(&mut source, container, size, open)?;
    let key = MatchKey::of(&mut source, container, &payload)?;
    Ok(assemble(container, size, payload, key, facts))
}

fn gather<R: Read + Seek>(
    source: &mut R,
    container: Container,
    size: u64,
    open: impl Fn() -> io::Result<Metered<File>>,
) -> Result<Facts, ProbeError> {
    let mut facts = Facts::default();
    let mut trouble = None;
    let boxed = matches!(container, Container::Mp4 | Container::QuickTime);
    if by_symphonia::reads(container) {
        match by_symphonia::facts(open()?) {
            Ok(found) => facts = found,
            Err(error) => trouble = Some(error),
        }
    }
    if by_lofty::reads(container) && (trouble.is_some() || by_lofty::adds_to(container, &facts)) {
        match by_lofty::facts(open()?, container) {
            Ok(found) => facts.fill_from(found),
            Err(error) => trouble = trouble.or(Some(error)).filter(|_| facts.duration_ms.is_none()),
        }
    }
    if boxed && let Some(movie) = boxes::movie(source, size)? {
        facts.fill_from(of_movie(&movie));
    }
    if matches!(container, Container::WebM | Container::Matroska) && facts.tags.title.is_none() {
        facts.tags.title = matroska::title(source, size)?.as_deref().and_then(tags::text);
    }
    let nothing = facts.codec.is_none() && facts.video_codec.is_none() && facts.duration_ms.is_none();
    match trouble {
        Some(reason) if nothing => Err(ProbeError::Broken(reason)),
        _ if nothing && container.own_codec().is_none() && container != Container::Avi => {
            Err(ProbeError::Broken("no sound and no picture in it".to_owned()))
        }
        _ => Ok(facts),
    }
}

fn of_movie(movie: &boxes::Movie) -> Facts {
    let told = |name: &[u8; 4]| movie.texts.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str());
    let mut facts = Facts { duration_ms: movie.duration_ms, ..Facts::default() };
    facts.tags.title = told(b"\xa9nam").and_then(tags::text);
    facts.tags.artist = told(b"\xa9ART").and_then(tags::text);
    facts.tags.album = told(b"\xa9alb").and_then(tags::text);
    facts.tags.year = told(b"\xa9day").and_then(tags::year);
    for track in &movie.tracks {
        match (&track.handler, &track.entry) {
            // Pictures of chapters and covers are tracks too.
            (b"vide", b"jpeg" | b"mjpg" | b"png ") => {}
            (b"vide", entry) => {
                facts.has_video = true;
                facts.video_codec = facts.video_codec.take().or_else(|| video_of_entry(*entry));
            }
            (_, entry) => {
                facts.codec = facts.codec.take().or_else(|| sound_of_entry(*entry));
                if let Some((channels, rate)) = track.sound {
                    facts.channels = facts.channels.or(u8::try_from(channels).ok().filter(|&count| count > 0));
                    facts.sample_rate_hz = facts.sample_rate_hz.or(Some(rate).filter(|&rate| rate > 0));
                }
            }
        }
    }
    facts
}

/// Names of sample entries, see mp4ra.org.
fn video_of_entry(entry: [u8; 4]) -> Option<String> {
    let name = match &entry {
        b"avc1" | b"avc2" | b"avc3" | b"avc4" => "h264",
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => "hevc",
        b"av01" => "av1",
        b"vp08" => "vp8",
        b"vp09" => "vp9",
        b"mp4v" => "mpeg4",
        b"apcn" | b"apch" | b"apcs" | b"apco" | b"ap4h" => "prores",
        b"SVQ3" => "svq3",
        _ => return None,
    };
    Some(name.to_owned())
}

fn sound_of_entry(entry: [u8; 4]) -> Option<String> {
    let name = match &entry {
        b"mp4a" => "aac",
        b"alac" => "alac",
        b"Opus" => "opus",
        b"fLaC" => "flac",
        b"ac-3" => "ac3",
        b"ec-3" => "eac3",
        b".mp3" => "mp3",
        b"sowt" => "pcm_s16le",
        b"twos" => "pcm_s16be",
        b"lpcm" => "pcm",
        _ => return None,
    };
    Some(name.to_owned())
}

fn assemble(container: Container, size: u64, payload: Range<u64>, key: MatchKey, facts: Facts) -> Probed {
    let kind = if facts.has_video || container == Container::Avi { Kind::Video } else { Kind::Audio };
    let duration_ms = facts.duration_ms.filter(|&duration| duration > 0);
    let bits = (payload.end - payload.start).saturating_mul(8);
    // Bits per millisecond are kilobits per second.
    let bitrate_kbps = duration_ms.and_then(|duration| u32::try_from(bits / duration).ok()).filter(|&rate| rate > 0);
    Probed {
        kind,
        container,
        media_type: container.media_type(kind),
        codec: facts.codec.or_else(|| container.own_codec().map(str::to_owned)),
        video_codec: facts.video_codec,
        duration_ms,
        sample_rate_hz: facts.sample_rate_hz,
        channels: facts.channels,
        bitrate_kbps,
        tags: facts.tags,
        cover: facts.cover.map(|bytes| Cover { bytes }),
        payload,
        key,
        size_bytes: size,
    }
}
