use reqwest::{Response, StatusCode, header};

use crate::kit::{Person, World};

fn header_of<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// The page, after a look at its headers and its form.
pub(crate) async fn checked(response: Response) -> String {
    let path = response.url().path().to_owned();
    let policy = header_of(&response, "content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{path}: {policy}");
    assert_eq!(header_of(&response, "x-content-type-options"), "nosniff", "{path}");
    assert_eq!(header_of(&response, "referrer-policy"), "same-origin", "{path}");
    assert_eq!(header_of(&response, "cache-control"), "no-store", "{path}");
    assert_eq!(header_of(&response, "content-type"), "text/html; charset=utf-8", "{path}");
    let page = response.text().await.unwrap();
    for inline in ["<script", "<style", " style=", " onclick=", "javascript:"] {
        assert!(!page.contains(inline), "{path}: {inline}");
    }
    assert!(page.contains("<html lang=\"en\">") && page.contains("<title>") && page.contains("<main"), "{path}");
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_plain_html_under_a_strict_policy() {
    let world = World::start().await;
    for path in ["/", "/sign-up", "/sign-in", "/sign-in/qr", "/forgot", "/download"] {
        let response = world.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        checked(response).await;
    }
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    home.events(None).await;
    let pages = [
        "/",
        "/device",
        "/approve",
        "/account",
        "/account/homes",
        "/account/minutes",
        "/account/sessions",
        "/account/settings",
        "/download",
    ];
    for path in pages {
        let response = ann.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(checked(response).await.contains("Sign out"), "{path}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_not_there_says_so_in_words() {
    let world = World::start().await;
    let missing = world.get("/nothing").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert!(checked(missing).await.contains("There is no such thing"));
    let wrong_method = world.request(reqwest::Method::DELETE, "/account").send().await.unwrap();
    assert_eq!(wrong_method.status(), StatusCode::METHOD_NOT_ALLOWED);
    checked(wrong_method).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_style_sheet_may_be_kept_for_ever() {
    let world = World::start().await;
    let page = world.get("/").await.text().await.unwrap();
    let path = page.split("href=\"").find_map(|part| part.strip_prefix("/assets/")).unwrap().split('"').next().unwrap();
    let style = world.get(&format!("/assets/{path}")).await;
    assert!(header_of(&style, "cache-control").contains("immutable"));
    let style = style.text().await.unwrap();
    assert!(style.contains("--accent:") && style.contains(".masthead"));
    assert_eq!(world.get("/assets/other.css").await.status(), StatusCode::NOT_FOUND);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_player_s_page_lets_in_this_site_and_its_relay_only() {
    let world = World::start().await;
    assert_eq!(world.get("/player").await.headers()[header::LOCATION], "/player/");
    let page = world.get("/player/").await;
    if page.status() == StatusCode::SERVICE_UNAVAILABLE {
        assert!(checked(page).await.contains("The player is not built"));
        return world.end().await;
    }
    let policy = header_of(&page, "content-security-policy").to_owned();
    assert!(policy.contains(&format!("connect-src 'self' {};", world.url.replace("http", "ws"))), "{policy}");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(header_of(&page, "cache-control"), "no-cache");
    let etag = header_of(&page, "etag").to_owned();
    let view = world.get("/player/albums").await;
    assert_eq!(header_of(&view, "etag"), etag, "a view of the player is its page");
    let known = world.request(reqwest::Method::GET, "/player/").header(header::IF_NONE_MATCH, &etag);
    assert_eq!(known.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    assert_eq!(world.get("/player/assets/nothing.js").await.status(), StatusCode::NOT_FOUND);
    let html = page.text().await.unwrap();
    let asset = html.split('"').find(|part| part.starts_with("/player/assets/")).expect("an asset").to_owned();
    let asset = world.request(reqwest::Method::GET, &asset).header(header::ACCEPT_ENCODING, "br").send().await.unwrap();
    assert!(header_of(&asset, "cache-control").contains("immutable"));
    assert_eq!(header_of(&asset, "content-encoding"), "br");
    let worker = world.get("/sw.js").await;
    assert_eq!(header_of(&worker, "service-worker-allowed"), "/");
    assert_eq!(header_of(&worker, "cache-control"), "no-cache");
    assert!(header_of(&worker, "content-type").starts_with("text/javascript"));
    world.end().await;
}

async fn homes_page(ann: &Person<'_>) -> String {
    ann.get("/account/homes").await.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn homes_are_renamed_and_removed_on_their_page() {
    let world = World::start().await;
    let ann = world.person("ann@example.org").await;
    let home = ann.home(1).await;
    let path = format!("/account/homes/{}", home.id());
    let empty = ann.form(&format!("{path}/rename"), &[("name", "  ")]).await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().await.unwrap().contains("id=\"name-error-1\""));
    let renamed = ann.form(&format!("{path}/rename"), &[("name", "<b>Cellar</b>")]).await;
    assert_eq!(renamed.headers()[header::LOCATION], "/account/homes?done=renamed");
    let page = homes_page(&ann).await;
    assert!(page.contains("Cellar") && !page.contains("<b>Cellar"), "a name is text");
    let removed = ann.form(&format!("{path}/remove"), &[]).await;
    assert_eq!(removed.headers()[header::LOCATION], "/account/homes?done=removed");
    assert!(homes_page(&ann).await.contains("No home yet"));
    world.end().await;
}
