//! Reports of abuse, for the operator.

use iroam_protocol::id::RowId;

use crate::{
    Error, Store,
    db::{Row, Step, values},
};

/// A report to keep.
#[derive(Debug, Clone)]
pub struct Report {
    /// Id of the report.
    pub id: RowId,
    /// The share.
    pub share: RowId,
    /// In the visitor's words.
    pub reason: String,
    /// Portal time.
    pub now_ms: i64,
}

/// A report that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Id of the report.
    pub id: RowId,
    /// The share.
    pub share: RowId,
    /// The part of the link that names it.
    pub public_id: String,
    /// The sender's address.
    pub sender: String,
    /// In the visitor's words.
    pub reason: String,
    /// When.
    pub at_ms: i64,
    /// Whether the link still works; `None` when it is forgotten.
    pub revoked: Option<bool>,
}

/// Reports of one link that are kept: the operator has understood by then.
const REPORTS_MAX: u32 = 20;

const ONE_MORE: &str = "UPDATE shares SET reports = reports + 1 WHERE id = $1 AND reports < $2";
const INSERT: &str = "INSERT INTO share_reports (id, share, public_id, account, reason, at_ms) \
    SELECT $1, id, public_id, account, $3, $4 FROM shares WHERE id = $2";
const LIST: &str = "SELECT r.id, r.share, r.public_id, a.email, r.reason, r.at_ms, s.id, s.revoked_ms \
    FROM share_reports r JOIN accounts a ON a.id = r.account LEFT JOIN shares s ON s.id = r.share \
    ORDER BY r.at_ms DESC, r.id DESC LIMIT $1";

impl Store {
    /// Keeps a report; beyond twenty of one link it is dropped.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn report_share(&self, report: Report) -> Result<bool, Error> {
        let Report { id, share, reason, now_ms } = report;
        let steps = vec![
            Step::one("share", ONE_MORE, values![share, REPORTS_MAX]),
            Step::one("report", INSERT, values![id, share, reason, now_ms]),
        ];
        self.db.attempt("report", steps).await
    }

    /// The reports, newest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn reports(&self, limit: u32) -> Result<Vec<Reported>, Error> {
        self.db.read(LIST, values![limit]).await?.into_iter().map(reported).collect()
    }
}

fn reported(mut row: Row) -> Result<Reported, Error> {
    let (id, share, public_id, sender) = (row.id()?, row.id()?, row.text()?, row.text()?);
    let (reason, at_ms, known, revoked_ms) = (row.text()?, row.int()?, row.opt_text()?, row.opt_int()?);
    Ok(Reported { id, share, public_id, sender, reason, at_ms, revoked: known.map(|_| revoked_ms.is_some()) })
}
