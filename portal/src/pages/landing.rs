//! The start page. The relay answers here too: a request that wants a WebSocket is a peer.

use askama::Template;
use axum::{
    extract::{State, ws::WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use iroam_protocol::path::Path;

use super::{Frame, Visitor, figures, framed, render};
use crate::{address::ClientAddress, catalogue::Words, relay_port, state::App};

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

framed!(Landing);

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
    let visitor = match visitor {
        Ok(visitor) => visitor,
        Err(instead) => return instead.into_response(),
    };
    let frame = visitor.frame("");
    let prices = prices(&app, frame.words);
    render(StatusCode::OK, &Landing { frame, starter_minutes: starter_minutes(&app), prices })
}

/// The minutes through the relay that a new account's money buys.
pub(crate) fn starter_minutes(app: &App) -> u64 {
    let pricing = app.store().pricing();
    let relay = pricing.tariff.price(Some(Path::Relay)).max(1);
    u64::try_from(pricing.starter_micros / relay).unwrap_or(0)
}

fn prices(app: &App, words: &Words) -> Vec<Price> {
    let pricing = app.store().pricing();
    let cost = |path| figures::price(pricing.tariff.price(Some(path)), &pricing.currency, words);
    let price = |path| Price { way: figures::way(path, words), cost: cost(path) };
    [Path::Lan, Path::Direct, Path::Relay].map(price).into()
}
