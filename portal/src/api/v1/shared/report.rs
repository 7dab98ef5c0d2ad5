//! A visitor complains.

use axum::{extract::State, http::StatusCode};
use iroam_protocol::shares::{REASON_CHARS_MAX, ReportShared};
use iroam_store::Report;

use super::visitor;
use crate::{
    address::ClientAddress,
    clock, entropy,
    failure::{Body, Failure},
    metrics,
    shares::is_text,
    state::App,
};

/// Tells the portal's operator of abuse by a link.
#[utoipa::path(post, path = "/shared/report", request_body = ReportShared, responses((status = 202)))]
pub(crate) async fn report(
    State(app): State<App>,
    address: ClientAddress,
    Body(asked): Body<ReportShared>,
) -> Result<StatusCode, Failure> {
    let share = visitor(&app, address, &asked.share, &asked.secret).await?.share;
    let reason = asked.reason.replace("\r\n", "\n").trim().to_owned();
    if reason.is_empty() || !is_text(&reason, REASON_CHARS_MAX) {
        let words = format!("Say in up to {REASON_CHARS_MAX} characters what is wrong.");
        return Err(Failure::field("reason", words));
    }
    let now_ms = clock::now_ms();
    app.limiters().tell_me.count(address.ip(), now_ms)?;
    let kept = app.store().report_share(Report { id: entropy::row_id(now_ms), share, reason, now_ms }).await?;
    metrics::happened("share_reported");
    tracing::warn!(%share, kept, "a share was reported; see: iroam-portal admin reports");
    Ok(StatusCode::ACCEPTED)
}
