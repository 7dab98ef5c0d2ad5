//! Facts by lofty: tags of WAVE files, and formats that symphonia does not open.

use std::io::{BufReader, Read, Seek};

use lofty::{
    config::{ParseOptions, ParsingMode},
    file::{AudioFile as _, FileType, TaggedFileExt as _},
    picture::PictureType,
    probe::Probe,
    tag::{ItemKey, Tag},
};

use super::Facts;
use crate::{
    Container, Tags,
    budget::Metered,
    tags::{ReplayGain, flag, gain_db, genre, number, peak, text, year},
};

pub(super) fn reads(container: Container) -> bool {
    file_type(container).is_some()
}

/// Whether asking is worth the reads although symphonia answered.
pub(super) fn adds_to(container: Container, facts: &Facts) -> bool {
    match container {
        Container::Wav => facts.tags.title.is_none() || facts.cover.is_none(),
        Container::Ape | Container::WavPack | Container::Musepack => true,
        _ => false,
    }
}

fn file_type(container: Container) -> Option<FileType> {
    Some(match container {
        Container::Wav => FileType::Wav,
        Container::Aiff => FileType::Aiff,
        Container::Ape => FileType::Ape,
        Container::WavPack => FileType::WavPack,
        Container::Musepack => FileType::Mpc,
        Container::Mp4 => FileType::Mp4,
        Container::Mpeg => FileType::Mpeg,
        Container::Flac => FileType::Flac,
        Container::Adts => FileType::Aac,
        _ => return None,
    })
}

pub(super) fn facts<R: Read + Seek>(source: Metered<R>, container: Container) -> Result<Facts, String> {
    let Some(file_type) = file_type(container) else { return Err("no parser".to_owned()) };
    let mut options = ParseOptions::new();
    options.parsing_mode(ParsingMode::Relaxed);
    let file = Probe::with_file_type(BufReader::new(source), file_type)
        .options(options)
        .read()
        .map_err(|error| error.to_string())?;
    let sound = file.properties();
    let mut facts = Facts {
        codec: codec_of(container),
        duration_ms: u64::try_from(sound.duration().as_millis()).ok().filter(|&duration| duration > 0),
        sample_rate_hz: sound.sample_rate().filter(|&rate| rate > 0),
        channels: sound.channels().filter(|&count| count > 0),
        ..Facts::default()
    };
    for tag in file.tags() {
        facts.tags.fill_from(of_tag(tag));
        for picture in tag.pictures() {
            facts.offer_cover(picture.data(), picture.pic_type() == PictureType::CoverFront);
        }
    }
    Ok(facts)
}

fn codec_of(container: Container) -> Option<String> {
    let name = match container {
        Container::Wav => "pcm",
        Container::Mpeg => "mp3",
        other => return other.own_codec().map(str::to_owned),
    };
    Some(name.to_owned())
}

fn of_tag(tag: &Tag) -> Tags {
    let words = |key| tag.get_string(key).and_then(text);
    let first_number = |key| tag.get_string(key).and_then(number);
    let first_year = |keys: &[ItemKey]| keys.iter().find_map(|&key| tag.get_string(key).and_then(year));
    Tags {
        title: words(ItemKey::TrackTitle),
        artist: words(ItemKey::TrackArtist),
        album: words(ItemKey::AlbumTitle),
        album_artist: words(ItemKey::AlbumArtist),
        artist_sort: words(ItemKey::TrackArtistSortOrder),
        album_artist_sort: words(ItemKey::AlbumArtistSortOrder),
        genre: tag.get_string(ItemKey::Genre).and_then(genre),
        track_no: first_number(ItemKey::TrackNumber),
        disc_no: first_number(ItemKey::DiscNumber),
        year: first_year(&[ItemKey::RecordingDate, ItemKey::Year, ItemKey::ReleaseDate, ItemKey::OriginalReleaseDate]),
        compilation: tag.get_string(ItemKey::FlagCompilation).is_some_and(flag),
        replay_gain: ReplayGain {
            track_db: tag.get_string(ItemKey::ReplayGainTrackGain).and_then(gain_db),
            album_db: tag.get_string(ItemKey::ReplayGainAlbumGain).and_then(gain_db),
            track_peak: tag.get_string(ItemKey::ReplayGainTrackPeak).and_then(peak),
            album_peak: tag.get_string(ItemKey::ReplayGainAlbumPeak).and_then(peak),
        },
    }
}
