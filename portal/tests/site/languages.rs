//! Which language a page and a mail speak, and that they speak nothing else.

use std::{collections::BTreeSet, time::Duration};

use iroam_protocol::{
    activation::{decoy, fingerprint},
    id::{ItemId, RowId},
    portal::{Lease, Me, Session},
    problem::Kind,
    shares::CreatedShares,
};
use iroam_store::Mail;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::kit::{DEADLINE, Home, PASSWORD, Person, World, cookie_of, now_s, player, problem};

/// What is called alike everywhere: names, addresses, code, and words that both languages have.
const NAMES: &[&str] = &[
    "iRoam",
    "API",
    "HOTEL",
    "min",
    "Rust",
    "Code",
    "Player",
    "Mails",
    "English",
    "Deutsch",
    "UTC",
    "Attic",
    "Debian ##, iRoam #.#.#",
    "attic-pc",
    "Sunday",
    "ann@example.org",
    "iroam",
    "iroam up",
    "iroam status",
    "iroam open",
    "iroam logout",
    "target/release",
    "cargo build --release -p iroam-agent",
    "BCDF-GHJK",
    "localhost:#####/approve",
];

async fn text(response: Response) -> String {
    response.text().await.unwrap()
}

/// Somebody who has just signed up in a browser of this language.
async fn person<'w>(world: &'w World, email: &str, language: &str) -> Person<'w> {
    let body = json!({ "email": email, "password": PASSWORD });
    let response = world.request(Method::POST, "/api/v1/accounts").header(header::ACCEPT_LANGUAGE, language);
    let response = response.json(&body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    Person { world, cookie: cookie_of(&response), me: response.json().await.unwrap() }
}

fn said_in<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// The newest mail of a kind to an address, when it is there.
async fn mail(world: &World, to: &str, kind: &str) -> Mail {
    let waiting = async {
        loop {
            if let Some(mail) = world.mails(to).await.into_iter().find(|mail| mail.kind == kind) {
                return mail;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("no mail {kind}"))
}

/// The path of the link in a mail.
fn path_in(world: &World, mail: &Mail) -> String {
    let link = mail.text.split_whitespace().find_map(|word| word.strip_prefix(&world.url));
    link.unwrap_or_else(|| panic!("no link in {}", mail.text)).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_speaks_the_language_that_the_browser_asks_for() {
    let world = World::start().await;
    for (wish, tag) in [
        (None, "en"),
        (Some("de"), "de"),
        (Some("de-AT,de;q=0.9,en;q=0.8"), "de"),
        (Some("en-US,en;q=0.9,de;q=0.8"), "en"),
        (Some("fr-FR,fr;q=0.9"), "en"),
        (Some("fr, de;q=0.1"), "de"),
        (Some("de;q=0"), "en"),
        (Some(";;q=,*/*"), "en"),
    ] {
        for path in ["/", "/sign-in", "/nothing", "/reset/rubbish"] {
            let request = world.request(Method::GET, path);
            let request = wish.iter().fold(request, |request, wish| request.header(header::ACCEPT_LANGUAGE, *wish));
            let page = request.send().await.unwrap();
            assert_eq!(said_in(&page, "content-language"), tag, "{path} {wish:?}");
            let varies: Vec<_> = page.headers().get_all(header::VARY).iter().map(|on| on.to_str().unwrap()).collect();
            assert!(varies.join(", ").contains("accept-language"), "{path}: {varies:?}");
            assert!(text(page).await.contains(&format!("<html lang=\"{tag}\">")), "{path} {wish:?}");
        }
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_keeps_the_language_of_its_first_browser_until_it_chooses_another() {
    let world = World::start().await;
    let form = [("email", "ann@example.org"), ("password", PASSWORD)];
    let signed_up = world.request(Method::POST, "/sign-up").header(header::ACCEPT_LANGUAGE, "de-DE").form(&form);
    let cookie = cookie_of(&signed_up.send().await.unwrap());
    let get = async |path: &str| {
        let request = world.request(Method::GET, path).header(header::COOKIE, &cookie);
        request.header(header::ACCEPT_LANGUAGE, "en").send().await.unwrap()
    };
    let me: Me = get("/api/v1/me").await.json().await.unwrap();
    assert_eq!(me.account.language, "de");
    for path in ["/account", "/download", "/nothing"] {
        let page = get(path).await;
        assert_eq!(said_in(&page, "content-language"), "de", "{path}: the account decides, not the browser");
        assert!(text(page).await.contains("Abmelden"), "{path}");
    }
    let settings = text(get("/account/settings").await).await;
    assert!(settings.contains("<option value=\"de\" lang=\"de\" selected>Deutsch</option>"), "{settings}");
    let choose = [("language", "en"), ("time_zone", "UTC")];
    let chosen = world.request(Method::POST, "/account/settings").header(header::COOKIE, &cookie).form(&choose);
    assert_eq!(chosen.send().await.unwrap().status(), StatusCode::SEE_OTHER);
    assert!(text(get("/account/settings?done=saved").await).await.contains("Your settings are saved."));

    let bob = person(&world, "bob@example.org", "de, en;q=0.5").await;
    assert_eq!(bob.me.account.language, "de");
    let eve = person(&world, "eve@example.org", "tlh").await;
    assert_eq!(eve.me.account.language, "en");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_and_the_operator_s_pages_speak_english() {
    let world = World::start().await;
    let ann = person(&world, "ann@example.org", "de").await;
    let wrong = ann.request(Method::PATCH, "/api/v1/me").header(header::ACCEPT_LANGUAGE, "de");
    let wrong = problem(wrong.json(&json!({ "time_zone": "Nowhere" })).send().await.unwrap(), Kind::Invalid).await;
    assert_eq!(wrong.detail.as_deref(), Some("There is no such time zone."));
    let page = ann.form("/account/settings", &[("language", "de"), ("time_zone", "Nowhere")]).await;
    assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(page).await.contains("Diese Zeitzone gibt es nicht."), "the same failure on a page");
    let short = world.post("/api/v1/accounts", &json!({ "email": "b@example.org", "password": "x" })).await;
    assert_eq!(problem(short, Kind::Invalid).await.detail.as_deref(), Some("Use at least 10 characters."));
    for path in ["/operator", "/operator/outbox", "/operator/enter/rubbish", "/operator/nothing"] {
        let page = ann.request(Method::GET, path).header(header::ACCEPT_LANGUAGE, "de").send().await.unwrap();
        assert_eq!(said_in(&page, "content-language"), "en", "{path}");
        assert!(text(page).await.contains("<html lang=\"en\">"), "{path}");
    }
    world.end().await;
}

/// Somebody's way through all the pages in one language.
struct Journey {
    world: World,
    language: &'static str,
    seen: Vec<(String, String)>,
}

impl Journey {
    async fn see(&mut self, name: &str, response: Response) -> String {
        assert_eq!(said_in(&response, "content-language"), self.language, "{name}: {}", response.status());
        let page = text(response).await;
        assert!(page.contains(&format!("<html lang=\"{}\">", self.language)), "{name}");
        self.seen.push((name.to_owned(), page.clone()));
        page
    }

    async fn visit(&mut self, path: &str) -> String {
        let page = self.request(Method::GET, path).send().await.unwrap();
        self.see(path, page).await
    }

    async fn send(&mut self, name: &str, path: &str, fields: &[(&str, &str)]) -> String {
        let page = self.request(Method::POST, path).form(fields).send().await.unwrap();
        self.see(name, page).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.world.request(method, path).header(header::ACCEPT_LANGUAGE, self.language)
    }

    async fn as_somebody(&mut self, who: &str, path: &str, cookie: &str) -> String {
        let page = self.world.request(Method::GET, path).header(header::COOKIE, cookie).send().await.unwrap();
        self.see(&format!("{who} {path}"), page).await
    }

    async fn sends(&mut self, name: &str, path: &str, cookie: &str, fields: &[(&str, &str)]) -> String {
        let request = self.world.request(Method::POST, path).header(header::COOKIE, cookie).form(fields);
        let page = request.send().await.unwrap();
        self.see(name, page).await
    }
}

/// Whoever is not signed in.
async fn as_a_stranger(journey: &mut Journey) {
    for path in [
        "/",
        "/download",
        "/sign-up",
        "/sign-in",
        "/sign-in?done=password",
        "/sign-in?next=/device",
        "/sign-in?next=/approve",
        "/sign-in/qr",
        "/sign-in/qr?look=still",
        "/sign-in/qr?look=again",
        "/forgot",
        "/nothing",
        "/confirm/rubbish",
        "/reset/rubbish",
        "/one-time/rubbish",
        "/opt-out/rubbish",
    ] {
        journey.visit(path).await;
    }
    let wrong = journey.request(Method::DELETE, "/account").send().await.unwrap();
    journey.see("another method", wrong).await;
    journey.send("a bad address", "/sign-up", &[("email", "no"), ("password", PASSWORD)]).await;
    journey.send("a short password", "/sign-up", &[("email", "eve@example.org"), ("password", "x")]).await;
    let long = "x".repeat(300);
    journey.send("a long password", "/sign-up", &[("email", "eve@example.org"), ("password", &long)]).await;
    journey.send("half a form", "/sign-up", &[("email", "eve@example.org")]).await;
    journey.send("too much", "/sign-up", &[("email", &"x".repeat(20_000)), ("password", PASSWORD)]).await;
    journey.send("a wrong password", "/sign-in", &[("email", "ann@example.org"), ("password", "wrong")]).await;
    journey.send("no address", "/forgot", &[("email", "no")]).await;
    journey.send("forgotten", "/forgot", &[("email", "nobody@example.org")]).await;
    for n in 0..12 {
        journey.send(&format!("forgotten again {n}"), "/forgot", &[("email", "nobody@example.org")]).await;
    }
    let foreign = journey.request(Method::POST, "/sign-in").header("Sec-Fetch-Site", "cross-site");
    let foreign = foreign.form(&[("email", "x")]).send().await.unwrap();
    journey.see("a form of another site", foreign).await;
}

/// Ann's pages while she has nothing.
async fn with_a_new_account(journey: &mut Journey, cookie: &str) {
    for path in ["/", "/sign-in?again=1", "/device", "/approve", "/account", "/account/minutes", "/account/settings"] {
        journey.as_somebody("a new account", path, cookie).await;
    }
    for path in ["/account/homes", "/account/sessions", "/device?code=x", "/approve?code=x", "/invite/rubbish"] {
        journey.as_somebody("a new account", path, cookie).await;
    }
    for code in ["BCDF-GHJK", "bcdfghjl"] {
        journey.as_somebody("an unknown code", &format!("/device?code={code}"), cookie).await;
        journey.as_somebody("an unknown code", &format!("/approve?code={code}"), cookie).await;
    }
    for done in ["renamed", "removed", "saved", "ended", "others-ended", "confirm-sent", "confirm-enough", "confirmed"]
    {
        journey.as_somebody("a notice", &format!("/account?done={done}"), cookie).await;
    }
    for done in ["password", "stopped"] {
        journey.as_somebody("a notice", &format!("/account?done={done}"), cookie).await;
    }
    let own = |field: &'static str, value: &str| [(field, value.to_owned()), ("takes_invitations", "yes".into())];
    for (name, [(field, value), other]) in [
        ("a long name", own("display_name", &"x".repeat(61))),
        ("a hidden name", own("display_name", "a\u{202e}b")),
        ("a link as a name", own("display_name", "www.example.org")),
        ("another language", own("language", "tlh")),
        ("no zone", own("time_zone", "Nowhere")),
    ] {
        let language = journey.language;
        let mut fields = vec![(field, value.as_str()), (other.0, other.1.as_str())];
        let rest = [("language", language), ("time_zone", "UTC")];
        fields.extend(rest.into_iter().filter(|(other, _)| *other != field));
        journey.sends(name, "/account/settings", cookie, &fields).await;
    }
    let gone = format!("/account/listenings/{}/stop", RowId::from_bytes([7; 16]));
    journey.sends("no listening", &gone, cookie, &[]).await;
    let gone = format!("/account/sessions/{}/end", RowId::from_bytes([7; 16]));
    journey.sends("no session", &gone, cookie, &[]).await;
    let gone = format!("/account/homes/{}/remove", player(9));
    journey.sends("no home", &gone, cookie, &[]).await;
    journey.sends("no id", "/account/homes/rubbish/remove", cookie, &[]).await;
}

/// A home becomes Ann's, another is refused.
async fn with_homes(journey: &mut Journey, cookie: &str) {
    for (seed, answer) in [(2, "no"), (1, "yes")] {
        let (code, words) = {
            let home = Home::new(&journey.world, seed);
            (home.authorize().await.user_code, fingerprint(&home.id()).join(" "))
        };
        journey.as_somebody(answer, &format!("/device?code={code}"), cookie).await;
        let wrong = decoy([1, 2, 3, 4]).join(" ");
        for (name, words, home) in [
            ("no words", "", "Attic"),
            ("wrong words", wrong.as_str(), "Attic"),
            ("a home without a name", words.as_str(), " "),
            ("decided", words.as_str(), "Attic"),
        ] {
            let fields = [("code", code.as_str()), ("words", words), ("name", home), ("answer", answer)];
            if answer == "yes" || name == "decided" {
                journey.sends(&format!("{name} {answer}"), "/device", cookie, &fields).await;
            }
        }
    }
    let code = Home::new(&journey.world, 3).authorize().await.user_code;
    let wrong = decoy([1, 2, 3, 4]).join(" ");
    let fields = [("code", code.as_str()), ("words", wrong.as_str()), ("name", "Attic"), ("answer", "yes")];
    for n in 0..5 {
        journey.sends(&format!("wrong words {n}"), "/device", cookie, &fields).await;
    }
    let id = Home::new(&journey.world, 1).id();
    journey.sends("a nameless home", &format!("/account/homes/{id}/rename"), cookie, &[("name", " ")]).await;
    let long = "x".repeat(61);
    journey.sends("a long name of a home", &format!("/account/homes/{id}/rename"), cookie, &[("name", &long)]).await;
}

/// Something plays, on one of two browsers.
async fn with_a_listening(journey: &mut Journey, cookie: &str) {
    let post = async |path: &str, body: &Value| {
        let request = journey.world.request(Method::POST, path).header(header::COOKIE, cookie);
        request.json(body).send().await.unwrap()
    };
    let home = Home::new(&journey.world, 1).id();
    let body = json!({ "home": home, "player_peer": player(7), "idempotency_key": "0123456789abcdef" });
    let lease: Lease = post("/api/v1/listenings", &body).await.json().await.unwrap();
    let beat = json!({ "seq": 1, "played_ms": 4_000, "buffered_ms": 0, "playing": false, "path_report": null });
    let beaten = post(&format!("/api/v1/listenings/{}/heartbeat", lease.id), &beat).await;
    assert_eq!(beaten.status(), StatusCode::OK);
    let body = json!({ "email": "ann@example.org", "password": PASSWORD });
    let other =
        journey.world.request(Method::POST, "/api/v1/sessions").header(header::USER_AGENT, "Firefox/140.0 Windows");
    let other = other.json(&body).send().await.unwrap();
    let listed: Vec<Session> = {
        let request = journey.world.request(Method::GET, "/api/v1/sessions").header(header::COOKIE, cookie_of(&other));
        request.send().await.unwrap().json().await.unwrap()
    };
    assert!(listed.len() >= 2);
    let cookie = cookie_of(&other);
    for path in ["/account", "/account/homes", "/account/minutes", "/account/sessions"] {
        journey.as_somebody("with a listening", path, &cookie).await;
    }
}

/// Another device asks to be signed in; one is let in, one is refused.
async fn with_another_device(journey: &mut Journey, cookie: &str) {
    for answer in ["yes", "no"] {
        let asked = journey.request(Method::GET, "/sign-in/qr").send().await.unwrap();
        let device = cookie_of(&asked);
        let page = journey.see("a code to scan", asked).await;
        let code = page.split("code-shown mono\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        journey.as_somebody("asks", &format!("/approve?code={code}"), cookie).await;
        journey.sends(&format!("answers {answer}"), "/approve", cookie, &[("code", &code), ("answer", answer)]).await;
        if answer == "no" {
            let told = journey.request(Method::GET, "/sign-in/qr").header(header::COOKIE, device).send().await.unwrap();
            journey.see("a device that was refused", told).await;
        }
    }
}

/// The links of mails, opened where nobody is signed in.
async fn with_mails(journey: &mut Journey, cookie: &str) {
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let request = journey.world.request(Method::POST, path).header(header::COOKIE, cookie).form(fields);
        request.send().await.unwrap().status()
    };
    assert_eq!(post("/account/confirm", &[]).await, StatusCode::SEE_OTHER);
    assert_eq!(post("/forgot", &[("email", "ann@example.org")]).await, StatusCode::TOO_MANY_REQUESTS, "see above");
    let confirm = path_in(&journey.world, &mail(&journey.world, "ann@example.org", "confirm").await);
    journey.visit(&confirm).await;
    journey.send("confirmed", &confirm, &[]).await;
    let store = journey.world.store().await;
    store.ask_password("ann@example.org", now_s() * 1_000).await.unwrap();
    let reset = path_in(&journey.world, &mail(&journey.world, "ann@example.org", "reset").await);
    journey.visit(&reset).await;
    journey.send("a short new password", &reset, &[("password", "x")]).await;
}

/// Ann is invited to a list of Bob's, and refuses further invitations.
async fn with_an_invitation(journey: &mut Journey, cookie: &str) {
    let link = {
        let world = &journey.world;
        let bob = world.person("bob@example.org").await;
        assert!(world.admin(&["confirm-email", "--email", "bob@example.org"]).status.success());
        let id = RowId::from_bytes([5; 16]);
        let list = json!({ "id": id, "name": "Sunday", "kind": "list" });
        assert_eq!(bob.post("/api/v1/playlists", &list).await.status(), StatusCode::CREATED);
        let invited =
            bob.post(&format!("/api/v1/playlists/{id}/invitations"), &json!({ "email": "ann@example.org" })).await;
        assert_eq!(invited.status(), StatusCode::ACCEPTED);
        mail(world, "ann@example.org", "playlist-invitation").await
    };
    let paths: Vec<_> = link.text.split_whitespace().filter_map(|word| word.strip_prefix(&journey.world.url)).collect();
    let [invite, opt_out] = paths[..] else { panic!("{}", link.text) };
    journey.as_somebody("invited", invite, cookie).await;
    journey.visit(opt_out).await;
    journey.send("opted out", opt_out, &[]).await;
}

async fn run_journey(language: &'static str) -> Vec<(String, String)> {
    let mut journey = Journey { world: World::start().await, language, seen: Vec::new() };
    let cookie = person(&journey.world, "ann@example.org", language).await.cookie;
    journey.send("a taken address", "/sign-up", &[("email", "ann@example.org"), ("password", PASSWORD)]).await;
    as_a_stranger(&mut journey).await;
    with_a_new_account(&mut journey, &cookie).await;
    with_homes(&mut journey, &cookie).await;
    with_a_listening(&mut journey, &cookie).await;
    with_another_device(&mut journey, &cookie).await;
    with_mails(&mut journey, &cookie).await;
    with_an_invitation(&mut journey, &cookie).await;
    let Journey { world, seen, .. } = journey;
    world.end().await;
    seen
}

/// What people read or hear of a page: texts, labels and titles, with `#` for each digit.
fn pieces(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in page.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        found.insert(text.to_owned());
        for name in ["aria-label", "title", "placeholder", "alt"] {
            let value = tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
            found.extend(value.map(|(value, _)| value.to_owned()));
        }
    }
    let plain = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = found.into_iter().map(plain).map(|text| text.replace(|c: char| c.is_ascii_digit(), "#"));
    told.filter(|text| text.chars().filter(|c| c.is_alphabetic()).count() > 1).collect()
}

/// Zones keep the names that the world gives them; words at home and keys are what machines show.
fn without_lists(page: &str) -> String {
    let mut rest = page.to_owned();
    for (begin, end) in [("<option", "</option>"), ("<b>", "</b>"), ("<dd class=\"mono", "</dd>"), ("<pre", "</pre>")] {
        while let Some(from) = rest.find(begin) {
            let to = rest[from..].find(end).unwrap() + from + end.len();
            rest.replace_range(from..to, "<i>");
        }
    }
    rest
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_leaves_a_piece_in_another_language() {
    let (english, german) = tokio::join!(run_journey("en"), run_journey("de"));
    let mut left = BTreeSet::new();
    assert_eq!(english.len(), german.len());
    for ((name, english), (_, german)) in english.iter().zip(&german) {
        let (english, german) = (pieces(&without_lists(english)), pieces(&without_lists(german)));
        assert!(german.len() > 4, "{name} says something: {german:?}");
        let same = english.intersection(&german).filter(|piece| !NAMES.contains(&piece.as_str()));
        left.extend(same.map(|piece| format!("{name}: {piece}")));
    }
    assert!(left.is_empty(), "{left:#?}");
    assert!(english.len() > 80, "{}", english.len());
}

/// Texts of a mail on one line, as its sentences go over several.
fn flat(mail: &Mail) -> String {
    mail.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_about_an_account_speak_its_language_in_text_and_html() {
    let world = World::start().await;
    let ann = person(&world, "ann@example.org", "de").await;
    ann.form("/account/confirm", &[]).await;
    let confirm = mail(&world, "ann@example.org", "confirm").await;
    assert_eq!(confirm.subject, "Bestätige deine E-Mail-Adresse");
    assert!(flat(&confirm).contains("du bekommst 50 Minuten dazu"), "{}", confirm.text);
    assert!(confirm.html.contains("<html lang=\"de\">") && confirm.html.contains(">Adresse bestätigen</a>"));
    // Whoever asks speaks English; the mail goes to its owner.
    let asked = world.request(Method::POST, "/forgot").header(header::ACCEPT_LANGUAGE, "en");
    asked.form(&[("email", "ann@example.org")]).send().await.unwrap();
    let reset = mail(&world, "ann@example.org", "reset").await;
    assert_eq!(reset.subject, "Wähle ein neues Passwort");
    let path = path_in(&world, &reset);
    let done = world.request(Method::POST, &path).form(&[("password", "another horse entirely")]).send().await.unwrap();
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let changed = mail(&world, "ann@example.org", "password-changed").await;
    assert_eq!(changed.subject, "Dein Passwort wurde geändert");
    assert!(changed.html.contains(">wähle sofort ein neues</a>") && changed.text.contains("wähle sofort ein neues:"));
    world.end().await;
}

fn share(home: &Home<'_>, id: u8, recipients: &[&str]) -> Value {
    let track = ItemId::from_bytes([1; 16]);
    let item = json!({ "track": track, "title": "Song", "artist": "Band", "album": "", "duration_ms": 180_000 });
    json!({ "id": RowId::from_bytes([id; 16]), "home": home.id(), "kind": "track", "title": "Song", "subtitle": null,
            "cover": null, "recipients": recipients, "note": "", "items": [item] })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_speaks_the_recipient_s_language_where_it_is_known_and_else_the_sender_s() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    assert!(world.admin(&["confirm-email", "--email", "ann@example.org"]).status.success());
    let home = ann.home(1).await;
    let german = json!({ "language": "de", "display_name": "Änne" });
    let chosen = ann.request(Method::PATCH, "/api/v1/me").json(&german).send().await.unwrap();
    assert_eq!(chosen.status(), StatusCode::OK);
    world.person("bob@example.org").await;
    person(&world, "uwe@example.org", "de").await;
    let to = ["Bob@example.org", "uwe@example.org", "nobody@example.org"];
    let made = ann.post("/api/v1/shares", &share(&home, 1, &to)).await;
    assert_eq!(made.status(), StatusCode::CREATED, "{}", made.text().await.unwrap());
    let to_bob = mail(&world, "bob@example.org", "share-invitation").await;
    assert_eq!(to_bob.subject, "Änne shares music with you: Song");
    for address in ["uwe@example.org", "nobody@example.org"] {
        let mail = mail(&world, address, "share-invitation").await;
        assert_eq!(mail.subject, "Änne teilt Musik mit dir: Song");
        let flat = flat(&mail);
        assert!(flat.contains("er gilt bis zum ") && flat.contains(". "), "{flat}");
        let day = flat.split_once("bis zum ").unwrap().1;
        assert!(day.split_once(". ").unwrap().0.parse::<u8>().is_ok(), "a German day: {day}");
        assert!(mail.html.contains("<html lang=\"de\">") && mail.html.contains(">Im Browser anhören</a>"));
    }
    let list = json!({ "id": RowId::from_bytes([5; 16]), "name": "Sonntag", "kind": "list" });
    ann.post("/api/v1/playlists", &list).await;
    for (address, subject) in [
        ("bob@example.org", "Änne invites you to a playlist: Sonntag"),
        ("nobody@example.org", "Änne lädt dich zu einer Playlist ein: Sonntag"),
    ] {
        let path = format!("/api/v1/playlists/{}/invitations", RowId::from_bytes([5; 16]));
        assert_eq!(ann.post(&path, &json!({ "email": address })).await.status(), StatusCode::ACCEPTED);
        assert_eq!(mail(&world, address, "playlist-invitation").await.subject, subject);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_news_that_a_home_is_back_speak_the_visitor_s_language_where_it_is_known() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    assert!(world.admin(&["confirm-email", "--email", "ann@example.org"]).status.success());
    let home = ann.home(1).await;
    let chosen = ann.request(Method::PATCH, "/api/v1/me").json(&json!({ "language": "de" })).send().await.unwrap();
    assert_eq!(chosen.status(), StatusCode::OK);
    let made: CreatedShares = ann.post("/api/v1/shares", &share(&home, 1, &[])).await.json().await.unwrap();
    let link = &made.shares[0];
    let (_, secret) = link.url.split_once('#').unwrap();
    for (email, wish) in [("en@example.org", "en-GB"), ("de@example.org", "de"), ("fr@example.org", "fr")] {
        let body = json!({ "share": link.public_id, "secret": secret, "email": email });
        let request = world.request(Method::POST, "/api/v1/shared/tell-me").header(header::ACCEPT_LANGUAGE, wish);
        assert_eq!(request.json(&body).send().await.unwrap().status(), StatusCode::ACCEPTED);
    }
    let _events = home.events(None).await;
    for (email, subject) in [
        ("en@example.org", "You can listen now: Song"),
        ("de@example.org", "Du kannst es jetzt hören: Song"),
        ("fr@example.org", "Du kannst es jetzt hören: Song"),
    ] {
        assert_eq!(mail(&world, email, "home-is-back").await.subject, subject, "{email}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preview_of_a_link_speaks_the_language_that_the_browser_asks_for() {
    let world = World::start().await;
    for (wish, words) in [("en", "Music for you"), ("de", "Musik für dich"), ("fr", "Music for you")] {
        let page = world.request(Method::GET, "/s/unknown").header(header::ACCEPT_LANGUAGE, wish).send().await.unwrap();
        let varies: Vec<_> = page.headers().get_all(header::VARY).iter().map(|on| on.to_str().unwrap()).collect();
        assert!(varies.join(", ").contains("accept-language"), "{varies:?}");
        assert!(text(page).await.contains(&format!("property=\"og:title\" content=\"{words}\"")), "{wish}");
    }
    world.end().await;
}
