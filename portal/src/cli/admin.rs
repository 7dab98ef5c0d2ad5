//! `iroam-portal admin`: what the operator does by hand, beside a running `serve`.

use std::{io, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use iroam_protocol::{activation::UserCode, id::RowId, path::Path};
use iroam_store::{Account, Approval, Credit, NewAccount, Reported, SecretHash, SignUp, Store};

use super::{Database, outbox::Outbox, say};
use crate::{clock, config::PublicUrl, email::Email, entropy, keys::Keys, password::Passwords, people};

#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Make an account. Without a password it is entered by one-time links only.
    CreateAccount {
        #[command(flatten)]
        who: Who,
        /// Read the password from the first line of standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print a link that signs in once, within ten minutes.
    SignInLink {
        #[command(flatten)]
        who: Who,
        /// The portal's address, as given to `serve`.
        #[arg(long, value_name = "URL")]
        public_url: PublicUrl,
    },
    /// Take an account's e-mail address as confirmed on your own word, without a mail.
    ConfirmEmail(Who),
    /// Approve the home that shows this code, without its words being compared: only for your own machines.
    ApproveDevice {
        #[command(flatten)]
        who: Who,
        /// The code that the home shows.
        #[arg(long)]
        code: String,
        /// The home's name; without it, the machine's.
        #[arg(long)]
        name: Option<String>,
    },
    /// Add money to an account.
    Credit {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        amount: Amount,
        /// Makes a repeat harmless: the same key is booked once.
        #[arg(long)]
        key: Option<String>,
    },
    /// List the mails that wait, were sent, were given up or withdrawn; show one; try one again.
    Outbox(Outbox),
    /// Print a link that opens the operator's pages once, within ten minutes, for an hour.
    OperatorLink {
        #[command(flatten)]
        database: Database,
        /// The portal's address, as given to `serve`.
        #[arg(long, value_name = "URL")]
        public_url: PublicUrl,
    },
    /// List what visitors of shared links complained of, newest first.
    Reports(Database),
    /// Take back a shared link, whoever sent it.
    RevokeShare {
        #[command(flatten)]
        database: Database,
        /// The share's id, as `reports` prints it.
        #[arg(long)]
        id: RowId,
    },
    /// Prove the ledger: prints the sums, and fails when an invariant is broken.
    AuditLedger(Database),
    /// Make a successor of the key that signs grants; `serve` uses it from its next start.
    RotateKey(Database),
}

#[derive(Debug, Args)]
pub(super) struct Who {
    #[command(flatten)]
    database: Database,
    /// The account's e-mail address.
    #[arg(long)]
    email: String,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Amount {
    /// Minutes at the price of the relay.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    minutes: Option<i64>,
    /// Millionths of the portal's currency.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=1_000_000_000_000))]
    micros: Option<i64>,
}

impl Admin {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::CreateAccount { who, password_stdin } => create_account(&who, password_stdin).await?,
            Self::SignInLink { who, public_url } => sign_in_link(&who, &public_url).await?,
            Self::ConfirmEmail(who) => confirm_email(&who).await?,
            Self::ApproveDevice { who, code, name } => approve_device(&who, &code, name).await?,
            Self::Credit { who, amount, key } => credit(&who, &amount, key).await?,
            Self::Outbox(outbox) => outbox.run().await?,
            Self::OperatorLink { database, public_url } => operator_link(&database, &public_url).await?,
            Self::Reports(database) => reports(&database.open().await?).await?,
            Self::RevokeShare { database, id } => revoke_share(&database.open().await?, id).await?,
            Self::AuditLedger(database) => return audit(&database.open().await?).await,
            Self::RotateKey(database) => {
                Keys::rotate(&database.data)?;
                say("A successor was made. Start the portal again to sign with it.")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Who {
    fn email(&self) -> anyhow::Result<Email> {
        Email::parse(&self.email).with_context(|| format!("{} is not an e-mail address", self.email))
    }

    async fn open(&self) -> anyhow::Result<(Store, Account)> {
        let store = self.database.open().await?;
        let known = store.account_by_email(self.email()?.as_str()).await?;
        let known = known.with_context(|| {
            format!("there is no account {}. Make it with: iroam-portal admin create-account", self.email)
        })?;
        Ok((store, known.account))
    }
}

async fn create_account(who: &Who, password_stdin: bool) -> anyhow::Result<()> {
    let email = who.email()?;
    let password = if password_stdin { password_from(io::stdin().lock())? } else { entropy::secret().text };
    let store = who.database.open().await?;
    let password_hash = Passwords::new()?.hash(password).await?;
    let now_ms = clock::now_ms();
    let id = entropy::row_id(now_ms);
    let new = NewAccount { id, email: email.as_str().into(), password_hash, time_zone: None, language: None, now_ms };
    match store.create_account(new).await? {
        SignUp::Created(account) => say(&format!("created: {}", account.id))?,
        SignUp::EmailTaken => bail!("{} has an account already", who.email),
    }
    Ok(())
}

fn password_from(mut input: impl io::BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    input.read_line(&mut line).context("the password cannot be read from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    people::new_password(&password).map_err(|failure| anyhow::anyhow!("the password: {}", failure.detail()))?;
    Ok(password)
}

async fn sign_in_link(who: &Who, public_url: &PublicUrl) -> anyhow::Result<()> {
    let (store, account) = who.open().await?;
    let secret = entropy::secret();
    store.create_link(SecretHash(secret.hash), account.id, clock::now_ms()).await?;
    say(&format!("{}/one-time/{}", public_url.origin(), secret.text))?;
    Ok(())
}

async fn operator_link(database: &Database, public_url: &PublicUrl) -> anyhow::Result<()> {
    let (store, secret) = (database.open().await?, entropy::secret());
    store.create_operator_link(SecretHash(secret.hash), clock::now_ms()).await?;
    say(&format!("{}/operator/enter/{}", public_url.origin(), secret.text))?;
    Ok(())
}

async fn confirm_email(who: &Who) -> anyhow::Result<()> {
    let (store, account) = who.open().await?;
    store.vouch_for_address(account.id, clock::now_ms()).await?;
    Ok(say(&format!("confirmed: {}", account.email))?)
}

async fn approve_device(who: &Who, code: &str, name: Option<String>) -> anyhow::Result<()> {
    let code = UserCode::parse(code).with_context(|| format!("{code} is not a code such as BCDF-GHJK"))?;
    let (store, account) = who.open().await?;
    let now_ms = clock::now_ms();
    let request = store.device(&code, now_ms).await?;
    let request = request.context("no home waits with this code; codes live for ten minutes")?;
    let name = name.unwrap_or(request.name);
    match store.approve_device(request.id, account.id, &name, now_ms).await? {
        Approval::Approved(home) => say(&format!("approved: {} ({})", home.name, home.peer))?,
        Approval::TakenByOther => bail!("this home belongs to another account; its owner removes it first"),
        Approval::Gone => bail!("the code was used or has ended in the meantime"),
    }
    Ok(())
}

async fn credit(who: &Who, amount: &Amount, key: Option<String>) -> anyhow::Result<()> {
    let (store, account) = who.open().await?;
    let price = store.pricing().tariff.price(Some(Path::Relay));
    let by_minutes = amount.minutes.and_then(|minutes| minutes.checked_mul(price));
    let micros = amount.micros.or(by_minutes).filter(|micros| *micros > 0);
    let micros = micros.context("this is no amount: minutes cost nothing here. Use --micros")?;
    let now_ms = clock::now_ms();
    let key = key.unwrap_or_else(|| format!("operator:{}", entropy::row_id(now_ms)));
    let wallet = store.credit(Credit { account: account.id, micros, key, now_ms }).await?;
    say(&format!("credited: {micros} micros; available: {} micros", wallet.available_micros))?;
    Ok(())
}

/// Reports that are printed.
const REPORTS: u32 = 200;

async fn reports(store: &Store) -> anyhow::Result<()> {
    let reports = store.reports(REPORTS).await?;
    if reports.is_empty() {
        return Ok(say("Nobody complained.")?);
    }
    for Reported { share, sender, reason, at_ms, revoked, .. } in reports {
        let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let state = match revoked {
            Some(true) => "taken back",
            Some(false) => "still there",
            None => "forgotten",
        };
        say(&format!("{at:.0}  share {share} of {sender}, {state}:"))?;
        for line in reason.lines() {
            say(&format!("    {line}"))?;
        }
    }
    Ok(())
}

async fn revoke_share(store: &Store, id: RowId) -> anyhow::Result<()> {
    let home = store.revoke_share(None, id, clock::now_ms()).await?;
    home.context("there is no such share; `iroam-portal admin reports` prints the ids")?;
    Ok(say("Taken back. What streams by it stops within 5 seconds.")?)
}

async fn audit(store: &Store) -> anyhow::Result<ExitCode> {
    let audit = store.audit().await?;
    for (name, micros) in &audit.sums {
        say(&format!("{name}: {micros}"))?;
    }
    for broken in &audit.broken {
        say(&format!("BROKEN: {broken}"))?;
    }
    let whole = audit.broken.is_empty();
    say(if whole { "The ledger is whole." } else { "The ledger is broken: see the lines above." })?;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
