//! The start page. The relay answers here too: a request that wants a WebSocket is a peer.

use askama::Template;
use axum::{
    extract::{State, ws::WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use iroam_protocol::path::Path;

use super::{Frame, Visitor, render, words};
use crate::{address::ClientAddress, relay_port, state::App};

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing {
    frame: Frame,
    starter_minutes: u64,
    prices: Vec<Price>,
}

struct Price {
    way: &'static str,
    cost: String,
}

/// `GET /`.
pub(crate) async fn show(
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    address: ClientAddress,
    visitor: Result<Visitor, super::Instead>,
) -> Response {
    if let Ok(upgrade) = upgrade {
        return relay_port::upgrade(upgrade, app.relay().clone(), address.0, app.cancel().clone());
    }
    let Visitor(current) = match visitor {
        Ok(visitor) => visitor,
        Err(instead) => return instead.into_response(),
    };
    let frame = Frame::new(current.as_ref(), "");
    render(StatusCode::OK, &Landing { frame, starter_minutes: starter_minutes(&app), prices: prices(&app) })
}

/// The minutes through the relay that a new account's money buys.
pub(crate) fn starter_minutes(app: &App) -> u64 {
    let pricing = app.store().pricing();
    let relay = pricing.tariff.price(Some(Path::Relay)).max(1);
    u64::try_from(pricing.starter_micros / relay).unwrap_or(0)
}

fn prices(app: &App) -> Vec<Price> {
    let pricing = app.store().pricing();
    let price =
        |path| Price { way: words::way(path), cost: words::price(pricing.tariff.price(Some(path)), &pricing.currency) };
    [Path::Lan, Path::Direct, Path::Relay].map(price).into()
}
