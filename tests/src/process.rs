//! A child process whose output is kept. It is ended by its own pid; dropping it does so too, and fails the test when it
//! does not end by itself, or when it panicked.

use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
    io::{BufRead as _, BufReader, Read, Write as _},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::wait;

/// Lines that are kept.
const LINES_MAX: usize = 5_000;
/// A process that was asked to end gets so long.
const SOFT_END: Duration = Duration::from_secs(10);

/// Names and values to add to a process's environment.
pub type Env = Vec<(OsString, OsString)>;

/// What a process said.
#[derive(Debug, Clone, Default)]
pub struct Output {
    lines: Arc<Mutex<VecDeque<String>>>,
}

impl Output {
    /// Everything, oldest first.
    pub fn text(&self) -> String {
        self.lines().iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// What follows `prefix` in the newest line that begins with it.
    pub fn after(&self, prefix: &str) -> Option<String> {
        self.lines().iter().rev().find_map(|line| line.strip_prefix(prefix)).map(|rest| rest.trim().to_owned())
    }

    fn keep(&self, line: String) {
        let mut lines = self.lines();
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn follow(&self, from: impl Read + Send + 'static) -> std::thread::JoinHandle<()> {
        let output = self.clone();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(from);
            let mut bytes = Vec::new();
            while lines.read_until(b'\n', &mut bytes).is_ok_and(|len| len > 0) {
                output.keep(String::from_utf8_lossy(&bytes).trim_end().to_owned());
                bytes.clear();
            }
        })
    }
}

/// A running child process.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    output: Output,
    readers: Vec<std::thread::JoinHandle<()>>,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts `program`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start<A: AsRef<OsStr>>(program: &Path, args: impl IntoIterator<Item = A>) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(args);
        Self::start_command(command)
    }

    /// Starts a command.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_command(mut command: Command) -> Result<Self> {
        let program = Path::new(command.get_program()).to_owned();
        command.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| {
            format!("{} does not start; build the binaries first: cargo build --workspace --bins", program.display())
        })?;
        let output = Output::default();
        let stdout = child.stdout.take().map(|pipe| output.follow(pipe));
        let stderr = child.stderr.take().map(|pipe| output.follow(pipe));
        let readers = stdout.into_iter().chain(stderr).collect();
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, child, output, readers, ended: None })
    }

    /// What it said so far.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that begins with `prefix`, and gives what follows.
    ///
    /// # Errors
    /// When it ends before, or `limit` passes.
    pub fn line(&mut self, prefix: &str, limit: Duration) -> Result<String> {
        let output = self.output.clone();
        let found = wait::until(&format!("a line {prefix:?} of {}", self.name), limit, || {
            let ended = self.poll();
            match output.after(prefix) {
                Some(rest) => Some(Some(rest)),
                None if ended => Some(None),
                None => None,
            }
        });
        match found {
            Ok(Some(rest)) => Ok(rest),
            Ok(None) => bail!("{} ended before it said {prefix:?}:\n{}", self.name, output.text()),
            Err(error) => bail!("{error}; it said:\n{}", output.text()),
        }
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When it does not within `limit`.
    pub fn end(&mut self, limit: Duration) -> Result<ExitStatus> {
        let name = self.name.clone();
        wait::until(&format!("{name} to end"), limit, || self.poll().then_some(()))
            .map_err(|error| anyhow::anyhow!("{error}; it said:\n{}", self.output.text()))?;
        self.readers.drain(..).for_each(|reader| drop(reader.join()));
        self.ended.context("it ended")
    }

    /// Asks it to end, as Ctrl-C does.
    ///
    /// # Errors
    /// When it must be killed.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        if !self.poll() {
            self.signal(Signal::SIGTERM);
        }
        self.end(SOFT_END).inspect_err(|_| self.signal(Signal::SIGKILL))
    }

    /// Ends it as a power cut does.
    ///
    /// # Errors
    /// When even that fails.
    pub fn kill(&mut self) -> Result<()> {
        if !self.poll() {
            self.signal(Signal::SIGKILL);
        }
        self.end(SOFT_END).map(drop)
    }

    fn signal(&self, signal: Signal) {
        if let Ok(pid) = i32::try_from(self.child.id()) {
            // An error says that it has ended.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Whether it has ended.
    fn poll(&mut self) -> bool {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended.is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let stopped = self.stop();
        let text = self.output.text();
        if std::thread::panicking() {
            // What the processes said is the best hint at why a test failed.
            let _ = writeln!(std::io::stderr(), "--- {} said:\n{text}---", self.name);
            return;
        }
        assert!(stopped.is_ok(), "{} was left over and had to be killed:\n{text}", self.name);
        assert!(!text.contains("panicked at"), "{} panicked:\n{text}", self.name);
    }
}

/// The outcome of a program that ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit status; `None` when it was killed.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs a program to its end, with `input` on its standard input.
///
/// # Errors
/// When it does not start.
pub fn run<A: AsRef<OsStr>>(
    program: &Path,
    args: impl IntoIterator<Item = A>,
    input: impl AsRef<[u8]>,
) -> Result<Ended> {
    let mut command = Command::new(program);
    command.args(args);
    run_command(command, input)
}

/// Runs a command to its end, with `input` on its standard input.
///
/// # Errors
/// When it does not start.
pub fn run_command(mut command: Command, input: impl AsRef<[u8]>) -> Result<Ended> {
    let program = Path::new(command.get_program()).to_owned();
    command.env("NO_COLOR", "1").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{} does not start", program.display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that reads nothing may have ended already.
        let _ = stdin.write_all(input.as_ref());
    }
    let ended = child.wait_with_output()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Ended { code: ended.status.code(), stdout: text(ended.stdout), stderr: text(ended.stderr) })
}
