//! `iroam-portal admin outbox`: mails on their way, for a terminal.

use anyhow::{Context as _, bail};
use clap::Args;
use iroam_mail::Language;
use iroam_protocol::id::RowId;
use iroam_store::{Mail, MailState, Store};
use serde_json::json;

use super::{Database, say};
use crate::{catalogue, clock, pages::figures};

/// Rows that are listed.
const LISTED: u32 = 50;

#[derive(Debug, Args)]
pub(super) struct Outbox {
    #[command(flatten)]
    database: Database,
    /// Only mails in this state: pending, sent, dead or cancelled.
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<MailState>,
    /// One JSON object per line, with all that the mails say.
    #[arg(long)]
    json: bool,
    /// Show one mail with all that it says.
    #[arg(long, value_name = "ID", conflicts_with_all = ["state", "retry"])]
    show: Option<RowId>,
    /// Try a mail again at once that is dead or waits.
    #[arg(long, value_name = "ID", conflicts_with_all = ["state", "json"])]
    retry: Option<RowId>,
}

impl Outbox {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let store = self.database.open().await?;
        match (self.retry, self.show) {
            (Some(id), _) => retry(&store, id).await,
            (None, Some(id)) => {
                let mail = store.mail(id).await?.with_context(|| format!("there is no mail {id}"))?;
                if self.json { say(&as_json(&mail)) } else { show(&mail) }?;
                Ok(())
            }
            (None, None) => self.list(&store).await,
        }
    }

    async fn list(&self, store: &Store) -> anyhow::Result<()> {
        let page = store.outbox_page(self.state, None, LISTED).await?;
        for mail in &page.mails {
            say(&if self.json { as_json(mail) } else { as_line(mail) })?;
        }
        if self.json {
            return Ok(());
        }
        match (page.mails.is_empty(), page.next) {
            (true, _) => say("No mail.")?,
            (false, Some(_)) => say(&format!("These are the newest {LISTED}; the page /operator/outbox has all."))?,
            (false, None) => {}
        }
        Ok(())
    }
}

async fn retry(store: &Store, id: RowId) -> anyhow::Result<()> {
    if !store.retry_mail(id, clock::now_ms()).await? {
        bail!("{id} is no mail that is dead or waits");
    }
    say("It is tried again within seconds, if `serve` runs with a mail server.")?;
    Ok(())
}

fn show(mail: &Mail) -> std::io::Result<()> {
    say(&as_line(mail))?;
    say(&format!("Message-ID: {}", mail.message_id))?;
    say(&format!("Worth sending until: {}", figures::moment(mail.until_ms, "UTC", english())))?;
    if let Some(link) = &mail.list_unsubscribe {
        say(&format!("List-Unsubscribe: {link}"))?;
    }
    match mail.state {
        MailState::Sent | MailState::Cancelled => say("What it said is forgotten: it may have held links."),
        MailState::Pending | MailState::Dead => say(&format!("Subject: {}\n\n{}", mail.subject, mail.text)),
    }
}

/// The line of a mail; what the mail server said comes last.
fn as_line(mail: &Mail) -> String {
    let Mail { id, state, kind, to, tries, created_ms, .. } = mail;
    let written = figures::moment(*created_ms, "UTC", english());
    let error = mail.last_error.as_deref().map(|error| format!("  {error}")).unwrap_or_default();
    format!("{id}  {:9}  {kind:19}  {written}  {tries} tries  {to}{error}", state.as_str())
}

fn as_json(mail: &Mail) -> String {
    let told = json!({
        "id": mail.id,
        "state": mail.state.as_str(),
        "kind": mail.kind,
        "to": mail.to,
        "message_id": mail.message_id,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "list_unsubscribe": mail.list_unsubscribe,
        "tries": mail.tries,
        "created_ms": mail.created_ms,
        "next_ms": mail.next_ms,
        "until_ms": mail.until_ms,
        "ended_ms": mail.ended_ms,
        "last_error": mail.last_error,
    });
    told.to_string()
}

fn state(name: &str) -> Result<MailState, String> {
    MailState::parse(name).ok_or_else(|| "the states are pending, sent, dead and cancelled".into())
}

/// The command line speaks English.
fn english() -> &'static catalogue::Words {
    catalogue::words(Language::English)
}
