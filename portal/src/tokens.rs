//! What the portal signs: grants for players, admissions for the relay.

use iroam_protocol::{
    grant::{BROWSE_LIFE_S, Confirmation, Grant, LISTEN_LIFE_S, RELAY_LIFE_S, RelayAdmission, Scope},
    id::{ItemId, PeerId, RowId},
    portal::RelayAccess,
    token::TokenError,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{entropy, state::App};

/// A signed grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The token.
    pub(crate) text: String,
    /// Its unique id.
    pub(crate) jti: String,
    /// When it ends, Unix seconds.
    pub(crate) exp_s: i64,
}

/// Who may do what where: the account's player at one of its homes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parties {
    /// The account.
    pub(crate) account: RowId,
    /// The home.
    pub(crate) home: PeerId,
    /// The tab.
    pub(crate) player: PeerId,
}

/// Who visits by a share.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The share.
    pub(crate) share: RowId,
    /// The home that has the items.
    pub(crate) home: PeerId,
    /// The tab.
    pub(crate) player: PeerId,
    /// The tracks.
    pub(crate) items: Vec<ItemId>,
}

/// A grant to browse.
///
/// # Errors
/// [`TokenError`], never for claims of ours.
pub(crate) fn browse(app: &App, parties: Parties, now_s: i64) -> Result<Signed, TokenError> {
    sign(app, granted(app, parties, Scope::Browse, now_s))
}

/// A grant to listen, up to a ceiling.
///
/// # Errors
/// [`TokenError`], never for claims of ours.
pub(crate) fn listen(app: &App, parties: Parties, lst: RowId, ceil_ms: u64, now_s: i64) -> Result<Signed, TokenError> {
    sign(app, Grant { lst: Some(lst), ceil_ms: Some(ceil_ms), ..granted(app, parties, Scope::Listen, now_s) })
}

/// A grant for the items of a share: their facts and covers, and their media up to the ceiling of a listening.
///
/// # Errors
/// [`TokenError`], never for claims of ours.
pub(crate) fn visit(app: &App, visit: Visit, lease: Option<(RowId, u64)>, now_s: i64) -> Result<Signed, TokenError> {
    let Visit { share, home, player, items } = visit;
    // A visitor has no account; the share stands for it, so that visitors of two shares are two strangers.
    let claims = granted(app, Parties { account: share, home, player }, Scope::Share, now_s);
    let exp = now_s + if lease.is_some() { LISTEN_LIFE_S } else { BROWSE_LIFE_S };
    let (lst, ceil_ms) = lease.unzip();
    sign(app, Grant { lst, ceil_ms, exp, shr: Some(share), res: Some(items), ..claims })
}

/// The claims of a grant without a lease.
fn granted(app: &App, parties: Parties, scope: Scope, now_s: i64) -> Grant {
    let life_s = if scope == Scope::Browse { BROWSE_LIFE_S } else { LISTEN_LIFE_S };
    Grant {
        iss: app.public_url().origin().into(),
        aud: parties.home,
        sub: app.keys().pseudonym(&parties.account, &parties.home),
        cnf: Confirmation { peer: parties.player },
        scope,
        lst: None,
        ceil_ms: None,
        shr: None,
        res: None,
        iat: now_s,
        exp: now_s + life_s,
        jti: URL_SAFE_NO_PAD.encode(entropy::bytes::<12>()),
    }
}

fn sign(app: &App, grant: Grant) -> Result<Signed, TokenError> {
    let text = grant.sign(app.keys().signing())?;
    Ok(Signed { text, jti: grant.jti, exp_s: grant.exp })
}

/// Relays for a player, which may reach `homes`.
///
/// # Errors
/// [`TokenError`], never for claims of ours.
pub(crate) fn relay_for_player(
    app: &App,
    player: PeerId,
    homes: Vec<PeerId>,
    now_s: i64,
) -> Result<RelayAccess, TokenError> {
    relay(app, RelayUse { peer: player, homes, reserve: false }, now_s)
}

/// Relays for a home, which may be reached.
///
/// # Errors
/// [`TokenError`], never for claims of ours.
pub(crate) fn relay_for_home(app: &App, home: PeerId, now_s: i64) -> Result<RelayAccess, TokenError> {
    relay(app, RelayUse { peer: home, homes: Vec::new(), reserve: true }, now_s)
}

struct RelayUse {
    peer: PeerId,
    homes: Vec<PeerId>,
    reserve: bool,
}

fn relay(app: &App, RelayUse { peer, homes, reserve }: RelayUse, now_s: i64) -> Result<RelayAccess, TokenError> {
    let exp = now_s + RELAY_LIFE_S;
    let admission = RelayAdmission { iss: app.public_url().origin().into(), peer, homes, reserve, iat: now_s, exp };
    let addr = format!("{}/p2p/{}", app.public_url().relay_addr(), app.relay().peer_id());
    let token = admission.sign(app.keys().signing())?;
    let stun = app.config().stun_listen.map(|address| app.public_url().stun_uri(address.port())).into_iter().collect();
    Ok(RelayAccess { token, addrs: vec![addr], stun, expires_ms: exp * 1000 })
}
