//! The agent that runs with a data folder, asked over its local page.

use std::{path::Path, time::Duration};

use iroam_protocol::problem::Problem;
use reqwest::Method;

use crate::{
    data_dir::{DataDir, Running},
    fault::{Exit, Fault},
};

/// The local page answers in milliseconds.
const TIMEOUT: Duration = Duration::from_secs(5);

/// An agent that runs.
pub(super) struct Agent {
    data: DataDir,
    running: Running,
}

/// The agent of the data folder; `None` when none runs.
pub(super) fn agent(root: &Path) -> Result<Option<Agent>, Fault> {
    let data = DataDir::open(root)?;
    // Whoever gets the lock knows that nobody else runs.
    match data.lock() {
        Ok(_lock) => Ok(None),
        Err(fault) if fault.exit == Exit::Busy => {
            let running = data.running().ok_or_else(|| {
                Fault::new(Exit::Unavailable, "The agent is just starting, or a scan is running.")
                    .advise("try again in a moment")
            })?;
            Ok(Some(Agent { data, running }))
        }
        Err(fault) => Err(fault),
    }
}

/// No agent runs.
pub(super) fn not_running() -> Fault {
    Fault::new(Exit::NotRunning, "No iroam is running with this data folder.").advise("start it with `iroam up`")
}

impl Agent {
    /// The link that signs a browser in.
    pub(super) fn link(&self) -> Result<String, Fault> {
        Ok(format!("http://{}/?token={}", self.running.listen, self.data.token()?))
    }

    /// Asks the local page.
    pub(super) async fn ask(&self, method: Method, path: &str) -> Result<String, Fault> {
        let failed = |error: &reqwest::Error| {
            Fault::new(Exit::Unavailable, format!("The agent does not answer at {}: {error}.", self.running.listen))
                .advise("look at its terminal or log, or start it again")
        };
        let client = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().map_err(|error| failed(&error))?;
        let url = format!("http://{}{path}", self.running.listen);
        let request = client.request(method, url).bearer_auth(self.data.token()?);
        let response = request.send().await.map_err(|error| failed(&error))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| failed(&error))?;
        if status.is_success() {
            return Ok(text);
        }
        let words = serde_json::from_str::<Problem>(&text).ok().and_then(|problem| problem.detail);
        Err(Fault::new(Exit::Failure, words.unwrap_or_else(|| format!("The agent answers with status {status}."))))
    }
}
