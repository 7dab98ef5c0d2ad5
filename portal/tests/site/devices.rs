use iroam_protocol::{
    activation::{CODE_TRIES_MAX, decoy, fingerprint},
    portal::{Activation, DeviceAuthorized},
    problem::Kind,
    token::SigningKey,
};
use reqwest::{Response, StatusCode, header};
use serde_json::Value;

use crate::kit::{Home, Person, World, assertion, now_s, problem};

async fn refusal(response: Response) -> String {
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let body: Value = response.json().await.unwrap();
    body["error"].as_str().unwrap().to_owned()
}

async fn pick(person: &Person<'_>, asked: &DeviceAuthorized, words: &str) -> Response {
    person.form("/device", &[("code", &asked.user_code), ("words", words), ("name", "Attic"), ("answer", "yes")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_is_activated_once_its_words_were_picked() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = Home::new(&world, 1);
    let asked = home.authorize().await;
    assert_eq!(asked.verification_uri, format!("{}/device", world.url));
    assert_eq!(refusal(home.poll(&asked).await).await, "authorization_pending");
    assert_eq!(refusal(home.poll(&asked).await).await, "slow_down");

    let page = ann.get(asked.verification_uri_complete.strip_prefix(&world.url).unwrap()).await.text().await.unwrap();
    for shown in ["attic-pc", "Debian 13", "127.0.0.1", "ann@example.org"] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(page.contains(&format!("<dd class=\"mono\">{}</dd>", asked.user_code)), "the code is shown to be compared");
    assert!(!page.contains("The addresses differ"));
    assert_eq!(page.matches("type=\"radio\"").count(), 3);
    let words = fingerprint(&home.id()).join(" ");
    assert!(page.contains(&format!("value=\"{words}\"")));
    let again = ann.get(&format!("/device?code={}", asked.user_code)).await.text().await.unwrap();
    assert_eq!(page, again, "the wrong sets stay, so that the right one does not show by staying");

    let done = pick(&ann, &asked, &words).await.text().await.unwrap();
    assert!(done.contains("Attic is yours"));
    let activation: Activation = home.poll(&asked).await.json().await.unwrap();
    assert_eq!((activation.name.as_str(), activation.account_email.as_str()), ("Attic", "ann@example.org"));
    assert_eq!(activation.keys.keys.len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_words_kill_the_code_after_five_tries() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = Home::new(&world, 1);
    let asked = home.authorize().await;
    let wrong = decoy([1, 2, 3, 4]).join(" ");
    for _ in 1..CODE_TRIES_MAX {
        let page = pick(&ann, &asked, &wrong).await;
        assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text().await.unwrap().contains("left"));
    }
    assert_eq!(pick(&ann, &asked, &wrong).await.status(), StatusCode::GONE);
    let right = fingerprint(&home.id()).join(" ");
    let late = pick(&ann, &asked, &right).await.text().await.unwrap();
    assert!(late.contains("not known"), "the code is dead for the right words too");
    assert_eq!(refusal(home.poll(&asked).await).await, "expired_token");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_refuse_a_machine() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = Home::new(&world, 1);
    let asked = home.authorize().await;
    let page = ann.form("/device", &[("code", &asked.user_code), ("answer", "no")]).await.text().await.unwrap();
    assert!(page.contains("Refused"));
    assert_eq!(refusal(home.poll(&asked).await).await, "access_denied");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approval_needs_somebody_signed_in_and_a_code_that_lives() {
    let world = World::start().await;
    let away = world.get("/device?code=BCDF-GHJK").await;
    assert_eq!(away.headers()[header::LOCATION], "/sign-in?next=%2Fdevice%3Fcode%3DBCDF-GHJK");
    let ann = world.person("ann@example.org").await;
    for code in ["BCDF-GHJK", "rubbish", "<script>alert(1)</script>"] {
        let page = ann.request(reqwest::Method::GET, "/device").query(&[("code", code)]).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        let page = page.text().await.unwrap();
        assert!(page.contains("code-error") && !page.contains("<script"), "{code}");
    }
    let unknown: DeviceAuthorized = DeviceAuthorized {
        device_code: "unknown".into(),
        user_code: String::new(),
        verification_uri: String::new(),
        verification_uri_complete: String::new(),
        interval: 0,
        expires_in: 0,
    };
    assert_eq!(refusal(Home::new(&world, 1).poll(&unknown).await).await, "expired_token");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_codes_is_braked() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        last = ann.get("/device?code=BCDF-GHJK").await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_of_somebody_else_stays_theirs() {
    let world = World::start().await;
    let (ann, bob) = (world.person("ann@example.org").await, world.person("bob@example.org").await);
    let home = ann.home(1).await;
    let asked = home.authorize().await;
    let words = fingerprint(&home.id()).join(" ");
    let refused = pick(&bob, &asked, &words).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(refused.text().await.unwrap().contains("another account"));
    problem(bob.grant(&home.id(), &crate::kit::player(9)).await, Kind::NotFound).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_for_another_portal_or_of_another_time_says_what_to_do() {
    let world = World::start().await;
    let home = Home::new(&world, 1);
    let elsewhere = assertion(&home.key, "https://other.example", now_s());
    let told = problem(home.ask(elsewhere).await, Kind::BadRequest).await;
    assert!(told.detail.unwrap().contains(&world.url), "the right address is named");
    let late = assertion(&home.key, &world.url, now_s() - 3600);
    problem(home.ask(late).await, Kind::ClockSkew).await;
    let early = assertion(&home.key, &world.url, now_s() + 3600);
    problem(home.ask(early).await, Kind::ClockSkew).await;
    let stolen = assertion(&SigningKey::from_seed([2; 32]), &world.url, now_s());
    problem(home.ask(stolen).await, Kind::Unauthorized).await;
    problem(home.ask("rubbish".into()).await, Kind::Unauthorized).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_approves_a_machine_of_his_own() {
    let world = World::start().await;
    world.person("ann@example.org").await;
    let home = Home::new(&world, 1);
    let asked = home.authorize().await;
    let unknown = world.admin(&["approve-device", "--email", "ann@example.org", "--code", "BBBB-BBBB"]);
    assert!(!unknown.status.success());
    let approved = world.admin(&["approve-device", "--email", "ann@example.org", "--code", &asked.user_code]);
    assert!(approved.status.success(), "{}", String::from_utf8_lossy(&approved.stderr));
    let activation: Activation = home.poll(&asked).await.json().await.unwrap();
    assert_eq!(activation.name, "attic-pc");
    world.end().await;
}
