//! Errors on the wire: problem details (RFC 9457) with a stable `type`.

use serde::{Deserialize, Serialize};

/// The media type of a problem.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Stable name: `urn:iroam:problem:` and a [`Kind`]'s name.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short summary for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do, in plain words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The form field at fault, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident = $wire:literal, $status:literal, $title:literal;)*) => {
        /// What can go wrong; the name on the wire never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[doc = $doc])* $name,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on the wire, without its prefix.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }

            /// The HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The summary.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

kinds! {
    /// The request cannot be read.
    BadRequest = "bad-request", 400, "The request cannot be understood";
    /// A field of a form or body is wrong; `field` names it.
    Invalid = "invalid", 422, "A field is not valid";
    /// Nobody is signed in, or the grant is missing.
    Unauthorized = "unauthorized", 401, "Sign in first";
    /// The grant is wrong: foreign key, other home, other player, other scope.
    GrantRefused = "grant-refused", 401, "This grant is not valid here";
    /// The grant is past its end; ask for another.
    GrantExpired = "grant-expired", 401, "This grant has expired";
    /// The grant was taken back.
    GrantRevoked = "grant-revoked", 403, "This grant was revoked";
    /// The clocks of two machines differ too much.
    ClockSkew = "clock-skew", 401, "The clocks differ too much";
    /// Signed in, but not allowed.
    Forbidden = "forbidden", 403, "That is not allowed";
    /// The agent is not activated.
    NotActivated = "not-activated", 403, "This home is not activated yet";
    /// No such thing.
    NotFound = "not-found", 404, "There is no such thing";
    /// The file was there and is gone or unreadable.
    MediaGone = "media-gone", 410, "The file is gone";
    /// The method does not exist here.
    MethodNotAllowed = "method-not-allowed", 405, "That method does not exist here";
    /// The state does not allow it.
    Conflict = "conflict", 409, "That is not possible in the present state";
    /// The e-mail address has an account.
    EmailTaken = "email-taken", 409, "This address has an account already";
    /// Three listenings run; stop another one.
    TooManyListenings = "too-many-listenings", 409, "Three players are listening already";
    /// As many as there may be: lists, items, members, marks.
    TooMany = "too-many", 409, "There are as many as there may be";
    /// Changes that old are not kept; read the whole.
    ChangesGone = "changes-gone", 410, "Changes that old are not kept";
    /// The listening is closed.
    ListeningClosed = "listening-closed", 410, "This listening is closed";
    /// No minutes left.
    NoMinutes = "no-minutes", 402, "No minutes are left";
    /// The body is too long.
    TooLarge = "too-large", 413, "The request is too large";
    /// The range starts past the end.
    RangeNotSatisfiable = "range-not-satisfiable", 416, "The range lies past the end";
    /// Served as much as is paid and two minutes more; wait.
    AheadOfLease = "ahead-of-lease", 429, "Ahead of the paid minutes";
    /// Too many tries.
    TooManyRequests = "too-many-requests", 429, "Too many tries";
    /// The share is unknown, expired, revoked or used up, or its secret is wrong: all answer alike.
    ShareGone = "share-gone", 404, "This link does not work";
    /// As many visitors as a share admits at once listen.
    ShareBusy = "share-busy", 409, "As many listen at once as this link admits";
    /// The sender of a share has no minutes left.
    SenderOutOfMinutes = "sender-out-of-minutes", 402, "The sender cannot let you listen right now";
    /// The e-mail address of the account is not confirmed.
    EmailUnconfirmed = "email-unconfirmed", 403, "Confirm your address first";
    /// The account has used what it may use of this in a day, or at once.
    QuotaReached = "quota-reached", 429, "That is as many as an account may have";
    /// Our bug.
    Internal = "internal", 500, "Something went wrong here";
    /// Try again.
    Unavailable = "unavailable", 503, "Not available right now";
    /// The portal has no room to keep anything new; what is there can be read. It goes on by itself once there is room.
    StorageFull = "storage-full", 507, "This portal's disk is full";
}

/// Prefix of every `type`.
pub const TYPE_PREFIX: &str = "urn:iroam:problem:";

impl Kind {
    /// The problem of this kind, with words for the person concerned.
    pub fn problem(self, detail: impl Into<String>) -> Problem {
        Problem {
            kind: format!("{TYPE_PREFIX}{}", self.name()),
            title: self.title().into(),
            status: self.status(),
            detail: Some(detail.into()),
            field: None,
        }
    }

    /// The kind that a problem's `type` names; `None` when it is not of ours.
    pub fn of(problem: &Problem) -> Option<Self> {
        let name = problem.kind.strip_prefix(TYPE_PREFIX)?;
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
