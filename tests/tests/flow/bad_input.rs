//! Bad input is answered with a proper status and words that say what to do; nothing falls over.

use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::{Method, Request};
use http_body_util::Full;
use iroam_protocol::{HTTP_PROTOCOL, assertion::Assertion, portal::DeviceAuthorize, token::SigningKey};
use iroam_tests::{clock, place, player::media_path, process, process::Process, world::World};
use reqwest::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

use crate::{Scene, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn the_home_answers_odd_requests_with_the_right_status() {
    let scene = Scene::plain().await;
    let track = scene.track("Tone mp3").await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    let media = media_path(&track.id);
    let get = async |path: &str, range: &str| {
        scene.player.get(scene.id, path, Some(&lease.grant), Some(range)).await.unwrap()
    };

    let past = get(&media, "bytes=999999999-").await;
    assert_eq!((past.status.as_u16(), past.problem().unwrap().name()), (416, "range-not-satisfiable"));
    assert_eq!(past.headers["content-range"], format!("bytes */{}", track.size_bytes));
    let long = get(&media, "bytes=0-").await;
    assert_eq!(long.status, 206);
    assert!(long.body.len() <= 1024 * 1024, "an open range is answered in part: {}", long.body.len());

    for path in [
        "/v1/media/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/media/%2fetc%2fpasswd",
        "/v1/media/../../etc/passwd",
        "/v1/covers/..%2f..%2flibrary.sqlite",
        "/v1/tracks/%00",
        "/v1/media/",
    ] {
        let answer = get(path, "bytes=0-99").await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{path}: {}", answer.status);
        answer.problem().unwrap();
    }
    for query in ["limit=0", "limit=99999999", "offset=-1", "sort=path", "album=..%2f", "cursor=rubbish"] {
        let answer = get(&format!("/v1/tracks?{query}"), "bytes=0-99").await;
        assert_eq!(answer.status.as_u16(), 400, "{query}: {:?}", answer.problem());
    }
    let q = "%22%27%3B%2A%28%00NEAR%2F".repeat(50);
    assert!(get(&format!("/v1/search?q={q}"), "").await.status.as_u16() < 500, "a search takes any text");

    let send = async |method: Method, body: Vec<u8>| {
        let request = Request::builder().method(method).uri(&media).header("host", "home");
        let request = request.header("authorization", format!("Bearer {}", lease.grant));
        scene.player.send(scene.id, request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap()
    };
    assert_eq!(send(Method::DELETE, vec![]).await.status, 405);
    assert_eq!(send(Method::GET, vec![b'x'; 256 * 1024]).await.status, 413);
    scene.end().await;
}

/// Whoever sends rubbish is cut off by then: twice the 10 s that a handshake may take.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_on_a_stream_harms_nobody() {
    let scene = Scene::plain().await;
    let track = scene.track("Tone mp3").await;
    for rubbish in [
        &b"\x00\xff\xfe"[..],
        b"GET",
        b"GET / HTTP/9.9\r\n\r\n",
        &[b'A'; 100_000],
        b"POST /v1/status HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ] {
        let mut stream = scene.player.node().open(scene.id, HTTP_PROTOCOL).await.unwrap();
        let thrown = async {
            // The home may have closed it in the middle.
            let _ = stream.write_all(rubbish).await;
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        };
        timeout(GIVEN_UP_WITHIN, thrown)
            .await
            .unwrap_or_else(|_| panic!("the home holds on to {} bytes", rubbish.len()));
    }
    let url = scene.world.portal.url.replacen("http", "ws", 1);
    for rubbish in [vec![0xff; 100], vec![0; 900_000], b"/multistream/1.0.0\n/noise\n".to_vec()] {
        let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
        let bytes = rubbish.len();
        let thrown = async {
            let _ = socket.send(Message::Binary(rubbish.into())).await;
            while let Some(Ok(_)) = socket.next().await {}
        };
        timeout(GIVEN_UP_WITHIN, thrown).await.unwrap_or_else(|_| panic!("the relay holds on to {bytes} bytes"));
    }
    let lease = scene.player.listen(scene.id).await.unwrap();
    assert!(scene.player.read(scene.id, &track, &lease.grant, 0).await.unwrap() == scene.file("Tone mp3"));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_answers_odd_requests_with_the_right_status() {
    let world = World::plain().unwrap();
    let ada = world.person("ada@example.org").await.unwrap();
    let oversized = ada
        .post::<serde_json::Value>("/api/v1/sessions", &json!({ "email": "x".repeat(500_000), "password": "" }))
        .await;
    assert_eq!(refusal(oversized), "urn:iroam:problem:too-large");
    let broken = ada.request(Method::POST, "/api/v1/sessions").header("content-type", "application/json").body("{");
    assert!(broken.send().await.unwrap().status().is_client_error());
    let evil =
        http::HeaderMap::from_iter([(http::header::ORIGIN, http::HeaderValue::from_static("https://evil.example"))]);
    let foreign = ada.request(Method::POST, "/api/v1/listenings").headers(evil).json(&json!({}));
    assert_eq!(foreign.send().await.unwrap().status(), StatusCode::FORBIDDEN, "a foreign page cannot act for her");
    let short = ada
        .post::<serde_json::Value>("/api/v1/accounts", &json!({ "email": "bob@example.org", "password": "short" }))
        .await;
    assert_eq!(refusal(short), "urn:iroam:problem:invalid");
    let twice = ada
        .post::<serde_json::Value>(
            "/api/v1/accounts",
            &json!({ "email": "ADA@example.org", "password": "long enough it is" }),
        )
        .await;
    assert_eq!(refusal(twice), "urn:iroam:problem:email-taken");
    for path in
        ["/home/12D3KooW/v1/status", "/api/v1/nothing", "/player/assets/../../keys/signing.key", "/one-time/rubbish"]
    {
        let status = ada.request(Method::GET, path).send().await.unwrap().status();
        assert!(status.is_client_error(), "{path}: {status}");
    }
    let health = ada.request(Method::GET, "/healthz").send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_clock_is_wrong_is_told_so() {
    let world = World::plain().unwrap();
    let ada = world.person("ada@example.org").await.unwrap();
    let key = SigningKey::from_seed(clock::random());
    let authorize = |iat: i64| {
        let claims =
            Assertion { iss: key.peer_id(), aud: world.portal.url.clone(), iat, exp: iat + 60, jti: "1".into() };
        DeviceAuthorize {
            name: "PC".into(),
            os: "Linux".into(),
            version: "1".into(),
            peer_id: key.peer_id(),
            proof: claims.sign(&key).unwrap(),
        }
    };
    let path = "/api/v1/device/authorize";
    for skew_s in [-3_600, 3_600] {
        let answer = ada.post::<serde_json::Value>(path, &authorize(clock::unix_s() + skew_s)).await;
        assert_eq!(refusal(answer), "urn:iroam:problem:clock-skew");
    }
    assert!(ada.post::<serde_json::Value>(path, &authorize(clock::unix_s())).await.is_ok());
}

/// `iroam up` against a wrong address: the line that says so, with what to do.
fn run_wrong_portal(portal: &str, words: &[&str]) {
    let data = tempfile::tempdir().unwrap();
    let library = iroam_tests::corpus::Corpus::Tones.folder().unwrap();
    let args = [
        "up".as_ref(),
        "--data".as_ref(),
        data.path().as_os_str(),
        "--portal".as_ref(),
        portal.as_ref(),
        "--library".as_ref(),
        library.as_os_str(),
        "--listen".as_ref(),
        "127.0.0.1:0".as_ref(),
    ];
    let mut agent = Process::start(&place::agent(), args).unwrap();
    let said = iroam_tests::wait::until("the trouble to be told", Duration::from_secs(20), || {
        let text = agent.output().text();
        words.iter().all(|word| text.contains(word)).then_some(())
    });
    assert!(said.is_ok(), "{portal} is answered with:\n{}", agent.output().text());
    agent.stop().unwrap();
}

#[test]
fn a_portal_that_is_not_there_is_told_with_what_to_do() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    run_wrong_portal(&url, &["cannot be reached", "what to do"]);
}

#[test]
fn an_address_that_is_none_is_told_with_what_to_do() {
    run_wrong_portal("not an address", &["not an address", "https://"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_no_portal_is_told_with_what_to_do() {
    let site = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", site.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        loop {
            let (mut socket, _) = site.accept().await.unwrap();
            let page = "<html>Welcome to a router</html>";
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
                page.len()
            );
            // The agent may hang up first.
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    tokio::task::spawn_blocking(move || run_wrong_portal(&url, &["portal", "what to do"])).await.unwrap();
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_is_told_with_the_flag_that_helps() {
    let world = World::tls().unwrap();
    let url = world.portal.url.clone();
    tokio::task::spawn_blocking(move || run_wrong_portal(&url, &["certificate", "--ca"])).await.unwrap();
}

#[test]
fn a_port_in_use_is_told_with_the_flag_that_helps() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let url = format!("http://{listen}");
    let args = [
        "serve".as_ref(),
        "--data".as_ref(),
        data.path().as_os_str(),
        "--listen".as_ref(),
        listen.as_ref(),
        "--public-url".as_ref(),
        url.as_ref(),
    ];
    let ended = process::run(&place::portal(), args, "").unwrap();
    assert_ne!(ended.code, Some(0));
    assert!(ended.stderr.contains("in use") && ended.stderr.contains("--listen"), "{}", ended.stderr);

    let args = ["up".as_ref(), "--data".as_ref(), data.path().as_os_str(), "--portal".as_ref(), url.as_ref()];
    let args =
        args.into_iter().chain(["--listen".as_ref(), listen.as_ref(), "--library".as_ref(), data.path().as_os_str()]);
    let ended = process::run(&place::agent(), args, "").unwrap();
    assert_eq!(ended.code, Some(73), "{}", ended.stderr);
    assert!(ended.stderr.contains(&listen) && ended.stderr.contains("--listen"), "{}", ended.stderr);
}
