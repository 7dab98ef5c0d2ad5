//! Pairwise pseudonyms: two homes cannot tell that they serve the same account.

use iroam_protocol::id::{PeerId, RowId};

use crate::{
    Error, Store,
    db::{Decision, Step, values},
    ids,
};

impl Store {
    /// The account's pseudonym at a home; made of `random` on first use.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn pseudonym(&self, account: RowId, home: PeerId, random: [u8; 16]) -> Result<String, Error> {
        let select = "SELECT pseudonym FROM pseudonyms WHERE account = $1 AND home = $2";
        let insert = "INSERT INTO pseudonyms (account, home, pseudonym) VALUES ($1, $2, $3)";
        self.db
            .decide("pseudonym", async || {
                if let Some(mut row) = self.db.read(select, values![account, home]).await?.into_iter().next() {
                    return Ok(Decision::nothing(row.text()?));
                }
                let made = ids::hex(&random);
                let row = values![account, home, &made];
                Ok(Decision::run(vec![Step::one("pseudonym", insert, row)], made))
            })
            .await
    }
}
