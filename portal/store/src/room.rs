//! Looking whether the disk has room: a row of some size comes and goes.

use crate::{
    Error, Room, Store,
    db::{Step, values},
};

/// What a trial writes: more than the largest ordinary unit, so that a disk that takes it takes the next requests too.
const TRIAL_BYTES: usize = 64 * 1024;
/// The row of the trial: a request to sign in that was denied and ended long ago, which nobody asks for. A trial that was
/// cut off leaves it to the next one, or to [`Store::prune`].
const TRIAL: &str = "trial";
const BEGIN: &str = "INSERT INTO sign_in_requests \
    (id, secret_hash, user_code, device, address, state, created_ms, expires_ms) \
    VALUES ($1, $1, $1, $2, '', 'denied', 0, 0)";
const END: &str = "DELETE FROM sign_in_requests WHERE id = $1";

impl Store {
    /// What is known of the room on the disk of the database.
    pub fn room(&self) -> Room {
        self.db.room()
    }

    /// Looks whether there is room, by writing a little and taking it away; [`Store::room`] then knows.
    ///
    /// # Errors
    /// [`Error::StorageFull`] when there is none; any other [`Error`] tells nothing of the room.
    pub async fn try_room(&self) -> Result<(), Error> {
        let end = || Step::new("trial.end", END, values![TRIAL]);
        let begin = Step::new("trial", BEGIN, values![TRIAL, &"x".repeat(TRIAL_BYTES)]);
        // Where another process is at the same row, its trial is as good as this one.
        self.db.attempt("trial", vec![end(), begin]).await?;
        self.db.attempt("trial-end", vec![end()]).await?;
        self.db.found_room();
        Ok(())
    }
}
