//! Links of shares from outside: what senders may make, what visitors get, and what everybody else does not.

use std::time::Duration;

use iroam_protocol::{
    events::{AgentEvent, Revoked},
    grant::{Grant, RelayAdmission, Scope},
    id::{ItemId, RowId},
    portal::{Entries, Lease},
    problem::Kind,
    shares::{CreatedShare, CreatedShares, Obstacle, Shared, Shares, State},
    token::KeySet,
};
use iroam_store::{Mail, MailState};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::kit::{DEADLINE, Home, Person, World, now_s, player, problem};

fn item(n: u8) -> ItemId {
    ItemId::from_bytes([n; 16])
}

/// A request for links to one song.
fn request(home: &Home<'_>, id: u8, recipients: &[&str]) -> Value {
    json!({
        "id": RowId::from_bytes([id; 16]), "home": home.id(), "kind": "track", "title": "Song <of> mine",
        "subtitle": "Band", "cover": item(2), "recipients": recipients, "note": "For you,\nwith love",
        "items": [{ "track": item(1), "title": "Song <of> mine", "artist": "Band", "album": "Record",
                    "duration_ms": 180_000, "cover": item(2) }],
    })
}

async fn sender<'w>(world: &'w World, email: &str) -> Person<'w> {
    let person = world.person(email).await;
    let confirmed = world.admin(&["confirm-email", "--email", email]);
    assert!(confirmed.status.success(), "{}", String::from_utf8_lossy(&confirmed.stderr));
    person
}

async fn made(sender: &Person<'_>, request: &Value) -> Vec<CreatedShare> {
    let response = sender.post("/api/v1/shares", request).await;
    assert_eq!(response.status(), StatusCode::CREATED, "{}", response.text().await.unwrap());
    response.json::<CreatedShares>().await.unwrap().shares
}

/// Somebody with a link, and nothing else.
struct Visitor<'w> {
    world: &'w World,
    share: String,
    secret: String,
    tab: u8,
}

impl<'w> Visitor<'w> {
    fn of(world: &'w World, share: &CreatedShare, tab: u8) -> Self {
        let (path, secret) = share.url.split_once('#').unwrap();
        assert_eq!(path, format!("{}/s/{}", world.url, share.public_id));
        assert_eq!(secret.len(), 43, "256 bits");
        Self { world, share: share.public_id.clone(), secret: secret.into(), tab }
    }

    fn body(&self, more: Value) -> Value {
        let mut body = json!({ "share": self.share, "secret": self.secret });
        let Value::Object(more) = more else { panic!("{more} is no object") };
        body.as_object_mut().unwrap().extend(more);
        body
    }

    async fn post(&self, path: &str, more: Value) -> Response {
        self.world.post(&format!("/api/v1/shared/{path}"), &self.body(more)).await
    }

    async fn look(&self) -> Response {
        self.post("open", json!({ "player_peer": player(self.tab) })).await
    }

    async fn sees(&self) -> Shared {
        let response = self.look().await;
        assert_eq!(response.status(), StatusCode::OK, "{}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    async fn listen(&self) -> Response {
        let key = format!("the key of the tab {}", self.tab);
        self.post("listenings", json!({ "player_peer": player(self.tab), "idempotency_key": key })).await
    }

    async fn listens(&self) -> Lease {
        let response = self.listen().await;
        assert_eq!(response.status(), StatusCode::CREATED, "{}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    async fn beat(&self, lease: &Lease, seq: u64, played_ms: u64) -> Response {
        let beat = json!({ "seq": seq, "played_ms": played_ms, "buffered_ms": 0, "playing": true });
        self.post(&format!("listenings/{}/heartbeat", lease.id), beat).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_hears_the_named_items_at_the_sender_s_cost_and_learns_nothing_else() {
    let world = World::start().await;
    let ann = sender(&world, "ann@example.org").await;
    let home = ann.home(1).await;
    let links = made(&ann, &request(&home, 1, &["Bob@Example.org", "bob@example.org", "eve@example.org"])).await;
    let to: Vec<_> = links.iter().map(|link| link.recipient.as_deref().unwrap()).collect();
    assert_eq!(to, ["bob@example.org", "eve@example.org"], "an address gets one link");
    assert_ne!(links[0].url, links[1].url);
    let repeated = made(&ann, &request(&home, 1, &["Bob@Example.org", "bob@example.org", "eve@example.org"])).await;
    assert_eq!(repeated, links, "the same request makes nothing new");

    let mut mails = pending(&world).await;
    mails.sort_by(|a, b| a.to.cmp(&b.to));
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["bob@example.org", "eve@example.org"]);
    assert!(mails[0].text.contains(&links[0].url) && mails[0].text.contains("/opt-out/"), "{}", mails[0].text);
    assert!(mails[1].subject.contains("ann") && mails[1].text.contains("with love"), "{}", mails[1].text);

    let bob = Visitor::of(&world, &links[0], 9);
    let seen = bob.sees().await;
    assert_eq!((seen.title.as_str(), seen.sender_name.as_str()), ("Song <of> mine", "ann"));
    assert_eq!((seen.note.as_str(), seen.home, seen.home_online), ("For you,\nwith love", home.id(), false));
    assert_eq!((seen.can_play, seen.plays_left, seen.items.len(), seen.cover), (true, 10, 1, Some(item(2))));
    let keys: KeySet = serde_json::from_value(world.get("/.well-known/jwks.json").await.json().await.unwrap()).unwrap();
    let grant = |text: &str| Grant::verify(text, &keys, &home.id(), &player(9), now_s()).unwrap();
    let looking = grant(&seen.access.grant);
    assert_eq!((looking.scope, looking.lst, looking.shr), (Scope::Share, None, Some(links[0].id)));
    assert_eq!((looking.res.as_deref(), looking.reads_media()), (Some(&[item(1)][..]), false));
    let admission = RelayAdmission::verify(&seen.access.relay.token, &keys, &player(9), now_s()).unwrap();
    assert_eq!((admission.homes, admission.reserve), (vec![home.id()], false));

    let lease = bob.listens().await;
    assert_eq!(bob.listens().await.id, lease.id, "the same key gives the same listening");
    let listening = grant(&lease.grant);
    assert_eq!((listening.scope, listening.lst, listening.res), (Scope::Share, Some(lease.id), looking.res));
    assert_ne!(looking.sub, grant_of_owner(&ann, &home, &keys).await.sub, "a visitor is not its host");
    let admission = RelayAdmission::verify(&lease.relay.token, &keys, &player(9), now_s()).unwrap();
    assert_eq!(admission.homes, [home.id()]);
    let beaten: Lease = bob.beat(&lease, 1, 4_000).await.json().await.unwrap();
    assert_eq!((beaten.charged_minutes, beaten.price_micros), (1, 0));
    assert_eq!(lease.balance_ms, beaten.balance_ms, "what the sender has is not told");

    let entries: Entries = ann.get("/api/v1/wallet/entries").await.json().await.unwrap();
    assert_eq!(entries.items.iter().filter(|entry| entry.kind == "charge").count(), 1);
    let listed: Shares = ann.get("/api/v1/shares").await.json().await.unwrap();
    let mine = listed.items.iter().find(|share| share.id == links[0].id).unwrap();
    assert_eq!((mine.plays, mine.listening, mine.spent_minutes, mine.state), (1, 1, 1, State::Live));

    let closed = bob.post(&format!("listenings/{}/close", lease.id), json!({ "played_ms": 4_000 })).await;
    assert_eq!(closed.status(), StatusCode::NO_CONTENT);
    problem(bob.beat(&lease, 2, 5_000).await, Kind::ListeningClosed).await;
    let audit = world.admin(&["audit-ledger"]);
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    world.end().await;
}

/// The mails that wait, newest first.
async fn pending(world: &World) -> Vec<Mail> {
    world.store().await.outbox_page(Some(MailState::Pending), None, 100).await.unwrap().mails
}

async fn grant_of_owner(ann: &Person<'_>, home: &Home<'_>, keys: &KeySet) -> Grant {
    let access = ann.granted(&home.id(), &player(8)).await;
    Grant::verify(&access.grant, keys, &home.id(), &player(8), now_s()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_open_nothing_answer_alike_to_the_byte() {
    let world = World::start().await;
    let ann = sender(&world, "ann@example.org").await;
    let home = ann.home(1).await;
    let revoked = made(&ann, &request(&home, 1, &[])).await.remove(0);
    let mut short = request(&home, 2, &[]);
    short["plays_max"] = json!(1);
    let used_up = made(&ann, &short).await.remove(0);
    let first = Visitor::of(&world, &used_up, 7);
    let lease = first.listens().await;
    first.beat(&lease, 1, 4_000).await;
    let deleted = ann.request(Method::DELETE, &format!("/api/v1/shares/{}", revoked.id)).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);

    let revoked = Visitor::of(&world, &revoked, 9);
    let mut guessed = Visitor::of(&world, &used_up, 9);
    guessed.secret = "A".repeat(43);
    let unknown = Visitor { world: &world, share: "A".repeat(22), secret: "A".repeat(43), tab: 9 };
    let used_up = Visitor::of(&world, &used_up, 9);
    let mut answers = Vec::new();
    for visitor in [&revoked, &guessed, &unknown, &used_up] {
        for response in [
            visitor.look().await,
            visitor.listen().await,
            visitor.post("tell-me", json!({ "email": "b@example.org" })).await,
        ] {
            let headers: Vec<_> = response.headers().keys().map(|name| name.as_str().to_owned()).collect();
            answers.push((response.status(), headers, response.text().await.unwrap()));
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert!(answers[0].2.contains("share-gone"), "{}", answers[0].2);
    assert_eq!(first.sees().await.plays_left, 0, "the tab that plays goes on");
    for visitor in [&revoked, &guessed, &unknown] {
        problem(
            visitor.beat(&lease, 2, 5_000).await,
            if visitor.share == revoked.share { Kind::NotFound } else { Kind::ShareGone },
        )
        .await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_revokes_at_the_home_and_ends_the_listening() {
    let world = World::start().await;
    let ann = sender(&world, "ann@example.org").await;
    let home = ann.home(1).await;
    let mut events = home.events(None).await;
    let link = made(&ann, &request(&home, 1, &[])).await.remove(0);
    let bob = Visitor::of(&world, &link, 9);
    let lease = bob.listens().await;
    assert!(bob.sees().await.home_online);
    let eve = sender(&world, "eve@example.org").await;
    let path = format!("/api/v1/shares/{}", link.id);
    problem(eve.request(Method::DELETE, &path).send().await.unwrap(), Kind::NotFound).await;
    for _ in 0..2 {
        assert_eq!(ann.request(Method::DELETE, &path).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    }
    let means =
        |wanted: Revoked| move |event: &AgentEvent| matches!(event, AgentEvent::Revoke { what, .. } if *what == wanted);
    events.until(means(Revoked::Share(link.id))).await;
    events.until(means(Revoked::Listening(lease.id))).await;
    problem(bob.beat(&lease, 1, 4_000).await, Kind::ShareGone).await;
    problem(bob.look().await, Kind::ShareGone).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_shared_is_told_with_its_field_and_nothing_is_made() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    let good = request(&home, 1, &[]);
    let told = problem(ann.post("/api/v1/shares", &good).await, Kind::EmailUnconfirmed).await;
    assert!(told.detail.unwrap().contains("Confirm your e-mail address"));
    problem(world.post("/api/v1/shares", &good).await, Kind::Unauthorized).await;
    assert!(world.admin(&["confirm-email", "--email", "ann@example.org"]).status.success());

    let many: Vec<_> = (0..1_000).map(|n| format!("friend{n}@example.org")).collect();
    let song = good["items"][0].clone();
    let long = |mut song: Value| {
        song["title"] = json!("x".repeat(301));
        song
    };
    for (field, value) in [
        ("recipients", json!(many)),
        ("recipients", json!(["bob@example.org\r\nBcc: eve@example.org"])),
        ("recipients", json!(["not an address"])),
        ("note", json!("look at https://evil.example")),
        ("note", json!("write to me@evil.com")),
        ("note", json!("x".repeat(501))),
        ("note", json!("bell \u{7}")),
        ("title", json!("")),
        ("title", json!("two\r\nBcc: eve@example.org")),
        ("title", json!("http://evil.example")),
        ("subtitle", json!("two\nlines")),
        ("items", json!([])),
        ("items", json!(vec![song.clone(); 501])),
        ("items", json!([long(song.clone())])),
        ("expires_days", json!(0)),
        ("expires_days", json!(91)),
        ("plays_max", json!(1_001)),
        ("at_once", json!(11)),
        ("cap_minutes", json!(0)),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let told = problem(ann.post("/api/v1/shares", &bad).await, Kind::Invalid).await;
        assert_eq!(told.field.as_deref(), Some(field), "{:?}", told.detail);
    }
    let listed: Shares = ann.get("/api/v1/shares").await.json().await.unwrap();
    assert_eq!(listed.items, [], "nothing was made");
    let mut largest = good;
    largest["items"] = json!(vec![song; 500]);
    assert_eq!(made(&ann, &largest).await.len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fifty_first_invitation_of_a_day_waits_and_none_of_its_request_is_sent() {
    let world = World::start().await;
    let ann = sender(&world, "ann@example.org").await;
    let home = ann.home(1).await;
    let addresses: Vec<_> = (0..60).map(|n| format!("friend{n}@example.org")).collect();
    let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
    for (n, twenty) in addresses.chunks(20).enumerate() {
        let response = ann.post("/api/v1/shares", &request(&home, u8::try_from(n + 1).unwrap(), twenty)).await;
        if n < 2 {
            assert_eq!(response.status(), StatusCode::CREATED);
        } else {
            let told = problem(response, Kind::QuotaReached).await;
            assert!(told.detail.unwrap().contains("10 are left"));
        }
    }
    let listed: Shares = ann.get("/api/v1/shares?limit=100").await.json().await.unwrap();
    assert_eq!(listed.items.len(), 40);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_at_zero_and_a_crowd_are_told_in_plain_words() {
    let world = World::start().await;
    let ann = sender(&world, "ann@example.org").await;
    let home = ann.home(1).await;
    let mut alone = request(&home, 1, &[]);
    alone["at_once"] = json!(1);
    let link = made(&ann, &alone).await.remove(0);
    let (bob, eve) = (Visitor::of(&world, &link, 9), Visitor::of(&world, &link, 10));
    let lease = bob.listens().await;
    assert_eq!(eve.sees().await.reason, Some(Obstacle::Busy));
    let told = problem(eve.listen().await, Kind::ShareBusy).await;
    assert!(told.detail.unwrap().contains("Try again"));
    // Many minutes at once: the clock allows 5 s at a time, so a row of heartbeats plays the sender's ten minutes.
    let mut seq = 0;
    let end = loop {
        seq += 1;
        let response = bob.beat(&lease, seq, 10_000_000).await;
        if response.status() != StatusCode::OK {
            break response;
        }
    };
    let told = problem(end, Kind::SenderOutOfMinutes).await.detail.unwrap();
    assert!(told.contains("no listening time left") && !told.chars().any(|c| c.is_ascii_digit()), "{told}");
    assert_eq!(eve.sees().await.reason, Some(Obstacle::SenderOutOfMinutes));
    problem(eve.listen().await, Kind::SenderOutOfMinutes).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_the_same_for_every_link_but_for_its_preview() {
    let world = World::start().await;
    let ann = sender(&world, "ann@example.org").await;
    let home = ann.home(1).await;
    let link = made(&ann, &request(&home, 1, &[])).await.remove(0);
    let page = async |id: &str| {
        let response = world.get(&format!("/s/{id}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(
            (header("referrer-policy"), header("x-robots-tag")),
            ("no-referrer".into(), "noindex, nofollow".into())
        );
        assert_eq!(
            (header("cache-control"), header("content-type")),
            ("no-store".into(), "text/html; charset=utf-8".into())
        );
        assert!(header("content-security-policy").contains("script-src 'self'"));
        assert!(!response.headers().contains_key(header::SET_COOKIE));
        response.text().await.unwrap()
    };
    let live = page(&link.public_id).await;
    assert!(live.contains(r#"<meta property="og:title" content="Song &#60;of&#62; mine" />"#), "{live}");
    assert!(
        live.contains(r#"property="og:description" content="Band""#) && live.contains("/share-preview.png"),
        "{live}"
    );
    assert!(!live.contains(&home.id().to_string()) && !live.contains("ann"), "{live}");
    ann.request(Method::DELETE, &format!("/api/v1/shares/{}", link.id)).send().await.unwrap();
    let gone = page(&link.public_id).await;
    assert!(gone.contains(r#"content="Music for you""#) && !gone.contains("Song"), "{gone}");
    for id in ["AAAAAAAAAAAAAAAAAAAAAA", "x", "%3Cscript%3E"] {
        assert_eq!(page(id).await, gone);
    }
    let picture = world.get("/share-preview.png").await;
    assert_eq!(picture.headers()[header::CONTENT_TYPE], "image/png");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_forgotten_once_the_home_is_back_and_nobody_learns_of_it() {
    let world = World::start().await;
    let ann = sender(&world, "ann@example.org").await;
    let home = ann.home(1).await;
    let link = made(&ann, &request(&home, 1, &[])).await.remove(0);
    let bob = Visitor::of(&world, &link, 9);
    let wait = async |email: &str| bob.post("tell-me", json!({ "email": email })).await;
    problem(wait("no address").await, Kind::Invalid).await;
    let before = ann.get("/api/v1/shares").await.text().await.unwrap();
    for n in 0..3 {
        assert_eq!(wait(&format!("friend{n}@example.org")).await.status(), StatusCode::ACCEPTED);
    }
    assert_eq!(wait("friend0@example.org").await.status(), StatusCode::ACCEPTED, "a repeat is no other");
    problem(wait("friend3@example.org").await, Kind::QuotaReached).await;
    assert_eq!(ann.get("/api/v1/shares").await.text().await.unwrap(), before, "the sender sees nobody wait");

    let mut events = home.events(None).await;
    events.until(|event| matches!(event, AgentEvent::Hello { .. })).await;
    // There is room again when those who waited were told; whoever asks while the home is back is told at once.
    let all_told = async {
        while wait("friend3@example.org").await.status() != StatusCode::ACCEPTED {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        loop {
            let mails = pending(&world).await;
            if mails.len() >= 4 {
                return mails;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let mails = tokio::time::timeout(DEADLINE, all_told).await.unwrap();
    assert!(mails.iter().all(|mail| mail.kind == "home-is-back" && mail.text.contains(&link.url)));
    let mut told: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, (0..4).map(|n| format!("friend{n}@example.org")).collect::<Vec<_>>(), "each once");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_reaches_the_operator_who_takes_the_link_back() {
    let world = World::start().await;
    let ann = sender(&world, "ann@example.org").await;
    let home = ann.home(1).await;
    let link = made(&ann, &request(&home, 1, &[])).await.remove(0);
    let bob = Visitor::of(&world, &link, 9);
    problem(bob.post("report", json!({ "reason": " " })).await, Kind::Invalid).await;
    problem(bob.post("report", json!({ "reason": "x".repeat(1_001) })).await, Kind::Invalid).await;
    let told = bob.post("report", json!({ "reason": "This is\r\nnot hers." })).await;
    assert_eq!(told.status(), StatusCode::ACCEPTED);
    let reports = String::from_utf8(world.admin(&["reports"]).stdout).unwrap();
    assert!(reports.contains("ann@example.org, still there") && reports.contains("    not hers."), "{reports}");
    let taken = world.admin(&["revoke-share", "--id", &link.id.to_string()]);
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    problem(bob.look().await, Kind::ShareGone).await;
    assert!(String::from_utf8(world.admin(&["reports"]).stdout).unwrap().contains("taken back"));

    let other = made(&ann, &request(&home, 2, &[])).await.remove(0);
    let eve = Visitor::of(&world, &other, 9);
    eve.post("report", json!({ "reason": "<b>Nor</b> this." })).await;
    let (page, revoke) = ("/operator/reports", format!("/operator/reports/{}/revoke", other.id));
    assert_eq!(world.get(page).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(world.request(Method::POST, &revoke).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let cookie = crate::operator::operator(&world).await;
    let as_operator = |method, path: &str| world.request(method, path).header(header::COOKIE, &cookie).send();
    let shown = as_operator(Method::GET, page).await.unwrap().text().await.unwrap();
    assert!(shown.contains("&#60;b&#62;Nor") && shown.contains("Taken back") && shown.contains(&revoke), "{shown}");
    assert_eq!(as_operator(Method::POST, &revoke).await.unwrap().status(), StatusCode::SEE_OTHER);
    problem(eve.look().await, Kind::ShareGone).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_refuses_invitations_gets_none_and_a_scanner_that_looks_refuses_nothing() {
    let world = World::start().await;
    let ann = sender(&world, "ann@example.org").await;
    let home = ann.home(1).await;
    assert!(made(&ann, &request(&home, 1, &["bob@example.org"])).await[0].mailed);
    let mail = pending(&world).await.remove(0);
    let link = mail.list_unsubscribe.unwrap();
    assert!(mail.text.contains(&link) && mail.html.contains(&link));
    let path = link.strip_prefix(&world.url).unwrap();
    for _ in 0..2 {
        let looked = world.get(path).await;
        assert_eq!(looked.status(), StatusCode::OK);
        assert_eq!(looked.headers()[header::REFERRER_POLICY], "no-referrer");
        assert!(looked.text().await.unwrap().contains("Get no more invitations?"));
    }
    assert_eq!(pending(&world).await.len(), 1);
    // The one click of a mail program (RFC 8058).
    let click = world.request(Method::POST, path).form(&[("List-Unsubscribe", "One-Click")]).send().await.unwrap();
    assert_eq!(click.status(), StatusCode::OK);
    assert_eq!(pending(&world).await.len(), 0, "the one that waited is withdrawn");
    assert!(world.get(path).await.text().await.unwrap().contains("Nobody on this portal can"));
    let again = made(&ann, &request(&home, 2, &["Bob@example.org", "eve@example.org"])).await;
    assert_eq!(again.iter().map(|link| link.mailed).collect::<Vec<_>>(), [false, true]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_link_that_was_not_made_here_is_no_page() {
    let world = World::start().await;
    for token in ["x", &"A".repeat(43)] {
        for method in [Method::GET, Method::POST] {
            let response = world.request(method, &format!("/opt-out/{token}")).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
        }
    }
    world.end().await;
}
