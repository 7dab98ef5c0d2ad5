//! Tags in the form the library keeps, whatever a file calls them.

/// Longest text that is kept of one tag, in bytes; real titles stay below 300.
const TEXT_BYTES_MAX: usize = 1024;
/// Track and disc numbers above this are dates or catalogue numbers in the wrong place.
const NUMBER_MAX: u64 = 9_999;

/// Loudness, measured by the one who made the file.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ReplayGain {
    /// Gain for the track, in dB.
    pub track_db: Option<f32>,
    /// Gain for the whole album, in dB.
    pub album_db: Option<f32>,
    /// Highest sample of the track; 1.0 is full scale.
    pub track_peak: Option<f32>,
    /// Highest sample of the album.
    pub album_peak: Option<f32>,
}

/// What a file says about itself. `None` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tags {
    /// Title.
    pub title: Option<String>,
    /// Artist; several are joined with commas.
    pub artist: Option<String>,
    /// Album.
    pub album: Option<String>,
    /// Artist of the album.
    pub album_artist: Option<String>,
    /// Name of the artist to sort by.
    pub artist_sort: Option<String>,
    /// Name of the album's artist to sort by.
    pub album_artist_sort: Option<String>,
    /// First genre, in words.
    pub genre: Option<String>,
    /// Number on its disc, from 1.
    pub track_no: Option<u32>,
    /// Number of the disc, from 1.
    pub disc_no: Option<u32>,
    /// Year of release.
    pub year: Option<i32>,
    /// Whether the album is a compilation of several artists.
    pub compilation: bool,
    /// Loudness.
    pub replay_gain: ReplayGain,
}

impl Tags {
    /// Takes over what is missing here.
    pub(crate) fn fill_from(&mut self, other: Self) {
        fn fill<T>(mine: &mut Option<T>, theirs: Option<T>) {
            if mine.is_none() {
                *mine = theirs;
            }
        }
        fill(&mut self.title, other.title);
        fill(&mut self.artist, other.artist);
        fill(&mut self.album, other.album);
        fill(&mut self.album_artist, other.album_artist);
        fill(&mut self.artist_sort, other.artist_sort);
        fill(&mut self.album_artist_sort, other.album_artist_sort);
        fill(&mut self.genre, other.genre);
        fill(&mut self.track_no, other.track_no);
        fill(&mut self.disc_no, other.disc_no);
        fill(&mut self.year, other.year);
        self.compilation |= other.compilation;
        fill(&mut self.replay_gain.track_db, other.replay_gain.track_db);
        fill(&mut self.replay_gain.album_db, other.replay_gain.album_db);
        fill(&mut self.replay_gain.track_peak, other.replay_gain.track_peak);
        fill(&mut self.replay_gain.album_peak, other.replay_gain.album_peak);
    }
}

/// A text as it is kept: without control characters, blanks at the ends and excess length; `None` when nothing is left.
pub(crate) fn text(raw: &str) -> Option<String> {
    let mut clean = String::new();
    for character in raw.trim_matches(|c: char| c.is_whitespace() || c == '\0').chars() {
        if clean.len() + character.len_utf8() > TEXT_BYTES_MAX {
            break;
        }
        match character {
            '\0' => clean.push_str("; "),
            '\n' | '\r' | '\t' => clean.push(' '),
            c if c.is_control() => {}
            c => clean.push(c),
        }
    }
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

/// `3`, `03` or `3/12`; `None` for 0 and nonsense.
pub(crate) fn number(raw: &str) -> Option<u32> {
    let first = raw.split(['/', ' ', '-']).next()?;
    whole(first.trim().parse().ok()?)
}

/// A number that a track or disc may have.
pub(crate) fn whole(value: u64) -> Option<u32> {
    u32::try_from(value).ok().filter(|_| (1..=NUMBER_MAX).contains(&value))
}

/// The year in `1997`, `1997-05-21`, `21.5.1997`, `1997-05-21T00:00:00Z`.
pub(crate) fn year(raw: &str) -> Option<i32> {
    raw.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 4 || (digits.len() == 8 && raw.trim().len() == 8))
        .filter_map(|digits| digits[..4].parse().ok())
        .find(|year| (1000..=2999).contains(year))
}

/// The first genre in words: `(17)`, `17` and `(17)Rock` are Rock (ID3v1 list), `Rock; Pop` is Rock.
pub(crate) fn genre(raw: &str) -> Option<String> {
    let first = raw.split(['\0', ';']).map(str::trim).find(|part| !part.is_empty())?;
    let listed = |digits: &str| {
        let index: usize = digits.parse().ok()?;
        lofty::id3::v1::GENRES.get(index).map(ToString::to_string)
    };
    if let Some((digits, rest)) = first.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
        let name = listed(digits);
        return if rest.trim().is_empty() { name.or_else(|| text(first)) } else { text(rest) };
    }
    listed(first).or_else(|| text(first))
}

/// `-7.30 dB`, in decibels.
pub(crate) fn gain_db(raw: &str) -> Option<f32> {
    let number = raw.trim().trim_end_matches(['d', 'D', 'b', 'B']).trim();
    number.parse::<f32>().ok().filter(|gain| gain.is_finite() && gain.abs() <= 64.0)
}

/// `0.987`, where 1 is full scale.
pub(crate) fn peak(raw: &str) -> Option<f32> {
    raw.trim().parse::<f32>().ok().filter(|peak| peak.is_finite() && (0.0..=16.0).contains(peak))
}

/// Gain of Opus files (RFC 7845 §5.2.1): 1/256 dB, towards −23 LUFS; ReplayGain aims 5 dB higher.
pub(crate) fn r128_gain_db(raw: &str) -> Option<f32> {
    raw.trim().parse::<i16>().ok().map(|gain| f32::from(gain) / 256.0 + 5.0)
}

/// Whether a flag such as `1`, `true` or `yes` is set.
pub(crate) fn flag(raw: &str) -> bool {
    matches!(raw.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (raw, expected) in [
            ("3/12", Some(3)),
            ("03", Some(3)),
            ("0", None),
            ("A1", None),
            ("", None),
            ("7 of 9", Some(7)),
            ("99999999", None),
        ] {
            assert_eq!(number(raw), expected, "{raw}");
        }
    }

    #[test]
    fn years_are_found_in_dates() {
        for (raw, expected) in [
            ("1997", Some(1997)),
            ("1997-05-21", Some(1997)),
            ("21.5.1997", Some(1997)),
            ("19970521", Some(1997)),
            ("97", None),
            ("0000", None),
            ("unknown", None),
        ] {
            assert_eq!(year(raw), expected, "{raw}");
        }
    }

    #[test]
    fn genres_by_number_become_words() {
        for (raw, expected) in [
            ("(17)", "Rock"),
            ("17", "Rock"),
            ("(17)Hard Rock", "Hard Rock"),
            ("Jazz; Fusion", "Jazz"),
            ("Trip Hop", "Trip Hop"),
        ] {
            assert_eq!(genre(raw).as_deref(), Some(expected), "{raw}");
        }
        assert_eq!(genre(" ; "), None);
    }

    #[test]
    fn texts_lose_control_characters_and_excess_length() {
        assert_eq!(text("  A\nB\u{7}\0C\0 ").as_deref(), Some("A B; C"));
        assert_eq!(text("\0 \n"), None);
        assert!(text(&"é".repeat(5_000)).is_some_and(|text| text.len() <= TEXT_BYTES_MAX));
    }

    #[test]
    fn gains_are_read_with_and_without_unit() {
        assert_eq!(gain_db("-7.30 dB"), Some(-7.3));
        assert_eq!(gain_db("+2"), Some(2.0));
        assert_eq!(gain_db("loud"), None);
        assert_eq!(r128_gain_db("-256"), Some(4.0));
        assert_eq!(peak("0.5"), Some(0.5));
    }
}
