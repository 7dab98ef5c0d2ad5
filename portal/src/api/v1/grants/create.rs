//! A browse grant for a tab.

use axum::{Json, extract::State};
use iroam_protocol::{
    grant::Scope,
    id::PeerId,
    portal::{Access, NewGrant, RelayAccess},
    problem::Kind,
};
use iroam_store::Registered;

use crate::{
    api::v1::homes::rename::unknown,
    clock,
    failure::{Body, Failure},
    metrics,
    session::{Current, SignedIn},
    state::App,
    tokens::{self, Parties},
};

/// Grants a tab of the signed-in account to browse one of its homes, and registers the tab's key.
#[utoipa::path(post, path = "/grants", request_body = NewGrant, responses((status = 200, body = Access)))]
pub(crate) async fn create(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    Body(asked): Body<NewGrant>,
) -> Result<Json<Access>, Failure> {
    own_home(&app, &current, asked.home).await?;
    register(&app, &current, asked.home, asked.player_peer).await?;
    let now_s = clock::now_s();
    let parties = Parties { account: current.account.id, home: asked.home, player: asked.player_peer };
    let grant = tokens::browse(&app, parties, now_s)?;
    let relay = relay_access(&app, &current, asked.player_peer, now_s).await?;
    metrics::happened("grant_browse");
    let expires_ms = (grant.exp_s * 1000).min(relay.expires_ms);
    Ok(Json(Access { grant: grant.text, scope: Scope::Browse, expires_ms, relay, time_ms: clock::now_ms() }))
}

/// A home of the signed-in account; one of somebody else answers as if it did not exist.
///
/// # Errors
/// [`Kind::NotFound`].
pub(crate) async fn own_home(app: &App, current: &Current, home: PeerId) -> Result<(), Failure> {
    let record = app.store().home(home).await?.filter(|record| record.account == current.account.id);
    record.map(drop).ok_or_else(unknown)
}

/// Ties a tab's key to the session, so that signing out takes it away.
///
/// # Errors
/// [`Kind::Conflict`] when the key is of another session, [`Kind::Unauthorized`] when this one has ended meanwhile.
pub(crate) async fn register(app: &App, current: &Current, home: PeerId, player: PeerId) -> Result<(), Failure> {
    match app.store().register_player(player, current.session, current.account.id, home, clock::now_ms()).await? {
        Registered::Ok => Ok(()),
        Registered::OtherSession => Err(Failure::new(
            Kind::Conflict,
            "This tab's key belongs to another session. Reload the page: a tab makes a fresh key when it starts.",
        )),
        Registered::SignedOut => Err(Failure::unauthorized()),
    }
}

/// Relay admission for a tab: it may reach every home of its account.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn relay_access(
    app: &App,
    current: &Current,
    player: PeerId,
    now_s: i64,
) -> Result<RelayAccess, Failure> {
    let homes = app.store().homes(current.account.id).await?.iter().map(|home| home.peer).collect();
    Ok(tokens::relay_for_player(app, player, homes, now_s)?)
}
