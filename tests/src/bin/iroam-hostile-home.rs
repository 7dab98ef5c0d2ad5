//! `iroam-hostile-home PORTAL SINK SONG`: a home that means harm, for the tests of the player. It prints its code as
//! `iroam up` does, then what it tries, and serves until it is ended.

use std::{io::Write as _, path::Path, process::ExitCode};

use iroam_tests::hostile::Hostile;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [portal, sink, song] = &arguments[..] else {
        eprintln!("iroam-hostile-home: name portal, sink and song");
        return ExitCode::from(2);
    };
    let say = |line: &str| {
        let mut out = std::io::stdout().lock();
        // Whoever closed the pipe is not interested any more.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    };
    let ended = match Hostile::new(portal, sink, Path::new(song)) {
        Ok(hostile) => hostile.run(say).await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        eprintln!("iroam-hostile-home: {error:#}");
    }
    ExitCode::FAILURE
}
