//! A person at a browser, as the portal sees one: forms, JSON, a cookie, an `Origin`.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use iroam_protocol::{
    id::{PeerId, RowId},
    portal::{Access, Entries, Entry, Home, Lease, Wallet},
    problem::Problem,
};
use reqwest::{Certificate, Client, Method, Response, StatusCode, header, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::world::Authority;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody with a session.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their address.
    pub email: String,
    url: String,
    client: Client,
    cookie: Arc<Mutex<Option<String>>>,
}

impl Person {
    /// Somebody without a session yet.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn stranger(url: &str, authority: Option<&Authority>, email: &str) -> Result<Self> {
        // An error says that a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder().no_proxy().redirect(Policy::none()).user_agent("iroam-tests");
        if let Some(authority) = authority {
            client = client.tls_certs_only([Certificate::from_der(&authority.root())?]);
        } else {
            client = client.tls_certs_only([]);
        }
        let cookie = Arc::new(Mutex::new(None));
        Ok(Self { email: email.into(), url: url.into(), client: client.build()?, cookie })
    }

    /// Signs up by the form.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn sign_up(url: &str, authority: Option<&Authority>, email: &str) -> Result<Self> {
        let person = Self::stranger(url, authority, email)?;
        person.submit_credentials("/sign-up").await?;
        Ok(person)
    }

    /// The same person in another browser, by the form.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn elsewhere(&self) -> Result<Self> {
        let other = Self { cookie: Arc::default(), ..self.clone() };
        other.submit_credentials("/sign-in").await?;
        Ok(other)
    }

    /// The same person in another browser, where nothing is typed: it shows a code, and this browser says yes.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn let_in_elsewhere(&self) -> Result<Self> {
        let other = Self { cookie: Arc::default(), ..self.clone() };
        let page = other.request(Method::GET, "/sign-in/qr").send().await?;
        other.keep_cookie(&page);
        let page = page.text().await?;
        let code = page.split_once("/approve?code=").and_then(|(_, rest)| rest.get(..9));
        let code = code.with_context(|| format!("no code on:\n{page}"))?;
        let form = [("code", code), ("answer", "yes")];
        let said = self.request(Method::POST, "/approve").form(&form).send().await?;
        ensure!(said.status().is_success(), "/approve answers {}: {}", said.status(), said.text().await?);
        let entered = other.request(Method::GET, "/sign-in/qr?look=again").send().await?;
        ensure!(entered.status() == StatusCode::SEE_OTHER, "the device is not let in: {}", entered.status());
        other.keep_cookie(&entered);
        Ok(other)
    }

    async fn submit_credentials(&self, path: &str) -> Result<()> {
        let form = [("email", self.email.as_str()), ("password", PASSWORD), ("next", "")];
        let response = self.request(Method::POST, path).form(&form).send().await?;
        ensure!(
            response.status() == StatusCode::SEE_OTHER,
            "{path} answers {}: {}",
            response.status(),
            response.text().await?
        );
        self.keep_cookie(&response);
        Ok(())
    }

    /// Approves a home on the page, by picking the words that the machine shows.
    ///
    /// # Errors
    /// When the page has no such words, or the portal refuses.
    pub async fn approve(&self, code: &str, words: &str) -> Result<()> {
        let page = self.request(Method::GET, &format!("/device?code={code}")).send().await?.text().await?;
        let value =
            value_of_words(&page, words).with_context(|| format!("no set of words is {words:?} on:\n{page}"))?;
        let form = [("code", code), ("words", &value), ("name", "Attic"), ("answer", "yes")];
        let response = self.request(Method::POST, "/device").form(&form).send().await?;
        let (status, text) = (response.status(), response.text().await?);
        ensure!(status.is_success() && text.contains("is yours"), "/device answers {status}: {text}");
        Ok(())
    }

    /// A browse grant for a tab.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn grant(&self, home: PeerId, player: PeerId) -> Result<Access> {
        self.post("/api/v1/grants", &json!({ "home": home, "player_peer": player })).await
    }

    /// Opens a listening.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn listen(&self, home: PeerId, player: PeerId, key: &str) -> Result<Lease> {
        self.post("/api/v1/listenings", &json!({ "home": home, "player_peer": player, "idempotency_key": key })).await
    }

    /// Tells how much was played, in all.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn heartbeat(&self, listening: &RowId, seq: u64, played_ms: u64, report: Option<&str>) -> Result<Lease> {
        let beat =
            json!({ "seq": seq, "played_ms": played_ms, "buffered_ms": 0, "playing": true, "path_report": report });
        self.post(&format!("/api/v1/listenings/{listening}/heartbeat"), &beat).await
    }

    /// Closes a listening.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn close(&self, listening: &RowId, played_ms: u64) -> Result<()> {
        let path = format!("/api/v1/listenings/{listening}");
        let response = self.request(Method::DELETE, &path).json(&json!({ "played_ms": played_ms })).send().await?;
        ensure!(response.status().is_success(), "closing answers {}", response.status());
        Ok(())
    }

    /// Signs out of this browser.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn sign_out(&self) -> Result<()> {
        let response = self.request(Method::DELETE, "/api/v1/sessions/current").send().await?;
        ensure!(response.status().is_success(), "signing out answers {}", response.status());
        Ok(())
    }

    /// The account's homes.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn homes(&self) -> Result<Vec<Home>> {
        self.get("/api/v1/homes").await
    }

    /// Minutes and money.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn wallet(&self) -> Result<Wallet> {
        self.get("/api/v1/wallet").await
    }

    /// The charges, oldest first.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn charges(&self) -> Result<Vec<Entry>> {
        let entries: Entries = self.get("/api/v1/wallet/entries?limit=100").await?;
        let mut charges: Vec<_> = entries.items.into_iter().filter(|entry| entry.kind == "charge").collect();
        charges.reverse();
        Ok(charges)
    }

    /// A request with this person's cookie, from the portal's own pages.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.url)).header(header::ORIGIN, &self.url);
        if let Some(cookie) = &*self.cookie.lock().unwrap_or_else(PoisonError::into_inner) {
            request = request.header(header::COOKIE, cookie);
        }
        request
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// With the problem, when the portal refuses.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        read(path, self.request(Method::GET, path).send().await?).await
    }

    /// Sends JSON and reads JSON.
    ///
    /// # Errors
    /// With the problem, when the portal refuses.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        read(path, self.request(Method::POST, path).json(body).send().await?).await
    }

    fn keep_cookie(&self, response: &Response) {
        let set = response.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        if let Some(pair) = set.and_then(|text| text.split(';').next()) {
            *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(pair.to_owned());
        }
    }
}

/// A refusal of the portal, as an error that a test can look into.
#[derive(Debug)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The problem.
    pub problem: Problem,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} {}", self.status, self.problem.kind, self.problem.detail.as_deref().unwrap_or_default())
    }
}

impl std::error::Error for Refused {}

async fn read<T: DeserializeOwned>(path: &str, response: Response) -> Result<T> {
    let status = response.status();
    let bytes = response.bytes().await?;
    if status.is_success() {
        return serde_json::from_slice(&bytes).with_context(|| format!("{path}: {}", String::from_utf8_lossy(&bytes)));
    }
    let problem = serde_json::from_slice(&bytes)
        .with_context(|| format!("{path} answers {status} without a problem: {}", String::from_utf8_lossy(&bytes)))?;
    Err(Refused { status: status.as_u16(), problem }.into())
}

/// The radio button beside these words on the approval page.
fn value_of_words(page: &str, words: &str) -> Option<String> {
    let wanted: Vec<&str> = words.split_whitespace().collect();
    page.split("name=\"words\" value=\"").skip(1).find_map(|set| {
        let (value, rest) = set.split_once('"')?;
        let label = rest.split("</label>").next()?;
        let shown: Vec<&str> = label.split("<b>").skip(1).filter_map(|word| word.split("</b>").next()).collect();
        (shown == wanted).then(|| value.to_owned())
    })
}
