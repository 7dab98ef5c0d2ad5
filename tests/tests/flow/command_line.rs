//! The commands that people type.

use std::{path::PathBuf, process::Command};

use iroam_tests::{
    corpus::Corpus,
    place,
    process::{self, Process},
    world::{READY, World},
};

#[test]
fn help_explains_itself_and_wrong_use_has_its_own_status() {
    for (program, verbs) in [
        (place::agent(), &["up", "status", "scan", "open", "logout"][..]),
        (place::portal(), &["serve", "admin", "migrate"][..]),
    ] {
        let help = process::run(&program, ["--help"], "").unwrap();
        assert_eq!(help.code, Some(0));
        assert!(verbs.iter().all(|verb| help.stdout.contains(verb)), "{}", help.stdout);
        for verb in verbs {
            assert_eq!(process::run(&program, [verb, "--help"], "").unwrap().code, Some(0), "{verb} --help");
        }
        let wrong = process::run(&program, ["dance"], "").unwrap();
        assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_tells_its_status_opens_its_page_and_logs_out() {
    let world = World::plain().unwrap();
    let ada = world.person("ada@example.org").await.unwrap();
    let mut home = world.home("agent", &Corpus::Tones.folder().unwrap(), &ada).await.unwrap();
    let status = home.status().unwrap();
    assert_eq!(status["counts"]["tracks"], 7);
    assert_eq!(status["activation"]["account_email"], "ada@example.org");
    let told = home.command("status", &[]).unwrap();
    assert!(told.code == Some(0) && told.stdout.contains("ada@example.org"), "{}{}", told.stdout, told.stderr);

    let link = home.command("open", &["--print"]).unwrap().stdout.trim().to_owned();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let page = client.get(&link).send().await.unwrap();
    assert!(page.headers().contains_key("set-cookie") || page.status().is_success(), "{}", page.status());
    let (base, _) = link.split_once("/?").unwrap();
    let refused = client.get(format!("{base}/local/status")).send().await.unwrap();
    assert!(refused.status().is_client_error(), "without the token nothing is told: {}", refused.status());
    let rebound = client.get(&link).header("host", "evil.example").send().await.unwrap();
    assert!(rebound.status().is_client_error(), "a foreign Host is refused: {}", rebound.status());

    let out = home.command("logout", &[]).unwrap();
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert!(home.process().end(std::time::Duration::from_secs(15)).unwrap().success());
    assert_eq!(ada.homes().await.unwrap(), []);
    let gone = home.command("status", &[]).unwrap();
    assert_eq!(gone.code, Some(3), "not running has its own status: {}", gone.stderr);
    world.portal.audit().unwrap();
}

#[test]
fn two_agents_never_share_one_data_folder() {
    let world = World::plain().unwrap();
    let library = Corpus::Tones.folder().unwrap();
    let mut first = world.agent("agent", &library).unwrap();
    first.invitation().unwrap();
    let second = first.command("up", &["--listen", "127.0.0.1:0"]).unwrap();
    assert_eq!(second.code, Some(75), "{}", second.stderr);
}

/// As under a service manager whose log is gone: every line they log fails to be written.
#[test]
fn programs_whose_log_cannot_be_written_serve_and_end_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let data = |name: &str| dir.path().join(name).display().to_string();
    let start = |program: PathBuf, args: &[&str]| {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"exec "$@" 2>/dev/full"#, "sh"]).arg(program).args(args).env("RUST_LOG", "debug");
        Process::start_command(command).unwrap()
    };
    let serve = ["serve", "--data", &data("portal"), "--listen", "127.0.0.1:0", "--public-url", "http://localhost:1"];
    let mut portal = start(place::portal(), &serve);
    portal.line("listening: ", READY).unwrap();
    let library = data("library");
    std::fs::create_dir(&library).unwrap();
    let world = World::plain().unwrap();
    let up = ["up", "--data", &data("agent"), "--portal", &world.portal.url, "--library", &library, "--direct", "off"];
    let mut agent = start(place::agent(), &[&up[..], &["--listen", "127.0.0.1:0"]].concat());
    agent.line("code: ", READY).unwrap();
    for process in [&mut portal, &mut agent] {
        assert!(process.stop().unwrap().success());
    }
}
