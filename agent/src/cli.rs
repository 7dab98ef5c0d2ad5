//! The command line.

mod logout;
mod open;
mod running;
mod scan;
mod status;
mod terminal;
mod up;

use std::{io::IsTerminal as _, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand, ValueEnum};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::{
    data_dir::DataDir,
    fault::{Exit, Fault},
    settings::Told,
};

/// Threads for requests; media are read on the blocking ones.
const WORKERS: usize = 2;
/// Threads for disk and database, at most; idle ones end after [`BLOCKING_IDLE`].
const BLOCKING_MAX: usize = 16;
/// See [`BLOCKING_MAX`].
const BLOCKING_IDLE: Duration = Duration::from_secs(5);

/// What is logged unless `IROAM_LOG` says otherwise. The verifier's own line repeats what the command says in words.
const LOG_FILTER: &str = "warn,iroam_agent=info,rustls_platform_verifier=off";

const EXAMPLES: &str = "\
Examples:
  iroam up --portal https://portal.example --library ~/Music --library ~/Videos
      the first start: shows a code to approve in the browser, then serves
  iroam up
      every later start
  iroam scan --data /tmp/try --library ~/Music --json
      reads the folders without any portal
  iroam status
  iroam open
  iroam logout

Exit status: 0 done, 1 failed, 2 wrong usage, 3 not running, 69 the portal cannot be reached, 73 a file or port cannot \
be had, 75 another iroam is running, 77 may not read or was refused, 78 settings.";

/// iRoam at home: your music and films, anywhere, straight from this machine.
#[derive(Debug, Parser)]
#[command(name = "iroam", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Where key, settings and index are kept [default: the system's place for application data]
    #[arg(long, global = true, value_name = "DIR", env = "IROAM_DATA")]
    data: Option<PathBuf>,

    /// How log lines look on stderr
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, env = "IROAM_LOG_FORMAT")]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve this home; the first time, activate it
    ///
    /// Flags are remembered: later starts need none. Ctrl-C stops softly, a second one at once.
    #[command(after_help = "Example:\n  iroam up --portal https://portal.example --library ~/Music")]
    Up(Up),
    /// Show what the running agent does
    Status {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Read the library folders into the index, without any portal
    #[command(after_help = "Example:\n  iroam scan --data /tmp/try --library ~/Music --json")]
    Scan {
        /// A folder to read; any number of times [default: those of `iroam up`]
        #[arg(long, value_name = "DIR")]
        library: Vec<PathBuf>,
        /// Print one JSON object as the last line: files, tracks, failed, seconds
        #[arg(long)]
        json: bool,
    },
    /// Open the local page in the browser, and print its private link
    Open {
        /// Only print the link
        #[arg(long)]
        print: bool,
    },
    /// Remove this home from its account; the index stays
    Logout,
}

#[derive(Debug, clap::Args)]
struct Up {
    /// The portal's address, as in the browser
    #[arg(long, value_name = "URL", env = "IROAM_PORTAL")]
    portal: Option<String>,
    /// A PEM file of certificate authorities to trust besides the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// A folder to serve; any number of times, replacing those of before
    #[arg(long, value_name = "DIR")]
    library: Vec<PathBuf>,
    /// The name to propose for this home [default: the machine's]
    #[arg(long)]
    name: Option<String>,
    /// Where the local page listens [default: 127.0.0.1:4747, or a free port when that is taken]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where browsers reach this home without the relay, over UDP; any number of times, or off [default: every address
    /// of this machine, port 4748]
    #[arg(long, value_name = "ADDR")]
    direct: Vec<String>,
}

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_logs(cli.log_format);
    crate::install_crypto();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            terminal::error(&format!("iroam: {fault}"));
            ExitCode::from(fault.exit as u8)
        }
    }
}

fn run(cli: Cli) -> Result<(), Fault> {
    let data = cli.data.or_else(DataDir::default_root).ok_or_else(|| {
        Fault::new(Exit::Config, "This system names no place for application data.").advise("name one with --data DIR")
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_MAX)
        .thread_keep_alive(BLOCKING_IDLE)
        .enable_all()
        .build()
        .map_err(|error| Fault::new(Exit::Failure, format!("The program cannot start its threads: {error}.")))?;
    let ended = runtime.block_on(async {
        match cli.command {
            Command::Up(up) => up::run(data, told(up)).await,
            Command::Status { json } => status::run(&data, json).await,
            Command::Scan { library, json } => scan::run(&data, &library, json).await,
            Command::Open { print } => open::run(&data, print).await,
            Command::Logout => logout::run(&data).await,
        }
    });
    // A blocking read of a dead network drive must not keep the program.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

fn told(up: Up) -> Told {
    let Up { portal, ca, library, name, listen, direct } = up;
    Told { portal, ca, libraries: library, name, listen, direct }
}

fn start_logs(format: LogFormat) {
    let filter = EnvFilter::try_from_env("IROAM_LOG").unwrap_or_else(|_| EnvFilter::new(LOG_FILTER));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // What cannot be logged is let go: telling so on the same closed standard error would panic.
        .log_internal_errors(false);
    // An error says that logs are set up already.
    let _ = match format {
        LogFormat::Text => logs.with_target(false).try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
}

/// Cancels at the first SIGINT or SIGTERM and ends the process at the second.
async fn signals(cancel: CancellationToken) {
    wait_for_signal().await;
    cancel.cancel();
    wait_for_signal().await;
    terminal::error("iroam: stopped at once");
    // 128 + SIGINT, as shells have it.
    std::process::exit(130);
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_shows_examples() {
        Cli::command().debug_assert();
        let help = Cli::command().render_long_help().to_string();
        assert!(help.contains("iroam up --portal"), "{help}");
    }
}
