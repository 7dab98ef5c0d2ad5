//! Whether a player can play a file as it is.

use std::collections::BTreeSet;

/// What a player can play: names of codecs, plus `matroska` when it opens that container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caps(BTreeSet<String>);

/// How a track can reach a player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Playable {
    /// As it is.
    Direct,
    /// Not at all yet.
    Unsupported {
        /// Why, in plain words.
        reason: String,
    },
}

/// What every current browser plays on its own.
const BROWSER: [&str; 10] = ["mp3", "aac", "flac", "opus", "vorbis", "pcm", "h264", "vp8", "vp9", "av1"];

/// More names than any player has; the rest of a hostile list is not read.
const NAMES_MAX: usize = 64;

impl Caps {
    /// What any current browser plays.
    #[must_use]
    pub fn browser() -> Self {
        Self(BROWSER.iter().map(ToString::to_string).collect())
    }

    /// Reads a list of names with commas between. An empty list says nothing, so it stands for [`Caps::browser`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let names: BTreeSet<String> = text
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty() && name.len() <= 16)
            .take(NAMES_MAX)
            .collect();
        if names.is_empty() { Self::browser() } else { Self(names) }
    }

    fn has(&self, codec: &str) -> bool {
        let name = if codec.starts_with("pcm") { "pcm" } else { codec };
        self.0.contains(name)
    }
}

/// Decides whether a file can be played as it is. `None` codecs are unknown or absent.
#[must_use]
pub fn playable(caps: &Caps, media_type: &str, codec: Option<&str>, video_codec: Option<&str>) -> Playable {
    let unsupported = |reason: String| Playable::Unsupported { reason };
    if let Some(container) = unplayable_container(media_type).filter(|container| !caps.has(container)) {
        return unsupported(format!("{} files cannot be played in this player yet.", plain_name(container)));
    }
    let video = media_type.starts_with("video/");
    match (video_codec, codec) {
        (Some(codec), _) if !caps.has(codec) => {
            unsupported(format!("This player cannot show {} video.", plain_name(codec)))
        }
        (_, Some(codec)) if !caps.has(codec) => {
            unsupported(format!("This player cannot play {} sound.", plain_name(codec)))
        }
        (None, _) if video => unsupported("The picture of this file has an unknown format.".to_owned()),
        (_, None) if !video => unsupported("The sound of this file has an unknown format.".to_owned()),
        _ => Playable::Direct,
    }
}

/// Containers that browsers don't open, by the name a player may list.
fn unplayable_container(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "video/x-matroska" | "audio/x-matroska" => "matroska",
        "audio/aiff" => "aiff",
        "audio/x-caf" => "caf",
        "audio/x-ape" => "ape",
        "audio/x-wavpack" => "wavpack",
        "audio/x-musepack" => "musepack",
        "audio/x-tta" => "tta",
        "audio/x-ms-wma" | "video/x-ms-wmv" => "wma",
        "video/x-msvideo" => "avi",
        "audio/ac3" => "ac3",
        _ => return None,
    })
}

fn plain_name(codec: &str) -> &str {
    match codec {
        "matroska" => "Matroska (mkv)",
        "aiff" => "AIFF",
        "caf" => "Core Audio",
        "ape" => "Monkey's Audio",
        "wavpack" => "WavPack",
        "musepack" => "Musepack",
        "tta" => "True Audio",
        "wma" => "Windows Media",
        "avi" => "AVI",
        "ac3" | "eac3" => "Dolby Digital",
        "dts" => "DTS",
        "alac" => "Apple Lossless",
        "hevc" => "HEVC (H.265)",
        "h264" => "H.264",
        "mpeg4" => "MPEG-4 Part 2",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_play_what_browsers_play() {
        let caps = Caps::browser();
        for (media_type, codec, video) in [
            ("audio/mpeg", Some("mp3"), None),
            ("audio/ogg", Some("opus"), None),
            ("audio/mp4", Some("aac"), None),
            ("audio/wav", Some("pcm_s16le"), None),
            ("video/mp4", Some("aac"), Some("h264")),
            ("video/webm", None, Some("vp9")),
        ] {
            assert_eq!(playable(&caps, media_type, codec, video), Playable::Direct, "{media_type}");
        }
    }

    #[test]
    fn what_cannot_be_played_says_why() {
        let reason = |caps: &str, media_type, codec, video| match playable(&Caps::parse(caps), media_type, codec, video)
        {
            Playable::Unsupported { reason } => reason,
            Playable::Direct => String::new(),
        };
        assert_eq!(reason("", "audio/mp4", Some("alac"), None), "This player cannot play Apple Lossless sound.");
        assert_eq!(reason("mp3,alac", "audio/mp4", Some("alac"), None), "");
        assert!(reason("", "video/x-matroska", Some("aac"), Some("h264")).contains("Matroska"));
        assert_eq!(reason("matroska,h264,aac", "video/x-matroska", Some("aac"), Some("h264")), "");
        assert!(reason("", "video/mp4", Some("aac"), Some("hevc")).contains("HEVC"));
        assert!(reason("", "audio/x-ms-wma", Some("wma"), None).contains("Windows Media"));
    }
}
