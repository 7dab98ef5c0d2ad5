//! The command line.

mod admin;
mod mail;
mod outbox;
mod serve;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use iroam_store::{Options, Store};

use crate::{config, logging};

/// The portal of iRoam: accounts, homes, minutes, the player and the relay on one port.
#[derive(Debug, Parser)]
#[command(name = "iroam-portal", version)]
pub struct Cli {
    /// How log lines look; they go to standard error.
    #[arg(long, value_enum, default_value = "text", global = true)]
    pub log_format: logging::Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site, the API, the player and the relay until Ctrl-C.
    Serve(Box<serve::Serve>),
    /// Commands of the operator; all work beside a running `serve`.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Bring the database to the newest form, and end. `serve` does the same when it starts.
    Migrate(Database),
}

/// Which database.
#[derive(Debug, Clone, Args)]
struct Database {
    /// The folder of database and keys; made when it is missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// PostgreSQL instead of the SQLite file in the data folder: postgres://user@host/name
    #[arg(long, value_name = "URL", env = "IROAM_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl Database {
    async fn open(&self) -> anyhow::Result<Store> {
        config::prepare_data(&self.data)?;
        let target = config::database(&self.data, self.database_url.as_deref());
        Ok(Store::open(&target, Options::default()).await?)
    }
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever went wrong, in words that say what to do.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve(serve) => serve.run().await.map(|()| ExitCode::SUCCESS),
            Command::Admin(admin) => admin.run().await,
            Command::Migrate(database) => {
                database.open().await?;
                say("The database is up to date.")?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// A line on standard output: what scripts read.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
