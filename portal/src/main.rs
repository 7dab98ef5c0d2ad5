//! `iroam-portal`: serves the site, and the operator's commands beside it.

use std::process::ExitCode;

use clap::Parser as _;
use iroam_portal::{cli::Cli, logging};

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(cli.log_format);
    // One provider for every use of TLS in this process; a second install would be refused, and there is none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::new(error)),
    };
    match runtime.block_on(cli.run()) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a command that failed")]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("iroam-portal: {error:#}");
    ExitCode::FAILURE
}
