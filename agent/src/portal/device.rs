//! Activation by the device flow (RFC 8628): a code that the owner approves in a browser.

use std::time::Duration;

use iroam_protocol::{activation, id::PeerId, portal};
use serde::Deserialize;

use super::{Client, Error};
use crate::activation::Activation;

/// The answer to one poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The person said yes.
    Activated(Box<portal::Activation>),
    /// Not yet.
    Pending,
    /// Not yet, and ask less often.
    SlowDown,
    /// The person said no, or too many wrong codes were tried.
    Denied,
    /// The code is too old.
    Expired,
}

impl Answer {
    /// Reads the error of RFC 8628 §3.5; `None` when it is none.
    pub(super) fn of_error(bytes: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            error: String,
        }
        match serde_json::from_slice::<Body>(bytes).ok()?.error.as_str() {
            "authorization_pending" => Some(Self::Pending),
            "slow_down" => Some(Self::SlowDown),
            "access_denied" => Some(Self::Denied),
            "expired_token" => Some(Self::Expired),
            _ => None,
        }
    }
}

/// What the person needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The address to open.
    pub url: String,
    /// The same with the code in it: for a link and the QR.
    pub url_complete: String,
    /// The code, to compare or to type.
    pub code: String,
    /// The words to pick.
    pub words: String,
}

impl Invitation {
    fn new(home: &PeerId, authorized: &portal::DeviceAuthorized) -> Self {
        Self {
            url: authorized.verification_uri.clone(),
            url_complete: authorized.verification_uri_complete.clone(),
            code: authorized.user_code.clone(),
            words: activation::fingerprint(home).join(" "),
        }
    }
}

/// RFC 8628 §3.5: five seconds more after `slow_down`.
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// What a portal may ask for as interval and life; anything else is a mistake.
const INTERVAL_S: std::ops::RangeInclusive<u64> = 1..=60;
/// See [`INTERVAL_S`].
const LIFE_S: std::ops::RangeInclusive<u64> = 30..=3_600;

/// How asking ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The home is activated.
    Activated(Activation),
    /// The person said no.
    Denied,
    /// Nobody answered in time.
    Expired,
}

/// Asks for a code, shows it, and waits for the person. Cancel-safe: dropping it leaves a code that dies by itself.
///
/// # Errors
/// An [`Error`] of the first request; later ones are told by `trouble` and tried again while the code lives.
pub async fn activate(
    client: &Client,
    name: &str,
    mut show: impl FnMut(Invitation),
    mut trouble: impl FnMut(&Error),
) -> Result<Outcome, Error> {
    let authorized = client.authorize(name).await?;
    show(Invitation::new(&client.home(), &authorized));
    let life = Duration::from_secs(authorized.expires_in.clamp(*LIFE_S.start(), *LIFE_S.end()));
    let mut interval = Duration::from_secs(authorized.interval.clamp(*INTERVAL_S.start(), *INTERVAL_S.end()));
    let asking = async {
        loop {
            tokio::time::sleep(interval).await;
            match client.token(&authorized.device_code).await {
                Ok(Answer::Activated(activation)) => return Outcome::Activated(pinned(client, *activation)),
                Ok(Answer::Pending) => {}
                Ok(Answer::SlowDown) => interval += SLOW_DOWN,
                Ok(Answer::Denied) => return Outcome::Denied,
                Ok(Answer::Expired) => return Outcome::Expired,
                Err(error) => trouble(&error),
            }
        }
    };
    Ok(tokio::time::timeout(life, asking).await.unwrap_or(Outcome::Expired))
}

fn pinned(client: &Client, activation: portal::Activation) -> Activation {
    client.clock.follow(activation.time_ms);
    Activation {
        portal: client.portal().to_owned(),
        account_email: activation.account_email,
        name: activation.name,
        keys: activation.keys,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_of_rfc_8628_are_read() {
        let read = |error: &str| Answer::of_error(format!(r#"{{"error":"{error}"}}"#).as_bytes());
        assert_eq!(read("authorization_pending"), Some(Answer::Pending));
        assert_eq!(read("slow_down"), Some(Answer::SlowDown));
        assert_eq!(read("access_denied"), Some(Answer::Denied));
        assert_eq!(read("expired_token"), Some(Answer::Expired));
        assert_eq!(read("invalid_grant"), None);
        assert_eq!(Answer::of_error(b"<html>"), None);
    }
}
