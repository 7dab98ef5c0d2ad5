//! The golden bytes that Rust and TypeScript both read.
//!
//! `IROAM_WRITE_VECTORS=1 cargo test -p iroam-protocol --test vectors` writes them anew after a wanted change of the wire;
//! the change then shows in review.

#![expect(clippy::unwrap_used, reason = "a test says no by panicking")]

use std::path::PathBuf;

use iroam_protocol::{
    activation,
    events::{AgentEvent, Revoked},
    grant::{Confirmation, Grant, RelayAdmission, Scope},
    home,
    id::{ItemId, PeerId, RowId},
    lease,
    playlists::{Applied, Change, Contents, Edit, Item, ListKind, Member, Operation, Playlist, Role, Snapshot},
    problem,
    queue::{Entry, NewQueue, Queue, Repeat},
    range, relay_auth,
    token::{KeySet, SigningKey, TokenError},
};
use serde_json::{Value, json};

const NOW_S: i64 = 1_800_000_000;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key(n: u8) -> SigningKey {
    SigningKey::from_seed([n; 32])
}

fn check(name: &str, made: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(format!("{name}.json"));
    if std::env::var_os("IROAM_WRITE_VECTORS").is_some() {
        std::fs::write(&path, format!("{made:#}\n")).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(&kept, made, "{} no longer holds what the code makes", path.display());
}

#[test]
fn ids_have_their_golden_text() {
    let peers: Vec<_> = [0u8, 1, 127, 255]
        .map(|n| PeerId::from_public_key([n; 32]))
        .iter()
        .map(|peer| json!({ "public_key": hex(peer.public_key()), "bytes": hex(&peer.to_bytes()), "text": peer.to_string() }))
        .collect();
    let items: Vec<_> = [0u8, 1, 127, 255]
        .map(|n| ItemId::from_bytes([n; 16]))
        .iter()
        .map(|item| json!({ "bytes": hex(item.as_bytes()), "text": item.to_string() }))
        .collect();
    let rows: Vec<_> = [0u8, 1, 127, 255]
        .map(|n| RowId::from_bytes([n; 16]))
        .iter()
        .map(|row| json!({ "bytes": hex(row.as_bytes()), "text": row.to_string() }))
        .collect();
    let refused = [
        "",
        "..",
        "../../etc/passwd",
        "12D3KooW",
        "AAAAAAAAAAAAAAAAAAAAA/",
        "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
    ];
    for text in refused {
        assert!(text.parse::<PeerId>().is_err() && text.parse::<ItemId>().is_err() && text.parse::<RowId>().is_err());
    }
    check("ids", &json!({ "peers": peers, "items": items, "rows": rows, "refused": refused }));
}

#[test]
fn relay_auth_has_its_golden_bytes() {
    let answers = [
        relay_auth::Answer::Admitted { until_s: 1_800_000_600 },
        relay_auth::Answer::Refused { reason: "The token has expired.".into() },
        relay_auth::Answer::Refused { reason: "Uhr prüfen".into() },
    ];
    let frames: Vec<_> = answers
        .iter()
        .map(|answer| {
            let payload = answer.encode();
            assert_eq!(relay_auth::Answer::decode(&payload).as_ref(), Ok(answer));
            let decoded = match answer {
                relay_auth::Answer::Admitted { until_s } => json!({ "admitted_until_s": until_s }),
                relay_auth::Answer::Refused { reason } => json!({ "refused": reason }),
            };
            json!({ "frame": hex(&relay_auth::encode_frame(&payload).unwrap()), "answer": decoded })
        })
        .collect();
    let token = "eyJ.abc.def";
    let request = json!({ "token": token, "frame": hex(&relay_auth::encode_frame(token.as_bytes()).unwrap()) });
    let refused = ["", "00", "0000", "02", "01ff", "ff"];
    for text in refused {
        let bytes: Vec<u8> =
            (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect();
        assert!(relay_auth::Answer::decode(&bytes).is_err(), "{text}");
    }
    check("relay_auth", &json!({ "request": request, "answers": frames, "refused_payloads": refused }));
}

#[test]
fn minutes_and_ceilings_have_their_golden_numbers() {
    let due: Vec<_> = [0, 1, 3_000, 3_001, 60_000, 63_000, 63_001, 600_000, 603_001]
        .iter()
        .map(|&played_ms| json!({ "played_ms": played_ms, "minutes_due": lease::minutes_due(played_ms) }))
        .collect();
    let ceilings: Vec<_> = [0, 1, 2, 60]
        .iter()
        .map(|&minutes| json!({ "paid_minutes": minutes, "ceil_ms": lease::ceil_ms(minutes) }))
        .collect();
    check("lease", &json!({ "due": due, "ceilings": ceilings }));
}

#[test]
fn ranges_have_their_golden_reading() {
    let cases = [
        ("bytes=0-", 100),
        ("bytes=0-0", 100),
        ("bytes=90-1000", 100),
        ("bytes=-10", 100),
        ("bytes=100-", 100),
        ("bytes=5-4", 100),
        ("bytes=0-1,5-6", 100),
        ("bytes=-", 100),
        ("bytes=0-", 0),
        ("bytes=1048576-", 5_000_000),
    ];
    let read: Vec<_> = cases
        .iter()
        .map(|&(header, len)| {
            let answer = match range::parse(Some(header), len) {
                range::Requested::Whole => json!("whole"),
                range::Requested::Unsatisfiable => json!("unsatisfiable"),
                range::Requested::Part(part) => {
                    let short = part.at_most(range::CHUNK_BYTES_MAX);
                    json!({ "first": part.first, "last": part.last, "served_last": short.last })
                }
            };
            json!({ "header": header, "len": len, "answer": answer })
        })
        .collect();
    check("ranges", &json!(read));
}

#[test]
fn problems_keep_their_names() {
    let kinds: Vec<_> = problem::Kind::ALL
        .iter()
        .map(|kind| {
            let problem = kind.problem("Words for a person.");
            assert_eq!(problem::Kind::of(&problem), Some(*kind));
            serde_json::to_value(&problem).unwrap()
        })
        .collect();
    check("problems", &json!(kinds));
}

#[test]
fn codes_and_words_have_their_golden_form() {
    let code = activation::UserCode::from_random(&[0, 1, 250, 2, 3, 4, 5, 6, 7, 8]).unwrap();
    let words: Vec<_> = [1u8, 2, 3]
        .map(|n| PeerId::from_public_key([n; 32]))
        .iter()
        .map(|peer| json!({ "peer": peer.to_string(), "words": activation::fingerprint(peer) }))
        .collect();
    check(
        "activation",
        &json!({ "code": code.to_string(), "typed": "bcdf ghjk", "letters": code.as_str(), "fingerprints": words }),
    );
}

fn grant() -> Grant {
    Grant {
        iss: "https://portal.example".into(),
        aud: key(2).peer_id(),
        sub: "pseudonym".into(),
        cnf: Confirmation { peer: key(3).peer_id() },
        scope: Scope::Listen,
        lst: Some(RowId::from_bytes([7; 16])),
        ceil_ms: Some(180_000),
        shr: None,
        res: None,
        iat: NOW_S,
        exp: NOW_S + 120,
        jti: "0123456789abcdef".into(),
    }
}

#[test]
fn grants_have_their_golden_tokens_and_verdicts() {
    let keys = KeySet { keys: vec![key(1).jwk().clone()] };
    let cases = [
        ("good", grant().sign(&key(1)).unwrap()),
        ("foreign key", grant().sign(&key(9)).unwrap()),
        ("another home", Grant { aud: key(8).peer_id(), ..grant() }.sign(&key(1)).unwrap()),
        ("another player", Grant { cnf: Confirmation { peer: key(8).peer_id() }, ..grant() }.sign(&key(1)).unwrap()),
        ("expired", Grant { iat: NOW_S - 500, exp: NOW_S - 400, ..grant() }.sign(&key(1)).unwrap()),
        ("from the future", Grant { iat: NOW_S + 400, exp: NOW_S + 500, ..grant() }.sign(&key(1)).unwrap()),
    ];
    let read: Vec<_> = cases
        .iter()
        .map(|(name, text)| {
            let verdict = match Grant::verify(text, &keys, &key(2).peer_id(), &key(3).peer_id(), NOW_S) {
                Ok(_) => "accepted",
                Err(TokenError::Signature) => "signature",
                Err(TokenError::Audience) => "audience",
                Err(TokenError::Holder) => "holder",
                Err(TokenError::Expired) => "expired",
                Err(TokenError::NotYetValid) => "not yet valid",
                Err(TokenError::Malformed(_)) => "malformed",
            };
            json!({ "name": name, "token": text, "verdict": verdict })
        })
        .collect();
    let admission = RelayAdmission {
        iss: "https://portal.example".into(),
        peer: key(3).peer_id(),
        homes: vec![key(2).peer_id()],
        reserve: false,
        iat: NOW_S,
        exp: NOW_S + 600,
    };
    let admission_token = admission.sign(&key(1)).unwrap();
    assert_eq!(RelayAdmission::verify(&admission_token, &keys, &key(3).peer_id(), NOW_S), Ok(admission.clone()));
    check(
        "grants",
        &json!({
            "keys": keys, "home": key(2).peer_id(), "player": key(3).peer_id(), "now_s": NOW_S, "claims": grant(), "cases": read,
            "admission": { "token": admission_token, "claims": admission },
        }),
    );
}

#[test]
fn events_have_their_golden_json() {
    let events = [
        AgentEvent::Time { time_ms: 1_800_000_000_000 },
        AgentEvent::Revoke { what: Revoked::Grant("0123".into()), until_s: NOW_S },
        AgentEvent::Revoke { what: Revoked::Listening(RowId::from_bytes([7; 16])), until_s: NOW_S },
        AgentEvent::Revoke { what: Revoked::Player(key(3).peer_id()), until_s: NOW_S },
        AgentEvent::Revoke { what: Revoked::Share(RowId::from_bytes([8; 16])), until_s: NOW_S },
        AgentEvent::Renamed { name: "Attic".into() },
        AgentEvent::Deactivated,
    ];
    for event in &events {
        let text = serde_json::to_string(event).unwrap();
        assert_eq!(&serde_json::from_str::<AgentEvent>(&text).unwrap(), event);
    }
    assert_eq!(
        serde_json::from_str::<AgentEvent>(r#"{"type":"of_a_later_version","x":1}"#).unwrap(),
        AgentEvent::Unknown
    );
    check("events", &serde_json::to_value(&events).unwrap());
}

fn row(n: u8) -> RowId {
    RowId::from_bytes([n; 16])
}

fn item(n: u8) -> Box<Item> {
    let about = Snapshot {
        title: "Für Elise".into(),
        artist: Some("Beethoven".into()),
        album: None,
        album_id: None,
        duration_ms: 180_000,
        cover_id: Some(ItemId::from_bytes([9; 16])),
        kind: home::Kind::Audio,
    };
    let (home, track) = (key(1).peer_id(), ItemId::from_bytes([n; 16]));
    Box::new(Item { id: row(n), home, track, about, added_ms: 1_800_000_000_000, added_by: None })
}

/// Written and read again it is the same, and it is what the golden file holds.
fn wire<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(things: &[T]) -> Value {
    let written: Vec<Value> = things.iter().map(|thing| serde_json::to_value(thing).unwrap()).collect();
    for (thing, value) in things.iter().zip(&written) {
        assert_eq!(&serde_json::from_value::<T>(value.clone()).unwrap(), thing);
    }
    json!(written)
}

#[test]
fn playlists_have_their_golden_form() {
    let edits = [
        Edit::Insert { item: item(1), after: None },
        Edit::Move { item: row(1), after: Some(row(2)) },
        Edit::Remove { item: row(1) },
        Edit::Restore { item: row(1) },
    ];
    let operations: Vec<_> = edits.into_iter().zip(10..).map(|(edit, n)| Operation { op: row(n), edit }).collect();
    let changes = [
        Change::Put { item: item(1), after: None },
        Change::Moved { item: row(1), after: Some(row(2)) },
        Change::Removed { item: row(1) },
        Change::Nothing,
    ];
    let changes: Vec<_> =
        changes.into_iter().zip(2..).map(|(change, seq)| Applied { seq, op: row(10), change }).collect();
    let playlist = Playlist {
        id: row(7),
        name: "Sonntag".into(),
        kind: ListKind::List,
        parent: None,
        role: Role::Owner,
        members: vec![Member { account: row(8), name: "Anna".into(), role: Role::Owner }],
        count: 1,
        duration_ms: 180_000,
        seq: 5,
        created_ms: 1_800_000_000_000,
        updated_ms: 1_800_000_000_001,
    };
    let whole = Contents { playlist: playlist.clone(), seq: 5, items: Some(vec![*item(1)]), changes: None };
    let later = Contents { playlist, seq: 5, items: None, changes: Some(changes) };
    check("playlists", &json!({ "operations": wire(&operations), "contents": wire(&[whole, later]) }));
}

#[test]
fn the_queue_has_its_golden_form() {
    let entry = Entry { home: key(1).peer_id(), track: ItemId::from_bytes([1; 16]) };
    let new = NewQueue {
        player: key(2).peer_id(),
        seq: 7,
        items: Some(vec![entry]),
        index: 0,
        position_ms: 750_000,
        playing: true,
        shuffle: false,
        repeat: Repeat::All,
    };
    let queue = Queue {
        player: new.player,
        seq: new.seq,
        items: vec![entry],
        index: new.index,
        position_ms: new.position_ms,
        playing: new.playing,
        shuffle: new.shuffle,
        repeat: new.repeat,
        updated_ms: 1_800_000_000_000,
        device: "Firefox on Windows".into(),
    };
    let kept = NewQueue { seq: 8, items: None, ..new.clone() };
    check("queue", &json!({ "puts": wire(&[new, kept]), "queue": wire(&[queue]) }));
}
