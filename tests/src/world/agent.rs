//! An agent process.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use iroam_protocol::id::PeerId;
use serde_json::Value;

use super::READY;
use crate::{
    place,
    process::{self, Ended, Env, Process},
    small_disk::{self, SmallDisk},
    wait,
};

/// A thousand files are read in less than a second; a cold disk and a busy machine get their time.
const SCAN: Duration = Duration::from_secs(60);

/// A running agent.
#[derive(Debug)]
pub struct Agent {
    data: PathBuf,
    env: Env,
    process: Process,
    disk: Option<SmallDisk>,
}

impl Agent {
    pub(super) fn start(
        data: &Path,
        portal: &str,
        ca: Option<&Path>,
        library: &Path,
        env: Env,
        disk: Option<SmallDisk>,
    ) -> Result<Self> {
        let mut args: Vec<OsString> = vec!["up".into(), "--data".into(), data.into(), "--portal".into(), portal.into()];
        if let Some(ca) = ca {
            args.extend(["--ca".into(), ca.into()]);
        }
        args.extend(["--library".into(), library.into(), "--name".into(), "Attic".into()]);
        args.extend(["--listen".into(), "127.0.0.1:0".into(), "--direct".into(), "off".into()]);
        let process = run(disk.as_ref(), args, &env)?;
        Ok(Self { data: data.to_owned(), env, process, disk })
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Code and words that it shows before it is activated.
    ///
    /// # Errors
    /// When it shows none.
    pub fn invitation(&mut self) -> Result<(String, String)> {
        Ok((self.process.line("code: ", READY)?, self.process.line("words: ", READY)?))
    }

    /// Waits until players can reach it.
    ///
    /// # Errors
    /// When it does not come so far.
    pub fn serving(&mut self) -> Result<()> {
        self.process.line("serving: ", READY).map(drop)
    }

    /// Waits until its library is read.
    ///
    /// # Errors
    /// When the scan does not end.
    pub fn scanned(&self) -> Result<Value> {
        wait::until("the scan to end", SCAN, || {
            let status = self.status().ok()?;
            (status["scan"].is_null() && status["counts"]["tracks"].as_u64() > Some(0)).then_some(status)
        })
    }

    /// `iroam status --json`.
    ///
    /// # Errors
    /// When it is not running.
    pub fn status(&self) -> Result<Value> {
        let Ended { code, stdout, stderr } = self.command("status", &["--json"])?;
        ensure!(code == Some(0), "iroam status: {stderr}");
        Ok(serde_json::from_str(&stdout)?)
    }

    /// Its PeerId.
    ///
    /// # Errors
    /// When it is not running.
    pub fn id(&self) -> Result<PeerId> {
        let status = self.status()?;
        status["peer_id"].as_str().context("the status names the home")?.parse().context("a PeerId")
    }

    /// Runs `iroam VERB ARGS` on its data.
    ///
    /// # Errors
    /// When it does not start.
    pub fn command(&self, verb: &str, args: &[&str]) -> Result<Ended> {
        let mut all: Vec<OsString> = vec![verb.into(), "--data".into(), (&self.data).into()];
        all.extend(args.iter().map(OsString::from));
        let mut command = small_disk::command(self.disk.as_ref(), &place::agent());
        command.args(all);
        process::run_command(command, "")
    }

    /// Ends it as a power cut does.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Begins to start it again, and does not wait for what becomes of it. It must have ended.
    ///
    /// # Errors
    /// When it does not start.
    pub fn begin_again(&mut self) -> Result<()> {
        let args: Vec<OsString> = vec!["up".into(), "--data".into(), (&self.data).into()];
        self.process = run(self.disk.as_ref(), args, &self.env)?;
        Ok(())
    }

    /// Starts it again as its owner does: without flags, from what it kept. It must have ended.
    ///
    /// # Errors
    /// When it does not serve again.
    pub fn start_again(&mut self) -> Result<()> {
        self.begin_again()?;
        self.serving()
    }
}

fn run(disk: Option<&SmallDisk>, args: Vec<OsString>, env: &Env) -> Result<Process> {
    let mut command = small_disk::command(disk, &place::agent());
    command.args(args).envs(env.iter().cloned());
    Process::start_command(command)
}
