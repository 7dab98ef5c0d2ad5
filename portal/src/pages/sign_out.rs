//! Sign out.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{Instead, Visitor, redirect_with_cookie};
use crate::{session, state::App};

/// `POST /sign-out`. Signing out twice is fine.
pub(crate) async fn submit(State(app): State<App>, visitor: Visitor) -> Result<Response, Instead> {
    match visitor.current {
        Some(current) => Ok(redirect_with_cookie("/", session::end(&app, &current).await?)),
        None => Ok(Redirect::to("/").into_response()),
    }
}
