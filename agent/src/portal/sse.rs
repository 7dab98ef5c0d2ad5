//! A reader of server-sent events (HTML Living Standard §9.2.6) that never holds more than it was allowed to.

/// The longest line and the longest event, in bytes: a key set or relay list with its token stays below 40 kB.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// The last `id` heard so far; `None` before the first.
    pub id: Option<String>,
    /// The `data` lines, joined by line feeds.
    pub data: String,
}

/// The sender went beyond [`EVENT_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {EVENT_BYTES_MAX} bytes")]
pub struct TooLong;

/// Cuts bytes into events.
#[derive(Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    after_cr: bool,
    started: bool,
    has_data: bool,
    data: String,
    id: Option<String>,
}

impl Reader {
    /// Takes bytes as they come and returns the events that they complete.
    ///
    /// # Errors
    /// [`TooLong`]; the connection is then to be dropped.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut events = Vec::new();
        for &byte in bytes {
            let ends_crlf = byte == b'\n' && std::mem::take(&mut self.after_cr);
            if ends_crlf {
                continue;
            }
            self.after_cr = byte == b'\r';
            if byte == b'\n' || byte == b'\r' {
                events.extend(self.end_line()?);
            } else if self.line.len() >= EVENT_BYTES_MAX {
                return Err(TooLong);
            } else {
                self.line.push(byte);
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Result<Option<Event>, TooLong> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        // A byte order mark may stand before the first line only.
        let line = if std::mem::replace(&mut self.started, true) { &line } else { line.trim_start_matches('\u{feff}') };
        if line.is_empty() {
            return Ok(self.dispatch());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.add_data(value)?,
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            // A comment, `event`, `retry` (the channel has its own back-off), or a field of a later standard.
            _ => {}
        }
        Ok(None)
    }

    fn add_data(&mut self, value: &str) -> Result<(), TooLong> {
        if self.data.len() + value.len() >= EVENT_BYTES_MAX {
            return Err(TooLong);
        }
        if self.has_data {
            self.data.push('\n');
        }
        self.has_data = true;
        self.data.push_str(value);
        Ok(())
    }

    fn dispatch(&mut self) -> Option<Event> {
        let data = std::mem::take(&mut self.data);
        std::mem::take(&mut self.has_data).then(|| Event { id: self.id.clone(), data })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<Event> {
        Reader::default().push(text.as_bytes()).unwrap()
    }

    fn event(id: Option<&str>, data: &str) -> Event {
        Event { id: id.map(str::to_owned), data: data.to_owned() }
    }

    #[test]
    fn events_are_read_as_the_standard_says() {
        assert_eq!(read("data: a\n\n"), [event(None, "a")]);
        assert_eq!(read("data:a\r\ndata: b\r\n\r\n"), [event(None, "a\nb")]);
        assert_eq!(read("\u{feff}id: 7\rdata: x\r\rdata\n\n"), [event(Some("7"), "x"), event(Some("7"), "")]);
        assert_eq!(read(": comment\nevent: name\nretry: 10\nunknown\n\n"), []);
        assert_eq!(read("data: unfinished\n"), []);
        assert_eq!(read("id: 1\nid: a\0b\ndata:  two\n\n"), [event(Some("1"), " two")]);
    }

    #[test]
    fn an_endless_line_and_an_endless_event_are_cut_off() {
        let mut reader = Reader::default();
        assert_eq!(reader.push(&vec![b'x'; EVENT_BYTES_MAX + 1]), Err(TooLong));
        let mut reader = Reader::default();
        let line = format!("data: {}\n", "x".repeat(EVENT_BYTES_MAX / 2));
        assert_eq!(reader.push(line.as_bytes()), Ok(vec![]));
        assert_eq!(reader.push(line.as_bytes()), Err(TooLong));
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_does_not_matter(
            lines in prop::collection::vec("(data|id|:|)(: ?)?[a-zä]{0,6}", 0..20),
            ends in prop::collection::vec(prop::sample::select(vec!["\n", "\r", "\r\n"]), 20),
            cut in 1_usize..7,
        ) {
            let text: String = lines.iter().zip(&ends).flat_map(|(line, end)| [line.as_str(), end]).collect();
            let mut reader = Reader::default();
            let mut events = Vec::new();
            for piece in text.as_bytes().chunks(cut) {
                events.extend(reader.push(piece).unwrap());
            }
            prop_assert_eq!(events, read(&text));
        }

        #[test]
        fn what_is_written_is_read(items in prop::collection::vec(("[0-9]{1,9}", "[^\r\n\0]{0,40}"), 0..10)) {
            let text: String = items.iter().map(|(id, data)| format!("id: {id}\ndata: {data}\n\n")).collect();
            let expected: Vec<_> = items.iter().map(|(id, data)| event(Some(id), data)).collect();
            prop_assert_eq!(read(&text), expected);
        }

        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Reader::default().push(&bytes);
        }
    }
}
