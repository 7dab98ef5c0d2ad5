//! A portal process.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use iroam_protocol::token::SigningKey;

use super::{READY, tls::Files};
use crate::{
    place,
    process::{self, Ended, Process},
    small_disk::{self, SmallDisk},
};

/// A running portal.
#[derive(Debug)]
pub struct Portal {
    /// Its public URL, without a trailing slash.
    pub url: String,
    data: PathBuf,
    tls: Option<Files>,
    database_url: Option<String>,
    flags: Vec<String>,
    process: Process,
    disk: Option<SmallDisk>,
}

impl Portal {
    pub(super) fn start(
        data: &Path,
        tls: Option<Files>,
        database_url: Option<&str>,
        flags: &[&str],
        disk: Option<SmallDisk>,
    ) -> Result<Self> {
        let database_url = database_url.map(str::to_owned);
        let flags: Vec<_> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let args = serve_args(data, "0", tls.as_ref(), database_url.as_deref(), &flags);
        let mut process = serve(disk.as_ref(), args)?;
        let url = process.line("listening: ", READY)?.trim_end_matches('/').to_owned();
        Ok(Self { url, data: data.to_owned(), tls, database_url, flags, process, disk })
    }

    /// The port it listens on.
    pub fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap_or_default()
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        self.process.output().text()
    }

    /// Ends it as a power cut does.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Starts it again on its data and port; it must have ended.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_again(&mut self) -> Result<()> {
        let port = self.port().to_owned();
        let args = serve_args(&self.data, &port, self.tls.as_ref(), self.database_url.as_deref(), &self.flags);
        self.process = serve(self.disk.as_ref(), args)?;
        self.process.line("listening: ", READY).map(drop)
    }

    /// Runs `iroam-portal admin VERB ARGS` beside the running portal.
    ///
    /// # Errors
    /// When it does not start.
    pub fn admin(&self, verb: &str, args: &[&str]) -> Result<Ended> {
        self.admin_on(&self.data, verb, args)
    }

    /// The same on another data folder.
    ///
    /// # Errors
    /// When it does not start.
    pub fn admin_on(&self, data: &Path, verb: &str, args: &[&str]) -> Result<Ended> {
        let mut all: Vec<OsString> = vec!["admin".into(), verb.into(), "--data".into(), data.into()];
        if let Some(url) = &self.database_url {
            all.extend(["--database-url".into(), url.into()]);
        }
        all.extend(args.iter().map(OsString::from));
        let mut command = small_disk::command(self.disk.as_ref(), &place::portal());
        command.args(all);
        process::run_command(command, "")
    }

    /// Proves the ledger.
    ///
    /// # Errors
    /// With the report, when it is broken.
    pub fn audit(&self) -> Result<()> {
        let Ended { code, stdout, stderr } = self.admin("audit-ledger", &[])?;
        ensure!(code == Some(0), "the ledger is broken:\n{stdout}{stderr}");
        Ok(())
    }

    /// The SQLite file.
    pub fn database(&self) -> PathBuf {
        self.data.join("portal.sqlite")
    }

    /// The key that signs grants: for tests that forge what only time would bring.
    ///
    /// # Errors
    /// When the key file cannot be read.
    pub fn signing_key(&self) -> Result<SigningKey> {
        let text = std::fs::read_to_string(self.data.join("keys/signing.key"))?;
        let seed = URL_SAFE_NO_PAD.decode(text.trim())?;
        Ok(SigningKey::from_seed(seed.try_into().ok().context("a seed has 32 bytes")?))
    }
}

fn serve(disk: Option<&SmallDisk>, args: Vec<OsString>) -> Result<Process> {
    let mut command = small_disk::command(disk, &place::portal());
    command.args(args);
    Process::start_command(command)
}

fn serve_args(
    data: &Path,
    port: &str,
    tls: Option<&Files>,
    database_url: Option<&str>,
    flags: &[String],
) -> Vec<OsString> {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut args: Vec<OsString> =
        vec!["serve".into(), "--data".into(), data.into(), "--stun-listen".into(), "off".into()];
    args.extend(["--listen".into(), format!("127.0.0.1:{port}").into()]);
    args.extend(["--public-url".into(), format!("{scheme}://localhost:{port}").into()]);
    if let Some(Files { cert, key }) = tls {
        args.extend(["--tls-cert".into(), cert.into(), "--tls-key".into(), key.into()]);
    }
    if let Some(url) = database_url {
        args.extend(["--database-url".into(), url.into()]);
    }
    args.extend(flags.iter().map(OsString::from));
    args
}
