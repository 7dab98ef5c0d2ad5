//! A real mail server: `tests/mail/server.py` as a process of its own, and what it took.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use crate::{
    place,
    process::{self, Process},
    world::{Authority, READY, tls},
};

/// Where the server keeps what it took, below its directory.
const MAILS: &str = "mails.jsonl";

/// How a server protects itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// `user:password` that must log in.
    pub login: Option<&'a str>,
    /// TLS with the certificate of this authority, from the first byte or by STARTTLS.
    pub tls: Option<(&'a Authority, Tls)>,
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte.
    Wrapped,
    /// By STARTTLS.
    StartTls,
}

/// A running server.
#[derive(Debug)]
pub struct MailServer {
    /// Its port on 127.0.0.1.
    pub port: u16,
    process: Process,
    dir: tempfile::TempDir,
}

/// A mail that the server took, as an independent parser reads it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Taken {
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// Whether it came over TLS.
    pub tls: bool,
    /// Who logged in.
    pub user: Option<String>,
    /// How the client called itself.
    pub hello: String,
    /// `Subject`, decoded.
    pub subject: String,
    /// `Message-ID`.
    pub message_id: String,
    /// All headers, decoded.
    pub headers: Vec<(String, String)>,
    /// What is wrong with its form.
    pub defects: Vec<String>,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    raw: String,
}

impl Taken {
    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let of = |(found, _): &&(String, String)| found.eq_ignore_ascii_case(name);
        self.headers.iter().filter(of).map(|(_, value)| value.as_str()).collect()
    }

    /// The bytes of the mail.
    ///
    /// # Errors
    /// When the server did not tell them.
    pub fn raw(&self) -> Result<Vec<u8>> {
        Ok(STANDARD.decode(&self.raw)?)
    }
}

impl MailServer {
    /// Starts a server.
    ///
    /// # Errors
    /// When it does not come up, or its Python packages are missing.
    pub fn start(options: Options<'_>) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("iroam-mail-").tempdir()?;
        let mut args: Vec<OsString> = vec![script("server.py").into()];
        args.extend(["--port".into(), options.port.to_string().into()]);
        args.extend(["--mails".into(), dir.path().join(MAILS).into()]);
        if let Some(login) = options.login {
            args.extend(["--login".into(), login.into()]);
        }
        if let Some((authority, tls)) = options.tls {
            let files = authority.write(dir.path())?;
            let kind = if tls == Tls::Wrapped { "tls" } else { "starttls" };
            args.extend(["--tls".into(), kind.into(), "--cert".into(), files.cert.into()]);
            args.extend(["--key".into(), files.key.into()]);
        }
        let mut process = Process::start(&python()?, args)?;
        let port = process.line("port: ", READY)?.trim().parse()?;
        Ok(Self { port, process, dir })
    }

    /// The certificate of the authority that it was started with.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join(tls::CA_FILE)
    }

    /// The mails that it took, oldest first: each is here before its client hears that it was taken.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn taken(&self) -> Result<Vec<Taken>> {
        let mails = std::fs::read_to_string(self.dir.path().join(MAILS))?;
        // A line without its end is still being written.
        let whole = mails.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole.map(|mail| serde_json::from_str(mail).context("a mail of the server")).collect()
    }

    /// Ends it, and gives back its port for another one.
    ///
    /// # Errors
    /// When it must be killed.
    pub fn stop(mut self) -> Result<u16> {
        // It has no end of its own; the signal is what ends it.
        self.process.stop()?;
        Ok(self.port)
    }
}

/// What `tests/mail/verify.py` says of a mail's DKIM signature, against the TXT record of `name`.
///
/// # Errors
/// When the signature does not hold, in the verifier's words.
pub fn verify(mail: &[u8], name: &str, record: &str) -> Result<serde_json::Value> {
    let args = [script("verify.py").into_os_string(), name.into(), record.into()];
    let ended = process::run(&python()?, args, mail)?;
    ensure!(ended.code == Some(0), "the signature does not hold: {}{}", ended.stdout, ended.stderr);
    Ok(serde_json::from_str(&ended.stdout)?)
}

fn script(name: &str) -> PathBuf {
    folder().join(name)
}

fn folder() -> PathBuf {
    place::workspace().join("tests/mail")
}

/// The interpreter with the packages of `tests/mail/requirements.txt`: `IROAM_TEST_PYTHON`, or the one of setup.
fn python() -> Result<PathBuf> {
    let found = env::var_os("IROAM_TEST_PYTHON").map_or_else(|| folder().join(".venv/bin/python"), PathBuf::from);
    ensure!(Path::new(&found).exists(), "{} is missing; run installer/setup.sh test", found.display());
    Ok(found)
}
