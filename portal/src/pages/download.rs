//! How to install at home.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};

use super::{Frame, Visitor, render};
use crate::state::App;

#[derive(Template)]
#[template(path = "download.html")]
struct Download {
    frame: Frame,
    origin: String,
}

/// `GET /download`.
pub(crate) async fn show(State(app): State<App>, Visitor(current): Visitor) -> Response {
    let frame = Frame::new(current.as_ref(), "download");
    render(StatusCode::OK, &Download { frame, origin: app.public_url().origin().into() })
}
