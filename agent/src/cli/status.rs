//! `iroam status`.

use std::path::Path;

use reqwest::Method;

use super::{running, terminal};
use crate::{
    fault::{Exit, Fault},
    local::status::{Activated, Link, Status},
};

pub(super) async fn run(data: &Path, json: bool) -> Result<(), Fault> {
    let agent = running::agent(data)?.ok_or_else(running::not_running)?;
    let text = agent.ask(Method::GET, "/local/status").await?;
    if json {
        terminal::line(&text);
        return Ok(());
    }
    let status: Status = serde_json::from_str(&text)
        .map_err(|error| Fault::new(Exit::Software, format!("The running agent is of another version: {error}.")))?;
    for line in lines(&status) {
        terminal::line(&line);
    }
    Ok(())
}

fn lines(status: &Status) -> Vec<String> {
    let mut lines = vec![match &status.activation {
        Activated::Yes { name, account_email } => format!("home: {name} ({}), of {account_email}", status.peer_id),
        Activated::Waiting { url, code, words } => format!("waiting for approval: {url}  code {code}  words {words}"),
        Activated::No => "not activated".to_owned(),
    }];
    lines.push(link("portal", &status.portal));
    lines.push(link("relay", &status.relay));
    for folder in &status.folders {
        let state = if folder.readable { "" } else { "  (cannot be read now; its tracks stay listed)" };
        lines.push(format!("folder: {}{state}", folder.path.display()));
    }
    let counts = &status.counts;
    lines.push(format!(
        "library: {} tracks, {} albums, {} artists, {} unreadable files",
        counts.tracks, counts.albums, counts.artists, counts.failed
    ));
    if let Some(scan) = &status.scan {
        let more = if scan.walked { "" } else { " so far" };
        lines.push(format!("scanning: {} of {} files{more}", scan.done, scan.found));
    }
    lines.extend(status.clock.iter().map(|words| format!("clock: {words}")));
    lines.extend(status.troubles.iter().map(|trouble| format!("trouble: {}{}", trouble.words, to_do(&trouble.advice))));
    lines
}

fn link(name: &str, link: &Link) -> String {
    let to = if link.to.is_empty() { String::new() } else { format!(" ({})", link.to) };
    format!("{name}: {}{to}{}", link.words, to_do(&link.advice))
}

fn to_do(advice: &Option<String>) -> String {
    advice.as_ref().map(|advice| format!("; what to do: {advice}")).unwrap_or_default()
}
