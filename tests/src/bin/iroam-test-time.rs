//! `iroam-test-time DATABASE SECONDS`: lets the time of every shared link of a portal be over since so many seconds, beside the
//! portal that serves. Links live for days at least, and no test waits for that.

use std::{io::Write as _, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result, ensure};
use iroam_tests::clock;
use rusqlite::{Connection, OpenFlags};

/// The portal may be writing.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, seconds] = &arguments[..] else {
        eprintln!("iroam-test-time: name the database and the seconds");
        return ExitCode::from(2);
    };
    match end_links(database, seconds) {
        Ok(count) => {
            let _ = writeln!(std::io::stdout(), "{count}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("iroam-test-time: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Answers how many links there are; none is an error.
fn end_links(database: &str, seconds: &str) -> Result<usize> {
    let seconds: i64 = seconds.parse().context("the seconds are no number")?;
    let expires_ms = clock::unix_ms().saturating_sub(seconds.saturating_mul(1_000));
    let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    database.busy_timeout(PATIENCE)?;
    let count = database.execute("UPDATE shares SET expires_ms = ?1", [expires_ms])?;
    ensure!(count > 0, "no link was ever made");
    Ok(count)
}
