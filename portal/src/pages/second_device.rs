//! Signing in without typing anything: this device shows a QR code, a browser that is signed in says yes.
//!
//! The page looks again every few seconds, by a header and without script, unless somebody wants it to hold still. What
//! binds all of this to this browser is a secret in a cookie; the code in the QR is worth nothing to whoever copies it.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use iroam_mail::Language;
use iroam_protocol::activation::UserCode;
use iroam_store::{Authorized, NewSignIn, SIGN_IN_LIFE_MS, SecretHash, SignInState};
use serde::Deserialize;

use super::{Frame, Instead, Visitor, framed, render};
use crate::{
    address::ClientAddress,
    clock, entropy,
    failure::Failure,
    qr::{self, Drawing},
    session::{self, Proof},
    state::App,
};

/// The cookie outlives the code a little, so that its end is told as such.
const COOKIE_LIFE_S: i64 = 2 * SIGN_IN_LIFE_MS / 1000;
/// Codes drawn before giving up; two live codes are equal with a chance of 2^-34 each.
const DRAWS_MAX: u32 = 8;
/// Where a device goes once it is in.
const PLAYER: &str = "/player/";
/// Looks again after three seconds: soon enough after a yes, and a hundred looks in the life of a code.
const LOOK_AGAIN: (HeaderName, HeaderValue) =
    (HeaderName::from_static("refresh"), HeaderValue::from_static("3; url=/sign-in/qr?look=again"));

/// `?look=`: `again` when the page looks by itself, `still` when it shall not.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Look {
    #[serde(default)]
    look: String,
}

#[derive(Template)]
#[template(path = "sign_in_qr.html")]
struct QrPage {
    frame: Frame,
    code: String,
    link: String,
    /// What to open on the other device.
    place: String,
    drawing: Option<Drawing>,
    still: bool,
}

#[derive(Template)]
#[template(path = "sign_in_qr_end.html")]
struct EndPage {
    frame: Frame,
    denied: bool,
}

framed!(QrPage, EndPage);

/// A browser that asks to be signed in.
struct Device {
    app: App,
    headers: HeaderMap,
    address: ClientAddress,
    /// Whether the page shall hold still.
    still: bool,
    language: Language,
}

/// `GET /sign-in/qr`.
pub(crate) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    address: ClientAddress,
    method: Method,
    headers: HeaderMap,
    Query(Look { look }): Query<Look>,
) -> Result<Response, Instead> {
    if visitor.current.is_some() {
        return Ok(Redirect::to(PLAYER).into_response());
    }
    // A HEAD request looks whether the address exists; it asks for nothing.
    if method == Method::HEAD {
        return Ok(StatusCode::OK.into_response());
    }
    let device = Device { app, headers, address, still: look == "still", language: visitor.language };
    match device.state().await? {
        SignInState::Pending(request) => Ok(device.page(&request.user_code)),
        // A page that looks by itself does not ask anew: left alone, it would do so for ever.
        SignInState::Gone if look != "again" => device.ask().await,
        decided => device.end(&decided).await,
    }
}

impl Device {
    fn secret(&self) -> Option<SecretHash> {
        let text = session::cookie(&self.headers, cookie_name(&self.app))?;
        Some(SecretHash(entropy::hash(text)))
    }

    fn cookie(&self, value: &str, life_s: i64) -> Result<HeaderValue, Failure> {
        session::set_cookie(&self.app, cookie_name(&self.app), value, life_s)
    }

    async fn state(&self) -> Result<SignInState, Failure> {
        match self.secret() {
            Some(secret) => Ok(self.app.store().sign_in_state(secret, clock::now_ms()).await?),
            None => Ok(SignInState::Gone),
        }
    }

    /// Asks for a session: a code to show, and a secret to keep.
    async fn ask(&self) -> Result<Response, Instead> {
        let now_ms = clock::now_ms();
        self.app.limiters().sign_in_request.count(self.address.ip(), now_ms).map_err(Failure::from)?;
        let secret = entropy::secret();
        let code = self.store(SecretHash(secret.hash), now_ms).await?;
        let cookie = self.cookie(&secret.text, COOKIE_LIFE_S)?;
        Ok(([(header::SET_COOKIE, cookie)], self.page(&code)).into_response())
    }

    async fn store(&self, secret: SecretHash, now_ms: i64) -> Result<UserCode, Failure> {
        for _ in 0..DRAWS_MAX {
            let user_code = entropy::user_code();
            let new = NewSignIn {
                id: entropy::row_id(now_ms),
                secret,
                user_code: user_code.clone(),
                device: session::device_of(&self.headers),
                address: self.address.ip().to_string(),
                now_ms,
            };
            if self.app.store().ask_sign_in(new).await? == Authorized::Ok {
                return Ok(user_code);
            }
        }
        Err(Failure::unavailable(anyhow::anyhow!("no free user code was drawn")))
    }

    /// Lets the device in, or says why not. The cookie has done its service.
    async fn end(&self, decided: &SignInState) -> Result<Response, Instead> {
        let gone = self.cookie("", 0)?;
        if let (SignInState::Approved, Some(secret)) = (decided, self.secret())
            && let Some(account) = self.app.store().take_sign_in(secret, clock::now_ms()).await?
        {
            let cookie = session::begin_by(&self.app, account, Proof::OtherDevice, &self.headers, self.address).await?;
            let mut response = Redirect::to(PLAYER).into_response();
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response.headers_mut().append(header::SET_COOKIE, gone);
            return Ok(response);
        }
        let denied = *decided == SignInState::Denied;
        let page = EndPage { frame: Frame::stranger(self.language, "sign-in"), denied };
        Ok(([(header::SET_COOKIE, gone)], render(StatusCode::GONE, &page)).into_response())
    }

    fn page(&self, code: &UserCode) -> Response {
        let origin = self.app.public_url().origin();
        let link = format!("{origin}/approve?code={code}");
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let page = QrPage {
            frame: Frame::stranger(self.language, "sign-in"),
            code: code.to_string(),
            drawing: qr::drawing(&link),
            link,
            place: format!("{host}/approve"),
            still: self.still,
        };
        let page = render(StatusCode::OK, &page);
        if self.still { page } else { ([LOOK_AGAIN], page).into_response() }
    }
}

// `__Host-` binds the cookie to this very host over TLS; browsers refuse the prefix over plain http.
fn cookie_name(app: &App) -> &'static str {
    if app.public_url().is_https() { "__Host-iroam-sign-in" } else { "iroam-sign-in" }
}
