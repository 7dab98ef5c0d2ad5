//! `iroam logout`.

use std::path::Path;

use reqwest::Method;

use super::{running, terminal};
use crate::{
    activation::Activation,
    clock::Clock,
    data_dir::DataDir,
    fault::Fault,
    portal::{self, Client, report},
    settings::Settings,
    spool::Spool,
};

pub(super) async fn run(root: &Path) -> Result<(), Fault> {
    if let Some(agent) = running::agent(root)? {
        agent.ask(Method::POST, "/local/logout").await?;
        terminal::line("The running agent removes this home from its account and stops. The index stays.");
        return Ok(());
    }
    let data = DataDir::open(root)?;
    let _lock = data.lock()?;
    let Some(activation) = Activation::load(&data)? else {
        terminal::line("This home is not activated.");
        return Ok(());
    };
    let told = tell_portal(&data, &activation).await;
    Activation::forget(&data)?;
    match told {
        Ok(()) => terminal::line("This home is removed from its account. The index stays."),
        Err(fault) => {
            terminal::error(&format!("iroam: {fault}"));
            terminal::line(&format!(
                "This home has forgotten its activation. Its portal does not know that yet: remove the home on {}/account \
                 too.",
                activation.portal
            ));
        }
    }
    Ok(())
}

async fn tell_portal(data: &DataDir, activation: &Activation) -> Result<(), Fault> {
    let roots = portal::read_roots(Settings::load(data)?.ca.as_deref())?;
    let client = Client::new(&activation.portal, &roots, data.key()?, Clock::system())?;
    if let Ok(spool) = Spool::open(&data.spool()) {
        // Best effort: the removal counts.
        let _ = report::report(&client, &spool).await;
        if client.deactivate().await.map_err(|error| error.fault()).is_ok() {
            let _ = spool.wipe();
            return Ok(());
        }
    }
    client.deactivate().await.map_err(|error| error.fault())
}
