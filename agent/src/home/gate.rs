//! The one place that decides whether a request may pass: its method, its size, and its grant.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use iroam_protocol::{
    grant::{Grant, Scope},
    id::{ItemId, PeerId},
    path::Path,
    problem::Kind,
    token::{KeySet, TokenError},
};

use super::{
    Home,
    answer::{self, Refusal},
    peers::Peers,
};
use crate::deny::Subject;

/// The longest request body that is not refused outright: the home API reads none, so a polite client sends none.
const BODY_BYTES_MAX: u64 = 16 * 1024;
/// Plays on direct paths go on for so long past the end of a grant when the home itself has lost the portal.
pub const AWAY_GRACE_S: i64 = 600;

/// Who asks, as the transport knows it.
#[derive(Debug, Clone)]
pub enum Caller {
    /// The owner at this machine, let in by the local page's session.
    Local,
    /// A player on an authenticated connection.
    Peer {
        /// The player.
        peer: PeerId,
        /// How it reaches the home.
        path: Path,
        /// Is told of live grants.
        peers: Peers,
    },
}

/// What a request may do.
#[derive(Debug, Clone)]
pub enum Access {
    /// Everything, free.
    Local,
    /// What a grant says.
    Granted(Arc<Granted>),
}

/// A grant that was found valid.
#[derive(Debug)]
pub struct Granted {
    /// The grant.
    pub grant: Grant,
    /// How the player reaches the home.
    pub path: Path,
    /// What the deny list is asked.
    pub subject: Subject,
    /// Valid only because the portal is away: the ceiling is that much higher, in milliseconds.
    pub away_ms: u64,
}

impl Access {
    /// Whether library, covers of everything and search may be read.
    pub fn may_browse(&self) -> bool {
        match self {
            Self::Local => true,
            Self::Granted(granted) => matches!(granted.grant.scope, Scope::Browse | Scope::Listen),
        }
    }

    /// Whether facts of an item may be read.
    pub fn may_know(&self, item: &ItemId) -> bool {
        match self {
            Self::Local => true,
            Self::Granted(granted) => granted.grant.res.as_ref().is_none_or(|res| res.contains(item)),
        }
    }

    /// Whether an item's media may be read.
    pub fn may_play(&self, item: &ItemId) -> bool {
        let reads_media = match self {
            Self::Local => true,
            Self::Granted(granted) => granted.grant.reads_media(),
        };
        reads_media && self.may_know(item)
    }

    /// The tracks that all is limited to; `None` for the whole library.
    pub fn only(&self) -> Option<&[ItemId]> {
        match self {
            Self::Local => None,
            Self::Granted(granted) => granted.grant.res.as_deref(),
        }
    }

    /// The path of the request.
    pub fn path(&self) -> Path {
        match self {
            Self::Local => Path::Lan,
            Self::Granted(granted) => granted.path,
        }
    }

    /// Refuses grants for single items where the whole library is asked.
    ///
    /// # Errors
    /// The refusal.
    pub fn must_browse(&self) -> Result<(), Refusal> {
        if self.may_browse() {
            return Ok(());
        }
        Err(Refusal::new(Kind::Forbidden, "This grant is for single items, not for the whole library."))
    }
}

/// Lets a request pass with its [`Access`] among its extensions, or answers it.
pub async fn gate(State(home): State<Home>, mut request: Request, next: Next) -> Response {
    match admit(&home, &request) {
        Ok(access) => {
            request.extensions_mut().insert(access);
            next.run(request).await
        }
        Err(response) => *response,
    }
}

fn admit(home: &Home, request: &Request) -> Result<Access, Box<Response>> {
    let boxed = |refusal: Refusal| Box::new(refusal.into_response());
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        // The fallback for methods says the same; here it is said before any grant is looked at.
        let mut response = answer::problem(&Kind::MethodNotAllowed.problem("The home API is read with GET and HEAD."));
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
        return Err(Box::new(response));
    }
    if body_is_too_long(request.headers()) {
        return Err(boxed(Refusal::new(Kind::TooLarge, "The home API takes no request body.")));
    }
    let Some(activation) = home.activation() else {
        return Err(boxed(Refusal::new(Kind::NotActivated, "This home serves nothing before it is activated.")));
    };
    match request.extensions().get::<Caller>() {
        Some(Caller::Local) => Ok(Access::Local),
        Some(Caller::Peer { peer, path, peers }) => {
            let judge = Judge {
                keys: &activation.keys,
                home: home.id(),
                now_s: home.clock().now_s(),
                portal_is_away: home.portal_is_away(),
            };
            let granted = judge.granted(request.headers(), *peer, *path).map_err(boxed)?;
            if home.deny().denies(&granted.subject, judge.now_s) {
                return Err(boxed(Refusal::new(Kind::GrantRevoked, "This access was taken back.")));
            }
            peers.granted(*peer, &granted, home.clock().uptime_ms(), judge.now_s);
            Ok(Access::Granted(Arc::new(granted)))
        }
        None => Err(boxed(Refusal::new(Kind::Internal, "The caller is not known."))),
    }
}

fn body_is_too_long(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.is_some_and(|text| text.parse::<u64>().map_or(true, |bytes| bytes > BODY_BYTES_MAX))
}

/// What a grant is judged by.
struct Judge<'a> {
    keys: &'a KeySet,
    home: PeerId,
    now_s: i64,
    portal_is_away: bool,
}

impl Judge<'_> {
    fn granted(&self, headers: &HeaderMap, peer: PeerId, path: Path) -> Result<Granted, Refusal> {
        let text = bearer(headers).ok_or_else(|| {
            Refusal::new(Kind::Unauthorized, "A grant is needed: ask the portal for one, then send it as Bearer.")
        })?;
        let (grant, away_ms) = self.verify(text, &peer, path).map_err(|error| refusal(&error))?;
        let subject = Subject::of(&grant);
        Ok(Granted { grant, path, subject, away_ms })
    }

    fn verify(&self, text: &str, peer: &PeerId, path: Path) -> Result<(Grant, u64), TokenError> {
        match Grant::verify(text, self.keys, &self.home, peer, self.now_s) {
            Ok(grant) => Ok((grant, 0)),
            // A relayed path is gone with the portal; a direct one plays on for a while.
            Err(TokenError::Expired) if self.portal_is_away && path != Path::Relay => {
                let earlier_s = self.now_s - AWAY_GRACE_S;
                match Grant::verify(text, self.keys, &self.home, peer, earlier_s) {
                    Ok(grant) => Ok((grant.clone(), away_ms(&grant, self.now_s))),
                    // It began within the grace, so it was valid in between.
                    Err(TokenError::NotYetValid) => {
                        let claims: Grant = self.keys.verify(iroam_protocol::grant::GRANT_TYP, text)?;
                        let grant = Grant::verify(text, self.keys, &self.home, peer, claims.iat)?;
                        Ok((grant.clone(), away_ms(&grant, self.now_s)))
                    }
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }
}

/// The wall time since a grant ended, which the ceiling is raised by while the portal cannot raise it.
fn away_ms(grant: &Grant, now_s: i64) -> u64 {
    u64::try_from(now_s.saturating_sub(grant.exp)).unwrap_or(0).saturating_mul(1_000)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn refusal(error: &TokenError) -> Refusal {
    match error {
        TokenError::Expired => Refusal::new(Kind::GrantExpired, "This grant has expired. Ask the portal for another."),
        TokenError::NotYetValid => Refusal::new(
            Kind::ClockSkew,
            "This grant is from the future: the clocks of home and portal differ. The home follows the portal's clock \
             as soon as it reaches it.",
        ),
        TokenError::Audience => Refusal::new(Kind::GrantRefused, "This grant is for another home."),
        TokenError::Holder => Refusal::new(Kind::GrantRefused, "This grant is bound to another player."),
        TokenError::Signature => Refusal::new(Kind::GrantRefused, "This grant is not signed by this home's portal."),
        TokenError::Malformed(_) => Refusal::new(Kind::GrantRefused, "This is no grant."),
    }
}
