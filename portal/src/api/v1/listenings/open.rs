//! A player begins to listen.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};

use iroam_protocol::{
    portal::{Lease, NewListening},
    problem::Kind,
};
use iroam_store::{Listening, Open, Opened, Reason};

use crate::{
    api::v1::{grants::create, homes::rename::unknown},
    clock, entropy,
    failure::{Body, Failure},
    hub::Call,
    metrics,
    session::{self, Current, SignedIn},
    state::App,
    tokens::{self, Parties},
};

/// Lengths of an idempotency key, as the protocol says.
pub(crate) const KEY_CHARS: std::ops::RangeInclusive<usize> = 16..=64;

/// Opens a listening and holds the price of a minute. The same key gives the same listening again.
#[utoipa::path(post, path = "/listenings", request_body = NewListening, responses((status = 201, body = Lease)))]
pub(crate) async fn open(
    State(app): State<App>,
    SignedIn(current): SignedIn,
    headers: HeaderMap,
    Body(asked): Body<NewListening>,
) -> Result<(StatusCode, Json<Lease>), Failure> {
    if !KEY_CHARS.contains(&asked.idempotency_key.chars().count()) {
        return Err(Failure::field("idempotency_key", "Send 16 to 64 characters."));
    }
    create::own_home(&app, &current, asked.home).await?;
    create::register(&app, &current, asked.home, asked.player_peer).await?;
    let now_ms = clock::now_ms();
    let opened = app.store().open_listening(Open {
        id: entropy::row_id(now_ms),
        account: current.account.id,
        session: current.session,
        home: asked.home,
        player: asked.player_peer,
        idempotency_key: asked.idempotency_key,
        device: session::device_of(&headers),
        path: None,
        now_ms,
    });
    let listening = outcome(opened.await?)?;
    metrics::happened("listening_opened");
    Ok((StatusCode::CREATED, Json(lease(&app, &current, &listening).await?)))
}

fn outcome(opened: Opened) -> Result<Listening, Failure> {
    match opened {
        Opened::Ok(listening) => still_open(listening),
        Opened::TooMany(_) => Err(Failure::new(
            Kind::TooManyListenings,
            "Three players of your account are listening. Stop one of them, then press play again.",
        )),
        Opened::NoMinutes => Err(no_minutes()),
        Opened::NotYours => Err(unknown()),
        Opened::SignedOut => Err(Failure::unauthorized()),
        Opened::KeyReused => {
            Err(Failure::new(Kind::Conflict, "This key opened another listening. Send a fresh one.")
                .at("idempotency_key"))
        }
    }
}

/// The listening, unless it is closed.
///
/// # Errors
/// [`Kind::ListeningClosed`], or [`Kind::NoMinutes`] when that closed it.
pub(crate) fn still_open(listening: Listening) -> Result<Listening, Failure> {
    match listening.closed {
        None => Ok(listening),
        Some(Reason::NoMinutes) => Err(no_minutes()),
        Some(_) => Err(Failure::new(Kind::ListeningClosed, "This listening has ended. Press play to begin another.")),
    }
}

fn no_minutes() -> Failure {
    Failure::new(Kind::NoMinutes, "No minutes are left. Your account page says how to get more: /account/minutes")
}

/// The answer of open and heartbeat: a fresh grant up to the ceiling, and the way to the relay.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lease(app: &App, current: &Current, listening: &Listening) -> Result<Lease, Failure> {
    let now_ms = clock::now_ms();
    let now_s = now_ms / 1000;
    let parties = Parties { account: listening.account, home: listening.home, player: listening.player };
    let grant = tokens::listen(app, parties, listening.id, listening.ceil_ms, now_s)?;
    let relay = create::relay_access(app, current, listening.player, now_s).await?;
    app.hub().call(Call::Account(listening.account));
    Ok(listening.to_wire(grant.text, grant.exp_s * 1000, relay, now_ms))
}
