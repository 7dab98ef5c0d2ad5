//! The library's lists, its status, and the search.

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use iroam_library::{PAGE_DEFAULT, PAGE_MAX};
use iroam_protocol::{
    home::{AlbumSort, Changes, Direction, Kind as MediaKind, Status, TrackSort},
    id::ItemId,
    problem::Kind,
};
use serde::Deserialize;

use super::{
    Home,
    answer::{Params, Refusal, Segment, item_id, revised},
    gate::Access,
};
use crate::index::{AlbumQuery, Paging, TrackQuery};

/// Hits of each kind in a search, at most.
const HITS_MAX: u32 = 100;
/// The longest search text, in bytes: longer than any title worth typing.
const SEARCH_BYTES_MAX: usize = 256;
/// The longest cursor, in bytes.
const CURSOR_BYTES_MAX: usize = 512;
/// How long a long poll waits.
const LONG_POLL: Duration = Duration::from_secs(25);

/// Parameters of `GET /v1/tracks`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TracksAsked {
    sort: TrackSort,
    dir: Direction,
    q: Option<String>,
    album: Option<ItemId>,
    artist: Option<ItemId>,
    genre: Option<ItemId>,
    kind: Option<MediaKind>,
    limit: Option<u32>,
    cursor: Option<String>,
    offset: Option<u64>,
}

/// Parameters of `GET /v1/albums`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AlbumsAsked {
    sort: AlbumSort,
    dir: Direction,
    artist: Option<ItemId>,
    genre: Option<ItemId>,
    limit: Option<u32>,
    cursor: Option<String>,
    offset: Option<u64>,
}

/// Parameters of `GET /v1/artists` and `/v1/genres`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListAsked {
    limit: Option<u32>,
    cursor: Option<String>,
    offset: Option<u64>,
}

/// Parameters of `GET /v1/search`.
#[derive(Debug, Deserialize)]
pub struct SearchAsked {
    q: String,
    limit: Option<u32>,
}

/// Parameters of `GET /v1/changes`.
#[derive(Debug, Deserialize)]
pub struct ChangesAsked {
    since: Option<u64>,
}

/// Answers `GET /v1/status`.
///
/// # Errors
/// A problem when the index cannot be read, or the grant is for single items.
pub async fn status(State(home): State<Home>, Extension(access): Extension<Access>) -> Result<Json<Status>, Refusal> {
    access.must_browse()?;
    let name = home.activation().map(|activation| activation.name.clone()).unwrap_or_default();
    let snapshot = home.index().snapshot().await?;
    Ok(Json(Status {
        id: home.id(),
        name,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: snapshot.revision,
        counts: snapshot.counts,
        scan: snapshot.scan,
        unreadable: snapshot.unreadable,
        time_ms: home.clock().now_ms(),
    }))
}

/// Answers `GET /v1/changes`.
///
/// # Errors
/// A problem when the index cannot be read.
pub async fn changes(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    Params(asked): Params<ChangesAsked>,
) -> Result<Json<Changes>, Refusal> {
    access.must_browse()?;
    if let Some(since) = asked.since {
        let changed = home.index().changed(since);
        tokio::select! {
            _ = tokio::time::timeout(LONG_POLL, changed) => {}
            () = home.cancel().cancelled() => {}
        }
    }
    let snapshot = home.index().snapshot().await?;
    Ok(Json(Changes { revision: snapshot.revision, counts: snapshot.counts, scan: snapshot.scan }))
}

/// Answers `GET /v1/tracks`.
///
/// # Errors
/// A problem when a parameter makes no sense.
pub async fn tracks(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    Params(asked): Params<TracksAsked>,
) -> Result<Response, Refusal> {
    access.must_browse()?;
    let paging = paging(asked.limit, asked.cursor, asked.offset)?;
    let q = asked.q.map(search_text).transpose()?.filter(|q| !q.is_empty());
    let TracksAsked { sort, dir, album, artist, genre, kind, .. } = asked;
    let page = home.index().tracks(TrackQuery { sort, dir, q, album, artist, genre, kind, paging }).await?;
    Ok(revised(&headers, page.revision, &page))
}

/// Answers `GET /v1/albums`.
///
/// # Errors
/// A problem when a parameter makes no sense.
pub async fn albums(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    Params(asked): Params<AlbumsAsked>,
) -> Result<Response, Refusal> {
    access.must_browse()?;
    let paging = paging(asked.limit, asked.cursor, asked.offset)?;
    let AlbumsAsked { sort, dir, artist, genre, .. } = asked;
    let page = home.index().albums(AlbumQuery { sort, dir, artist, genre, paging }).await?;
    Ok(revised(&headers, page.revision, &page))
}

/// Answers `GET /v1/artists`.
///
/// # Errors
/// A problem when a parameter makes no sense.
pub async fn artists(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    Params(asked): Params<ListAsked>,
) -> Result<Response, Refusal> {
    access.must_browse()?;
    let page = home.index().artists(paging(asked.limit, asked.cursor, asked.offset)?).await?;
    Ok(revised(&headers, page.revision, &page))
}

/// Answers `GET /v1/genres`.
///
/// # Errors
/// A problem when a parameter makes no sense.
pub async fn genres(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    Params(asked): Params<ListAsked>,
) -> Result<Response, Refusal> {
    access.must_browse()?;
    let page = home.index().genres(paging(asked.limit, asked.cursor, asked.offset)?).await?;
    Ok(revised(&headers, page.revision, &page))
}

/// Answers `GET /v1/tracks/{id}`.
///
/// # Errors
/// A problem when there is no such track, or the grant does not reach it.
pub async fn track(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    Segment(id): Segment,
) -> Result<Response, Refusal> {
    let id = item_id(&id)?;
    if !access.may_know(&id) {
        return Err(Refusal::new(Kind::Forbidden, "This grant does not reach this item."));
    }
    let track = home.index().track(id).await?;
    let track = track.ok_or_else(|| Refusal::new(Kind::NotFound, "The library has no such track."))?;
    Ok(Json(track).into_response())
}

/// Answers `GET /v1/albums/{id}`.
///
/// # Errors
/// A problem when there is no such album.
pub async fn album(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    Segment(id): Segment,
) -> Result<Response, Refusal> {
    access.must_browse()?;
    let album = home.index().album(item_id(&id)?).await?;
    let album = album.ok_or_else(|| Refusal::new(Kind::NotFound, "The library has no such album."))?;
    Ok(Json(album).into_response())
}

/// Answers `GET /v1/search`.
///
/// # Errors
/// A problem when a parameter makes no sense.
pub async fn search(
    State(home): State<Home>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    Params(asked): Params<SearchAsked>,
) -> Result<Response, Refusal> {
    access.must_browse()?;
    let limit = asked.limit.unwrap_or(20).clamp(1, HITS_MAX);
    let found = home.index().search(search_text(asked.q)?, limit).await?;
    Ok(revised(&headers, found.revision, &found))
}

fn search_text(q: String) -> Result<String, Refusal> {
    if q.len() > SEARCH_BYTES_MAX {
        return Err(Refusal::new(Kind::BadRequest, format!("A search text has at most {SEARCH_BYTES_MAX} bytes.")));
    }
    Ok(q)
}

fn paging(limit: Option<u32>, cursor: Option<String>, offset: Option<u64>) -> Result<Paging, Refusal> {
    let limit = limit.unwrap_or(PAGE_DEFAULT);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Refusal::new(Kind::BadRequest, format!("`limit` lies between 1 and {PAGE_MAX}.")));
    }
    if cursor.is_some() && offset.is_some() {
        return Err(Refusal::new(Kind::BadRequest, "Either `cursor` or `offset`, not both."));
    }
    if cursor.as_ref().is_some_and(|cursor| cursor.len() > CURSOR_BYTES_MAX) {
        return Err(Refusal::new(Kind::BadRequest, "This cursor is not one of this home's."));
    }
    Ok(Paging { limit, offset: offset.unwrap_or(0), cursor })
}
