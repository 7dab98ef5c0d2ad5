//! Hours of listening in milliseconds of wall time.

use iroam_protocol::{lease, range::CHUNK_BYTES_MAX};
use proptest::prelude::*;

use super::*;

fn key(track: u8) -> Key {
    Key { listening: listening(1), track: ItemId::from_bytes([track; 16]) }
}

fn listening(n: u8) -> RowId {
    RowId::from_bytes([n; 16])
}

/// Four minutes at 128 kbit/s, with 100 kB of tags before the payload.
fn song() -> Facts {
    Facts::new(100_000 + 3_840_000, 240_000, &(100_000..3_940_000))
}

fn range(first: u64, last: u64) -> ByteRange {
    ByteRange { first, last }
}

/// Asks for the whole file, chunk after chunk, until it ends or the ceiling is reached; returns the bytes got.
fn drain(meter: &mut Meter, now_ms: u64, key: Key, facts: &Facts, ceil_ms: u64) -> u64 {
    let mut at = 0;
    while at < facts.size_bytes {
        let wanted = range(at, (at + CHUNK_BYTES_MAX - 1).min(facts.size_bytes - 1));
        let Ok(ticket) = meter.admit(now_ms, key, facts, wanted, ceil_ms) else { break };
        send(meter, &ticket);
        at = ticket.range.last + 1;
    }
    at
}

fn send(meter: &mut Meter, ticket: &Ticket) {
    let mut at = ticket.range.first;
    while at <= ticket.range.last {
        let end = ((at / BLOCK_BYTES + 1) * BLOCK_BYTES - 1).min(ticket.range.last);
        meter.delivered(ticket, at, end - at + 1, Path::Relay);
        at = end + 1;
    }
    meter.finish(ticket);
}

fn told(meter: &mut Meter) -> (u64, u64) {
    let grown = meter.take_grown();
    let ms = grown.iter().map(|(_, growth)| growth.served_ms).sum();
    let bytes = grown.iter().flat_map(|(_, growth)| growth.bytes).sum();
    (ms, bytes)
}

#[test]
fn a_whole_song_costs_its_length_and_its_tags_nothing() {
    let mut meter = Meter::default();
    assert_eq!(drain(&mut meter, 0, key(1), &song(), lease::ceil_ms(4)), song().size_bytes);
    assert_eq!(meter.served_ms(&listening(1)), 240_000);
    assert_eq!(told(&mut meter), (240_000, song().size_bytes));
    assert!(!meter.has_grown());
}

#[test]
fn repeats_are_free() {
    let mut meter = Meter::default();
    for _ in 0..10 {
        assert_eq!(drain(&mut meter, 0, key(1), &song(), 240_000), song().size_bytes);
    }
    assert_eq!(meter.served_ms(&listening(1)), 240_000);
}

#[test]
fn what_is_served_stays_below_the_ceiling_and_goes_on_when_it_rises() {
    let mut meter = Meter::default();
    let ceil_ms = lease::ceil_ms(0);
    let got = drain(&mut meter, 0, key(1), &song(), ceil_ms);
    assert!(got < song().size_bytes);
    let served_ms = meter.served_ms(&listening(1));
    assert!(served_ms <= ceil_ms && served_ms > ceil_ms - 5_000, "{served_ms}");
    assert_eq!(drain(&mut meter, 0, key(1), &song(), lease::ceil_ms(2)), song().size_bytes);
}

#[test]
fn the_ceiling_holds_over_all_tracks_of_a_listening_together() {
    let mut meter = Meter::default();
    for track in 0..200 {
        drain(&mut meter, u64::from(track), key(track), &song(), 300_000);
    }
    assert!(meter.served_ms(&listening(1)) <= 300_000);
}

#[test]
fn an_answer_that_breaks_off_costs_only_what_was_sent() {
    let mut meter = Meter::default();
    let ticket = meter.admit(0, key(1), &song(), range(0, CHUNK_BYTES_MAX - 1), 240_000).unwrap();
    meter.delivered(&ticket, 0, BLOCK_BYTES, Path::Direct);
    meter.delivered(&ticket, BLOCK_BYTES, BLOCK_BYTES, Path::Direct);
    meter.finish(&ticket);
    let expected_ms = (2 * BLOCK_BYTES - 100_000) * 240_000 / 3_840_000;
    assert_eq!(meter.served_ms(&listening(1)), expected_ms);
    let tight = meter.admit(0, key(1), &song(), range(0, CHUNK_BYTES_MAX - 1), expected_ms).unwrap();
    assert_eq!(tight.range.last, 2 * BLOCK_BYTES - 1, "the blocks that were not sent count no more");
}

#[test]
fn two_answers_at_once_cannot_go_beyond_the_ceiling_together() {
    let mut meter = Meter::default();
    let first = meter.admit(0, key(1), &song(), range(0, CHUNK_BYTES_MAX - 1), 70_000).unwrap();
    let second = meter.admit(0, key(1), &song(), range(2 * CHUNK_BYTES_MAX, 3 * CHUNK_BYTES_MAX - 1), 70_000).unwrap();
    assert!(second.range.byte_len() < CHUNK_BYTES_MAX);
    send(&mut meter, &first);
    send(&mut meter, &second);
    assert!(meter.served_ms(&listening(1)) <= 70_000);
    assert!(meter.admit(0, key(2), &song(), range(500_000, 600_000), 70_000).is_err());
}

#[test]
fn a_block_that_another_answer_sent_is_not_given_back() {
    let mut meter = Meter::default();
    let first = meter.admit(0, key(1), &song(), range(200_000, 262_143), 240_000).unwrap();
    let second = meter.admit(0, key(1), &song(), range(200_000, 262_143), 240_000).unwrap();
    send(&mut meter, &second);
    let served_ms = meter.served_ms(&listening(1));
    meter.finish(&first);
    assert!(served_ms > 0);
    assert_eq!(meter.served_ms(&listening(1)), served_ms);
}

#[test]
fn tags_are_free_up_to_a_cap_only() {
    let size_bytes = 100 * 1024 * 1024;
    let mostly_tags = Facts::new(size_bytes, 60_000, &(size_bytes - 1_000_000..size_bytes));
    let mut meter = Meter::default();
    let got = drain(&mut meter, 0, key(1), &mostly_tags, 120_000);
    assert!(got < 20 * 1024 * 1024, "{got}");
}

#[test]
fn a_file_of_unknown_length_or_senseless_payload_still_costs() {
    let mut meter = Meter::default();
    let unknown = Facts::new(50_000_000, 0, &(0..50_000_000));
    assert!(drain(&mut meter, 0, key(1), &unknown, 120_000) < 20_000_000);
    let senseless = Facts::new(1_000, 60_000, &(900..2_000));
    assert_eq!((senseless.payload_first, senseless.payload_end), (0, 1_000));
}

#[test]
fn a_listening_goes_on_where_the_process_before_left_it() {
    let mut meter = Meter::default();
    meter.resume(listening(1), 110_000, 0);
    drain(&mut meter, 0, key(1), &song(), 120_000);
    let served_ms = meter.served_ms(&listening(1));
    assert!((110_000..=120_000).contains(&served_ms));
    let (told_ms, _) = told(&mut meter);
    assert_eq!(told_ms, served_ms - 110_000, "only the new part is told");
}

#[test]
fn minutes_are_told_one_by_one_with_their_path() {
    let mut meter = Meter::default();
    drain(&mut meter, 0, key(1), &song(), 240_000);
    let mut grown = meter.take_grown();
    grown.sort_by_key(|(minute, _)| minute.minute);
    let ms: Vec<_> = grown.iter().map(|(minute, growth)| (minute.minute, growth.served_ms)).collect();
    assert_eq!(ms, [(0, 60_000), (1, 60_000), (2, 60_000), (3, 60_000)]);
    assert!(grown.iter().all(|(_, growth)| growth.bytes[0] == 0 && growth.bytes[2] > 0));
}

#[test]
fn an_hour_of_listening_is_held_to_what_is_paid_minute_by_minute() {
    let mut meter = Meter::default();
    for minute in 0..60_u64 {
        let ceil_ms = lease::ceil_ms(minute);
        let track = u8::try_from(minute / 2).unwrap();
        drain(&mut meter, minute * MINUTE_MS, key(track), &song(), ceil_ms);
        assert!(meter.served_ms(&listening(1)) <= ceil_ms);
    }
    let (told_ms, _) = told(&mut meter);
    assert_eq!(told_ms, meter.served_ms(&listening(1)));
}

#[test]
fn idle_listenings_are_forgotten_and_many_are_bounded() {
    let mut meter = Meter::default();
    for n in 0..=u8::MAX {
        let key = Key { listening: listening(n), ..key(1) };
        drain(&mut meter, u64::from(n), key, &song(), 120_000);
    }
    assert!(meter.listenings.len() <= LISTENINGS_MAX);
    meter.forget_idle(FORGET_AFTER_MS + 300);
    assert!(meter.listenings.is_empty());
}

#[derive(Debug, Clone)]
enum Step {
    Admit { track: u8, first: u64, len: u64 },
    Deliver { ticket: usize },
    Finish { ticket: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u8..3, 0_u64..3_940_000, 1_u64..CHUNK_BYTES_MAX).prop_map(|(track, first, len)| Step::Admit {
            track,
            first,
            len
        }),
        (0_usize..8).prop_map(|ticket| Step::Deliver { ticket }),
        (0_usize..8).prop_map(|ticket| Step::Finish { ticket }),
    ]
}

proptest! {
    #[test]
    fn in_any_order_of_answers_no_more_than_the_ceiling_is_served(
        steps in prop::collection::vec(step(), 1..80),
        ceil_ms in 0_u64..400_000,
    ) {
        let mut meter = Meter::default();
        let mut open: Vec<Ticket> = Vec::new();
        let mut told_ms = 0;
        let mut served_before_ms = 0;
        for step in steps {
            match step {
                Step::Admit { track, first, len } => {
                    let wanted = range(first, (first + len - 1).min(song().size_bytes - 1));
                    if let Ok(ticket) = meter.admit(0, key(track), &song(), wanted, ceil_ms) {
                        prop_assert!(ticket.range.first == wanted.first && ticket.range.last <= wanted.last);
                        prop_assert!(ticket.range.first <= ticket.range.last);
                        open.push(ticket);
                    }
                }
                Step::Deliver { ticket } if ticket < open.len() => {
                    let ticket = open.swap_remove(ticket);
                    send(&mut meter, &ticket);
                }
                Step::Finish { ticket } if ticket < open.len() => {
                    let ticket = open.swap_remove(ticket);
                    meter.finish(&ticket);
                }
                Step::Deliver { .. } | Step::Finish { .. } => {}
            }
            told_ms += told(&mut meter).0;
            let served_ms = meter.served_ms(&listening(1));
            prop_assert!(served_ms >= served_before_ms, "what was served never falls");
            prop_assert_eq!(told_ms, served_ms, "every millisecond is told once");
            served_before_ms = served_ms;
        }
        // A block may be delivered by one answer after another gave it back: at most the blocks of the answers at once.
        let slack_ms = 8 * 17 * BLOCK_BYTES * 240_000 / 3_840_000;
        prop_assert!(served_before_ms <= ceil_ms + slack_ms);
        if open.is_empty() {
            let track_ms: u64 = meter.listenings.values().map(Listening::counted_ms).sum();
            prop_assert_eq!(track_ms, served_before_ms, "nothing stays counted that was not sent");
        }
    }
}
