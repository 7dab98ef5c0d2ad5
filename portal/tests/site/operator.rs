//! The operator's pages.

use iroam_mail::letter;
use iroam_portal::{PublicUrl, outbox};
use iroam_store::{MailState, NotSent, Outgoing};
use reqwest::{Method, Response, StatusCode, header};

use crate::{
    kit::{World, now_s},
    pages::checked,
};

async fn enqueue(world: &World, to: &str, token: &str) -> Outgoing {
    let site = PublicUrl::parse(&world.url).unwrap();
    let message = letter::reset(iroam_mail::Language::English, &format!("{}/reset/{token}", world.url)).unwrap();
    let mail = outbox::outgoing(&site, None, to, message, now_s() * 1_000);
    world.store().await.enqueue_mail(&mail).await.unwrap();
    mail
}

/// The cookie of an operator who came by a link of the command line.
pub(crate) async fn operator(world: &World) -> String {
    let link = link(world);
    let entered = world.get(&link).await;
    assert_eq!(entered.status(), StatusCode::SEE_OTHER);
    assert_eq!(entered.headers()[header::LOCATION], "/operator/outbox");
    assert_eq!(entered.headers()[header::REFERRER_POLICY], "no-referrer");
    let again = world.get(&link).await;
    assert_eq!(again.status(), StatusCode::GONE);
    assert!(again.text().await.unwrap().contains("operator-link"));
    let line = entered.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(line.contains("HttpOnly") && line.contains("SameSite=Lax") && line.contains("Max-Age=3600"), "{line}");
    line.split(';').next().unwrap().to_owned()
}

fn link(world: &World) -> String {
    let made = world.admin(&["operator-link", "--public-url", &world.url]);
    assert!(made.status.success());
    let made = String::from_utf8(made.stdout).unwrap();
    made.trim().strip_prefix(&world.url).unwrap().to_owned()
}

async fn page(world: &World, cookie: &str, path: &str) -> Response {
    world.request(Method::GET, path).header(header::COOKIE, cookie).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operator_sees_the_outbox() {
    let world = World::start().await;
    let mail = enqueue(&world, "bob@example.org", "a-secret").await;
    let ann = world.person("ann@example.org").await;
    let own = format!("/operator/outbox/{}", mail.id);
    for path in ["/operator", "/operator/outbox", &own] {
        for response in [world.get(path).await, ann.get(path).await, page(&world, "iroam-operator=guess", path).await] {
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
            let page = response.text().await.unwrap();
            assert!(page.contains("admin operator-link") && !page.contains("a-secret"), "{page}");
        }
    }
    let refused = world.request(Method::POST, &format!("{own}/retry")).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let looked = world.request(Method::HEAD, &link(&world)).send().await.unwrap();
    assert_eq!((looked.status(), looked.headers().get(header::SET_COOKIE)), (StatusCode::OK, None));
    assert_eq!(world.get("/operator/enter/guess").await.status(), StatusCode::GONE);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_reads_mails_and_has_them_tried_again() {
    let world = World::start().await;
    let cookie = operator(&world).await;
    let empty = page(&world, &cookie, "/operator/outbox").await;
    assert_eq!(empty.status(), StatusCode::OK);
    let empty = checked(empty).await;
    assert!(empty.contains("No mail.") && empty.contains("--smtp-url"), "{empty}");

    let mail = enqueue(&world, "bob+<b>@example.org", "a-secret").await;
    let store = world.store().await;
    let claimed = store.claim_mails(mail.now_ms, 1).await.unwrap().remove(0);
    store.mail_failed(&claimed, NotSent::Dead, "550 <b>no such user", mail.now_ms).await.unwrap();
    let list = page(&world, &cookie, "/operator/outbox?state=dead").await.text().await.unwrap();
    assert!(list.contains("Choose a new password") && list.contains("Given up"), "{list}");
    assert!(!list.contains("a-secret") && !list.contains("<b>"), "{list}");
    let pending = page(&world, &cookie, "/operator/outbox?state=pending").await.text().await.unwrap();
    assert!(pending.contains("No mail."), "{pending}");

    let path = format!("/operator/outbox/{}", mail.id);
    let shown = page(&world, &cookie, &path).await;
    let shown = checked(shown).await;
    assert!(shown.contains("/reset/a-secret") && shown.contains("Try again now"), "{shown}");
    assert!(shown.contains("<dt>Ended</dt>") && !shown.contains("Next try"), "{shown}");
    let retry = world.request(Method::POST, &format!("{path}/retry")).header(header::COOKIE, &cookie);
    let retried = retry.send().await.unwrap();
    assert_eq!(retried.headers()[header::LOCATION], format!("{path}?done=retried"));
    assert_eq!(world.mails(&mail.to).await[0].state, MailState::Pending);

    store.mail_sent(mail.id, mail.now_ms).await.unwrap();
    let sent = page(&world, &cookie, &path).await.text().await.unwrap();
    assert!(sent.contains("forgotten") && !sent.contains("a-secret") && !sent.contains("Try again"), "{sent}");
    let foreign = world
        .request(Method::POST, &format!("{path}/retry"))
        .header(header::COOKIE, &cookie)
        .header(header::ORIGIN, "https://evil.example")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    for gone in [format!("{path}/retry"), "/operator/outbox/0190b2c4-0000-7000-8000-000000000000/retry".into()] {
        let answer = world.request(Method::POST, &gone).header(header::COOKIE, &cookie).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_mails_have_pages_and_leaving_ends_the_session() {
    let world = World::start().await;
    let cookie = operator(&world).await;
    for n in 0..51 {
        enqueue(&world, &format!("guest{n}@example.org"), "x").await;
    }
    let first = page(&world, &cookie, "/operator/outbox").await.text().await.unwrap();
    assert_eq!(first.matches("<td class=\"when\">").count(), 50);
    let older = first.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let second = page(&world, &cookie, &older).await.text().await.unwrap();
    assert_eq!(second.matches("<td class=\"when\">").count(), 1, "{second}");
    assert!(second.contains("Newest") && !second.contains("Older"));
    let left = world.request(Method::POST, "/operator/leave").header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(left.status(), StatusCode::SEE_OTHER);
    assert_eq!(page(&world, &cookie, "/operator/outbox").await.status(), StatusCode::FORBIDDEN);
    world.end().await;
}
