//! The local page on loopback: what the home does, the player, and the home API for it. Everything passes
//! [`guard`] first.

pub mod guard;
pub mod page;
pub mod player;
pub mod status;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router,
    extract::{Path, Request, State},
    http::{StatusCode, Uri},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use iroam_protocol::problem::Kind;
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::home::{Home, answer, gate::Caller, serve};
use guard::Guard;
use status::Board;

/// Connections at once: a browser opens six per page.
const CONNECTIONS_MAX: usize = 64;
/// A pause after a failed accept, when the process has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// What the owner asks the running agent to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Remove this home from its account.
    Logout,
}

/// What the page works with; clones share it.
#[derive(Clone)]
pub struct Local {
    /// The home API's home.
    pub home: Home,
    /// The state to show.
    pub board: Arc<Board>,
    /// The page's session.
    pub guard: Arc<Guard>,
    /// Takes orders.
    pub orders: mpsc::Sender<Order>,
}

impl Local {
    fn router(&self) -> Router {
        let home_api = self.home.router().layer(Extension(Caller::Local));
        Router::new()
            .route("/", get(page::page))
            .route("/local/style.css", get(page::style))
            .route("/local/status", get(status::status))
            .route("/local/scan", post(scan))
            .route("/local/logout", post(logout))
            .route("/api/v1/boot", get(boot))
            .route("/player", get(async || axum::response::Redirect::permanent("/player/")))
            .route("/player/", get(player::index))
            .route("/player/{*path}", get(player::file))
            .route("/sw.js", get(player::worker))
            .route("/home/{home}/{*path}", axum::routing::any(home_request))
            .fallback(async || answer::problem(&Kind::NotFound.problem("There is nothing at this address.")))
            .method_not_allowed_fallback(answer::method_not_allowed)
            .layer(Extension(HomeApi(home_api)))
            .layer(middleware::from_fn_with_state(self.guard.clone(), guard::guard))
            .layer(middleware::map_response(answer::finish))
            .with_state(self.clone())
    }
}

/// The home API's router, among the extensions of a request.
#[derive(Clone)]
struct HomeApi(Router);

/// Serves the page until `cancel`.
pub async fn serve(local: Local, listener: TcpListener, cancel: CancellationToken) {
    let router = local.router();
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = accept(&listener, &room) => {
                let Some((socket, permit)) = accepted else { continue };
                let (router, cancel) = (router.clone(), cancel.child_token());
                connections.spawn(async move {
                    serve::connection(router, socket, false, cancel).await;
                    drop(permit);
                });
            }
            Some(_) = connections.join_next() => {}
            () = cancel.cancelled() => break,
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((socket, _)) => {
            // Small answers go out at once.
            let _ = socket.set_nodelay(true);
            Some((socket, permit))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection to the local page cannot be taken");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// The home API under this home's own id, for the player on this machine.
async fn home_request(
    State(local): State<Local>,
    Extension(HomeApi(router)): Extension<HomeApi>,
    Path((home, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    if home != local.home.id().to_string() {
        return answer::problem(&Kind::NotFound.problem("This machine is another home."));
    }
    let (parts, body) = request.into_parts();
    let rest = parts.uri.path_and_query().and_then(|all| all.as_str().strip_prefix(&format!("/home/{home}")));
    let Some(uri) = rest.and_then(|rest| rest.parse::<Uri>().ok()) else {
        return answer::problem(&Kind::BadRequest.problem("The address cannot be read."));
    };
    // A request of its own: what the outer router noted in the extensions is not for the inner one.
    let mut inner = Request::new(body);
    *inner.method_mut() = parts.method;
    *inner.uri_mut() = uri;
    *inner.headers_mut() = parts.headers;
    match router.oneshot(inner).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// `GET /api/v1/boot`: tells the player where it runs.
async fn boot(State(local): State<Local>) -> Json<serde_json::Value> {
    let name = local.home.activation().map(|activation| activation.name.clone());
    Json(json!({ "mode": "agent", "home": local.home.id(), "name": name.unwrap_or_default() }))
}

async fn scan(State(local): State<Local>) -> Response {
    local.home.index().rescan_soon();
    StatusCode::ACCEPTED.into_response()
}

async fn logout(State(local): State<Local>) -> Response {
    match local.orders.try_send(Order::Logout) {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(_) => answer::problem(&Kind::Conflict.problem("The agent is busy with it already.")),
    }
}

/// Binds the local page's port: the wanted one, or a free one when `may_move`.
///
/// # Errors
/// Of the system, for the wanted address.
pub async fn bind(wanted: SocketAddr, may_move: bool) -> std::io::Result<TcpListener> {
    match TcpListener::bind(wanted).await {
        Err(error) if may_move && error.kind() == std::io::ErrorKind::AddrInUse => {
            TcpListener::bind(SocketAddr::new(wanted.ip(), 0)).await.map_err(|_| error)
        }
        answer => answer,
    }
}
