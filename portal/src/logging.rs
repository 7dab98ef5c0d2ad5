//! Logs: a readable message and queryable fields, on standard error. `RUST_LOG` overrides the levels.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The portal at `info`, libraries at `warn`.
const LEVELS: &str = "warn,iroam_portal=info,iroam_store=info,iroam_relay=info";

/// Starts logging; a second start in one process changes nothing.
pub fn start(format: Format) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LEVELS));
    // What cannot be logged is let go: telling so on the same closed standard error would panic.
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    let colours = std::io::stderr().is_terminal();
    let started = match format {
        Format::Text => lines.with_target(false).with_ansi(colours).try_init(),
        Format::Json => lines.json().try_init(),
    };
    // Somebody else's subscriber stays.
    drop(started);
}
