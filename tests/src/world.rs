//! Worlds: a portal, homes and people, as real processes over real sockets, with data of their own.

pub mod agent;
pub mod portal;
pub mod tls;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;
use tempfile::TempDir;

pub use agent::Agent;
pub use portal::Portal;
pub use tls::Authority;

use crate::{person::Person, process::Env, small_disk::SmallDisk};

/// How long a process may take until it is ready; generous, since several tests share two cores.
pub const READY: Duration = Duration::from_secs(30);

/// The portal's folder.
const PORTAL: &str = "portal";

fn dir() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("iroam-world-").tempdir()?)
}

/// A portal with its data folder, on loopback.
#[derive(Debug)]
pub struct World {
    /// The portal.
    pub portal: Portal,
    /// The authority that signed its certificate; `None` over plain http.
    pub authority: Option<Authority>,
    dir: TempDir,
}

impl World {
    /// Over plain http, on SQLite.
    ///
    /// # Errors
    /// When the portal does not come up.
    pub fn plain() -> Result<Self> {
        Self::start(dir()?, None, None, &[], None)
    }

    /// Over plain http, on SQLite, with further flags of `serve`.
    ///
    /// # Errors
    /// When the portal does not come up.
    pub fn with_flags(flags: &[&str]) -> Result<Self> {
        Self::start(dir()?, None, None, flags, None)
    }

    /// Over TLS with a certificate of an authority of its own.
    ///
    /// # Errors
    /// When the portal does not come up.
    pub fn tls() -> Result<Self> {
        Self::start(dir()?, Some(Authority::new()?), None, &[], None)
    }

    /// Over TLS with a certificate that is valid from an hour ago for two hours.
    ///
    /// # Errors
    /// When the portal does not come up.
    pub fn tls_for_an_hour() -> Result<Self> {
        Self::start(dir()?, Some(Authority::for_an_hour()?), None, &[], None)
    }

    /// Over plain http, on the PostgreSQL database of that URL.
    ///
    /// # Errors
    /// When the portal does not come up.
    pub fn on_postgres(database_url: &str) -> Result<Self> {
        Self::start(dir()?, None, Some(database_url), &[], None)
    }

    /// Over plain http, on SQLite, its data on a disk of so many bytes, which is its own; `None`, told, where there can
    /// be none.
    ///
    /// # Errors
    /// When the portal does not come up.
    pub fn on_small_disk(bytes: u64, flags: &[&str]) -> Result<Option<(Self, SmallDisk)>> {
        let dir = dir()?;
        let Some(disk) = SmallDisk::at(&dir.path().join(PORTAL), bytes)? else { return Ok(None) };
        Ok(Some((Self::start(dir, None, None, flags, Some(disk.clone()))?, disk)))
    }

    fn start(
        dir: TempDir,
        authority: Option<Authority>,
        database_url: Option<&str>,
        flags: &[&str],
        disk: Option<SmallDisk>,
    ) -> Result<Self> {
        let tls = authority.as_ref().map(|authority| authority.write(dir.path())).transpose()?;
        let portal = Portal::start(&dir.path().join(PORTAL), tls, database_url, flags, disk)?;
        Ok(Self { portal, authority, dir })
    }

    /// A folder of this world.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The certificate file for `--ca`.
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.authority.as_ref().map(|_| self.dir.path().join(tls::CA_FILE))
    }

    /// Starts an agent that keeps its data in the folder `name`, serves `library`, and is not activated yet.
    ///
    /// # Errors
    /// When it does not start.
    pub fn agent(&self, name: &str, library: &Path) -> Result<Agent> {
        self.agent_in(Env::new(), name, library)
    }

    /// The same with something added to its environment, which stays with it when it is started again.
    ///
    /// # Errors
    /// When it does not start.
    pub fn agent_in(&self, env: Env, name: &str, library: &Path) -> Result<Agent> {
        Agent::start(&self.folder(name), &self.portal.url, self.ca_file().as_deref(), library, env, None)
    }

    /// The same on a small disk that lies over its folder `name`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn agent_on(&self, disk: SmallDisk, name: &str, library: &Path) -> Result<Agent> {
        let ca = self.ca_file();
        Agent::start(&self.folder(name), &self.portal.url, ca.as_deref(), library, Env::new(), Some(disk))
    }

    /// An agent that `owner` approved and that serves, with its whole library read.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn home(&self, name: &str, library: &Path, owner: &Person) -> Result<Agent> {
        self.home_in(Env::new(), name, library, owner).await
    }

    /// The same with something added to its environment.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn home_in(&self, env: Env, name: &str, library: &Path, owner: &Person) -> Result<Agent> {
        self.approved(self.agent_in(env, name, library)?, owner).await
    }

    /// The agent, approved by `owner` and serving, with its whole library read.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn approved(&self, mut agent: Agent, owner: &Person) -> Result<Agent> {
        let (code, words) = agent.invitation()?;
        owner.approve(&code, &words).await?;
        agent.serving()?;
        agent.scanned()?;
        Ok(agent)
    }

    /// Somebody who signed up a moment ago.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn person(&self, email: &str) -> Result<Person> {
        Person::sign_up(&self.portal.url, self.authority.as_ref(), email).await
    }
}
