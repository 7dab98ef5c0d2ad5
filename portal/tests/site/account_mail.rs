use std::time::{Duration, Instant};

use iroam_protocol::{
    portal::{Entries, Lease, Me},
    problem::Kind,
};
use iroam_store::{Mail, Options, Store, Target};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::json;

use crate::kit::{DEADLINE, PASSWORD, Person, World, client_from, cookie_of, player, problem};

const NEW_PASSWORD: &str = "another horse entirely";

/// The outbox as the operator sees it.
struct Outbox(Store);

impl Outbox {
    async fn of(world: &World) -> Self {
        let target = Target::Sqlite(world.dir.path().join("portal.sqlite"));
        Self(Store::open(&target, Options::default()).await.unwrap())
    }

    async fn mails(&self) -> Vec<Mail> {
        self.0.outbox_page(None, None, 100).await.unwrap().mails
    }

    /// Waits for the newest mail of that kind, when there are `count` of it.
    async fn mail(&self, kind: &str, count: usize) -> Mail {
        let waiting = async {
            loop {
                let found: Vec<_> = self.mails().await.into_iter().filter(|mail| mail.kind == kind).collect();
                if found.len() >= count {
                    return found.into_iter().next().unwrap();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("no mail {kind}"))
    }

    /// Waits until nobody's request for a password is unanswered.
    async fn is_quiet(&self) {
        let waiting = async {
            while !self.0.password_requests(1).await.unwrap().is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting).await.expect("the housekeeping looks");
    }
}

/// The path of the link in a mail.
fn path_in(world: &World, mail: &Mail) -> String {
    let link = mail.text.split_whitespace().find(|word| word.starts_with(&world.url)).expect("a link");
    assert!(mail.html.contains(link), "text and HTML lead to the same");
    link.strip_prefix(&world.url).unwrap().to_owned()
}

async fn text(response: Response) -> String {
    response.text().await.unwrap()
}

async fn form(world: &World, path: &str, fields: &[(&str, &str)]) -> Response {
    world.request(Method::POST, path).form(fields).send().await.unwrap()
}

async fn minutes_left(person: &Person<'_>) -> u64 {
    let me: Me = person.get("/api/v1/me").await.json().await.unwrap();
    me.wallet.balance_ms / 60_000
}

async fn sign_in(world: &World, password: &str) -> StatusCode {
    world.post("/api/v1/sessions", &json!({ "email": "ann@example.org", "password": password })).await.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_minute_of_listening_asks_to_confirm_the_address_once() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    let outbox = Outbox::of(&world).await;
    let body = json!({ "home": home.id(), "player_peer": player(7), "idempotency_key": "0123456789abcdef" });
    let lease: Lease = ann.post("/api/v1/listenings", &body).await.json().await.unwrap();
    let beat = async |seq: u64, played_ms: u64| {
        let body =
            json!({ "seq": seq, "played_ms": played_ms, "buffered_ms": 0, "playing": true, "path_report": null });
        let response = ann.post(&format!("/api/v1/listenings/{}/heartbeat", lease.id), &body).await;
        response.json::<Lease>().await.unwrap().charged_minutes
    };
    assert_eq!(beat(1, 2_900).await, 0);
    assert_eq!(outbox.mails().await.len(), 0, "a click asks for nothing");
    for seq in 2..5 {
        assert_eq!(beat(seq, 3_000 + seq * 100).await, 1);
    }
    let mail = outbox.mail("confirm", 1).await;
    assert_eq!(outbox.mails().await.len(), 1, "one mail for many heartbeats");
    assert_eq!(mail.to, "ann@example.org");

    let path = path_in(&world, &mail);
    let before = minutes_left(&ann).await;
    // A mail scanner opens every link, and looks at it with HEAD.
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let looked = world.request(method, &path).send().await.unwrap();
        assert_eq!(looked.status(), StatusCode::OK);
        assert_eq!(looked.headers()[header::REFERRER_POLICY], "no-referrer");
    }
    let me: Me = ann.get("/api/v1/me").await.json().await.unwrap();
    assert!(!me.account.email_confirmed, "looking confirms nothing");
    let page = text(world.get(&path).await).await;
    assert!(page.contains("ann@example.org") && page.contains("50 more minutes"), "{page}");
    for _ in 0..2 {
        let done = form(&world, &path, &[]).await;
        assert_eq!(done.status(), StatusCode::OK);
        assert!(text(done).await.contains("Your address is confirmed"));
    }
    let me: Me = ann.get("/api/v1/me").await.json().await.unwrap();
    assert!(me.account.email_confirmed);
    assert_eq!(minutes_left(&ann).await, before + 50);
    let entries: Entries = ann.get("/api/v1/wallet/entries").await.json().await.unwrap();
    assert_eq!(entries.items.iter().filter(|entry| entry.kind == "confirmed").count(), 1);
    assert!(text(ann.get("/account/minutes").await).await.contains("Your address is confirmed"));
    let unknown = world.get("/confirm/rubbish").await;
    assert_eq!(unknown.status(), StatusCode::GONE);
    assert_eq!(form(&world, "/confirm/rubbish", &[]).await.status(), StatusCode::GONE);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_page_sends_the_link_on_demand() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let outbox = Outbox::of(&world).await;
    assert!(text(ann.get("/account").await).await.contains("action=\"/account/confirm\""));
    for _ in 0..3 {
        assert_eq!(ann.form("/account/confirm", &[]).await.headers()[header::LOCATION], "/account?done=confirm-sent");
    }
    assert_eq!(ann.form("/account/confirm", &[]).await.headers()[header::LOCATION], "/account?done=confirm-enough");
    assert_eq!(outbox.mails().await.len(), 3);
    let mail = outbox.mail("confirm", 3).await;
    form(&world, &path_in(&world, &mail), &[]).await;
    assert!(!text(ann.get("/account").await).await.contains("action=\"/account/confirm\""));
    assert_eq!(ann.form("/account/confirm", &[]).await.headers()[header::LOCATION], "/account?done=confirmed");
    let cross = ann.request(Method::POST, "/account/confirm").header("Sec-Fetch-Site", "cross-site").send().await;
    assert_eq!(cross.unwrap().status(), StatusCode::FORBIDDEN);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_by_the_link_and_everybody_else_is_out() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let outbox = Outbox::of(&world).await;
    let asked = form(&world, "/forgot", &[("email", " ANN@example.org")]).await;
    assert_eq!(asked.status(), StatusCode::OK);
    let mail = outbox.mail("reset", 1).await;
    let path = path_in(&world, &mail);
    let page = world.get(&path).await;
    assert_eq!(page.headers()[header::REFERRER_POLICY], "no-referrer");
    assert!(text(page).await.contains("ann@example.org"));
    let short = form(&world, &path, &[("password", "short")]).await;
    assert_eq!(short.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(short).await.contains("id=\"password-error\""));
    assert_eq!(ann.get("/api/v1/me").await.status(), StatusCode::OK, "nothing has changed so far");

    let done = form(&world, &path, &[("password", NEW_PASSWORD)]).await;
    assert_eq!(done.headers()[header::LOCATION], "/sign-in?done=password");
    assert!(!done.headers().contains_key(header::SET_COOKIE), "the link signs nobody in");
    problem(ann.get("/api/v1/me").await, Kind::Unauthorized).await;
    assert_eq!(sign_in(&world, PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&world, NEW_PASSWORD).await, StatusCode::CREATED);
    assert_eq!(outbox.mail("password-changed", 1).await.to, "ann@example.org");
    assert_eq!(world.get(&path).await.status(), StatusCode::GONE);
    assert_eq!(form(&world, &path, &[("password", "yet another one")]).await.status(), StatusCode::GONE);
    assert_eq!(sign_in(&world, NEW_PASSWORD).await, StatusCode::CREATED, "a used link changes nothing");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_stays_so_and_the_others_go() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let other = world.post("/api/v1/sessions", &json!({ "email": "ann@example.org", "password": PASSWORD })).await;
    let other = cookie_of(&other);
    let outbox = Outbox::of(&world).await;
    ann.form("/forgot", &[("email", "ann@example.org")]).await;
    let path = path_in(&world, &outbox.mail("reset", 1).await);
    let done = ann.form(&path, &[("password", NEW_PASSWORD)]).await;
    assert_eq!(done.headers()[header::LOCATION], "/account?done=password");
    assert_eq!(ann.get("/api/v1/me").await.status(), StatusCode::OK);
    let gone = world.request(Method::GET, "/api/v1/me").header(header::COOKIE, other).send().await.unwrap();
    problem(gone, Kind::Unauthorized).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_password_tells_nobody_which_addresses_have_an_account() {
    let world = World::start().await;
    world.person("ann@example.org").await;
    let outbox = Outbox::of(&world).await;
    let mut answers = Vec::new();
    for email in ["ann@example.org", "nobody@example.org"] {
        let answer = form(&world, "/forgot", &[("email", email)]).await;
        let status = answer.status();
        let mut headers: Vec<_> = answer.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        headers.retain(|(name, _)| name != header::DATE);
        answers.push((status, headers, text(answer).await));
    }
    assert_eq!(answers[0], answers[1], "status, headers and words are the same");
    // The work of the answer is the same, too: nothing but this row is written before it.
    outbox.is_quiet().await;
    let mails: Vec<_> = outbox.mails().await.into_iter().map(|mail| (mail.kind, mail.to)).collect();
    assert_eq!(mails, [("reset".to_owned(), "ann@example.org".to_owned())]);
    let bad = form(&world, "/forgot", &[("email", "not an address")]).await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        last = form(&world, "/forgot", &[("email", "nobody@example.org")]).await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    world.end().await;
}

/// Requests for each address: the middle one of them is printed.
const ASKED: u8 = 40;

/// That the work is the same is proved in the store's tests, by the statements that run. Here every answer of many is the
/// same to the byte, whatever was asked before, and the time that they take is printed.
#[tokio::test(flavor = "multi_thread")]
async fn many_answers_to_forgotten_passwords_are_the_same_with_and_without_an_account() {
    let world = World::start().await;
    world.person("ann@example.org").await;
    let mut took = [Vec::new(), Vec::new()];
    let mut answers = Vec::new();
    for n in 1..=ASKED {
        // Each is asked first as often as the other.
        for turn in [n, n + 1] {
            let which = usize::from(turn % 2);
            let (times, email) = (&mut took[which], ["ann@example.org", "bob@example.org"][which]);
            // An address of its own for each round, since one may ask ten times only.
            let client = client_from([127, 0, n, 2].into());
            let begun = instant();
            let answer = client.post(format!("{}/forgot", world.url)).form(&[("email", email)]).send().await.unwrap();
            let status = answer.status();
            let mut headers = answer.headers().clone();
            headers.remove(header::DATE);
            let text = text(answer).await;
            times.push(begun.elapsed());
            answers.push((status, headers, text));
        }
    }
    assert_eq!(answers[0].0, StatusCode::OK);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "one of {} answers differs", answers.len());
    let [with, without] = took.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    println!("an answer took {with:?} with an account and {without:?} without, in the middle of {ASKED}");
    world.end().await;
}

#[expect(clippy::disallowed_methods, reason = "it is real time that is measured")]
fn instant() -> Instant {
    Instant::now()
}
