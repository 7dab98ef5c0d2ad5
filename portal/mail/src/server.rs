//! The mail server as the operator names it: `smtps://user:password@host:465`, `smtp://host:587`, `smtp://host:25?tls=none`.

use std::fmt;

use url::{Host, Url};

/// SMTP over TLS from the first byte (RFC 8314 §3.3).
const SUBMISSIONS_PORT: u16 = 465;
/// Submission, secured by STARTTLS (RFC 6409).
const SUBMISSION_PORT: u16 = 587;
/// Plain SMTP (RFC 5321), for a server on this machine.
const SMTP_PORT: u16 = 25;

/// Where mails are handed over, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) login: Option<Login>,
}

/// What protects the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS by STARTTLS, and no mail without it.
    StartTls,
    /// Nothing.
    None,
}

/// User and password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// Why an address is none of a mail server. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadServer {
    /// Not a URL of the known form.
    #[error(
        "the mail server's address is not one. Write smtps://user:password@host:465, smtp://host:587, or \
         smtp://localhost:25; characters such as @ and / in user or password are percent-encoded"
    )]
    Form,
    /// An unknown `tls=`.
    #[error("in the mail server's address, tls can be required or none, such as smtp://host:25?tls=none")]
    Tls,
    /// A password would travel in the open.
    #[error(
        "the mail server's address has a password and no TLS: it would travel in the open. Use smtps://, or leave out \
         tls=none"
    )]
    OpenPassword,
    /// User without password, or the other way round.
    #[error("the mail server's address needs both, user and password, or neither")]
    HalfLogin,
}

impl Server {
    /// Reads an address. Without `tls=`, `smtp://` means STARTTLS, except on this very machine.
    ///
    /// # Errors
    /// [`BadServer`]; it never repeats the address, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, BadServer> {
        let url = Url::parse(text.trim()).map_err(|_| BadServer::Form)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(BadServer::Form)?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(BadServer::Form);
        }
        let loopback = is_loopback(host);
        let security = match (url.scheme(), tls_of(&url)?) {
            ("smtps", None | Some(true)) => Security::Tls,
            ("smtp", Some(true)) => Security::StartTls,
            ("smtp", Some(false)) => Security::None,
            ("smtp", None) if loopback => Security::None,
            ("smtp", None) => Security::StartTls,
            ("smtps", Some(false)) => return Err(BadServer::Tls),
            _ => return Err(BadServer::Form),
        };
        let login = login_of(&url)?;
        if login.is_some() && security == Security::None && !loopback {
            return Err(BadServer::OpenPassword);
        }
        let port = url.port().unwrap_or(match security {
            Security::Tls => SUBMISSIONS_PORT,
            Security::StartTls => SUBMISSION_PORT,
            Security::None => SMTP_PORT,
        });
        Ok(Self { host: host.trim_matches(['[', ']']).to_owned(), port, security, login })
    }
}

// Without the password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, security, .. } = self;
        write!(f, "Server({host}:{port}, {security:?})")
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// `?tls=`: required, none, or not said.
fn tls_of(url: &Url) -> Result<Option<bool>, BadServer> {
    let mut tls = None;
    for (key, value) in url.query_pairs() {
        tls = match (&*key, &*value) {
            ("tls", "required") => Some(true),
            ("tls", "none") => Some(false),
            ("tls", _) => return Err(BadServer::Tls),
            _ => return Err(BadServer::Form),
        };
    }
    Ok(tls)
}

fn login_of(url: &Url) -> Result<Option<Login>, BadServer> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(BadServer::HalfLogin),
        (user, Some(password)) => {
            let decoded = |text: &str| {
                let text = percent_encoding::percent_decode_str(text).decode_utf8();
                text.map(std::borrow::Cow::into_owned).map_err(|_| BadServer::Form)
            };
            Ok(Some(Login { user: decoded(user)?, password: decoded(password)? }))
        }
    }
}

// Hosts of schemes that the URL standard does not know are opaque; they are read once more.
fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(ip)) => ip.is_loopback(),
        Ok(Host::Ipv6(ip)) => ip.is_loopback(),
        Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> (String, u16, Security) {
        let Server { host, port, security, .. } = Server::parse(text).unwrap();
        (host, port, security)
    }

    #[test]
    fn a_server_is_read_with_the_usual_ports_and_tls_unless_it_is_here() {
        assert_eq!(server("smtps://mail.example.org"), ("mail.example.org".into(), 465, Security::Tls));
        assert_eq!(server("smtp://mail.example.org"), ("mail.example.org".into(), 587, Security::StartTls));
        assert_eq!(server("smtp://mail.example.org:25?tls=none"), ("mail.example.org".into(), 25, Security::None));
        assert_eq!(server("smtp://localhost"), ("localhost".into(), 25, Security::None));
        assert_eq!(server("smtp://127.0.0.1:1025"), ("127.0.0.1".into(), 1025, Security::None));
        assert_eq!(server("smtp://[::1]:1025?tls=required"), ("::1".into(), 1025, Security::StartTls));
    }

    #[test]
    fn a_password_is_read_and_never_shown() {
        let server = Server::parse("smtps://ann%40example.org:p%2Fw%C3%A4@mail.example.org").unwrap();
        let login = server.login.as_ref().unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str()), ("ann@example.org", "p/wä"));
        assert!(!format!("{server:?} {server}").contains("p/w"));
    }

    #[test]
    fn what_is_wrong_is_said_without_repeating_it() {
        for (text, error) in [
            ("mail.example.org", BadServer::Form),
            ("https://mail.example.org", BadServer::Form),
            ("smtp://", BadServer::Form),
            ("smtp://host/path", BadServer::Form),
            ("smtp://host?ssl=1", BadServer::Form),
            ("smtp://host?tls=maybe", BadServer::Tls),
            ("smtps://host?tls=none", BadServer::Tls),
            ("smtp://ann:secret@host?tls=none", BadServer::OpenPassword),
            ("smtps://ann@host", BadServer::HalfLogin),
        ] {
            let found = Server::parse(text).unwrap_err();
            assert_eq!(found, error, "{text}");
            assert!(!found.to_string().contains("secret"));
        }
    }
}
