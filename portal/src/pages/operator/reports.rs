//! What visitors of shared links complained of, and the button that takes a link back.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use iroam_mail::Language;
use iroam_protocol::{id::RowId, problem::Kind};
use iroam_store::Reported;
use serde::Deserialize;

use crate::{
    catalogue, clock,
    failure::{Failure, Segment},
    hub::Call,
    operator::Operator,
    pages::{Frame, Instead, Visitor, figures, framed, render},
    state::App,
};

/// Reports of the page, newest first.
const ROWS: u32 = 200;

#[derive(Template)]
#[template(path = "operator_reports.html")]
struct ReportsPage {
    frame: Frame,
    tab: &'static str,
    notice: Option<&'static str>,
    rows: Vec<Line>,
}

framed!(ReportsPage);

struct Line {
    share: RowId,
    sender: String,
    written: String,
    reason: String,
    /// `None` when the link is forgotten.
    revoked: Option<bool>,
}

/// `?done=`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

/// `GET /operator/reports`.
pub(crate) async fn list(
    _: Operator,
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Instead> {
    let rows = app.store().reports(ROWS).await?.into_iter().map(line).collect();
    let notice =
        (asked.done == "revoked").then_some("The link is taken back. What streams by it stops within 5 seconds.");
    let frame = Frame::operator(visitor.current.as_ref());
    Ok(render(StatusCode::OK, &ReportsPage { frame, tab: "reports", notice, rows }))
}

/// `POST /operator/reports/{share}/revoke`.
pub(crate) async fn revoke(
    _: Operator,
    State(app): State<App>,
    share: Result<Segment<RowId>, Failure>,
) -> Result<Response, Instead> {
    let Segment(share) = share?;
    let home = app.store().revoke_share(None, share, clock::now_ms()).await?;
    let home = home.ok_or_else(|| Failure::new(Kind::NotFound, "There is no such link any more."))?;
    app.hub().call(Call::Home(home));
    Ok(Redirect::to("/operator/reports?done=revoked").into_response())
}

fn line(report: Reported) -> Line {
    Line {
        share: report.share,
        sender: report.sender,
        written: figures::moment(report.at_ms, "UTC", catalogue::words(Language::English)),
        reason: report.reason,
        revoked: report.revoked,
    }
}
