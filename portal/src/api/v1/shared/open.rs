//! What a link opens. Mail scanners open links too: nothing is counted and nothing costs here.

use axum::{Json, extract::State};
use iroam_protocol::{
    grant::Scope,
    portal::Access,
    shares::{OpenShared, Shared},
};
use iroam_store::{Content, shown_name};

use super::guessed;
use crate::{
    address::ClientAddress,
    clock,
    failure::{Body, Failure},
    metrics,
    shares::secret_hash,
    state::App,
    tokens::{self, Visit},
};

/// Opens a link for a tab: what there is to hear, and a grant for its covers.
#[utoipa::path(post, path = "/shared/open", request_body = OpenShared, responses((status = 200, body = Shared)))]
pub(crate) async fn open(
    State(app): State<App>,
    address: ClientAddress,
    Body(asked): Body<OpenShared>,
) -> Result<Json<Shared>, Failure> {
    let (now_ms, secret) = (clock::now_ms(), secret_hash(&asked.secret));
    let content = app.store().open_share(&asked.share, secret, asked.player_peer, now_ms).await?;
    let content = content.ok_or_else(|| guessed(&app, address))?;
    metrics::happened("share_opened");
    let visit = Visit {
        share: content.share,
        home: content.home,
        player: asked.player_peer,
        items: content.items.iter().map(|item| item.track).collect(),
    };
    let access = access(&app, visit, now_ms / 1_000)?;
    Ok(Json(shown(content, &app, access)))
}

fn access(app: &App, visit: Visit, now_s: i64) -> Result<Access, Failure> {
    let relay = tokens::relay_for_player(app, visit.player, vec![visit.home], now_s)?;
    let grant = tokens::visit(app, visit, None, now_s)?;
    let expires_ms = (grant.exp_s * 1000).min(relay.expires_ms);
    Ok(Access { grant: grant.text, scope: Scope::Share, expires_ms, relay, time_ms: clock::now_ms() })
}

fn shown(content: Content, app: &App, access: Access) -> Shared {
    Shared {
        sender_name: shown_name(content.sender_name.as_deref(), &content.sender_email).to_owned(),
        home_online: app.hub().is_online(&content.home),
        title: content.title,
        subtitle: content.subtitle,
        kind: content.kind,
        cover: content.cover,
        note: content.note,
        items: content.items,
        home: content.home,
        last_seen_ms: content.last_seen_ms,
        expires_ms: content.expires_ms,
        plays_left: content.plays_left,
        can_play: content.obstacle.is_none(),
        reason: content.obstacle,
        access,
    }
}
