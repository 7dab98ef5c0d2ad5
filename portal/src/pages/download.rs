//! How to install at home.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};

use super::{Frame, Visitor, framed, render};
use crate::state::App;

#[derive(Template)]
#[template(path = "download.html")]
struct Download {
    frame: Frame,
    origin: String,
}

framed!(Download);

/// `GET /download`.
pub(crate) async fn show(State(app): State<App>, visitor: Visitor) -> Response {
    let frame = visitor.frame("download");
    render(StatusCode::OK, &Download { frame, origin: app.public_url().origin().into() })
}
