//! Playlists and folders, by operations.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod duplicate;
pub(crate) mod edit;
pub(crate) mod export;
pub(crate) mod invitations;
pub(crate) mod list;
pub(crate) mod members;
pub(crate) mod remove;
pub(crate) mod restore;
pub(crate) mod show;

use axum::extract::DefaultBodyLimit;
use iroam_protocol::{
    id::RowId,
    playlists::{
        ACCOUNT_ITEMS_MAX, ITEMS_MAX, KEPT_DAYS, LISTS_MAX, MARKS_MAX, MEMBERS_MAX, NAME_CHARS_MAX, Playlist, Snapshot,
        TEXT_CHARS_MAX,
    },
    problem::Kind,
};
use iroam_store::{ListOutcome, ListRefusal};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{failure::Failure, hub::Call, state::App};

/// The largest body: 500 inserts, each with three texts of 300 characters outside ASCII, are below 2 MiB.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The longest track that is believed: a month. The sum over a list stays far below 63 bits.
const DURATION_MS_MAX: u64 = 30 * 24 * 3_600_000;

/// The routes of this resource.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(show::show, change::change, remove::remove))
        .routes(routes!(restore::restore))
        .routes(routes!(duplicate::duplicate))
        .routes(routes!(edit::edit))
        .routes(routes!(export::export))
        .routes(routes!(members::remove))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::withdraw))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// What came of a request, or the problem with it.
///
/// # Errors
/// The refusal as a problem.
pub(crate) fn granted<T>(outcome: ListOutcome<T>) -> Result<T, Failure> {
    outcome.map_err(refused)
}

/// Lets everybody who sees a list look again.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn tell(app: &App, playlist: RowId) -> Result<(), Failure> {
    for account in app.store().playlist_sharers(playlist).await? {
        app.hub().call(Call::Shelf(account));
    }
    Ok(())
}

/// The changed list, after everybody who sees it was told.
async fn told(app: &App, outcome: ListOutcome<Playlist>) -> Result<Playlist, Failure> {
    let list = granted(outcome)?;
    tell(app, list.id).await?;
    Ok(list)
}

/// A name as a person typed it.
///
/// # Errors
/// A [`Kind::Invalid`] at the field `name`.
fn list_name(typed: &str) -> Result<String, Failure> {
    let name = typed.trim();
    match name.chars().count() {
        0 => Err(Failure::field("name", "Give the list a name.")),
        1..=NAME_CHARS_MAX if !name.chars().any(char::is_control) => Ok(name.into()),
        1..=NAME_CHARS_MAX => Err(Failure::field("name", "Use letters, digits and blanks in one line.")),
        _ => Err(Failure::field("name", format!("Use at most {NAME_CHARS_MAX} characters."))),
    }
}

/// What a track looks like, in the form that is kept: texts in one line and of bounded length.
pub(crate) fn kept(about: &Snapshot) -> Snapshot {
    Snapshot {
        title: one_line(&about.title),
        artist: about.artist.as_deref().map(one_line),
        album: about.album.as_deref().map(one_line),
        duration_ms: about.duration_ms.min(DURATION_MS_MAX),
        ..about.clone()
    }
}

fn one_line(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The problem that a refusal is.
pub(crate) fn refused(refusal: ListRefusal) -> Failure {
    match refusal {
        ListRefusal::Unknown => Failure::told(Kind::NotFound, |words| words.faults.no_list.into()),
        ListRefusal::NotOwner => Failure::new(Kind::Forbidden, "Only the owner of the list can do that."),
        ListRefusal::NotAList => {
            Failure::new(Kind::Conflict, "This is a folder. It holds lists, and has no songs of its own.")
        }
        ListRefusal::BadPlace => {
            Failure::field("place", "It cannot stand there: that folder or neighbour is gone, too deep, or itself.")
        }
        ListRefusal::TooManyLists => Failure::told(Kind::TooMany, |words| (words.faults.lists_max)(LISTS_MAX).into()),
        ListRefusal::TooManyItems => too_many(format!("A list holds {ITEMS_MAX} songs. Begin another list.")),
        ListRefusal::TooManyItemsInAll => too_many(format!(
            "All playlists of one owner hold {ACCOUNT_ITEMS_MAX} songs together, and these are full. Remove songs, or \
             delete a list."
        )),
        ListRefusal::TooManyItemsRemoved => too_many(format!(
            "So many deleted playlists wait for {KEPT_DAYS} days to be brought back that no more songs find room. Go on \
             when the oldest of them are forgotten."
        )),
        ListRefusal::TooManyMembers => {
            Failure::told(Kind::TooMany, |words| (words.faults.members_max)(MEMBERS_MAX).into())
        }
        ListRefusal::TooManyInvitations => {
            Failure::new(Kind::TooManyRequests, "These are all the invitations for today. Go on tomorrow.")
        }
        ListRefusal::IdTaken => {
            Failure::new(Kind::Conflict, "This id belongs to something else. Send a fresh one.").at("id")
        }
        ListRefusal::ChangesGone => {
            Failure::new(Kind::ChangesGone, "Changes that old are not kept. Read the whole list.")
        }
        ListRefusal::InvitationGone => Failure::told(Kind::NotFound, |words| words.faults.invitation_gone.into()),
        ListRefusal::TooManyMarks => {
            too_many(format!("An account holds {MARKS_MAX} favourites and ratings. Take some back."))
        }
        ListRefusal::NoSnapshot => Failure::field("item", "Send what the track looks like, to make it a favourite."),
    }
}

fn too_many(detail: String) -> Failure {
    Failure::new(Kind::TooMany, detail)
}

#[cfg(test)]
mod tests {
    use iroam_protocol::home;

    use super::*;

    #[test]
    fn what_a_track_looks_like_stays_in_one_line_of_bounded_length() {
        let about = Snapshot {
            title: "a\r\nSet-Cookie: b\0".into(),
            artist: Some("ü".repeat(5_000)),
            album: None,
            album_id: None,
            duration_ms: u64::MAX,
            cover_id: None,
            kind: home::Kind::Audio,
        };
        let kept = kept(&about);
        assert_eq!(kept.title, "a  Set-Cookie: b ");
        assert_eq!(kept.artist.unwrap().chars().count(), TEXT_CHARS_MAX);
        assert_eq!(kept.duration_ms, DURATION_MS_MAX);
    }

    #[test]
    fn a_list_has_a_name_in_one_line() {
        assert_eq!(list_name("  Sunday  ").unwrap(), "Sunday");
        for bad in ["", "  ", "a\nb", &"x".repeat(121)] {
            assert_eq!(list_name(bad).unwrap_err().problem().field.as_deref(), Some("name"), "{bad:?}");
        }
    }
}
