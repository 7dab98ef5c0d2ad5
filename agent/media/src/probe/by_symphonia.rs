//! Facts by symphonia.

use std::{
    io::{Read, Seek},
    sync::LazyLock,
};

use symphonia::{
    core::{
        codecs::{
            CodecParameters,
            audio::{AudioCodecId, AudioCodecParameters, well_known as audio},
            video::{VideoCodecId, well_known as video},
        },
        common::Limit,
        formats::{
            Attachment, FormatOptions, FormatReader, Track,
            probe::{Hint, Probe, ProbeOptions},
        },
        io::{MediaSourceStream, MediaSourceStreamOptions},
        meta::{MetadataContainer, MetadataOptions, MetadataRevision, RawValue, StandardTag, StandardVisualKey, Tag},
    },
    default::register_enabled_formats,
};

use super::{COVER_BYTES_MAX, Facts};
use crate::{
    Container, Tags,
    budget::Metered,
    tags::{flag, gain_db, genre, number, peak, r128_gain_db, text, whole, year},
};

/// Junk before the first frame that is searched through. Padding of broken taggers stays below; a file of garbage ends
/// here instead of after 1 MiB.
const JUNK_BYTES_MAX: u32 = 256 << 10;

static PROBE: LazyLock<Probe> = LazyLock::new(|| {
    let mut probe =
        Probe::new_with_options(&ProbeOptions { max_probe_depth: JUNK_BYTES_MAX, ..ProbeOptions::default() });
    register_enabled_formats(&mut probe);
    probe
});

pub(super) fn reads(container: Container) -> bool {
    !matches!(
        container,
        Container::Ape
            | Container::WavPack
            | Container::Musepack
            | Container::Tta
            | Container::Asf
            | Container::Avi
            | Container::Ac3
    )
}

pub(super) fn facts<R: Read + Seek + Send + Sync + 'static>(source: Metered<R>) -> Result<Facts, String> {
    let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
    let limits = MetadataOptions::default().limit_visual_bytes(Limit::Maximum(COVER_BYTES_MAX));
    let mut reader =
        PROBE.probe(&Hint::new(), stream, FormatOptions::default(), limits).map_err(|error| error.to_string())?;
    let mut facts = of_tracks(reader.as_ref());
    attachments(reader.as_ref(), &mut facts);
    facts.tags = all_tags(reader.as_mut(), &mut facts);
    Ok(facts)
}

fn of_tracks(reader: &dyn FormatReader) -> Facts {
    let mut facts = Facts::default();
    for track in reader.tracks() {
        match &track.codec_params {
            Some(CodecParameters::Audio(sound)) if facts.codec.is_none() => of_sound(track, sound, &mut facts),
            Some(CodecParameters::Video(picture)) if picture.codec != video::CODEC_ID_MJPEG => {
                facts.has_video = true;
                facts.video_codec = facts.video_codec.take().or_else(|| video_name(picture.codec));
                facts.duration_ms = facts.duration_ms.max(duration_ms(track));
            }
            _ => {}
        }
    }
    let info = reader.media_info();
    let whole = info.time_base.zip(info.duration).and_then(|(base, duration)| base.calc_duration(duration));
    facts.duration_ms = facts.duration_ms.max(whole.and_then(|time| u64::try_from(time.as_millis()).ok()));
    facts
}

fn of_sound(track: &Track, sound: &AudioCodecParameters, facts: &mut Facts) {
    facts.codec = audio_name(sound.codec);
    facts.sample_rate_hz = sound.sample_rate;
    facts.channels = sound.channels.as_ref().and_then(|channels| u8::try_from(channels.count()).ok());
    facts.duration_ms = facts.duration_ms.max(duration_ms(track));
}

fn duration_ms(track: &Track) -> Option<u64> {
    let time = track.time_base?.calc_duration(track.duration?)?;
    u64::try_from(time.as_millis()).ok()
}

fn attachments(reader: &dyn FormatReader, facts: &mut Facts) {
    for attachment in reader.attachments() {
        if let Attachment::File(file) = attachment {
            let front = file.name.to_ascii_lowercase().starts_with("cover.");
            facts.offer_cover(&file.data, front);
        }
    }
}

/// Tags of all revisions; a later one, nearer to the media, wins over an earlier one.
fn all_tags(reader: &mut dyn FormatReader, facts: &mut Facts) -> Tags {
    let mut tags = Tags::default();
    let mut log = reader.metadata();
    while let Some(revision) = log.current() {
        let mut newer = of_revision(revision, facts);
        newer.fill_from(tags);
        tags = newer;
        if log.pop().is_none() {
            break;
        }
    }
    tags
}

fn of_revision(revision: &MetadataRevision, facts: &mut Facts) -> Tags {
    let mut tags = of_container(&revision.media, facts);
    for track in &revision.per_track {
        tags.fill_from(of_container(&track.metadata, facts));
    }
    tags
}

fn of_container(container: &MetadataContainer, facts: &mut Facts) -> Tags {
    for visual in &container.visuals {
        facts.offer_cover(&visual.data, visual.usage == Some(StandardVisualKey::FrontCover));
    }
    let mut gathered = Gathered::default();
    for tag in &container.tags {
        gathered.take(tag);
    }
    gathered.finish()
}

/// Tags on their way: several artists, and dates by how well they suit.
#[derive(Default)]
struct Gathered {
    tags: Tags,
    artists: Vec<String>,
    recorded: Option<i32>,
    released: Option<i32>,
    original: Option<i32>,
    /// By that very name in Matroska; ffmpeg puts the track's artist where the album's belongs.
    named_album_artist: Option<String>,
}

impl Gathered {
    fn take(&mut self, tag: &Tag) {
        match &tag.std {
            Some(standard) => self.take_standard(standard),
            None => self.take_raw(&tag.raw.key, &tag.raw.value),
        }
    }

    fn take_standard(&mut self, tag: &StandardTag) {
        let tags = &mut self.tags;
        let gain = &mut tags.replay_gain;
        match tag {
            StandardTag::TrackTitle(value) => keep(&mut tags.title, text(value)),
            StandardTag::Artist(value) => self.artists.extend(text(value)),
            StandardTag::Album(value) => keep(&mut tags.album, text(value)),
            StandardTag::AlbumArtist(value) => keep(&mut tags.album_artist, text(value)),
            StandardTag::SortArtist(value) => keep(&mut tags.artist_sort, text(value)),
            StandardTag::SortAlbumArtist(value) => keep(&mut tags.album_artist_sort, text(value)),
            StandardTag::Genre(value) => keep(&mut tags.genre, genre(value)),
            StandardTag::TrackNumber(value) => keep(&mut tags.track_no, whole(*value)),
            StandardTag::DiscNumber(value) => keep(&mut tags.disc_no, whole(*value)),
            StandardTag::CompilationFlag(value) => tags.compilation |= value,
            StandardTag::RecordingYear(value) => keep(&mut self.recorded, Some(i32::from(*value))),
            StandardTag::RecordingDate(value) => keep(&mut self.recorded, year(value)),
            StandardTag::ReleaseYear(value) => keep(&mut self.released, Some(i32::from(*value))),
            StandardTag::ReleaseDate(value) => keep(&mut self.released, year(value)),
            StandardTag::OriginalReleaseYear(value) | StandardTag::OriginalRecordingYear(value) => {
                keep(&mut self.original, Some(i32::from(*value)));
            }
            StandardTag::OriginalReleaseDate(value) | StandardTag::OriginalRecordingDate(value) => {
                keep(&mut self.original, year(value));
            }
            StandardTag::ReplayGainTrackGain(value) => keep(&mut gain.track_db, gain_db(value)),
            StandardTag::ReplayGainAlbumGain(value) => keep(&mut gain.album_db, gain_db(value)),
            StandardTag::ReplayGainTrackPeak(value) => keep(&mut gain.track_peak, peak(value)),
            StandardTag::ReplayGainAlbumPeak(value) => keep(&mut gain.album_peak, peak(value)),
            _ => {}
        }
    }

    fn take_raw(&mut self, key: &str, value: &RawValue) {
        let value = match value {
            RawValue::String(value) => value.as_str(),
            RawValue::StringList(values) => values.first().map_or("", String::as_str),
            _ => return,
        };
        let tags = &mut self.tags;
        let gain = &mut tags.replay_gain;
        // Matroska puts the level before the name, as in `ALBUM@ARTIST`.
        let name = key.rsplit('@').next().unwrap_or(key);
        match name.to_ascii_uppercase().as_str() {
            "TITLE" => keep(&mut tags.title, text(value)),
            "ARTIST" => self.artists.extend(text(value)),
            "ALBUM" => keep(&mut tags.album, text(value)),
            "ALBUM_ARTIST" | "ALBUMARTIST" | "ALBUM ARTIST" => keep(&mut self.named_album_artist, text(value)),
            "GENRE" => keep(&mut tags.genre, genre(value)),
            "R128_TRACK_GAIN" => keep(&mut gain.track_db, r128_gain_db(value)),
            "R128_ALBUM_GAIN" => keep(&mut gain.album_db, r128_gain_db(value)),
            "COMPILATION" | "TCMP" => tags.compilation |= flag(value),
            "TRACKNUMBER" | "TRCK" | "TRACK" | "PART_NUMBER" => keep(&mut tags.track_no, number(value)),
            "DISCNUMBER" | "TPOS" | "DISC" => keep(&mut tags.disc_no, number(value)),
            "YEAR" | "DATE" | "DATE_RELEASED" => keep(&mut self.recorded, year(value)),
            _ => {}
        }
    }

    fn finish(mut self) -> Tags {
        self.artists.dedup();
        self.tags.artist =
            if self.artists.is_empty() { self.tags.album_artist.clone() } else { Some(self.artists.join(", ")) };
        self.tags.album_artist = self.named_album_artist.or(self.tags.album_artist);
        let sensible = |year: &i32| (1000..=2999).contains(year);
        self.tags.year = [self.recorded, self.released, self.original].into_iter().flatten().find(sensible);
        self.tags
    }
}

/// The first value that says something stays.
fn keep<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}

fn audio_name(codec: AudioCodecId) -> Option<String> {
    let name = match codec {
        audio::CODEC_ID_MP3 => "mp3",
        audio::CODEC_ID_MP2 => "mp2",
        audio::CODEC_ID_MP1 => "mp1",
        audio::CODEC_ID_AAC => "aac",
        audio::CODEC_ID_FLAC => "flac",
        audio::CODEC_ID_ALAC => "alac",
        audio::CODEC_ID_VORBIS => "vorbis",
        audio::CODEC_ID_OPUS => "opus",
        audio::CODEC_ID_SPEEX => "speex",
        audio::CODEC_ID_AC3 => "ac3",
        audio::CODEC_ID_EAC3 => "eac3",
        audio::CODEC_ID_DCA => "dts",
        audio::CODEC_ID_TRUEHD => "truehd",
        audio::CODEC_ID_WAVPACK => "wavpack",
        audio::CODEC_ID_TTA => "tta",
        audio::CODEC_ID_PCM_S16LE => "pcm_s16le",
        audio::CODEC_ID_PCM_S16BE => "pcm_s16be",
        audio::CODEC_ID_PCM_S24LE => "pcm_s24le",
        audio::CODEC_ID_PCM_S24BE => "pcm_s24be",
        audio::CODEC_ID_PCM_S32LE => "pcm_s32le",
        audio::CODEC_ID_PCM_F32LE => "pcm_f32le",
        audio::CODEC_ID_PCM_U8 => "pcm_u8",
        audio::CODEC_ID_PCM_ALAW => "pcm_alaw",
        audio::CODEC_ID_PCM_MULAW => "pcm_mulaw",
        audio::CODEC_ID_ADPCM_MS | audio::CODEC_ID_ADPCM_IMA_WAV | audio::CODEC_ID_ADPCM_IMA_QT => "adpcm",
        _ => return None,
    };
    Some(name.to_owned())
}

fn video_name(codec: VideoCodecId) -> Option<String> {
    let name = match codec {
        video::CODEC_ID_H264 => "h264",
        video::CODEC_ID_HEVC => "hevc",
        video::CODEC_ID_AV1 => "av1",
        video::CODEC_ID_VP8 => "vp8",
        video::CODEC_ID_VP9 => "vp9",
        video::CODEC_ID_THEORA => "theora",
        video::CODEC_ID_MPEG4 => "mpeg4",
        video::CODEC_ID_MPEG2 => "mpeg2",
        video::CODEC_ID_VC1 => "vc1",
        _ => return None,
    };
    Some(name.to_owned())
}
