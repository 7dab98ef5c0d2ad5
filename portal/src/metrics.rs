//! Counters of the portal and the private listener that shows them. No label holds a person, a home or a title.

use std::sync::OnceLock;

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::{clock, state::App};

/// Bounds of request times in seconds: from a page out of memory to the slow answers that need a look.
const SECONDS: &[f64] = &[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];

/// The recorder is one per process; several portals in one process (tests) share it.
fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| PrometheusBuilder::new().set_buckets(SECONDS).ok()?.install_recorder().ok());
    handle.as_ref()
}

/// The routes of the private listener.
pub(crate) fn routes(app: App) -> Router {
    recorder();
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<App>) -> impl IntoResponse {
    gauges(&app).await;
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

async fn gauges(app: &App) {
    let count = |name: &'static str, value: u64| {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 bytes are far")]
        gauge!(name).set(value as f64);
    };
    count("iroam_homes_online", app.hub().online_count() as u64);
    count("iroam_event_listeners", app.hub().listeners() as u64);
    let room = app.store().room();
    count("iroam_storage_full", u64::from(room.is_full));
    count("iroam_storage_refused", room.refused);
    // Without the database the other figures are still worth showing.
    if let Ok(counts) = app.store().counts().await {
        count("iroam_accounts", counts.accounts);
        count("iroam_homes", counts.homes);
        count("iroam_listenings_open", counts.listenings_open);
        count("iroam_mails_pending", counts.mails_pending);
        count("iroam_mails_dead", counts.mails_dead);
    }
    let relay = app.relay().totals();
    count("iroam_relay_received_bytes", relay.received_bytes);
    count("iroam_relay_sent_bytes", relay.sent_bytes);
    count("iroam_relay_relayed_bytes", relay.relayed_bytes);
    count("iroam_relay_connections", relay.connections);
    count("iroam_relay_reservations", relay.reservations);
    count("iroam_relay_circuits", relay.circuits);
    count("iroam_relay_circuits_opened", relay.circuits_opened);
    count("iroam_relay_refused", relay.refused);
}

/// Middleware: counts requests by route, method and status.
pub(crate) async fn count_requests(request: Request, next: Next) -> Response {
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "none".into(), |path| path.as_str().to_owned());
    let method = request.method().as_str().to_owned();
    let begun = clock::instant();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    counter!("iroam_http_requests_total", "route" => route.clone(), "method" => method, "status" => status)
        .increment(1);
    histogram!("iroam_http_request_seconds", "route" => route).record(begun.elapsed().as_secs_f64());
    response
}

/// Counts something that happened.
pub(crate) fn happened(what: &'static str) {
    counter!("iroam_events_total", "what" => what).increment(1);
}
