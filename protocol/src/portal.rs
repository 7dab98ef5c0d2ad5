//! The portal's JSON API under `/api/v1`. Money is integer micro-units of the portal's one currency; points in time are
//! Unix milliseconds.

use serde::{Deserialize, Serialize};

use crate::{
    grant::Scope,
    id::{PeerId, RowId},
    path::Path,
    token::KeySet,
};

macro_rules! api_types {
    ($($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $($body)* }
    )*};
}
pub(crate) use api_types;

api_types! {
    /// `POST /api/v1/accounts`: sign up. Answers 201 with [`Me`] and the session cookie.
    pub struct NewAccount {
        /// E-mail address.
        pub email: String,
        /// 10 to 256 characters.
        pub password: String,
        /// IANA time zone of the browser; `None` means UTC.
        #[serde(default)]
        pub time_zone: Option<String>,
    }

    /// `POST /api/v1/sessions`: sign in. Answers 201 with [`Me`] and the session cookie.
    /// `DELETE /api/v1/sessions/current` signs out.
    pub struct NewSession {
        /// E-mail address.
        pub email: String,
        /// Password.
        pub password: String,
    }

    /// A browser that is signed in. `GET /api/v1/sessions` lists those of the account, `DELETE /api/v1/sessions/{id}`
    /// signs one out.
    pub struct Session {
        /// Id.
        pub id: RowId,
        /// Browser and system in short, such as `Firefox on Windows`.
        pub device: String,
        /// The address it was opened from.
        pub address: String,
        /// When it was opened.
        pub first_seen_ms: i64,
        /// When it was last used, to the minute.
        pub last_seen_ms: i64,
        /// Whether it is the one that asks.
        pub current: bool,
    }

    /// `GET /api/v1/me`: all that the player needs at its start.
    pub struct Me {
        /// The account.
        pub account: Account,
        /// Minutes and money.
        pub wallet: Wallet,
        /// The account's homes.
        pub homes: Vec<Home>,
        /// Portal time.
        pub time_ms: i64,
    }

    /// An account, as its owner sees it.
    pub struct Account {
        /// Id.
        pub id: RowId,
        /// E-mail address.
        pub email: String,
        /// Whether the address was confirmed.
        pub email_confirmed: bool,
        /// How the owner is called in shares and invitations; `None` when not told.
        pub display_name: Option<String>,
        /// Language of pages and mails, as in HTML.
        pub language: String,
        /// IANA name.
        pub time_zone: String,
        /// Whether others may invite this address by mail.
        pub takes_invitations: bool,
    }

    /// `PATCH /api/v1/me`: what is `None` stays as it is. Answers with [`Account`].
    pub struct AccountChange {
        /// At most 60 characters in one line, without links; the empty text takes the name away.
        #[serde(default)]
        pub display_name: Option<String>,
        /// One of the languages that the portal speaks.
        #[serde(default)]
        pub language: Option<String>,
        /// IANA name.
        #[serde(default)]
        pub time_zone: Option<String>,
        /// Whether others may invite this address by mail.
        #[serde(default)]
        pub takes_invitations: Option<bool>,
    }

    /// `GET /api/v1/wallet`: what is left.
    pub struct Wallet {
        /// ISO 4217 code.
        pub currency: String,
        /// Promotional and paid money together, without what is held.
        pub available_micros: i64,
        /// Held by open listenings.
        pub held_micros: i64,
        /// Media time that `available_micros` and the holds buy on the relay.
        pub balance_ms: u64,
        /// The tariff in force.
        pub prices: Vec<Price>,
    }

    /// A price per minute of media.
    pub struct Price {
        /// The path.
        pub path: Path,
        /// Micro-units per minute.
        pub micros_per_minute: i64,
    }

    /// `GET /api/v1/wallet/entries?cursor=&limit=`: the statement, newest first.
    pub struct Entries {
        /// The rows.
        pub items: Vec<Entry>,
        /// Asks for older ones; `None` at the end.
        pub next: Option<String>,
    }

    /// One transfer that touched the account.
    pub struct Entry {
        /// Transfer id.
        pub id: RowId,
        /// When.
        pub at_ms: i64,
        /// `starter`, `confirmed`, `charge`, `credit`, `courtesy`, `reversal`.
        pub kind: String,
        /// Change of the account's money; charges are negative.
        pub amount_micros: i64,
        /// The listening charged; `None` for credits.
        pub listening: Option<RowId>,
        /// Which minute of the listening, from 0.
        pub minute: Option<u64>,
        /// The path that priced it.
        pub path: Option<Path>,
        /// The home's name; `None` for credits and removed homes.
        pub home: Option<String>,
    }

    /// A home, as its owner sees it. `GET /api/v1/homes`, `PATCH` and `DELETE /api/v1/homes/{id}`.
    pub struct Home {
        /// The agent's PeerId.
        pub id: PeerId,
        /// Name.
        pub name: String,
        /// Operating system, as the agent told.
        pub os: String,
        /// The agent's version.
        pub version: String,
        /// Whether its event channel is open.
        pub online: bool,
        /// When it was last seen; `None` when never.
        pub last_seen_ms: Option<i64>,
        /// When it was activated.
        pub activated_ms: i64,
    }

    /// `PATCH /api/v1/homes/{id}`.
    pub struct HomeChange {
        /// New name, 1 to 60 characters.
        pub name: String,
    }

    /// `POST /api/v1/grants`: a browse grant for a player of the signed-in account.
    pub struct NewGrant {
        /// The home.
        pub home: PeerId,
        /// The tab's PeerId.
        pub player_peer: PeerId,
    }

    /// What a player needs to reach a home.
    pub struct Access {
        /// A `grant+jwt`.
        pub grant: String,
        /// What the grant allows.
        pub scope: Scope,
        /// When grant and admission end.
        pub expires_ms: i64,
        /// How to come to the relays.
        pub relay: RelayAccess,
        /// Portal time.
        pub time_ms: i64,
    }

    /// Relays, and the token that admits.
    pub struct RelayAccess {
        /// A `relay+jwt` for [`crate::relay_auth`].
        pub token: String,
        /// Multiaddrs with `/p2p/`, best first.
        pub addrs: Vec<String>,
        /// STUN servers, as URIs of RFC 7064 (`stun:host:port`). Empty where there are none, as in portals before 0.2.
        #[serde(default)]
        pub stun: Vec<String>,
        /// When the token ends.
        pub expires_ms: i64,
    }

    /// `POST /api/v1/listenings`.
    pub struct NewListening {
        /// The home.
        pub home: PeerId,
        /// The tab's PeerId.
        pub player_peer: PeerId,
        /// Makes a repeated request harmless: the same key gives the same listening. 16 to 64 characters.
        pub idempotency_key: String,
    }

    /// The answer of open and heartbeat.
    pub struct Lease {
        /// The listening.
        pub id: RowId,
        /// A `grant+jwt` of the scope `listen`.
        pub grant: String,
        /// When it ends.
        pub expires_ms: i64,
        /// Media milliseconds that the home may serve.
        pub ceil_ms: u64,
        /// Media milliseconds that the portal accepted as played.
        pub played_ms: u64,
        /// Minutes charged so far.
        pub charged_minutes: u64,
        /// Micro-units that the next minute costs on the present path.
        pub price_micros: i64,
        /// Media time left, on the present path.
        pub balance_ms: u64,
        /// Nothing is left for another minute: the current item may end within `play_out_ms`, then playing stops.
        pub r#final: bool,
        /// Media milliseconds that may still be played; `None` unless final.
        pub play_out_ms: Option<u64>,
        /// Renews relay admission.
        pub relay: RelayAccess,
        /// Portal time.
        pub time_ms: i64,
    }

    /// `POST /api/v1/listenings/{id}/heartbeat`: every 20 s and on play, pause, seek, track change and hide.
    pub struct Heartbeat {
        /// Counts up; a lower one than seen is answered and otherwise ignored.
        pub seq: u64,
        /// Cumulative media milliseconds played in this listening.
        pub played_ms: u64,
        /// Media milliseconds fetched ahead.
        pub buffered_ms: u64,
        /// Whether it plays now.
        pub playing: bool,
        /// The home's signed path report; `None` when none is at hand.
        pub path_report: Option<String>,
    }

    /// `DELETE /api/v1/listenings/{id}` (also as `POST …/close`, for beacons).
    pub struct Close {
        /// Cumulative media milliseconds played.
        pub played_ms: u64,
    }

    /// A listening that runs, for "stop the other". `GET /api/v1/listenings`.
    pub struct RunningListening {
        /// Id.
        pub id: RowId,
        /// The home's name.
        pub home: String,
        /// Browser and system in short, such as `Firefox on Windows`.
        pub device: String,
        /// Since when.
        pub opened_ms: i64,
        /// Media milliseconds played.
        pub played_ms: u64,
        /// Whether the last heartbeat said that it plays.
        pub playing: bool,
    }

    /// `POST /api/v1/homes/{id}/served`, authenticated by an assertion: the second witness.
    pub struct Served {
        /// At most [`SERVED_ROWS_MAX`] rows; each (listening, minute) counts once, the largest figures stay.
        pub rows: Vec<ServedMinute>,
    }

    /// What a home served for one minute of a listening.
    pub struct ServedMinute {
        /// The listening.
        pub listening: RowId,
        /// Minute of media, from 0.
        pub minute: u64,
        /// Media milliseconds served in it.
        pub served_ms: u64,
        /// Bytes served in it.
        pub bytes: u64,
        /// The path of most bytes.
        pub path: Path,
    }

    /// The answer to [`Served`].
    pub struct ServedAnswer {
        /// Rows taken, repeats included; the spool may forget them.
        pub accepted: u64,
        /// Listenings that are not of this home; the spool may forget them too.
        pub unknown: Vec<RowId>,
    }

    /// `POST /api/v1/device/authorize` (RFC 8628 §3.1).
    pub struct DeviceAuthorize {
        /// The home's name, usually the machine's.
        pub name: String,
        /// Operating system, for the person to recognise.
        pub os: String,
        /// The agent's version.
        pub version: String,
        /// The home's PeerId.
        pub peer_id: PeerId,
        /// An assertion signed by that key.
        pub proof: String,
    }

    /// The answer (RFC 8628 §3.2).
    pub struct DeviceAuthorized {
        /// Secret; for the token request.
        pub device_code: String,
        /// For the person, as `BCDF-GHJK`.
        pub user_code: String,
        /// Where to type it.
        pub verification_uri: String,
        /// The same with the code, for the QR.
        pub verification_uri_complete: String,
        /// Seconds between two polls.
        pub interval: u64,
        /// Seconds until the code dies.
        pub expires_in: u64,
    }

    /// `POST /api/v1/device/token`. Until approval it answers 400 with `{"error": …}` of RFC 8628 §3.5:
    /// `authorization_pending`, `slow_down`, `access_denied`, `expired_token`.
    pub struct DeviceToken {
        /// From [`DeviceAuthorized`].
        pub device_code: String,
        /// A fresh assertion of the same key.
        pub proof: String,
    }

    /// What an activated home keeps.
    pub struct Activation {
        /// The account's e-mail address, to show whose home it is.
        pub account_email: String,
        /// The name that the person gave the home.
        pub name: String,
        /// The portal's keys, pinned from now on.
        pub keys: KeySet,
        /// Portal time.
        pub time_ms: i64,
    }
}

/// Rows of one served report.
pub const SERVED_ROWS_MAX: usize = 1_000;
