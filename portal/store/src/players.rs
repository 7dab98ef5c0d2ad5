//! Players: browser tabs, each with a key of its own.

use iroam_protocol::id::{PeerId, RowId};

use crate::{
    Error, Store,
    db::{Decision, Step, values},
    sessions,
};

/// Whether a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// It belongs to this session.
    Ok,
    /// It came with another session first.
    OtherSession,
    /// The session has ended since it was recognised.
    SignedOut,
}

impl Store {
    /// Registers a tab's key with its session, and notes that it has grants for `home`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn register_player(
        &self,
        peer: PeerId,
        session: RowId,
        account: RowId,
        home: PeerId,
        now_ms: i64,
    ) -> Result<Registered, Error> {
        let select = "SELECT p.session, h.home FROM players p \
            LEFT JOIN player_homes h ON h.player = p.peer AND h.home = $2 WHERE p.peer = $1";
        let insert = "INSERT INTO players (peer, session, account, created_ms) VALUES ($1, $2, $3, $4)";
        let reaches =
            Step::one("player.home", "INSERT INTO player_homes (player, home) VALUES ($1, $2)", values![peer, home]);
        let reaches = &reaches;
        self.db
            .decide("register-player", async || {
                if !self.session_lives(session).await? {
                    return Ok(Decision::nothing(Registered::SignedOut));
                }
                let found = self.db.read(select, values![peer, home]).await?.into_iter().next();
                let Some(mut row) = found else {
                    let player = Step::one("player", insert, values![peer, session, account, now_ms]);
                    return Ok(Decision::run(
                        vec![sessions::still_lives(session), player, reaches.clone()],
                        Registered::Ok,
                    ));
                };
                let (of, known) = (row.id()?, row.opt_text()?.is_some());
                Ok(match (of == session, known) {
                    (false, _) => Decision::nothing(Registered::OtherSession),
                    (true, true) => Decision::nothing(Registered::Ok),
                    (true, false) => {
                        Decision::run(vec![sessions::still_lives(session), reaches.clone()], Registered::Ok)
                    }
                })
            })
            .await
    }
}
