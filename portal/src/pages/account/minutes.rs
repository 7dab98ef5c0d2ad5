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
    catalogue::Words,
    pages::{Frame, Instead, Member, figures, framed, render},
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

framed!(MinutesPage);

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
    let frame = Frame::member(&current, "account");
    let words = frame.words;
    Ok(render(
        StatusCode::OK,
        &MinutesPage {
            frame,
            tab: "minutes",
            notice: None,
            email: account.email.clone(),
            meter: Meter::of(&wallet, words),
            entries: entries
                .items
                .iter()
                .map(|entry| line(entry, &account.time_zone, &wallet.currency, words))
                .collect(),
            first_page: page.cursor.is_none(),
            next: entries.next,
        },
    ))
}

fn line(entry: &Entry, zone: &str, currency: &str, words: &Words) -> Line {
    let way = entry.path.map(|path| figures::way(path, words));
    Line {
        when: figures::moment(entry.at_ms, zone, words),
        what: figures::purpose(entry, words),
        note: [entry.home.as_deref(), way].into_iter().flatten().collect::<Vec<_>>().join(" · "),
        amount: figures::money(entry.amount_micros, currency, words),
        positive: entry.amount_micros > 0,
    }
}
