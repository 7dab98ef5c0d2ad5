//! Worlds for tests: a portal, people with their cookies, homes with their keys.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use iroam_portal::{Config, PublicUrl, Serving, Transport, lifecycle};
use iroam_protocol::{
    assertion::{ASSERTION_LIFE_S, Assertion},
    events::AgentEvent,
    id::PeerId,
    portal::{Access, DeviceAuthorize, DeviceAuthorized, DeviceToken, Me},
    problem::{Kind, PROBLEM_MEDIA_TYPE, Problem},
    token::SigningKey,
};
use iroam_store::{Mail, Options, Store, Target};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long anything may take: far more than it needs on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A portal that serves until the world ends.
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) client: Client,
    serving: Option<JoinHandle<anyhow::Result<()>>>,
    cancel: CancellationToken,
}

impl World {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cancel = CancellationToken::new();
        let serving = serve(&dir, cancel.clone()).await;
        let url = serving.url.origin().to_owned();
        Self { url, dir, client: client(), serving: Some(tokio::spawn(serving.ended())), cancel }
    }

    /// Ends the portal and fails when it did not end well.
    pub(crate) async fn end(mut self) {
        self.cancel.cancel();
        let serving = self.serving.take().unwrap();
        tokio::time::timeout(DEADLINE, serving).await.expect("the portal ends in time").unwrap().unwrap();
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).timeout(DEADLINE)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }

    /// Somebody who has just signed up.
    pub(crate) async fn person(&self, email: &str) -> Person<'_> {
        let response = self.post("/api/v1/accounts", &json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        let cookie = cookie_of(&response);
        Person { world: self, cookie, me: response.json().await.unwrap() }
    }

    /// The portal's database, opened a second time: for what no request shows.
    pub(crate) async fn store(&self) -> Store {
        Store::open(&Target::Sqlite(self.dir.path().join("portal.sqlite")), Options::default()).await.unwrap()
    }

    /// The mails that wait to `to`, newest first: what a person would find in the mailbox.
    pub(crate) async fn mails(&self, to: &str) -> Vec<Mail> {
        let page = self.store().await.outbox_page(None, None, 100).await.unwrap();
        page.mails.into_iter().filter(|mail| mail.to.eq_ignore_ascii_case(to)).collect()
    }

    /// Runs the operator's command beside the serving portal.
    pub(crate) fn admin(&self, args: &[&str]) -> std::process::Output {
        std::process::Command::new(env!("CARGO_BIN_EXE_iroam-portal"))
            .arg("admin")
            .args(args)
            .arg("--data")
            .arg(self.dir.path())
            .output()
            .unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

async fn serve(dir: &tempfile::TempDir, cancel: CancellationToken) -> Serving {
    let url: PublicUrl = "http://localhost:0".parse().unwrap();
    let config = Config::new(dir.path(), "127.0.0.1:0".parse().unwrap(), url, Transport::Plain);
    lifecycle::start(config, cancel).await.unwrap()
}

/// A client that follows nothing and keeps nothing.
pub(crate) fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

/// The same, from another address of this machine.
pub(crate) fn client_from(address: IpAddr) -> Client {
    Client::builder().redirect(Policy::none()).no_proxy().local_address(address).build().unwrap()
}

/// Somebody signed in.
pub(crate) struct Person<'w> {
    pub(crate) world: &'w World,
    pub(crate) cookie: String,
    pub(crate) me: Me,
}

impl Person<'_> {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world.request(method, path).header(header::COOKIE, &self.cookie)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.request(Method::POST, path).form(fields).send().await.unwrap()
    }

    /// A home of this person, approved on the page like a person does it.
    pub(crate) async fn home(&self, seed: u8) -> Home<'_> {
        let home = Home { world: self.world, key: SigningKey::from_seed([seed; 32]) };
        let asked = home.authorize().await;
        let words = iroam_protocol::activation::fingerprint(&home.id()).join(" ");
        let form = [("code", asked.user_code.as_str()), ("words", &words), ("name", "Attic"), ("answer", "yes")];
        let done = self.form("/device", &form).await;
        assert_eq!(done.status(), StatusCode::OK);
        assert!(done.text().await.unwrap().contains("Attic is yours"));
        home
    }

    pub(crate) async fn grant(&self, home: &PeerId, player: &PeerId) -> Response {
        self.post("/api/v1/grants", &json!({ "home": home, "player_peer": player })).await
    }

    pub(crate) async fn granted(&self, home: &PeerId, player: &PeerId) -> Access {
        let response = self.grant(home, player).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }
}

/// A machine at home with its key.
pub(crate) struct Home<'w> {
    pub(crate) world: &'w World,
    pub(crate) key: SigningKey,
}

impl<'w> Home<'w> {
    pub(crate) fn new(world: &'w World, seed: u8) -> Self {
        Self { world, key: SigningKey::from_seed([seed; 32]) }
    }

    pub(crate) fn id(&self) -> PeerId {
        self.key.peer_id()
    }

    pub(crate) fn assertion(&self) -> String {
        assertion(&self.key, &self.world.url, now_s())
    }

    pub(crate) async fn ask(&self, proof: String) -> Response {
        let body = DeviceAuthorize {
            name: "attic-pc".into(),
            os: "Debian 13".into(),
            version: "0.1.0".into(),
            peer_id: self.id(),
            proof,
        };
        self.world.post("/api/v1/device/authorize", &serde_json::to_value(body).unwrap()).await
    }

    pub(crate) async fn authorize(&self) -> DeviceAuthorized {
        let response = self.ask(self.assertion()).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }

    pub(crate) async fn poll(&self, asked: &DeviceAuthorized) -> Response {
        let body = DeviceToken { device_code: asked.device_code.clone(), proof: self.assertion() };
        self.world.post("/api/v1/device/token", &serde_json::to_value(body).unwrap()).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world.request(method, &format!("/api/v1/homes/{}{path}", self.id())).bearer_auth(self.assertion())
    }

    /// Opens the event channel, going on from a cursor where one is given.
    pub(crate) async fn events(&self, cursor: Option<i64>) -> Events {
        let request = self.request(Method::GET, "/events").timeout(Duration::from_secs(300));
        let request = cursor.iter().fold(request, |request, cursor| request.header("Last-Event-ID", *cursor));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Events { response, rest: String::new() }
    }
}

/// An open stream of server-sent events.
pub(crate) struct Events {
    response: Response,
    rest: String,
}

impl Events {
    pub(crate) fn of(response: Response) -> Self {
        Self { response, rest: String::new() }
    }

    /// The next event: its `id`, its `event` and its `data`; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<(Option<i64>, String, Value)> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.rest = rest;
                return Some(fields(&event));
            }
            let chunk = tokio::time::timeout(DEADLINE, self.response.chunk()).await.expect("an event in time");
            self.rest.push_str(std::str::from_utf8(&chunk.unwrap()?).unwrap());
        }
    }

    /// Reads until an event of a home satisfies; answers its cursor as well.
    pub(crate) async fn until(&mut self, mut wanted: impl FnMut(&AgentEvent) -> bool) -> (Option<i64>, AgentEvent) {
        loop {
            let (id, _, data) = self.next().await.expect("the stream goes on");
            let event: AgentEvent = serde_json::from_value(data).unwrap();
            if wanted(&event) {
                return (id, event);
            }
        }
    }
}

fn fields(event: &str) -> (Option<i64>, String, Value) {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let data = serde_json::from_str(field("data:").unwrap()).unwrap();
    (field("id:").map(|id| id.parse().unwrap()), field("event:").unwrap_or_default().to_owned(), data)
}

/// An assertion of a key towards a portal, from a clock that shows `now_s`.
pub(crate) fn assertion(key: &SigningKey, portal: &str, now_s: i64) -> String {
    let claims = Assertion {
        iss: key.peer_id(),
        aud: portal.into(),
        iat: now_s,
        exp: now_s + ASSERTION_LIFE_S,
        jti: "1".into(),
    };
    claims.sign(key).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test speaks to a server that lives in real time")]
pub(crate) fn now_s() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A tab's key.
pub(crate) fn player(seed: u8) -> PeerId {
    SigningKey::from_seed([seed; 32]).peer_id()
}

/// `name=value` of the session cookie that an answer sets.
pub(crate) fn cookie_of(response: &Response) -> String {
    let line = response.headers().get(header::SET_COOKIE).expect("a cookie").to_str().unwrap();
    assert!(line.contains("HttpOnly") && line.contains("SameSite=Lax") && line.contains("Path=/"), "{line}");
    line.split(';').next().unwrap().to_owned()
}

/// The problem that an answer is, after checking that it is one of this kind through and through.
pub(crate) async fn problem(response: Response, kind: Kind) -> Problem {
    let (status, media_type) = (response.status(), response.headers().get(header::CONTENT_TYPE).cloned());
    let text = response.text().await.unwrap();
    assert_eq!(status.as_u16(), kind.status(), "{text}");
    assert_eq!(media_type.unwrap(), PROBLEM_MEDIA_TYPE, "{text}");
    let problem: Problem = serde_json::from_str(&text).unwrap();
    assert_eq!(Kind::of(&problem), Some(kind), "{text}");
    assert!(problem.detail.is_some());
    problem
}
