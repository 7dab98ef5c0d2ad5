//! A visitor listens: the lease of every listening, at the sender's cost.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use iroam_protocol::{
    id::RowId,
    portal::Lease,
    problem::Kind,
    shares::{CloseShared, NewSharedListening, SharedHeartbeat},
};
use iroam_store::{Beat, Beaten, Listening, OpenShared, OpenedShared, Reason};

use super::{gone, guessed, visitor};
use crate::{
    address::ClientAddress,
    api::v1::listenings::{heartbeat::reported_path, open::KEY_CHARS},
    clock,
    device_label::device_label,
    entropy,
    failure::{Body, Failure, Segment},
    hub::Call,
    metrics,
    shares::secret_hash,
    state::App,
    tokens::{self, Visit},
};

/// What a visitor is told of the balance: nothing that the sender's money could be read from.
const BALANCE_MS: u64 = 3_600_000;

/// Opens a listening by a link and holds the price of a minute. The same key gives the same listening again.
#[utoipa::path(
    post, path = "/shared/listenings", operation_id = "shared_listen", request_body = NewSharedListening,
    responses((status = 201, body = Lease))
)]
pub(crate) async fn open(
    State(app): State<App>,
    address: ClientAddress,
    headers: HeaderMap,
    Body(asked): Body<NewSharedListening>,
) -> Result<(StatusCode, Json<Lease>), Failure> {
    if !KEY_CHARS.contains(&asked.idempotency_key.chars().count()) {
        return Err(Failure::field("idempotency_key", "Send 16 to 64 characters."));
    }
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let now_ms = clock::now_ms();
    let opened = app.store().open_shared_listening(OpenShared {
        id: entropy::row_id(now_ms),
        public_id: asked.share,
        secret: secret_hash(&asked.secret),
        player: asked.player_peer,
        idempotency_key: asked.idempotency_key,
        device: device_label(user_agent),
        now_ms,
    });
    let listening = match opened.await? {
        OpenedShared::Gone => return Err(guessed(&app, address)),
        opened => outcome(opened)?,
    };
    metrics::happened("share_listening_opened");
    Ok((StatusCode::CREATED, Json(lease(&app, &listening).await?)))
}

/// Renews a visitor's lease. Repeats are harmless.
#[utoipa::path(
    post, path = "/shared/listenings/{id}/heartbeat", operation_id = "shared_heartbeat",
    params(("id" = RowId, Path,)), request_body = SharedHeartbeat, responses((status = 200, body = Lease))
)]
pub(crate) async fn heartbeat(
    State(app): State<App>,
    address: ClientAddress,
    Segment(id): Segment<RowId>,
    Body(asked): Body<SharedHeartbeat>,
) -> Result<Json<Lease>, Failure> {
    let known = own(&app, address, id, (&asked.share, &asked.secret)).await?;
    let path = asked.path_report.as_deref().and_then(|report| reported_path(report, &known));
    let SharedHeartbeat { seq, played_ms, buffered_ms, playing, .. } = asked;
    let beat = Beat { seq, played_ms, buffered_ms, playing, path };
    let listening = match app.store().heartbeat(id, known.account, beat, clock::now_ms()).await? {
        Beaten::Ok(listening) | Beaten::Closed(listening) => still_open(listening)?,
        Beaten::Unknown => return Err(unknown()),
    };
    Ok(Json(lease(&app, &listening).await?))
}

/// Closes a visitor's listening; also for beacons.
#[utoipa::path(
    post, path = "/shared/listenings/{id}/close", operation_id = "shared_close",
    params(("id" = RowId, Path,)), request_body = CloseShared, responses((status = 204))
)]
pub(crate) async fn close(
    State(app): State<App>,
    address: ClientAddress,
    Segment(id): Segment<RowId>,
    Body(asked): Body<CloseShared>,
) -> Result<StatusCode, Failure> {
    let known = own(&app, address, id, (&asked.share, &asked.secret)).await?;
    app.store().close_listening(id, known.account, Some(asked.played_ms), clock::now_ms()).await?;
    app.hub().call(Call::Home(known.home));
    app.hub().call(Call::Account(known.account));
    Ok(StatusCode::NO_CONTENT)
}

/// A listening of the link's visitors. One of a link that is over ends here at the latest.
async fn own(
    app: &App,
    address: ClientAddress,
    id: RowId,
    (share, secret): (&str, &str),
) -> Result<Listening, Failure> {
    let visitor = visitor(app, address, share, secret).await?;
    let known = app.store().listening(id).await?.filter(|known| known.share == Some(visitor.share));
    let known = known.ok_or_else(unknown)?;
    if visitor.is_over {
        app.store().end_visit(id, known.account, clock::now_ms()).await?;
        app.hub().call(Call::Home(known.home));
        return Err(gone());
    }
    Ok(known)
}

fn outcome(opened: OpenedShared) -> Result<Listening, Failure> {
    match opened {
        OpenedShared::Ok(listening) => still_open(listening),
        OpenedShared::Gone => Err(gone()),
        OpenedShared::Busy => Err(Failure::new(
            Kind::ShareBusy,
            "As many people as this link admits listen just now. Try again when one of them has finished.",
        )),
        OpenedShared::NoMinutes => Err(out_of_minutes()),
        OpenedShared::KeyReused => {
            Err(Failure::new(Kind::Conflict, "This key opened another listening. Send a fresh one.")
                .at("idempotency_key"))
        }
    }
}

fn still_open(listening: Listening) -> Result<Listening, Failure> {
    match listening.closed {
        None => Ok(listening),
        Some(Reason::NoMinutes) => Err(out_of_minutes()),
        Some(Reason::ShareEnded) => Err(gone()),
        Some(_) => Err(Failure::new(Kind::ListeningClosed, "This listening has ended. Press play to begin another.")),
    }
}

fn out_of_minutes() -> Failure {
    Failure::new(
        Kind::SenderOutOfMinutes,
        "Whoever shared this has no listening time left at the moment. It plays again when they have more.",
    )
}

fn unknown() -> Failure {
    Failure::new(Kind::NotFound, "This link has no such listening.")
}

/// The answer of open and heartbeat: as for the owner, without anything of the owner's money.
async fn lease(app: &App, listening: &Listening) -> Result<Lease, Failure> {
    let (now_ms, share) = (clock::now_ms(), listening.share.ok_or_else(unknown)?);
    let items = app.store().share_items(share).await?.ok_or_else(gone)?;
    let visit = Visit { share, home: listening.home, player: listening.player, items };
    let grant = tokens::visit(app, visit, Some((listening.id, listening.ceil_ms)), now_ms / 1_000)?;
    let relay = tokens::relay_for_player(app, listening.player, vec![listening.home], now_ms / 1_000)?;
    app.hub().call(Call::Account(listening.account));
    let mut lease = listening.to_wire(grant.text, grant.exp_s * 1000, relay, now_ms);
    lease.price_micros = 0;
    lease.balance_ms = if lease.r#final { 0 } else { BALANCE_MS };
    Ok(lease)
}
