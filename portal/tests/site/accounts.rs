use iroam_protocol::{portal::Me, problem::Kind};
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::kit::{PASSWORD, World, cookie_of, problem};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_up_and_sees_the_starter_minutes() {
    let world = World::start().await;
    let ann = world.person(" Ann@Example.org ").await;
    assert_eq!(ann.me.account.email.to_lowercase(), "ann@example.org");
    assert_eq!(ann.me.wallet.balance_ms, 600_000);
    assert!(ann.me.homes.is_empty());
    let me: Me = ann.get("/api/v1/me").await.json().await.unwrap();
    assert_eq!(me.account, ann.me.account);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_are_not_valid_are_named() {
    let world = World::start().await;
    let sign_up = async |email: &str, password: &str| {
        world.post("/api/v1/accounts", &json!({ "email": email, "password": password })).await
    };
    for (email, password, field) in
        [("nobody", PASSWORD, "email"), ("a@b.org", "short", "password"), ("a@b.org", &"x".repeat(257), "password")]
    {
        let problem = problem(sign_up(email, password).await, Kind::Invalid).await;
        assert_eq!(problem.field.as_deref(), Some(field));
    }
    world.person("ann@example.org").await;
    problem(sign_up("ANN@example.org", PASSWORD).await, Kind::EmailTaken).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_and_a_wrong_password_answer_alike() {
    let world = World::start().await;
    world.person("ann@example.org").await;
    let sign_in = async |email: &str, password: &str| {
        world.post("/api/v1/sessions", &json!({ "email": email, "password": password })).await
    };
    let wrong = problem(sign_in("ann@example.org", "wrong horse battery").await, Kind::Unauthorized).await;
    let unknown = problem(sign_in("bob@example.org", "wrong horse battery").await, Kind::Unauthorized).await;
    assert_eq!(wrong, unknown);
    assert_eq!(sign_in("ann@example.org", PASSWORD).await.status(), StatusCode::CREATED);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_a_password_is_braked_even_with_the_right_one() {
    let world = World::start().await;
    world.person("ann@example.org").await;
    let body = json!({ "email": "ann@example.org", "password": "wrong horse battery" });
    let mut last = world.post("/api/v1/sessions", &body).await;
    for _ in 0..10 {
        if last.status() == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        last = world.post("/api/v1/sessions", &body).await;
    }
    assert!(last.headers().contains_key(header::RETRY_AFTER));
    problem(last, Kind::TooManyRequests).await;
    let right = json!({ "email": "ann@example.org", "password": PASSWORD });
    problem(world.post("/api/v1/sessions", &right).await, Kind::TooManyRequests).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_and_clears_the_cookie() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let out = ann.request(Method::DELETE, "/api/v1/sessions/current").send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert!(out.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    problem(ann.get("/api/v1/me").await, Kind::Unauthorized).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_from_another_site_changes_nothing() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let delete = || ann.request(Method::DELETE, "/api/v1/sessions/current");
    let cross = delete().header("Sec-Fetch-Site", "cross-site").send().await.unwrap();
    problem(cross, Kind::Forbidden).await;
    let foreign = delete().header(header::ORIGIN, "https://evil.example").send().await.unwrap();
    problem(foreign, Kind::Forbidden).await;
    let form = ann.request(Method::POST, "/sign-out").header("Sec-Fetch-Site", "cross-site").send().await.unwrap();
    assert_eq!(form.status(), StatusCode::FORBIDDEN);
    assert_eq!(ann.get("/api/v1/me").await.status(), StatusCode::OK);
    let own = delete().header(header::ORIGIN, &world.url).header("Sec-Fetch-Site", "same-origin").send().await.unwrap();
    assert_eq!(own.status(), StatusCode::NO_CONTENT);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forms_sign_up_in_and_out_without_any_script() {
    let world = World::start().await;
    let form = async |path: &str, fields: &[(&str, &str)]| {
        world.request(Method::POST, path).form(fields).send().await.unwrap()
    };
    let wrong = form("/sign-up", &[("email", "ann"), ("password", PASSWORD), ("next", "/device")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = wrong.text().await.unwrap();
    assert!(
        page.contains("id=\"email-error\"") && page.contains("value=\"ann\"") && page.contains("value=\"/device\"")
    );
    assert!(!page.contains(PASSWORD), "a page never shows a password");

    let up = form("/sign-up", &[("email", "ann@example.org"), ("password", PASSWORD), ("next", "/device")]).await;
    assert_eq!((up.status(), &up.headers()[header::LOCATION]), (StatusCode::SEE_OTHER, &"/device".parse().unwrap()));

    let fields = [("email", "ann@example.org"), ("password", PASSWORD), ("next", "https://evil.example/")];
    let signed_in = form("/sign-in", &fields).await;
    assert_eq!(signed_in.headers()[header::LOCATION], "/player/", "a form leads on to this site only");
    let cookie = cookie_of(&signed_in);
    let out = world.request(Method::POST, "/sign-out").header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(out.headers()[header::LOCATION], "/");
    let account = world.request(Method::GET, "/account").header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(account.headers()[header::LOCATION], "/sign-in?next=%2Faccount");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_link_signs_in_once() {
    let world = World::start().await;
    world.person("ann@example.org").await;
    let made = world.admin(&["sign-in-link", "--email", "ann@example.org", "--public-url", &world.url]);
    let link = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let path = link.strip_prefix(&world.url).expect("a link of this portal");

    let head = world.request(Method::HEAD, path).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK, "looking does not use it up");
    let first = world.get(path).await;
    assert_eq!(first.headers()[header::LOCATION], "/player/");
    assert_eq!(first.headers()[header::REFERRER_POLICY], "no-referrer");
    let cookie = cookie_of(&first);
    assert_eq!(world.get(path).await.status(), StatusCode::GONE);
    let own = world.request(Method::GET, path).header(header::COOKIE, cookie).send().await.unwrap();
    assert_eq!(own.headers()[header::LOCATION], "/player/", "whoever is signed in by it goes on");
    assert_eq!(world.get("/one-time/rubbish").await.status(), StatusCode::GONE);
    world.end().await;
}
