//! One stream on one data channel: what each end has closed, decided without I/O.

use std::{collections::VecDeque, task::Waker};

use bytes::{Buf as _, Bytes};

use crate::frame::{Cutter, Flag, Frame};

/// Bytes that wait to be read. Who sends more does not wait for answers, as every browser's requests do.
const UNREAD_MAX: usize = 1024 * 1024;

/// What the peer hears of what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Its end was seen.
    FinAck,
    /// The stream is given up.
    Reset,
}

/// How this end's writing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    /// It may write.
    Open,
    /// It has sent FIN.
    Finished,
    /// The peer has seen the FIN.
    Acknowledged,
    /// The peer reads no more.
    Refused,
}

/// The stream.
#[derive(Debug)]
pub(crate) struct Pipe {
    cutter: Cutter,
    unread: VecDeque<Bytes>,
    unread_len: usize,
    /// The peer has sent FIN.
    pub(crate) at_end: bool,
    pub(crate) writing: Writing,
    /// Either end gave up, or the channel closed before the peer's FIN.
    pub(crate) broken: bool,
    /// The channel is gone.
    pub(crate) closed: bool,
    pub(crate) reader: Option<Waker>,
    pub(crate) writer: Option<Waker>,
}

/// What a read finds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// So many bytes were taken.
    Bytes(usize),
    /// Nothing will come any more.
    End,
    /// The stream broke.
    Broken,
    /// Nothing yet.
    Nothing,
}

impl Pipe {
    pub(crate) fn new() -> Self {
        Self {
            cutter: Cutter::default(),
            unread: VecDeque::new(),
            unread_len: 0,
            at_end: false,
            writing: Writing::Open,
            broken: false,
            closed: false,
            reader: None,
            writer: None,
        }
    }

    /// Takes a message of the channel; what the peer is to hear of it.
    pub(crate) fn on_data(&mut self, data: &[u8]) -> Option<Reply> {
        self.cutter.push(data);
        let mut reply = None;
        loop {
            match self.cutter.next::<Frame>() {
                Ok(Some(frame)) => reply = self.on_frame(frame).or(reply),
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(%error, "a stream is given up");
                    reply = Some(self.give_up());
                    break;
                }
            }
        }
        self.wake();
        reply
    }

    fn on_frame(&mut self, frame: Frame) -> Option<Reply> {
        if let Some(message) = frame.message.filter(|message| !message.is_empty() && !self.at_end && !self.broken) {
            self.unread_len += message.len();
            self.unread.push_back(message.into());
            if self.unread_len > UNREAD_MAX {
                return Some(self.give_up());
            }
        }
        match Flag::try_from(frame.flag?).ok()? {
            Flag::Fin => {
                self.at_end = true;
                Some(Reply::FinAck)
            }
            Flag::StopSending => {
                self.writing = Writing::Refused;
                None
            }
            Flag::Reset => {
                self.give_up();
                None
            }
            Flag::FinAck => {
                if self.writing == Writing::Finished {
                    self.writing = Writing::Acknowledged;
                }
                None
            }
        }
    }

    fn give_up(&mut self) -> Reply {
        self.broken = true;
        self.unread.clear();
        self.unread_len = 0;
        Reply::Reset
    }

    /// The channel is gone, or its connection.
    pub(crate) fn on_close(&mut self) {
        self.closed = true;
        self.broken |= !self.at_end;
        self.wake();
    }

    /// Moves what came into `buf`.
    pub(crate) fn read(&mut self, buf: &mut [u8]) -> Read {
        if let Some(first) = self.unread.front_mut() {
            let len = first.len().min(buf.len());
            buf[..len].copy_from_slice(&first[..len]);
            first.advance(len);
            if first.is_empty() {
                self.unread.pop_front();
            }
            self.unread_len -= len;
            return Read::Bytes(len);
        }
        match (self.at_end, self.broken) {
            (true, _) => Read::End,
            (false, true) => Read::Broken,
            (false, false) => Read::Nothing,
        }
    }

    /// Whether nothing more will be said by either end, so that the channel can be closed.
    pub(crate) fn is_done(&self) -> bool {
        let wrote = matches!(self.writing, Writing::Acknowledged | Writing::Refused);
        self.closed || self.broken || (self.at_end && wrote)
    }

    pub(crate) fn wake(&mut self) {
        for waker in [self.reader.take(), self.writer.take()].into_iter().flatten() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(pipe: &mut Pipe) -> Vec<u8> {
        let (mut all, mut buf) = (Vec::new(), [0; 3]);
        while let Read::Bytes(len) = pipe.read(&mut buf) {
            all.extend_from_slice(&buf[..len]);
        }
        all
    }

    #[test]
    fn what_came_before_the_end_is_read_and_the_end_acknowledged() {
        let mut pipe = Pipe::new();
        assert_eq!(pipe.on_data(&Frame::of_payload(b"hello")), None);
        assert_eq!(pipe.on_data(&Frame::of_flag(Flag::Fin)), Some(Reply::FinAck));
        assert_eq!(read_all(&mut pipe), b"hello");
        assert_eq!(pipe.read(&mut [0; 4]), Read::End);
        assert_eq!(pipe.writing, Writing::Open, "a half close leaves the other half");
        assert!(!pipe.is_done());
        pipe.writing = Writing::Finished;
        pipe.on_data(&Frame::of_flag(Flag::FinAck));
        assert!(pipe.is_done());
    }

    #[test]
    fn a_channel_that_closes_without_an_end_broke_off() {
        let mut pipe = Pipe::new();
        pipe.on_data(&Frame::of_payload(b"hel"));
        pipe.on_close();
        assert_eq!((read_all(&mut pipe), pipe.read(&mut [0; 4])), (b"hel".to_vec(), Read::Broken));
    }

    #[test]
    fn a_reset_throws_away_what_was_not_read() {
        let mut pipe = Pipe::new();
        pipe.on_data(&Frame::of_payload(b"hel"));
        assert_eq!(pipe.on_data(&Frame::of_flag(Flag::Reset)), None);
        assert_eq!(pipe.read(&mut [0; 4]), Read::Broken);
        assert!(pipe.is_done());
    }

    #[test]
    fn a_peer_that_stops_reading_ends_the_writing() {
        let mut pipe = Pipe::new();
        pipe.on_data(&Frame::of_flag(Flag::StopSending));
        assert_eq!(pipe.writing, Writing::Refused);
    }

    #[test]
    fn a_peer_that_sends_without_measure_is_given_up() {
        let mut pipe = Pipe::new();
        let frame = Frame::of_payload(&[0; 16_000]);
        let mut replies = (0..100).filter_map(|_| pipe.on_data(&frame));
        assert_eq!(replies.next(), Some(Reply::Reset));
    }

    #[test]
    fn nonsense_is_given_up() {
        assert_eq!(Pipe::new().on_data(&[3, 0xff, 0xff, 0xff]), Some(Reply::Reset));
    }
}
