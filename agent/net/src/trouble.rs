//! What went wrong with the relay, in plain words that say what to do.

use std::{error::Error, fmt, io};

use libp2p::{relay::outbound::hop::ConnectError, swarm::DialError};

use crate::node::OpenError;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Its kind, for whoever decides by it.
    pub kind: TroubleKind,
    text: String,
}

/// Kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// The portal named no address that can be dialled.
    Address,
    /// Nothing answers there.
    Unreachable,
    /// TLS failed: an unknown authority, another name, an expired certificate.
    Tls,
    /// This machine's clock is wrong, or a certificate's time is over.
    Clock,
    /// Something answers that is no relay.
    NoRelay,
    /// Another relay than the portal named.
    OtherRelay,
    /// The relay refused the admission.
    Refused,
    /// The relay gave no reservation.
    Reservation,
    /// The connection was lost.
    Lost,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Trouble {
    pub(crate) fn new(kind: TroubleKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// The relay's own words.
    pub(crate) fn refused(reason: &str) -> Self {
        Self::new(TroubleKind::Refused, format!("the relay refused this machine: {reason}"))
    }

    /// A dial that failed; `host` names where to.
    pub(crate) fn of_dial(error: &DialError, host: &str) -> Self {
        match error {
            DialError::WrongPeerId { .. } => {
                Self::new(TroubleKind::OtherRelay, format!("{host} is another relay than the portal named"))
            }
            DialError::Transport(errors) => {
                let known = errors.iter().find_map(|(_, error)| of_cause(error, host));
                known.unwrap_or_else(|| {
                    Self::new(TroubleKind::Unreachable, format!("{host} cannot be reached: {}", last(error)))
                })
            }
            other => Self::new(TroubleKind::Unreachable, format!("{host} cannot be reached: {other}")),
        }
    }
}

/// What a failed dial through the relay means for whoever wanted a stream.
pub(crate) fn of_circuit(error: &DialError) -> OpenError {
    let DialError::Transport(errors) = error else { return OpenError::Unreachable(error.to_string()) };
    let refusal = errors.iter().find_map(|(_, error)| find::<ConnectError>(error));
    match refusal {
        Some(ConnectError::PermissionDenied) => OpenError::NotAllowed,
        Some(ConnectError::NoReservation | ConnectError::ConnectionFailed) => OpenError::HomeOffline,
        Some(ConnectError::ResourceLimitExceeded) => OpenError::Busy,
        _ => OpenError::Unreachable(last(error)),
    }
}

fn of_cause(error: &(dyn Error + 'static), host: &str) -> Option<Trouble> {
    causes(error).find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Some(of_tls(error, host));
        }
        // `soketto` has no type of its own for this in the chain that reaches us.
        let text = cause.to_string();
        if text.contains("rejected handshake") || text.contains("Sec-WebSocket") || text.contains("header") {
            let text = format!("{host} answers, but not as iRoam's relay ({text}); is the portal's address right?");
            return Some(Trouble::new(TroubleKind::NoRelay, text));
        }
        cause.downcast_ref::<io::Error>().and_then(|error| of_io(error, host))
    })
}

fn of_tls(error: &rustls::Error, host: &str) -> Trouble {
    use rustls::CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => Trouble::new(
            TroubleKind::Tls,
            format!(
                "the certificate of {host} is signed by an authority that this machine does not know; name it with --ca"
            ),
        ),
        rustls::Error::InvalidCertificate(
            Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. },
        ) => Trouble::new(
            TroubleKind::Clock,
            format!(
                "the certificate of {host} is not valid at this time; check the clock of this machine, then the certificate"
            ),
        ),
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            Trouble::new(TroubleKind::Tls, format!("the certificate of {host} is for another name"))
        }
        other => Trouble::new(TroubleKind::Tls, format!("no secure connection to {host}: {other}")),
    }
}

fn of_io(error: &io::Error, host: &str) -> Option<Trouble> {
    let text = match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("nothing answers at {host}; is the portal running?"),
        io::ErrorKind::TimedOut => format!("{host} does not answer in time; does a firewall stand in between?"),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            format!("there is no way to {host}; is this machine connected to the network?")
        }
        io::ErrorKind::NotFound => error.to_string(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => format!("{host} hung up"),
        _ => return None,
    };
    Some(Trouble::new(TroubleKind::Unreachable, text))
}

/// The deepest cause of the first address, which says most.
fn last(error: &DialError) -> String {
    let DialError::Transport(errors) = error else { return error.to_string() };
    errors.first().map_or_else(|| error.to_string(), |(_, error)| deepest(error))
}

/// The deepest cause of an error, in its own words.
pub(crate) fn deepest(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref::<E>())
}

/// An error, and all that caused it. `io::Error` hides the error that it wraps from `source`, so it is asked first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn Error + 'static) = *error;
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
    })
}
