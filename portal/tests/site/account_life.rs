use iroam_protocol::{
    portal::{Account, Me, Session},
    problem::Kind,
};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::json;

use crate::kit::{PASSWORD, Person, World, cookie_of, player, problem};

/// The same person in another browser, by the password.
async fn elsewhere<'w>(person: &Person<'w>) -> Person<'w> {
    let body = json!({ "email": person.me.account.email, "password": PASSWORD });
    let response = person.world.post("/api/v1/sessions", &body).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    Person { world: person.world, cookie: cookie_of(&response), me: response.json().await.unwrap() }
}

async fn sessions(person: &Person<'_>) -> Vec<Session> {
    person.get("/api/v1/sessions").await.json().await.unwrap()
}

async fn text(response: Response) -> String {
    response.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_sees_all_browsers_and_signs_one_out() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let bob = world.person("bob@example.org").await;
    let phone = elsewhere(&ann).await;
    let home = ann.home(1).await;
    let tab = player(7);
    phone.granted(&home.id(), &tab).await;

    let listed = sessions(&ann).await;
    assert_eq!(listed.len(), 2);
    assert_eq!(listed.iter().filter(|session| session.current).count(), 1);
    let other = listed.iter().find(|session| !session.current).unwrap();
    assert_eq!(other.address, "127.0.0.1");
    assert!(other.first_seen_ms > 0 && other.first_seen_ms <= other.last_seen_ms);
    let end = |person: &Person<'_>| person.request(Method::DELETE, &format!("/api/v1/sessions/{}", other.id));
    problem(end(&bob).send().await.unwrap(), Kind::NotFound).await;
    assert_eq!(phone.get("/api/v1/me").await.status(), StatusCode::OK, "nobody ends the sessions of others");

    assert_eq!(end(&ann).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    problem(phone.get("/api/v1/me").await, Kind::Unauthorized).await;
    problem(end(&ann).send().await.unwrap(), Kind::NotFound).await;
    assert_eq!(sessions(&ann).await.len(), 1);
    // The tab's key stays tied to the session that ended.
    problem(ann.grant(&home.id(), &tab).await, Kind::Conflict).await;

    let own = sessions(&ann).await[0].id;
    let out = ann.request(Method::DELETE, &format!("/api/v1/sessions/{own}")).send().await.unwrap();
    assert!(out.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"), "one's own takes the cookie");
    problem(ann.get("/api/v1/me").await, Kind::Unauthorized).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_devices_signs_out_one_or_all_others() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    assert!(text(ann.get("/account/sessions").await).await.contains("Nobody else is signed in"));
    let (phone, tablet, office) = (elsewhere(&ann).await, elsewhere(&ann).await, elsewhere(&ann).await);
    let page = text(ann.get("/account/sessions").await).await;
    assert_eq!(page.matches("This device").count(), 1);
    assert_eq!(page.matches(">Sign out</button></form>\n    </li>").count(), 3);

    let one = sessions(&phone).await.into_iter().find(|session| session.current).unwrap().id;
    let ended = ann.form(&format!("/account/sessions/{one}/end"), &[]).await;
    assert_eq!(ended.headers()[header::LOCATION], "/account/sessions?done=ended");
    problem(phone.get("/api/v1/me").await, Kind::Unauthorized).await;
    assert_eq!(tablet.get("/api/v1/me").await.status(), StatusCode::OK);
    let ended = ann.form("/account/sessions/end-others", &[]).await;
    assert_eq!(ended.headers()[header::LOCATION], "/account/sessions?done=others-ended");
    for gone in [&tablet, &office] {
        problem(gone.get("/api/v1/me").await, Kind::Unauthorized).await;
    }
    assert_eq!(ann.get("/api/v1/me").await.status(), StatusCode::OK);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_checked_kept_and_shown() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let change = async |body| ann.request(Method::PATCH, "/api/v1/me").json(&body).send().await.unwrap();
    for (body, field) in [
        (json!({ "display_name": "x".repeat(61) }), "display_name"),
        (json!({ "display_name": "Ann\r\nBcc: all@example.org" }), "display_name"),
        (json!({ "language": "tlh" }), "language"),
        (json!({ "time_zone": "Nowhere/Atlantis", "display_name": "Ann" }), "time_zone"),
    ] {
        let problem = problem(change(body).await, Kind::Invalid).await;
        assert_eq!(problem.field.as_deref(), Some(field));
    }
    let me: Me = ann.get("/api/v1/me").await.json().await.unwrap();
    assert_eq!(me.account, ann.me.account, "what is refused changes nothing");

    let changed: Account =
        change(json!({ "display_name": " Ann ", "time_zone": "Europe/Berlin" })).await.json().await.unwrap();
    assert_eq!((changed.display_name.as_deref(), changed.time_zone.as_str()), (Some("Ann"), "Europe/Berlin"));
    assert!(changed.takes_invitations);

    let page = text(ann.get("/account/settings").await).await;
    assert!(
        page.contains("value=\"Ann\"") && page.contains("<option value=\"Europe/Berlin\" selected>Berlin</option>")
    );
    let fields = [("display_name", "<i>Ann</i>"), ("language", "en"), ("time_zone", "UTC")];
    let saved = ann.form("/account/settings", &fields).await;
    assert_eq!(saved.headers()[header::LOCATION], "/account/settings?done=saved");
    let page = text(ann.get("/account/settings?done=saved").await).await;
    assert!(page.contains("Your settings are saved") && !page.contains("<i>Ann"), "a name is text");
    let me: Me = ann.get("/api/v1/me").await.json().await.unwrap();
    assert!(!me.account.takes_invitations, "a box that is not ticked is off");
    let wrong = [("display_name", "www.evil.example"), ("language", "en"), ("time_zone", "Europe/Paris")];
    let wrong = ann.form("/account/settings", &wrong).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(wrong).await;
    assert!(page.contains("id=\"display_name-error\"") && page.contains("\"Europe/Paris\" selected"), "{page}");
    world.end().await;
}

/// A device that asks to be let in, with the cookie that it was given.
struct Device<'w> {
    world: &'w World,
    cookie: String,
    code: String,
}

impl<'w> Device<'w> {
    async fn new(world: &'w World) -> Self {
        let page = world.get("/sign-in/qr").await;
        assert_eq!(page.headers()["refresh"], "3; url=/sign-in/qr?look=again");
        let cookie = cookie_of(&page);
        let page = text(page).await;
        assert!(
            page.contains("<svg class=\"qr\"") && page.contains(&format!("QR code of {}/approve?code=", world.url))
        );
        let code = page.split("code-shown mono\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        Self { world, cookie, code }
    }

    async fn get(&self, path: &str) -> Response {
        self.world.request(Method::GET, path).header(header::COOKIE, &self.cookie).send().await.unwrap()
    }

    /// Looks again as the page does, and answers the cookie of the session.
    async fn enter(&self) -> String {
        let entered = self.get("/sign-in/qr?look=again").await;
        assert_eq!(
            (entered.status(), &entered.headers()[header::LOCATION]),
            (StatusCode::SEE_OTHER, &"/player/".parse().unwrap())
        );
        let cookies: Vec<_> = entered.headers().get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(cookies.len(), 2, "the secret of the request goes");
        cookie_of(&entered)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_device_is_signed_in_by_a_browser_that_is() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let device = Device::new(&world).await;
    assert!(text(device.get("/sign-in/qr").await).await.contains(&device.code), "a reload shows the same code");

    assert_eq!(device.get("/sign-in/qr?look=again").await.status(), StatusCode::OK);
    let still = device.get("/sign-in/qr?look=still").await;
    assert!(!still.headers().contains_key("refresh"), "whoever wants it has a page that holds still");
    assert!(text(still).await.contains(&device.code));

    let page = text(ann.get(&format!("/approve?code={}", device.code)).await).await;
    assert!(page.contains("Is this your device?") && page.contains(&device.code) && page.contains("127.0.0.1"));
    assert!(!page.contains("The addresses differ"));
    let done = text(ann.form("/approve", &[("code", &device.code), ("answer", "yes")]).await).await;
    assert!(done.contains("is signed in"), "{done}");
    let cookie = device.enter().await;
    let request = |path: &str| world.request(Method::GET, path).header(header::COOKIE, &cookie).send();
    let me: Me = request("/api/v1/me").await.unwrap().json().await.unwrap();
    assert_eq!(me.account, ann.me.account);
    assert_eq!(sessions(&ann).await.len(), 2);
    // Nobody gave the password there, so it opens the account to no new home.
    let home = request("/device?code=BCDF-GHJK").await.unwrap();
    let asked = home.headers()[header::LOCATION].to_str().unwrap();
    assert!(asked.starts_with("/sign-in?") && asked.ends_with("&again=1"), "{asked}");
    // The secret is worth one session.
    let again = device.get("/sign-in/qr?look=again").await;
    assert_eq!(again.status(), StatusCode::GONE);
    assert!(text(again).await.contains("The code has ended"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_refused_is_told_so() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let device = Device::new(&world).await;
    // Whatever is not a yes is a no.
    let done = text(ann.form("/approve", &[("code", &device.code)]).await).await;
    assert!(done.contains("Refused"));
    let told = device.get("/sign-in/qr").await;
    assert_eq!(told.status(), StatusCode::GONE);
    assert!(text(told).await.contains("The other device said no"));
    let again = ann.form("/approve", &[("code", &device.code), ("answer", "yes")]).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY, "a code that was refused is dead");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_alone_lets_nobody_in() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let device = Device::new(&world).await;
    let away = world.get(&format!("/approve?code={}", device.code)).await;
    assert!(away.headers()[header::LOCATION].to_str().unwrap().starts_with("/sign-in?next=%2Fapprove"));
    let cross = ann.request(Method::POST, "/approve").header("Sec-Fetch-Site", "cross-site");
    let cross = cross.form(&[("code", device.code.as_str()), ("answer", "yes")]).send().await.unwrap();
    assert_eq!(cross.status(), StatusCode::FORBIDDEN, "no other site says yes for somebody");
    ann.form("/approve", &[("code", &device.code), ("answer", "yes")]).await;
    // Whoever saw the code on the screen has no secret.
    let thief = world.get("/sign-in/qr?look=again").await;
    assert_eq!(thief.status(), StatusCode::GONE);
    device.enter().await;
    for code in ["rubbish", "BCDF-GHJK", "<script>alert(1)</script>"] {
        let page = ann.request(Method::GET, "/approve").query(&[("code", code)]).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        let page = text(page).await;
        assert!(page.contains("code-error") && !page.contains("<script"), "{code}");
    }
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        last = ann.get("/approve?code=BCDF-GHJK").await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "guessing is braked");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_ask_again_and_again_are_braked_and_looking_costs_nothing() {
    let world = World::start().await;
    for _ in 0..40 {
        let head = world.request(Method::HEAD, "/sign-in/qr").send().await.unwrap();
        assert_eq!((head.status(), head.headers().contains_key(header::SET_COOKIE)), (StatusCode::OK, false));
    }
    let mut last = StatusCode::OK;
    for _ in 0..31 {
        last = world.get("/sign-in/qr").await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let ann = world.person("ann@example.org").await;
    assert_eq!(ann.get("/sign-in/qr").await.headers()[header::LOCATION], "/player/", "whoever is in goes on");
    world.end().await;
}
