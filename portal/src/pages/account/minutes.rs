//! Minutes left, and the statement.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use iroam_protocol::portal::Entry;
use serde::Deserialize;

use super::Meter;
use crate::{
    pages::{Frame, Instead, Member, render, words},
    state::App,
};

/// Rows of a page: a day of listening, before it gets long on a phone.
const ROWS: u32 = 50;

/// `?cursor=`.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "account_minutes.html")]
struct MinutesPage {
    frame: Frame,
    tab: &'static str,
    notice: Option<&'static str>,
    email: String,
    meter: Meter,
    entries: Vec<Line>,
    first_page: bool,
    next: Option<String>,
}

struct Line {
    when: String,
    what: String,
    /// Which home and which way, where they are known.
    note: String,
    amount: String,
    positive: bool,
}

/// `GET /account/minutes`.
pub(crate) async fn show(
    State(app): State<App>,
    Member(current): Member,
    Query(page): Query<Page>,
) -> Result<Response, Instead> {
    let account = &current.account;
    let wallet = app.store().wallet(account.id).await?;
    let entries = app.store().entries(account.id, page.cursor.as_deref(), ROWS).await?;
    Ok(render(
        StatusCode::OK,
        &MinutesPage {
            frame: Frame::new(Some(&current), "account"),
            tab: "minutes",
            notice: None,
            email: account.email.clone(),
            meter: Meter::of(&wallet),
            entries: entries.items.iter().map(|entry| line(entry, &account.time_zone, &wallet.currency)).collect(),
            first_page: page.cursor.is_none(),
            next: entries.next,
        },
    ))
}

fn line(entry: &Entry, zone: &str, currency: &str) -> Line {
    Line {
        when: words::moment(entry.at_ms, zone),
        what: words::purpose(entry),
        note: [entry.home.as_deref(), entry.path.map(words::way)].into_iter().flatten().collect::<Vec<_>>().join(" · "),
        amount: words::money(entry.amount_micros, currency),
        positive: entry.amount_micros > 0,
    }
}
