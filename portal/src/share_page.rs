//! `/s/<public id>`: the page for visitors of a share. Its script reads the secret from the fragment, which never comes
//! here; so the page is the same for a link that lives and for one that does not, but for the words of its preview.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use iroam_protocol::shares::Kind;

use crate::{
    catalogue::{self, Words, accept},
    clock,
    failure::Failure,
    headers, player,
    state::App,
};

/// Where the built page has room for the words of previews.
const ROOM: &str = "<!-- preview: the portal puts the words for link previews here -->";
/// The picture of every preview: it tells nothing of who shares what from where.
const PICTURE: &[u8] = include_bytes!("../assets/share-preview.png");
const A_DAY: &str = "public, max-age=86400";

/// What a messenger shows of a link (<https://ogp.me>).
#[derive(Template)]
#[template(path = "share_preview.html")]
struct Preview<'a> {
    origin: &'a str,
    kind: &'static str,
    title: &'a str,
    description: &'a str,
    picture: &'a str,
}

/// The page where the player was not built in.
#[derive(Template)]
#[template(path = "share_missing.html")]
struct Missing<'a> {
    room: &'a str,
    words: &'a Words,
}

/// `GET /s/{id}`.
pub(crate) async fn show(
    State(app): State<App>,
    request_headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let words = catalogue::words(accept::preferred(&request_headers));
    let shared = app.store().preview_share(&id, clock::now_ms()).await?;
    let preview = preview(app.public_url().origin(), shared.as_ref(), words).render().map_err(Failure::internal)?;
    let html = match player::share_html() {
        Some(html) => html,
        None => Missing { room: ROOM, words }.render().map_err(Failure::internal)?,
    };
    let policy = HeaderValue::from_str(&headers::player_csp(app.public_url())).map_err(Failure::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::VARY, HeaderValue::from_static("accept-language")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
    ];
    Ok((headers, html.replacen(ROOM, &preview, 1)).into_response())
}

/// `GET /share-preview.png`.
pub(crate) async fn picture() -> impl IntoResponse {
    // Messengers show it inside their own pages.
    let anywhere = (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    ([(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, A_DAY), anywhere], PICTURE)
}

fn preview<'a>(origin: &'a str, shared: Option<&'a iroam_store::Preview>, words: &'a Words) -> Preview<'a> {
    let described = shared.and_then(|shared| shared.subtitle.as_deref()).filter(|subtitle| !subtitle.is_empty());
    Preview {
        origin,
        kind: match shared.map(|shared| shared.kind) {
            Some(Kind::Track) => "music.song",
            Some(Kind::Album) => "music.album",
            Some(Kind::Playlist) => "music.playlist",
            None => "website",
        },
        title: shared.map_or(words.share.title, |shared| shared.title.as_str()),
        description: described.unwrap_or(words.share.description),
        picture: words.share.picture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_title_stay_words() {
        let title = r#""><script>alert(1)</script>"#.into();
        let shared = iroam_store::Preview { title, subtitle: None, kind: Kind::Track };
        let words = catalogue::words(iroam_mail::Language::English);
        let html = preview("https://portal.example", Some(&shared), words).render().unwrap();
        assert!(!html.contains("<script") && html.contains("&#60;script"), "{html}");
        assert!(html.contains(r#"content="https://portal.example/share-preview.png""#), "{html}");
    }
}
