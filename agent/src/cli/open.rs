//! `iroam open`.

use std::{path::Path, process::Stdio};

use super::{running, terminal};
use crate::fault::Fault;

pub(super) async fn run(data: &Path, print_only: bool) -> Result<(), Fault> {
    let agent = running::agent(data)?.ok_or_else(running::not_running)?;
    let link = agent.link()?;
    terminal::line(&link);
    if !print_only && terminal::is_seen() && has_desktop() {
        show(&link).await;
    }
    Ok(())
}

fn has_desktop() -> bool {
    cfg!(not(target_os = "linux")) || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}

/// The link is printed already, so that a missing browser is no error.
async fn show(link: &str) {
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("rundll32", &["url.dll,FileProtocolHandler"]),
        _ => ("xdg-open", &[]),
    };
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = command.status().await {
        tracing::debug!(%error, "no browser could be opened");
    }
}
