//! Shares: a link by which somebody without an account hears exactly the named items of one home, at the sender's cost.
//!
//! The link is `/s/<public id>#<secret>`: the fragment stays in the browser, and the secret travels in the bodies of
//! `POST /api/v1/shared/…` only. Unknown, expired, revoked and used-up links answer alike, with `share-gone`.

use serde::{Deserialize, Serialize};

use crate::{
    home,
    id::{ItemId, PeerId, RowId},
    portal::{Access, api_types},
};

/// Items of one share.
pub const ITEMS_MAX: usize = 500;
/// Recipients of one request.
pub const RECIPIENTS_MAX: usize = 20;
/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 500;
/// Characters of a title, a subtitle, and of each text of an item.
pub const TEXT_CHARS_MAX: usize = 300;
/// Characters of an abuse report.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Mails to recipients that one account may cause within a day.
pub const INVITATIONS_A_DAY: u64 = 50;
/// Links of one account that live at the same time.
pub const LIVE_MAX: u64 = 100;
/// People who wait for the home of one share.
pub const WAITING_MAX: u64 = 3;
/// The life of a link, in days, unless the sender says otherwise.
pub const EXPIRES_DAYS: u32 = 14;
/// The longest life of a link, in days.
pub const EXPIRES_DAYS_MAX: u32 = 90;
/// Plays of a link, unless the sender says otherwise.
pub const PLAYS: u32 = 10;
/// The most plays of a link.
pub const PLAYS_MAX: u32 = 1_000;
/// Visitors of a link at the same time, unless the sender says otherwise.
pub const AT_ONCE: u32 = 2;
/// The most visitors of a link at the same time.
pub const AT_ONCE_MAX: u32 = 10;
/// Minutes that a link may cost, at the dearest price, unless the sender says otherwise.
pub const CAP_MINUTES: u32 = 60;
/// The most minutes that a link may cost.
pub const CAP_MINUTES_MAX: u32 = 10_000;
/// The same tab plays again for nothing within so long after its play was counted, in milliseconds.
pub const REPLAY_MS: i64 = 6 * 3_600_000;

/// What is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ShareKind))]
pub enum Kind {
    /// One song or film.
    Track,
    /// An album.
    Album,
    /// A list of items.
    Playlist,
}

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ShareState))]
pub enum State {
    /// It opens.
    Live,
    /// The sender took it back.
    Revoked,
    /// Its time is over.
    Expired,
    /// Its plays or its minutes are used up.
    UsedUp,
}

/// Why a link that opens cannot be played now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ShareObstacle))]
pub enum Obstacle {
    /// The sender has no minutes left.
    SenderOutOfMinutes,
    /// As many as may listen at once do.
    Busy,
}

api_types! {
    /// An item of a share, as the sender's player saw it: the portal knows nothing else of it.
    pub struct SharedItem {
        /// The track's id at the home.
        pub track: ItemId,
        /// Title.
        pub title: String,
        /// Artist, as shown.
        pub artist: String,
        /// Album title, as shown.
        pub album: String,
        /// Duration.
        pub duration_ms: u64,
        /// Cover id at the home; `None` when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cover: Option<ItemId>,
        /// Sound or picture.
        #[serde(default = "audio")]
        pub kind: home::Kind,
    }

    /// `POST /api/v1/shares`. Answers 201 with [`CreatedShares`]; the same id with the same content answers the same.
    pub struct NewShare {
        /// Made by the client, as UUIDv7.
        pub id: RowId,
        /// The home that has the items.
        pub home: PeerId,
        /// What it is.
        pub kind: Kind,
        /// Title of the whole: of the song, the album, the list.
        pub title: String,
        /// A second line, such as the artist.
        #[serde(default)]
        pub subtitle: Option<String>,
        /// Cover of the whole.
        #[serde(default)]
        pub cover: Option<ItemId>,
        /// The items in their order; 1 to [`ITEMS_MAX`].
        pub items: Vec<SharedItem>,
        /// E-mail addresses, at most [`RECIPIENTS_MAX`]; none makes one link to pass on by hand.
        #[serde(default)]
        pub recipients: Vec<String>,
        /// Plain text without links, at most [`NOTE_CHARS_MAX`] characters.
        #[serde(default)]
        pub note: String,
        /// Life of each link in days, 1 to [`EXPIRES_DAYS_MAX`]; `None` means [`EXPIRES_DAYS`].
        #[serde(default)]
        pub expires_days: Option<u32>,
        /// Plays of each link, 1 to [`PLAYS_MAX`]; `None` means [`PLAYS`].
        #[serde(default)]
        pub plays_max: Option<u32>,
        /// Visitors of each link at once, 1 to [`AT_ONCE_MAX`]; `None` means [`AT_ONCE`].
        #[serde(default)]
        pub at_once: Option<u32>,
        /// What each link may cost, in minutes at the dearest price, 1 to [`CAP_MINUTES_MAX`]; `None` means
        /// [`CAP_MINUTES`].
        #[serde(default)]
        pub cap_minutes: Option<u32>,
    }

    /// One link per recipient, each with counters of its own.
    pub struct CreatedShares {
        /// The links, in the order of the recipients.
        pub shares: Vec<CreatedShare>,
    }

    /// A link as it is shown once.
    pub struct CreatedShare {
        /// Id of the share.
        pub id: RowId,
        /// The part of the link that names it.
        pub public_id: String,
        /// The address it is for; `None` for a link to pass on by hand.
        pub recipient: Option<String>,
        /// The whole link, with its secret.
        pub url: String,
        /// Whether a mail with the link was put on its way. `false` for a link to pass on by hand, and where the
        /// recipient asked for no more invitations.
        pub mailed: bool,
    }

    /// `GET /api/v1/shares?cursor=`: the sender's links, newest first.
    pub struct Shares {
        /// The rows.
        pub items: Vec<Share>,
        /// Asks for older ones; `None` at the end.
        pub next: Option<String>,
    }

    /// A link, as its sender sees it. `DELETE /api/v1/shares/{id}` takes it back.
    pub struct Share {
        /// Id of the share.
        pub id: RowId,
        /// The part of the link that names it.
        pub public_id: String,
        /// The home that has the items.
        pub home: PeerId,
        /// The address it is for; `None` for a link to pass on by hand.
        pub recipient: Option<String>,
        /// What it is.
        pub kind: Kind,
        /// Title of the whole.
        pub title: String,
        /// A second line.
        pub subtitle: Option<String>,
        /// How many items it has.
        pub count: u64,
        /// When it was made.
        pub created_ms: i64,
        /// When its time is over.
        pub expires_ms: i64,
        /// Plays so far.
        pub plays: u32,
        /// Plays in all.
        pub plays_max: u32,
        /// Visitors that it admits at once.
        pub at_once: u32,
        /// Visitors that listen now.
        pub listening: u32,
        /// Minutes charged so far.
        pub spent_minutes: u64,
        /// How it stands.
        pub state: State,
        /// When a play last began; `None` when none did.
        pub last_play_ms: Option<i64>,
    }

    /// `POST /api/v1/shared/open`: what a link opens. Costs nothing and counts nothing.
    pub struct OpenShared {
        /// The public id.
        pub share: String,
        /// The secret, from the link's fragment.
        pub secret: String,
        /// The tab's PeerId.
        pub player_peer: PeerId,
    }

    /// What a visitor sees.
    pub struct Shared {
        /// Title of the whole.
        pub title: String,
        /// A second line.
        pub subtitle: Option<String>,
        /// What it is.
        pub kind: Kind,
        /// Cover of the whole.
        pub cover: Option<ItemId>,
        /// Who shares it.
        pub sender_name: String,
        /// Plain text; empty when there is none.
        pub note: String,
        /// The items in their order.
        pub items: Vec<SharedItem>,
        /// The home that has them.
        pub home: PeerId,
        /// Whether it can be reached now.
        pub home_online: bool,
        /// When it was last seen; `None` when never.
        pub last_seen_ms: Option<i64>,
        /// When the link's time is over.
        pub expires_ms: i64,
        /// Plays that are left; a tab that has begun one plays on at zero.
        pub plays_left: u32,
        /// Whether a listening would open now; the home may still be away.
        pub can_play: bool,
        /// Why not; `None` when it would.
        pub reason: Option<Obstacle>,
        /// A grant of the scope `share` for facts and covers of these items, and the way to the relay. Open again
        /// before it ends.
        pub access: Access,
    }

    /// `POST /api/v1/shared/listenings`. Answers 201 with [`crate::portal::Lease`], whose grant has the scope `share`;
    /// prices and balances of the sender are not told: `price_micros` is 0.
    pub struct NewSharedListening {
        /// The public id.
        pub share: String,
        /// The secret.
        pub secret: String,
        /// The tab's PeerId.
        pub player_peer: PeerId,
        /// Makes a repeated request harmless: the same key gives the same listening. 16 to 64 characters.
        pub idempotency_key: String,
    }

    /// `POST /api/v1/shared/listenings/{id}/heartbeat`: as [`crate::portal::Heartbeat`]. Answers the same lease.
    pub struct SharedHeartbeat {
        /// The public id.
        pub share: String,
        /// The secret.
        pub secret: String,
        /// Counts up; a lower one than seen is answered and otherwise ignored.
        pub seq: u64,
        /// Cumulative media milliseconds played in this listening.
        pub played_ms: u64,
        /// Media milliseconds fetched ahead.
        pub buffered_ms: u64,
        /// Whether it plays now.
        pub playing: bool,
        /// The home's signed path report; `None` when none is at hand.
        #[serde(default)]
        pub path_report: Option<String>,
    }

    /// `POST /api/v1/shared/listenings/{id}/close`, for beacons too. Answers 204.
    pub struct CloseShared {
        /// The public id.
        pub share: String,
        /// The secret.
        pub secret: String,
        /// Cumulative media milliseconds played.
        pub played_ms: u64,
    }

    /// `POST /api/v1/shared/tell-me`: one mail when the home is back. Answers 202.
    pub struct TellMe {
        /// The public id.
        pub share: String,
        /// The secret.
        pub secret: String,
        /// The visitor's address; forgotten when the mail is sent or the link ends.
        pub email: String,
    }

    /// `POST /api/v1/shared/report`: tells the operator of abuse. Answers 202.
    pub struct ReportShared {
        /// The public id.
        pub share: String,
        /// The secret.
        pub secret: String,
        /// In the visitor's words, 1 to [`REASON_CHARS_MAX`] characters.
        pub reason: String,
    }
}

fn audio() -> home::Kind {
    home::Kind::Audio
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_needs_its_items_only() {
        let item = ItemId::from_bytes([1; 16]);
        let text = format!(
            r#"{{"id":"{}","home":"{}","kind":"track","title":"Song",
                "items":[{{"track":"{item}","title":"Song","artist":"","album":"","duration_ms":1}}]}}"#,
            RowId::from_bytes([1; 16]),
            PeerId::from_public_key([2; 32]),
        );
        let new: NewShare = serde_json::from_str(&text).unwrap();
        assert_eq!((new.recipients.len(), new.note.as_str(), new.plays_max), (0, "", None));
        assert_eq!(new.items[0].kind, home::Kind::Audio);
    }

    #[test]
    fn states_and_obstacles_keep_their_names() {
        assert_eq!(serde_json::to_string(&State::UsedUp).unwrap(), r#""used-up""#);
        assert_eq!(serde_json::to_string(&Obstacle::SenderOutOfMinutes).unwrap(), r#""sender-out-of-minutes""#);
        assert_eq!(serde_json::to_string(&Kind::Playlist).unwrap(), r#""playlist""#);
    }
}
