//! Hands mails to the mail server.
//!
//! The steps of SMTP are taken one by one, since it matters which of them fails: what goes wrong before the recipient is
//! named says nothing about this mail, a refusal of the recipient or of the content does. A connection that served well is
//! kept for the next mail until [`Courier::rest`].

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use tokio::time::timeout;

use crate::{
    dkim::Signer,
    server::{Security, Server},
};

/// To reach the server, agree on TLS and log in: several round trips, and a greeting that some servers delay for seconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// To hand one mail over, with the filters that some servers run before they answer.
const HAND_OVER_TIMEOUT: Duration = Duration::from_secs(90);
/// Saying goodbye is a courtesy.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);
/// Logins that are tried, the ones that every server knows; what protects them is TLS.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
/// The answer "log in first" is about us and never about the mail (RFC 4954 §6).
const LOG_IN_FIRST: u16 = 530;

/// A mail to hand over.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// The recipient's address.
    pub to: &'a str,
    /// `Message-ID` with its angle brackets.
    pub message_id: &'a str,
    /// When it was written, Unix milliseconds: repeats carry the same `Date`.
    pub date_ms: i64,
    /// Subject.
    pub subject: &'a str,
    /// The body as plain text.
    pub text: &'a str,
    /// The body as HTML.
    pub html: &'a str,
    /// Where the recipient says "never again"; an address that answers to a POST as well (RFC 8058).
    pub list_unsubscribe: Option<&'a str>,
}

/// Why a mail was not taken, in the words of the server or the system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The server cannot be reached or does not let us in: no mail goes out at present.
    #[error("{0}")]
    Away(String),
    /// Not now; another mail may go out.
    #[error("{0}")]
    Later(String),
    /// Never.
    #[error("{0}")]
    Never(String),
}

/// Why mail cannot be sent as asked. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSettings {
    /// The sender is no mailbox.
    #[error("{0} is no sender. Write an address, or a name and an address: iRoam <music@example.org>")]
    From(String),
    /// The file of certificates holds none.
    #[error("there is no certificate in PEM in it")]
    Authority,
    /// The system's certificate authorities cannot be used.
    #[error(
        "the certificate authorities of this system cannot be used: {0}. Install ca-certificates, or give --smtp-ca"
    )]
    System(String),
}

/// Whom mails are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads `name <address>` or `address`.
    ///
    /// # Errors
    /// [`BadSettings::From`].
    pub fn parse(text: &str) -> Result<Self, BadSettings> {
        text.trim().parse().map(Self).map_err(|_| BadSettings::From(text.to_owned()))
    }

    /// The domain of the address: the one that signs.
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// Sends mails of one sender through one server.
pub struct Courier {
    server: Server,
    from: Sender,
    hello: ClientId,
    tls: Option<TlsParameters>,
    signer: Option<Signer>,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

impl Courier {
    /// A courier that calls itself `hello`, the host name of the portal, and trusts the system's certificate authorities,
    /// or `authority` (PEM) in their place.
    ///
    /// # Errors
    /// [`BadSettings::Authority`], [`BadSettings::System`].
    pub fn new(server: Server, from: Sender, hello: &str, authority: Option<&[u8]>) -> Result<Self, BadSettings> {
        let tls = match server.security {
            Security::None => None,
            Security::Tls | Security::StartTls => Some(tls(&server.host, authority)?),
        };
        let hello = ClientId::Domain(hello.to_owned());
        Ok(Self { server, from, hello, tls, signer: None, idle: Mutex::new(Vec::new()) })
    }

    /// Signs what it sends.
    #[must_use]
    pub fn signing(self, signer: Signer) -> Self {
        Self { signer: Some(signer), ..self }
    }

    /// Hands a mail over; it is the server's when this is `Ok`. Dropping the call may leave it handed over or not.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub async fn send(&self, letter: &Letter<'_>) -> Result<(), NotTaken> {
        let to: Address = letter.to.parse().map_err(|_| NotTaken::Never("This is no address for mail.".into()))?;
        let bytes = self.written(letter, to.clone())?;
        let mut connection = match timeout(CONNECT_TIMEOUT, self.connection()).await {
            Ok(connected) => connected.map_err(|error| NotTaken::Away(error.to_string()))?,
            Err(_) => return Err(NotTaken::Away(format!("{} did not answer in {CONNECT_TIMEOUT:?}", self.server))),
        };
        let handed = timeout(HAND_OVER_TIMEOUT, self.hand_over(&mut connection, to, &bytes)).await;
        let handed = handed.unwrap_or_else(|_| Err(NotTaken::Later(format!("no answer in {HAND_OVER_TIMEOUT:?}"))));
        match handed {
            Ok(()) => self.idle().push(connection),
            Err(_) => goodbye(connection).await,
        }
        handed
    }

    /// Closes the connections that were kept, because there is nothing to do.
    pub async fn rest(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            goodbye(connection).await;
        }
    }

    fn written(&self, letter: &Letter<'_>, to: Address) -> Result<Vec<u8>, NotTaken> {
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(letter.date_ms).unwrap_or(0));
        let raw =
            |name: &'static str, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.into());
        let mut builder = Message::builder()
            .from(self.from.0.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .date(date)
            .message_id(Some(letter.message_id.to_owned()))
            // No vacation notice comes back to a program (RFC 3834 §5).
            .raw_header(raw("Auto-Submitted", "auto-generated"));
        if let Some(link) = letter.list_unsubscribe {
            builder = builder
                .raw_header(raw("List-Unsubscribe", &format!("<{link}>")))
                .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let body = MultiPart::alternative_plain_html(letter.text.to_owned(), letter.html.to_owned());
        let mut message = builder.multipart(body).map_err(|error| NotTaken::Never(error.to_string()))?;
        if let Some(signer) = &self.signer {
            signer.sign(&mut message);
        }
        Ok(message.formatted())
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        loop {
            let kept = self.idle().pop();
            let Some(mut kept) = kept else { break };
            if kept.test_connected().await {
                return Ok(kept);
            }
        }
        self.connect().await
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let Server { host, port, security, login } = &self.server;
        let from_the_start = if *security == Security::Tls { self.tls.clone() } else { None };
        let address = (host.as_str(), *port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, from_the_start, None).await?;
        if let (Security::StartTls, Some(tls)) = (security, &self.tls) {
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        if let Some(login) = login {
            let credentials = Credentials::new(login.user.clone(), login.password.clone());
            connection.auth(&MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }

    async fn hand_over(&self, connection: &mut AsyncSmtpConnection, to: Address, mail: &[u8]) -> Result<(), NotTaken> {
        let parameters = parameters(connection, &to, mail)?;
        let sender = Mail::new(Some(self.from.0.email.clone()), parameters);
        // A refusal here is about us: the operator mends it, and the mail goes out.
        connection.command(sender).await.map_err(|error| NotTaken::Later(error.to_string()))?;
        connection.command(Rcpt::new(to, Vec::new())).await.map_err(|error| refused(&error))?;
        connection.command(Data).await.map_err(|error| refused(&error))?;
        connection.message(mail).await.map_err(|error| refused(&error))?;
        Ok(())
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<AsyncSmtpConnection>> {
        // Nothing panics while the list is locked; it is whole in any case.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// Without login and key.
impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier").field("server", &self.server).field("from", &self.from).finish_non_exhaustive()
    }
}

/// What the server must know before it takes a mail that is not all ASCII.
fn parameters(connection: &AsyncSmtpConnection, to: &Address, mail: &[u8]) -> Result<Vec<MailParameter>, NotTaken> {
    let mut parameters = Vec::new();
    if !AsRef::<str>::as_ref(to).is_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(NotTaken::Never("The mail server takes addresses in ASCII only.".into()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !mail.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

fn refused(error: &Error) -> NotTaken {
    let about_us = error.status().is_some_and(|code| u16::from(code) == LOG_IN_FIRST);
    match error.is_permanent() && !about_us {
        true => NotTaken::Never(error.to_string()),
        false => NotTaken::Later(error.to_string()),
    }
}

async fn goodbye(mut connection: AsyncSmtpConnection) {
    // Whether it hears us or not, the connection ends here.
    let _ = timeout(QUIT_TIMEOUT, connection.abort()).await;
}

fn tls(host: &str, authority: Option<&[u8]>) -> Result<TlsParameters, BadSettings> {
    let mut builder = TlsParameters::builder(host.to_owned());
    let Some(pem) = authority else {
        return builder.build().map_err(|error| BadSettings::System(error.to_string()));
    };
    // The library takes a file without any certificate for an empty list, with which nothing could be reached.
    if !String::from_utf8_lossy(pem).contains("-----BEGIN CERTIFICATE-----") {
        return Err(BadSettings::Authority);
    }
    let certificate = Certificate::from_pem(pem).map_err(|_| BadSettings::Authority)?;
    builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    builder.build().map_err(|_| BadSettings::Authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn courier() -> Courier {
        let server = Server::parse("smtp://localhost").unwrap();
        let from = Sender::parse("iRoam <music@example.org>").unwrap();
        Courier::new(server, from, "music.example.org", None).unwrap()
    }

    fn written(letter: &Letter<'_>) -> String {
        String::from_utf8(courier().written(letter, letter.to.parse().unwrap()).unwrap()).unwrap()
    }

    const LETTER: Letter<'_> = Letter {
        to: "ann@example.org",
        message_id: "<0190b2c4-0000-7000-8000-000000000000@a-rather-long-host-name-of-a-portal.music.example.org>",
        date_ms: 1_800_000_000_000,
        subject: "Grüße\r\nBcc: all@example.org",
        text: "Zeile eins\n.\nZeile drei — fertig\n",
        html: "<p>ä</p>",
        list_unsubscribe: Some("https://music.example.org/opt-out/0123456789012345678901234567890123456789"),
    };

    #[test]
    fn a_mail_is_ascii_with_headers_of_their_own_lines() {
        let mail = written(&LETTER);
        let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
        assert!(mail.is_ascii() && !mail.replace("\r\n", "").contains(['\r', '\n']), "{mail}");
        assert!(mail.lines().all(|line| line.len() <= 998), "RFC 5322 §2.1.1");
        let names: Vec<_> = headers.lines().filter(|line| !line.starts_with(' ')).collect();
        assert!(!names.iter().any(|line| line.to_lowercase().starts_with("bcc")), "{headers}");
        for line in [
            "From: \"iRoam\" <music@example.org>",
            "To: ann@example.org",
            "Date: Fri, 15 Jan 2027 08:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ] {
            assert!(names.contains(&line) || names.contains(&line.replace('"', "").as_str()), "{line} in {headers}");
        }
        assert!(headers.contains(LETTER.message_id) && headers.contains(LETTER.list_unsubscribe.unwrap()), "{headers}");
    }

    #[test]
    fn a_sender_is_a_mailbox() {
        assert_eq!(Sender::parse(" iRoam <music@example.org> ").unwrap().domain(), "example.org");
        assert_eq!(Sender::parse("music@example.org").unwrap().domain(), "example.org");
        assert!(Sender::parse("iRoam").unwrap_err().to_string().contains("iRoam <music@example.org>"));
    }
}
