//! The binary `iroam`.

use std::process::ExitCode;

fn main() -> ExitCode {
    iroam_agent::cli::main()
}
