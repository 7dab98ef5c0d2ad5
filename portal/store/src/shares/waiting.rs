//! Visitors who wait for a home: each is mailed once when it is back, and forgotten then.

use iroam_protocol::{
    id::{PeerId, RowId},
    shares::{State, WAITING_MAX},
};

use super::{counter_columns, counters, create::about};
use crate::{
    Error, Outgoing, Store,
    db::{Decision, Row, Step, values},
    outbox,
};

/// How a wish to be told was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It is kept; a repeat changes nothing.
    Ok,
    /// As many as may wait do, or did.
    Full,
}

/// Somebody to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The share.
    pub share: RowId,
    /// Its sender.
    pub account: RowId,
    /// The part of the link that names it.
    pub public_id: String,
    /// What its secret is made of: the content and its place among the links.
    pub link: (RowId, u64),
    /// Title of the whole.
    pub title: String,
    /// The visitor's address.
    pub address: String,
    /// The language of the visitor's browser, as in HTML; `None` when it is not known.
    pub language: Option<String>,
    /// When the link's time is over.
    pub expires_ms: i64,
    /// Whether the link still opens; otherwise the address is forgotten without a word.
    pub lives: bool,
}

/// So often a link may promise a mail in its life: somebody who types other people's addresses reaches no more.
const WAITED_MAX: u64 = 10;
/// Rows of one round; the next one takes the rest.
const DUE_MAX: u32 = 100;

const FOUND: &str = "SELECT address FROM share_waiting WHERE share = $1 AND address = $2";
const ONE_MORE: &str = "UPDATE shares SET waiting = waiting + 1, waited = waited + 1 \
    WHERE id = $1 AND waiting < $2 AND waited < $3 AND revoked_ms IS NULL";
const INSERT: &str = "INSERT INTO share_waiting (share, address, since_ms, language) VALUES ($1, $2, $3, $4)";
const DUE: &str = concat!(
    "SELECT s.id, s.account, s.public_id, s.content, s.place, c.title, w.address, w.language, ",
    counter_columns!(),
    " FROM share_waiting w JOIN shares s ON s.id = w.share JOIN share_contents c ON c.id = s.content \
     WHERE s.home = $1 AND s.waiting > 0 ORDER BY w.since_ms, w.share LIMIT $2"
);
const DELETE: &str = "DELETE FROM share_waiting WHERE share = $1 AND address = $2";
const ONE_LESS: &str = "UPDATE shares SET waiting = waiting - 1 WHERE id = $1";
const HOMES: &str = "SELECT DISTINCT home FROM shares WHERE waiting > 0";

impl Store {
    /// Keeps an address until the home is back, with the language of the mail where it is known.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn wait_for_home(
        &self,
        share: RowId,
        address: &str,
        language: Option<&str>,
        now_ms: i64,
    ) -> Result<Wait, Error> {
        let counts = "SELECT waiting, waited FROM shares WHERE id = $1 AND revoked_ms IS NULL";
        self.db
            .decide("wait", async || {
                if !self.db.read(FOUND, values![share, address]).await?.is_empty() {
                    return Ok(Decision::nothing(Wait::Ok));
                }
                let Some(mut row) = self.db.read(counts, values![share]).await?.into_iter().next() else {
                    return Ok(Decision::nothing(Wait::Full));
                };
                if row.count()? >= WAITING_MAX || row.count()? >= WAITED_MAX {
                    return Ok(Decision::nothing(Wait::Full));
                }
                let steps = vec![
                    Step::one("share", ONE_MORE, values![share, WAITING_MAX, WAITED_MAX]),
                    Step::one("share.waiting", INSERT, values![share, address, now_ms, language.map(str::to_owned)]),
                ];
                Ok(Decision::run(steps, Wait::Ok))
            })
            .await
    }

    /// Homes that somebody waits for.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn awaited_homes(&self) -> Result<Vec<PeerId>, Error> {
        self.db.read(HOMES, Vec::new()).await?.into_iter().map(|mut row| row.peer()).collect()
    }

    /// Who waits for a home, longest first; at most 100.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn waiting_for(&self, home: PeerId, now_ms: i64) -> Result<Vec<Due>, Error> {
        let price = self.pricing.tariff.relay;
        let rows = self.db.read(DUE, values![home, DUE_MAX]).await?;
        rows.into_iter().map(|row| due(row, now_ms, price)).collect()
    }

    /// Forgets somebody who waited, and puts a mail on its way in the same unit; `false` when another node did.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn home_is_back(&self, due: &Due, mail: Option<&Outgoing>) -> Result<bool, Error> {
        let mut steps = vec![
            Step::one("share.waiting", DELETE, values![due.share, &due.address]),
            Step::one("share", ONE_LESS, values![due.share]),
        ];
        steps
            .extend(mail.map(|mail| outbox::enqueue_step(&Outgoing { about: Some(about(due.share)), ..mail.clone() })));
        self.db.attempt("home-is-back", steps).await
    }
}

fn due(mut row: Row, now_ms: i64, price: i64) -> Result<Due, Error> {
    let (share, account, public_id, link) = (row.id()?, row.id()?, row.text()?, (row.id()?, row.count()?));
    let (title, address, language) = (row.text()?, row.text()?, row.opt_text()?);
    let counters = counters(&mut row)?;
    let lives = counters.state(now_ms, price) == State::Live;
    Ok(Due { share, account, public_id, link, title, address, language, expires_ms: counters.expires_ms, lives })
}
