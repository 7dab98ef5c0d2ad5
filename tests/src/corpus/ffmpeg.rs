//! The one place that runs ffmpeg.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// Runs ffmpeg with `args` and then `output`, which is replaced when it exists.
///
/// # Errors
/// When ffmpeg is missing or fails; the text is what it said.
pub fn run(args: &[&str], output: &Path) -> Result<()> {
    run_with(args, &[], output)
}

/// Encodes interleaved stereo samples (16 bits, little endian, [`super::synth::RATE_HZ`]); `args` say how.
///
/// # Errors
/// As [`run`].
pub fn encode(samples: &[u8], args: &[&str], output: &Path) -> Result<()> {
    let input = ["-f", "s16le", "-ar", "44100", "-ac", "2", "-i", "pipe:0"];
    run_with(&[&input[..], args].concat(), samples, output)
}

fn run_with(args: &[&str], input: &[u8], output: &Path) -> Result<()> {
    let mut child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-y"])
        .args(args)
        .arg(output)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("ffmpeg does not start; install it, on Debian: apt install ffmpeg")?;
    let mut stdin = child.stdin.take().context("no pipe to ffmpeg")?;
    // ffmpeg may end before it read all; its status tells.
    let fed = stdin.write_all(input);
    drop(stdin);
    let ended = child.wait_with_output()?;
    if !ended.status.success() {
        bail!("ffmpeg could not make {}: {}", output.display(), String::from_utf8_lossy(&ended.stderr).trim());
    }
    fed.context("ffmpeg did not read all samples")
}
