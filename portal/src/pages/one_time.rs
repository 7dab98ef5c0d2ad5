//! A link that signs in, once.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use iroam_protocol::id::RowId;
use iroam_store::{Link, SecretHash};

use super::{Instead, Visitor, link_used, redirect_with_cookie, without_referrer};
use crate::{
    address::ClientAddress,
    clock, entropy,
    session::{self, Current},
    state::App,
};

/// Where the link leads.
const PLAYER: &str = "/player/";

/// `GET /one-time/{token}`.
pub(crate) async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    visitor: Visitor,
    address: ClientAddress,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Instead> {
    // A HEAD request looks whether the address exists; it must not use the link up.
    if method == Method::HEAD {
        return Ok(StatusCode::OK.into_response());
    }
    let answer = match app.store().use_link(SecretHash(entropy::hash(&token)), clock::now_ms()).await? {
        Link::Account(account) | Link::Used(account) if is_signed_in(visitor.current.as_ref(), account) => {
            Redirect::to(PLAYER).into_response()
        }
        Link::Account(account) => {
            let cookie = session::begin(&app, account, &headers, address).await?;
            redirect_with_cookie(PLAYER, cookie)
        }
        Link::Used(_) | Link::Expired | Link::Unknown => link_used(visitor.frame("")),
    };
    Ok(without_referrer(answer))
}

/// Whoever is signed in already goes on, and keeps the session that open tabs are tied to.
fn is_signed_in(current: Option<&Current>, account: RowId) -> bool {
    current.is_some_and(|current| current.account.id == account)
}
