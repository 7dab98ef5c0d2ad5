//! The binary, as an operator runs it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Output, Stdio},
};

use crate::kit::{World, client};

fn portal(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_iroam-portal"));
    command.args(args);
    command
}

fn said(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn serve(data: &std::path::Path, rest: &[&str]) -> Command {
    let mut command = portal(&["serve", "--data", data.to_str().unwrap()]);
    command.args(rest);
    command
}

#[test]
fn a_portal_that_cannot_be_served_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let cases: &[(&[&str], &[&str])] = &[
        (
            &["--listen", "127.0.0.1:0", "--public-url", "http://music.example"],
            &["plain http", "--tls-cert", "--behind-proxy"],
        ),
        (&["--listen", "127.0.0.1:0", "--public-url", "https://music.example"], &["--tls-cert", "--behind-proxy"]),
        (&["--listen", "127.0.0.1:0", "--public-url", "music.example"], &["scheme and host"]),
        (
            &[
                "--listen",
                "127.0.0.1:0",
                "--public-url",
                "https://a.example",
                "--tls-cert",
                "/no/cert",
                "--tls-key",
                "/no/key",
            ],
            &["/no/cert", "Check the path"],
        ),
    ];
    for (args, words) in cases {
        let said = said(&serve(&data, args).output().unwrap());
        for word in *words {
            assert!(said.contains(word), "{word:?} in {said:?}");
        }
    }
}

#[test]
fn a_port_in_use_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let output = serve(dir.path(), &["--listen", &address, "--public-url", "http://localhost:1"]).output().unwrap();
    let said = said(&output);
    assert!(said.contains(&address) && said.contains("in use") && said.contains("--listen"), "{said}");
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_tells_its_address_and_ends_well_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = serve(dir.path(), &["--listen", "127.0.0.1:0", "--public-url", "http://localhost:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let line = first_line(&mut child);
    let url = line.strip_prefix("listening: ").expect("the address").trim().to_owned();
    let health = client().get(format!("{url}/healthz")).send().await.unwrap();
    assert!(health.status().is_success());
    let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(asked.success());
    let ended = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
    assert!(ended.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_makes_an_account_that_signs_in() {
    let world = World::start().await;
    let data = world.dir.path().to_str().unwrap();
    let create = |password: &str| {
        let args = ["admin", "create-account", "--data", data, "--email", "ann@example.org", "--password-stdin"];
        let mut child =
            portal(&args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    assert!(said(&create("short")).contains("at least 10"));
    assert!(create("correct horse battery").status.success());
    assert!(said(&create("correct horse battery")).contains("already"));
    let body = serde_json::json!({ "email": "ann@example.org", "password": "correct horse battery" });
    assert_eq!(world.post("/api/v1/sessions", &body).await.status(), reqwest::StatusCode::CREATED);
    let unknown = world.admin(&["credit", "--email", "bob@example.org", "--minutes", "1"]);
    assert!(said(&unknown).contains("create-account"));
    world.end().await;
}

#[test]
fn the_help_names_every_command() {
    let help = portal(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for command in ["serve", "admin", "migrate"] {
        assert!(help.contains(command), "{help}");
    }
    let dir = tempfile::tempdir().unwrap();
    let migrated = portal(&["migrate", "--data", dir.path().to_str().unwrap()]).output().unwrap();
    assert!(migrated.status.success());
    assert!(dir.path().join("portal.sqlite").exists());
}
