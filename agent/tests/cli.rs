//! The binary `iroam`, as a person runs it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

const IROAM: &str = env!("CARGO_BIN_EXE_iroam");

struct Dirs {
    _root: tempfile::TempDir,
    data: PathBuf,
    music: PathBuf,
}

fn dirs() -> Dirs {
    let root = tempfile::tempdir().unwrap();
    let (data, music) = (root.path().join("data"), root.path().join("music"));
    fs::create_dir(&music).unwrap();
    Dirs { data, music, _root: root }
}

fn iroam(arguments: &[&str]) -> Command {
    let mut command = Command::new(IROAM);
    command.args(arguments).env_remove("IROAM_DATA").env_remove("IROAM_PORTAL").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = iroam(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Half a second of silence.
fn write_wav(path: &Path) {
    let data_bytes = 44_100_u32;
    let mut file = b"RIFF".to_vec();
    file.extend_from_slice(&(36 + data_bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    for number in [16_u32, 1 << 16 | 1, 44_100, 88_200, 16 << 16 | 2] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&data_bytes.to_le_bytes());
    file.resize(44 + data_bytes as usize, 0);
    fs::write(path, file).unwrap();
}

#[test]
fn a_scan_needs_no_portal_and_ends_with_one_json_object() {
    let dirs = dirs();
    write_wav(&dirs.music.join("one.wav"));
    write_wav(&dirs.music.join("two.wav"));
    fs::write(dirs.music.join("broken.mp3"), b"this is no music").unwrap();
    let (code, stdout, stderr) = run(&["scan", "--data", text(&dirs.data), "--library", text(&dirs.music), "--json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let last: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["files"], &last["tracks"], &last["failed"]), (&3.into(), &2.into(), &1.into()), "{last}");
    assert!(last["seconds"].is_number());
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let dirs = dirs();
    let (code, _, stderr) = run(&["scan", "--data", text(&dirs.data), "--library", "/no/such/folder"]);
    assert_eq!(code, Some(78));
    assert!(stderr.contains("/no/such/folder") && stderr.contains("what to do"), "{stderr}");
}

#[test]
fn the_first_up_says_what_is_missing() {
    let dirs = dirs();
    let (code, _, stderr) = run(&["up", "--data", text(&dirs.data)]);
    assert_eq!(code, Some(78));
    assert!(stderr.contains("--portal"), "{stderr}");
    let (code, _, stderr) = run(&["up", "--data", text(&dirs.data), "--portal", "http://127.0.0.1:9"]);
    assert_eq!(code, Some(78));
    assert!(stderr.contains("--library"), "{stderr}");
}

fn up(dirs: &Dirs, portal: &str) -> (Option<i32>, String, String) {
    let listen = "127.0.0.1:0";
    let (data, music) = (text(&dirs.data), text(&dirs.music));
    run(&["up", "--data", data, "--library", music, "--listen", listen, "--portal", portal])
}

#[test]
fn a_wrong_portal_url_ends_with_words_and_a_status() {
    let dirs = dirs();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, _, stderr) = up(&dirs, &format!("http://{nobody}"));
    assert_eq!(code, Some(69));
    assert!(stderr.contains("cannot be reached") && stderr.contains("--portal"), "{stderr}");
    let (code, _, stderr) = up(&dirs, "nonsense");
    assert_eq!(code, Some(78));
    assert!(stderr.contains("--portal nonsense"), "{stderr}");
}

/// Answers every request with `response` until the process under test is gone.
fn site(response: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(8) {
            answer(stream.unwrap(), response);
        }
    });
    format!("127.0.0.1:{}", addr.port())
}

fn answer(mut stream: TcpStream, response: &str) {
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(response.as_bytes());
}

#[test]
fn another_web_site_is_no_portal() {
    let dirs = dirs();
    let site = site(
        "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>",
    );
    let (code, _, stderr) = up(&dirs, &format!("http://{site}"));
    assert_eq!(code, Some(69));
    assert!(stderr.contains("not as an iRoam portal"), "{stderr}");
    let (code, _, stderr) = up(&dirs, &format!("https://{site}"));
    assert_eq!(code, Some(69), "{stderr}");
}

#[test]
fn a_skewed_clock_is_told_in_minutes() {
    let dirs = dirs();
    let site = site(
        "HTTP/1.1 401 Unauthorized\r\ndate: Sat, 01 Jan 2000 00:00:00 GMT\r\ncontent-type: application/problem+json\r\n\
         content-length: 98\r\nconnection: close\r\n\r\n\
         {\"type\":\"urn:iroam:problem:clock-skew\",\"title\":\"The clocks differ\",\"status\":401,\"detail\":\"clock\"}   ",
    );
    let (code, _, stderr) = up(&dirs, &format!("http://{site}"));
    assert_eq!(code, Some(69));
    assert!(stderr.contains("minutes") && stderr.contains("ahead of"), "{stderr}");
}

#[test]
fn a_ca_file_without_a_certificate_is_named() {
    let dirs = dirs();
    let ca = dirs.music.join("ca.pem");
    fs::write(&ca, "nothing").unwrap();
    let (data, music) = (text(&dirs.data), text(&dirs.music));
    let (code, _, stderr) =
        run(&["up", "--data", data, "--library", music, "--portal", "https://127.0.0.1:9", "--ca", text(&ca)]);
    assert_eq!(code, Some(78));
    assert!(stderr.contains("--ca"), "{stderr}");
}

#[test]
fn a_port_in_use_is_named_when_it_was_chosen() {
    let dirs = dirs();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let (data, music) = (text(&dirs.data), text(&dirs.music));
    let (code, _, stderr) =
        run(&["up", "--data", data, "--library", music, "--portal", "http://127.0.0.1:9", "--listen", &addr]);
    assert_eq!(code, Some(73));
    assert!(stderr.contains(&addr) && stderr.contains("--listen"), "{stderr}");
}

/// Ends the child when the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A portal that hands out a code and has the owner think for ever.
fn patient_portal() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let body = format!(
                "{{\"device_code\":\"d\",\"user_code\":\"BCDF-GHJK\",\"verification_uri\":\"http://{addr}/device\",\
                 \"verification_uri_complete\":\"http://{addr}/device?code=BCDF-GHJK\",\"interval\":60,\"expires_in\":600}}"
            );
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length";
            answer(stream.unwrap(), &format!("{head}: {}\r\n\r\n{body}", body.len()));
        }
    });
    format!("http://{addr}")
}

#[test]
fn while_it_waits_for_approval_it_shows_the_code_and_ends_softly() {
    let dirs = dirs();
    let portal = patient_portal();
    let (data, music) = (text(&dirs.data), text(&dirs.music));
    let arguments = ["up", "--data", data, "--library", music, "--portal", &portal, "--listen", "127.0.0.1:0"];
    let child = iroam(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut running = Running(child);
    let lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let mut seen = Vec::new();
    for line in lines {
        seen.push(line.unwrap());
        if seen.last().is_some_and(|line| line.starts_with("words: ")) {
            break;
        }
    }
    assert!(seen.iter().any(|line| line == "code: BCDF-GHJK"), "{seen:?}");
    assert!(seen.iter().any(|line| line == &format!("open: {portal}/device?code=BCDF-GHJK")), "{seen:?}");

    let (code, stdout, stderr) = run(&["status", "--data", data]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains(&format!("{portal}/device?code=BCDF-GHJK  code BCDF-GHJK")), "{stdout}");
    let (code, stdout, _) = run(&["open", "--data", data, "--print"]);
    assert_eq!(code, Some(0));
    assert!(stdout.contains("/?token="), "{stdout}");
    let (code, _, stderr) = run(&arguments);
    assert_eq!(code, Some(75));
    assert!(stderr.contains("running"), "{stderr}");
    let (code, _, stderr) = run(&["scan", "--data", data, "--library", music]);
    assert_eq!(code, Some(75), "{stderr}");

    #[cfg(unix)]
    {
        let killed = Command::new("kill").arg(running.0.id().to_string()).status().unwrap();
        assert!(killed.success());
        assert_eq!(running.0.wait().unwrap().code(), Some(0));
    }
    assert_eq!(run(&["status", "--data", data]).0, Some(3));
}

#[test]
fn logging_out_a_home_that_is_not_activated_changes_nothing() {
    let dirs = dirs();
    let (code, stdout, _) = run(&["logout", "--data", text(&dirs.data)]);
    assert_eq!(code, Some(0));
    assert!(stdout.contains("not activated"), "{stdout}");
}
