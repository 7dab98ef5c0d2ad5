//! Tones: one file of each format, each a sine of a frequency of its own, and of another one in its second half, so that a
//! seek can be told from a restart by ear.

use std::path::Path;

use anyhow::Result;

use super::{art, ffmpeg, tagging, tagging::Tags};

/// Length of every tone in seconds; the second half begins at half of it.
pub const LENGTH_S: u32 = 64;
/// The artist of every tone.
pub const ARTIST: &str = "Tuning Fork";
/// The album of every tone.
pub const ALBUM: &str = "Known Frequencies";

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct Tone {
    /// Name of the file; its ending says the format.
    pub file: &'static str,
    /// The title tag.
    pub title: &'static str,
    /// Frequency of the first half.
    pub first_hz: u32,
    /// Frequency of the second half.
    pub second_hz: u32,
    /// How ffmpeg encodes it.
    encoding: &'static [&'static str],
}

/// All of them, in the order of the album. No two frequencies are nearer than 40 Hz, and none is a multiple of another.
pub const TONES: [Tone; 7] = [
    Tone {
        file: "01 Tone mp3.mp3",
        title: "Tone mp3",
        first_hz: 440,
        second_hz: 1_060,
        encoding: &["-c:a", "libmp3lame", "-b:a", "192k"],
    },
    Tone {
        file: "02 Tone flac.flac",
        title: "Tone flac",
        first_hz: 554,
        second_hz: 1_290,
        encoding: &["-c:a", "flac"],
    },
    Tone {
        file: "03 Tone m4a.m4a",
        title: "Tone m4a",
        first_hz: 659,
        second_hz: 1_490,
        encoding: &["-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart"],
    },
    Tone {
        file: "04 Tone opus.opus",
        title: "Tone opus",
        first_hz: 784,
        second_hz: 1_730,
        encoding: &["-c:a", "libopus", "-b:a", "96k"],
    },
    Tone {
        file: "05 Tone ogg.ogg",
        title: "Tone ogg",
        first_hz: 830,
        second_hz: 1_890,
        encoding: &["-c:a", "libvorbis", "-q:a", "4"],
    },
    Tone {
        file: "06 Tone wav.wav",
        title: "Tone wav",
        first_hz: 932,
        second_hz: 2_090,
        encoding: &["-c:a", "pcm_s16le"],
    },
    Tone {
        file: "07 Tone video.mp4",
        title: "Tone video",
        first_hz: 988,
        second_hz: 2_310,
        encoding: &["-c:a", "aac", "-b:a", "160k"],
    },
];

pub(super) fn make(folder: &Path) -> Result<()> {
    let cover = art::jpeg(7, 600)?;
    for (n, tone) in TONES.iter().enumerate() {
        let path = folder.join(tone.file);
        encode(tone, &path)?;
        let tags = Tags {
            title: Some(tone.title.into()),
            artist: Some(ARTIST.into()),
            album: Some(ALBUM.into()),
            album_artist: Some(ARTIST.into()),
            genre: Some("Test".into()),
            track_no: Some((n + 1).to_string()),
            disc_no: None,
            date: Some("2026".into()),
            cover: Some(cover.clone()),
        };
        tagging::write(&path, &tags)?;
    }
    Ok(())
}

fn encode(tone: &Tone, path: &Path) -> Result<()> {
    let Tone { first_hz, second_hz, .. } = tone;
    let half_s = LENGTH_S / 2;
    let sine = format!("aevalsrc=0.4*sin(2*PI*t*if(lt(t\\,{half_s})\\,{first_hz}\\,{second_hz})):s=48000:d={LENGTH_S}");
    let picture = format!("testsrc2=size=320x180:rate=10:duration={LENGTH_S}");
    let mut args = vec!["-f", "lavfi", "-i", &sine];
    if path.extension().is_some_and(|ending| ending == "mp4") {
        args.extend(["-f", "lavfi", "-i", &picture, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]);
        args.extend(["-g", "20", "-movflags", "+faststart"]);
    }
    args.extend(["-ac", "2"]);
    args.extend(tone.encoding);
    ffmpeg::run(&args, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_frequency_can_be_taken_for_another() {
        let all: Vec<u32> = TONES.iter().flat_map(|tone| [tone.first_hz, tone.second_hz]).collect();
        for (n, a) in all.iter().enumerate() {
            for b in &all[n + 1..] {
                assert!(a.abs_diff(*b) >= 40, "{a} and {b} Hz lie too near");
                assert!(a.max(b) % a.min(b) > 15, "{a} and {b} Hz are harmonics");
            }
        }
    }
}
