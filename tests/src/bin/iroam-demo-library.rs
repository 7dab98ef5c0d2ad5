//! `iroam-demo-library DIR`: makes the small library of the demo in DIR, or what is missing of it.

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("iroam-demo-library: name the folder to fill: iroam-demo-library DIR");
        return ExitCode::from(2);
    };
    match iroam_tests::corpus::demo::make(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("iroam-demo-library: {error:#}");
            ExitCode::FAILURE
        }
    }
}
