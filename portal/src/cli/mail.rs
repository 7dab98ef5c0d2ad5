//! The flags of `serve` that send mail.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use iroam_mail::{Courier, Sender, Server, Signer};

#[derive(Args)]
pub(super) struct MailFlags {
    /// The mail server: smtps://user:password@host:465, smtp://host:587 (with STARTTLS), or smtp://localhost:25. Without
    /// one, mails wait in the outbox: see `admin outbox`.
    #[arg(long, value_name = "URL", env = "IROAM_SMTP_URL", hide_env_values = true, requires = "mail_from")]
    smtp_url: Option<String>,
    /// A file whose first line is that URL, so that the password stands neither here nor in the environment.
    #[arg(long, value_name = "FILE", requires = "mail_from")]
    smtp_url_file: Option<PathBuf>,
    /// The certificate authority of the mail server, PEM; without it, those of the system.
    #[arg(long, value_name = "FILE")]
    smtp_ca: Option<PathBuf>,
    /// Whom mails are from: iRoam <music@example.org>
    #[arg(long, value_name = "MAILBOX", env = "IROAM_MAIL_FROM")]
    mail_from: Option<String>,
    /// The private key that signs mails (DKIM), RSA or Ed25519, PEM; its domain is that of --mail-from.
    #[arg(long, value_name = "FILE", requires = "dkim_selector")]
    dkim_key: Option<PathBuf>,
    /// The name of the key in your DNS: the first part of NAME._domainkey.example.org
    #[arg(long, value_name = "NAME", requires = "dkim_key")]
    dkim_selector: Option<String>,
}

// Without the URL and its password.
impl std::fmt::Debug for MailFlags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailFlags").field("mail_from", &self.mail_from).finish_non_exhaustive()
    }
}

impl MailFlags {
    /// Who sends the mails of the portal at `host`; `None` when nobody does.
    ///
    /// # Errors
    /// Which flag to change, and how.
    pub(super) fn courier(self, host: &str) -> anyhow::Result<Option<Courier>> {
        let url = match (self.smtp_url_file, self.smtp_url) {
            (Some(file), _) => read("--smtp-url-file", &file)?.lines().next().unwrap_or_default().to_owned(),
            (None, Some(url)) => url,
            (None, None) => return Ok(None),
        };
        let server = Server::parse(&url).context("--smtp-url")?;
        let from = Sender::parse(&self.mail_from.unwrap_or_default()).context("--mail-from")?;
        let signer = match self.dkim_key.zip(self.dkim_selector) {
            Some((key, selector)) => {
                let pem = read("--dkim-key", &key)?;
                let signer = Signer::new(&pem, &selector, from.domain());
                Some(signer.with_context(|| format!("--dkim-key {} with --dkim-selector {selector}", key.display()))?)
            }
            None => None,
        };
        let authority = self.smtp_ca.as_deref().map(|file| read("--smtp-ca", file)).transpose()?;
        let courier = Courier::new(server, from, host, authority.as_deref().map(str::as_bytes)).context("--smtp-ca")?;
        Ok(Some(match signer {
            Some(signer) => courier.signing(signer),
            None => courier,
        }))
    }
}

fn read(flag: &'static str, path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| {
        format!("cannot read {flag} {}. Check the path, and that this user may read it", path.display())
    })
}
