//! The private PostgreSQL cluster of tests.
//!
//! The first test that needs it starts a supervisor: a shell as an unprivileged user (initdb refuses root) that makes a
//! cluster on a unix socket, and stops and deletes it a few seconds after the last test process has let go of a file
//! lock, however that process ended. `IROAM_TEST_POSTGRES` names another server to use instead.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader},
    os::unix::{fs::MetadataExt, net::UnixStream, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

use tokio_postgres::NoTls;

/// Keeps the cluster alive while it lives.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    _users: Option<File>,
}

/// A schema of its own, dropped with [`Schema::drop_now`] or with the cluster.
#[derive(Debug)]
pub struct Schema {
    /// A URL whose connections see this schema alone.
    pub url: String,
    name: String,
    admin_url: String,
}

const SUPERVISOR: &str = r#"
set -eu
cd "$DIR"
exec 9>>users
if [ -f data/postmaster.pid ]; then "$BIN/pg_ctl" -D data -m immediate stop >/dev/null 2>&1 9>&- || true; fi
rm -rf data
"$BIN/initdb" -D data -U iroam -A trust -N -E UTF8 --locale=C >log 2>&1 9>&-
"$BIN/pg_ctl" -D data -w -t 60 -l log start >>log 2>&1 9>&- -o "-k '$DIR' -c listen_addresses='' -c fsync=off \
    -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c deadlock_timeout=200ms"
echo ready
exec >/dev/null
while :; do
    flock -x 9; flock -u 9
    sleep 5
    if flock -n -x 9; then break; fi
done
"$BIN/pg_ctl" -D data -m immediate stop 9>&- || true
rm -rf data
"#;

impl Cluster {
    /// The cluster of all tests, started when it does not run. Blocks until it answers.
    ///
    /// # Errors
    /// Why there can be none, in words for the one who runs the tests.
    pub fn acquire() -> Result<Self, String> {
        if let Ok(url) = env::var("IROAM_TEST_POSTGRES") {
            return Ok(Self { url, _users: None });
        }
        let bin = binaries().ok_or("PostgreSQL is not installed (initdb and pg_ctl are not found)")?;
        Self::shared(&bin).map_err(|error| format!("the private PostgreSQL cluster does not start: {error}"))
    }

    /// A fresh, empty schema.
    ///
    /// # Errors
    /// What the server says.
    pub async fn schema(&self) -> Result<Schema, tokio_postgres::Error> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        execute(&self.url, &format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).await?;
        let sign = if self.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{sign}options=-c%20search_path%3D{name}", self.url);
        Ok(Schema { url, name, admin_url: self.url.clone() })
    }

    fn shared(bin: &Path) -> io::Result<Self> {
        let me = fs::metadata("/proc/self")?.uid();
        let dir = env::temp_dir().join(format!("iroam-test-pg-{me}"));
        let user = if me == 0 { Some(unprivileged()?) } else { None };
        prepare(&dir, user)?;
        let users = OpenOptions::new().append(true).open(dir.join("users"))?;
        users.lock_shared()?;
        let starting = OpenOptions::new().append(true).open(dir.join("start"))?;
        starting.lock()?;
        if UnixStream::connect(dir.join(".s.PGSQL.5432")).is_err() {
            start(&dir, bin, user)?;
        }
        let host = dir.to_string_lossy().replace('%', "%25").replace('/', "%2F");
        Ok(Self { url: format!("postgres://iroam@{host}/postgres"), _users: Some(users) })
    }
}

impl Schema {
    /// Drops the schema with all that is in it.
    ///
    /// # Errors
    /// What the server says.
    pub async fn drop_now(self) -> Result<(), tokio_postgres::Error> {
        execute(&self.admin_url, &format!("DROP SCHEMA {} CASCADE", self.name)).await
    }
}

async fn execute(url: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let work = async move { client.batch_execute(sql).await };
    // The connection ends when the client is dropped at the end of its work.
    let (worked, ended) = tokio::join!(work, connection);
    worked.and(ended)
}

fn prepare(dir: &Path, user: Option<(u32, u32)>) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for file in ["users", "start"] {
        OpenOptions::new().create(true).append(true).open(dir.join(file))?;
    }
    if let Some((uid, gid)) = user {
        for path in [dir.to_owned(), dir.join("users"), dir.join("start")] {
            std::os::unix::fs::chown(path, Some(uid), Some(gid))?;
        }
    }
    Ok(())
}

fn start(dir: &Path, bin: &Path, user: Option<(u32, u32)>) -> io::Result<()> {
    let mut command = Command::new("sh");
    command.args(["-c", SUPERVISOR]).env("DIR", dir).env("BIN", bin).current_dir(dir);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    let mut supervisor = command.spawn()?;
    let stdout = supervisor.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    if line.trim() == "ready" {
        return Ok(());
    }
    let log = fs::read_to_string(dir.join("log")).unwrap_or_default();
    let last = log.lines().rev().take(5).collect::<Vec<_>>();
    Err(io::Error::other(format!("{} ({})", last.join(" | "), dir.join("log").display())))
}

/// The directory of initdb and pg_ctl: of the highest version that is installed.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    let dirs = versions.into_iter().rev().chain(env::split_paths(&path));
    dirs.into_iter().find(|dir| dir.join("initdb").exists() && dir.join("pg_ctl").exists())
}

/// The user and group that run the server when the tests run as root.
fn unprivileged() -> io::Result<(u32, u32)> {
    let passwd = fs::read_to_string("/etc/passwd")?;
    let of = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody")).ok_or_else(|| io::Error::other("there is no user postgres or nobody"))
}
