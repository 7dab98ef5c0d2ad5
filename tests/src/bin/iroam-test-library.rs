//! `iroam-test-library tones|large`: makes that library unless it is there, and prints its folder.

use std::{io::Write as _, process::ExitCode};

use iroam_tests::corpus::Corpus;

fn main() -> ExitCode {
    let Some(corpus) = std::env::args().nth(1).as_deref().and_then(Corpus::named) else {
        eprintln!("iroam-test-library: name the library: tones or large");
        return ExitCode::from(2);
    };
    let done = corpus.folder().and_then(|folder| Ok(writeln!(std::io::stdout(), "{}", folder.display())?));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("iroam-test-library: {error:#}");
            ExitCode::FAILURE
        }
    }
}
