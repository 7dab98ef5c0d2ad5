//! Byte ranges (RFC 9110 §14), bounded: a media answer is never longer than [`CHUNK_BYTES_MAX`].

/// The longest answer to a range request, in bytes. js-libp2p streams have no back-pressure, so a bounded range is the
/// only brake.
pub const CHUNK_BYTES_MAX: u64 = 1024 * 1024;

/// A range that exists within a body. `first` ≤ `last` < length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// First byte, inclusive.
    pub first: u64,
    /// Last byte, inclusive.
    pub last: u64,
}

impl ByteRange {
    /// How many bytes it spans.
    pub fn byte_len(&self) -> u64 {
        self.last - self.first + 1
    }

    /// The same start, at most `bytes_max` long.
    #[must_use]
    pub fn at_most(self, bytes_max: u64) -> Self {
        Self { last: self.last.min(self.first.saturating_add(bytes_max.saturating_sub(1))), ..self }
    }
}

/// What a `Range` header asks of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// No header, another unit, several ranges, or a malformed one: RFC 9110 has these ignored.
    Whole,
    /// One satisfiable range.
    Part(ByteRange),
    /// Starts past the end: 416 with `Content-Range: bytes */length`.
    Unsatisfiable,
}

/// Reads a `Range` header for a body of `len` bytes.
pub fn parse(header: Option<&str>, len: u64) -> Requested {
    let Some(spec) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else { return Requested::Whole };
    let Some((first, last)) = spec.split_once('-') else { return Requested::Whole };
    match (number(first), number(last)) {
        (Some(None), Some(Some(suffix_len))) => suffix(suffix_len, len),
        (Some(Some(first)), Some(last)) => {
            if last.is_some_and(|last| last < first) {
                return Requested::Whole;
            }
            if first >= len {
                return Requested::Unsatisfiable;
            }
            Requested::Part(ByteRange { first, last: last.unwrap_or(u64::MAX).min(len - 1) })
        }
        _ => Requested::Whole,
    }
}

fn suffix(suffix_len: u64, len: u64) -> Requested {
    if suffix_len == 0 || len == 0 {
        return Requested::Unsatisfiable;
    }
    Requested::Part(ByteRange { first: len.saturating_sub(suffix_len), last: len - 1 })
}

/// `Some(None)` for an empty text, `None` for anything but digits that fit.
fn number(text: &str) -> Option<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok().map(Some) } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(first: u64, last: u64) -> Requested {
        Requested::Part(ByteRange { first, last })
    }

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        for (header, expected) in [
            ("bytes=0-", part(0, 99)),
            ("bytes=0-0", part(0, 0)),
            ("bytes=10-19", part(10, 19)),
            ("bytes=90-1000", part(90, 99)),
            ("bytes=-10", part(90, 99)),
            ("bytes=-1000", part(0, 99)),
            ("bytes=100-", Requested::Unsatisfiable),
            ("bytes=-0", Requested::Unsatisfiable),
            ("bytes=5-4", Requested::Whole),
            ("bytes=0-1,5-6", Requested::Whole),
            ("bytes=99999999999999999999999-", Requested::Whole),
            ("items=0-1", Requested::Whole),
            ("bytes=-", Requested::Whole),
        ] {
            assert_eq!(parse(Some(header), 100), expected, "{header}");
        }
        assert_eq!(parse(None, 100), Requested::Whole);
        assert_eq!(parse(Some("bytes=0-"), 0), Requested::Unsatisfiable);
    }

    proptest! {
        #[test]
        fn a_part_always_lies_within_the_body(header in "bytes=[0-9]{0,22}-[0-9]{0,22}", len: u64) {
            if let Requested::Part(range) = parse(Some(&header), len) {
                prop_assert!(range.first <= range.last && range.last < len);
                let short = range.at_most(CHUNK_BYTES_MAX);
                prop_assert!(short.byte_len() <= CHUNK_BYTES_MAX && short.last <= range.last);
            }
        }
    }
}
