//! The proof that the books are right, on one snapshot of a live database.

use crate::{
    Error, Store,
    db::{Query, Row},
};

/// What the audit found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// Named sums: balances in micros by kind of book, and counts.
    pub sums: Vec<(String, i64)>,
    /// Every violation in plain words; empty when all is right.
    pub broken: Vec<String>,
}

/// A rule, and the query that finds what breaks it: two texts per row, what and how.
struct Rule {
    says: &'static str,
    finds: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        says: "every transfer sums to zero",
        finds: "SELECT transfer, CAST(CAST(SUM(amount) AS BIGINT) AS TEXT) FROM ledger_postings \
            GROUP BY transfer HAVING SUM(amount) <> 0",
    },
    Rule {
        says: "every transfer has entries",
        finds: "SELECT t.id, t.key FROM ledger_transfers t \
            WHERE NOT EXISTS (SELECT 1 FROM ledger_postings p WHERE p.transfer = t.id)",
    },
    Rule {
        says: "every wallet equals its entries",
        finds: "SELECT book, CAST(balance AS TEXT) FROM wallets WHERE balance <> \
            (SELECT COALESCE(SUM(p.amount), 0) FROM ledger_postings p WHERE p.book = wallets.book)",
    },
    Rule {
        says: "every entry of an account has its wallet",
        finds: "SELECT DISTINCT p.book, p.transfer FROM ledger_postings p WHERE p.book LIKE '%/%' \
            AND NOT EXISTS (SELECT 1 FROM wallets w WHERE w.book = p.book)",
    },
    Rule {
        says: "no wallet is below zero",
        finds: "SELECT book, CAST(balance AS TEXT) FROM wallets WHERE balance < 0",
    },
    Rule {
        says: "promotional money held equals the open holds",
        finds: "SELECT book, CAST(balance AS TEXT) FROM wallets WHERE book LIKE 'held-promo/%' AND balance <> \
            (SELECT COALESCE(SUM(l.hold_promo), 0) FROM listenings l \
             WHERE l.account = wallets.owner AND l.closed_ms IS NULL)",
    },
    Rule {
        says: "paid money held equals the open holds",
        finds: "SELECT book, CAST(balance AS TEXT) FROM wallets WHERE book LIKE 'held-paid/%' AND balance <> \
            (SELECT COALESCE(SUM(l.hold_paid), 0) FROM listenings l \
             WHERE l.account = wallets.owner AND l.closed_ms IS NULL)",
    },
    Rule {
        says: "a closed listening holds nothing",
        finds: "SELECT id, CAST(hold_promo + hold_paid AS TEXT) FROM listenings \
            WHERE closed_ms IS NOT NULL AND hold_promo + hold_paid <> 0",
    },
    Rule {
        says: "every settled minute has its transfer or was free",
        finds: "SELECT l.id, CAST(l.charged_minutes AS TEXT) FROM listenings l WHERE l.charged_minutes - l.free_minutes \
            <> (SELECT COUNT(*) FROM ledger_transfers t WHERE t.listening = l.id AND t.kind IN ('charge', 'courtesy'))",
    },
    Rule {
        says: "every played minute is settled",
        finds: "SELECT id, CAST(played_ms AS TEXT) FROM listenings WHERE played_ms > charged_minutes * 60000 + 3000",
    },
    Rule {
        says: "every charge belongs to its listening's account",
        finds: "SELECT t.id, t.key FROM ledger_transfers t WHERE t.listening IS NOT NULL AND NOT EXISTS \
            (SELECT 1 FROM listenings l WHERE l.id = t.listening AND l.account = t.owner)",
    },
    Rule {
        says: "a transfer's change of its owner equals its entries",
        finds: "SELECT t.id, CAST(t.owner_change AS TEXT) FROM ledger_transfers t WHERE t.owner_change <> \
            (SELECT COALESCE(SUM(p.amount), 0) FROM ledger_postings p \
             WHERE p.transfer = t.id AND p.book LIKE '%/' || t.owner)",
    },
    Rule {
        says: "accounts count their open listenings",
        finds: "SELECT a.id, CAST(a.running AS TEXT) FROM accounts a WHERE a.running <> \
            (SELECT COUNT(*) FROM listenings l WHERE l.account = a.id AND l.closed_ms IS NULL AND l.share IS NULL)",
    },
    Rule {
        says: "shares count the open listenings and reserved plays of their visitors",
        finds: "SELECT s.id, CAST(s.running AS TEXT) FROM shares s WHERE s.running <> \
            (SELECT COUNT(*) FROM listenings l WHERE l.share = s.id AND l.closed_ms IS NULL) OR s.reserved <> \
            (SELECT COALESCE(SUM(l.share_reserved), 0) FROM listenings l WHERE l.share = s.id)",
    },
    Rule {
        says: "a share's money held equals the holds of its listenings",
        finds: "SELECT s.id, CAST(s.held_micros AS TEXT) FROM shares s WHERE s.held_micros <> \
            (SELECT COALESCE(SUM(l.hold_promo + l.hold_paid), 0) FROM listenings l WHERE l.share = s.id)",
    },
    Rule {
        says: "a share's cost equals what its listenings were charged",
        finds: "SELECT s.id, CAST(s.spent_micros AS TEXT) FROM shares s WHERE s.spent_micros <> \
            (SELECT COALESCE(-SUM(t.owner_change), 0) FROM ledger_transfers t JOIN listenings l ON l.id = t.listening \
             WHERE l.share = s.id AND t.kind IN ('charge', 'reversal'))",
    },
    Rule {
        says: "no share costs or plays more than it may",
        finds: "SELECT id, CAST(plays AS TEXT) FROM shares \
            WHERE plays + reserved > plays_max OR running > at_once OR spent_micros + held_micros > cap_micros",
    },
    Rule {
        says: "revenue equals what was charged",
        finds: "SELECT 'revenue', CAST(earned.total AS TEXT) FROM \
            (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS total FROM ledger_postings \
             WHERE book IN ('revenue-promo', 'revenue-paid')) earned, \
            (SELECT CAST(COALESCE(SUM(owner_change), 0) AS BIGINT) AS total FROM ledger_transfers \
             WHERE kind IN ('charge', 'reversal')) charged WHERE earned.total <> -charged.total",
    },
    Rule {
        says: "all books sum to zero",
        finds: "SELECT 'all', CAST(every.total AS TEXT) FROM \
            (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS total FROM ledger_postings) every WHERE every.total <> 0",
    },
];

/// Balances by kind of book.
const BALANCES: &str = "SELECT CASE WHEN book LIKE 'held-promo/%' THEN 'held-promo' \
    WHEN book LIKE 'held-paid/%' THEN 'held-paid' WHEN book LIKE 'promo/%' THEN 'promo' \
    WHEN book LIKE 'paid/%' THEN 'paid' ELSE book END AS class, CAST(SUM(amount) AS BIGINT) \
    FROM ledger_postings GROUP BY 1 ORDER BY 1";

const COUNTS: &str = "SELECT 'sum of all books', CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger_postings \
    UNION ALL SELECT 'accounts', COUNT(*) FROM accounts \
    UNION ALL SELECT 'transfers', COUNT(*) FROM ledger_transfers \
    UNION ALL SELECT 'entries', COUNT(*) FROM ledger_postings \
    UNION ALL SELECT 'listenings', COUNT(*) FROM listenings \
    UNION ALL SELECT 'open listenings', COUNT(*) FROM listenings WHERE closed_ms IS NULL \
    UNION ALL SELECT 'minutes settled', CAST(COALESCE(SUM(charged_minutes), 0) AS BIGINT) FROM listenings \
    UNION ALL SELECT 'minutes free', CAST(COALESCE(SUM(free_minutes), 0) AS BIGINT) FROM listenings";

impl Store {
    /// Proves the invariants of the ledger on one snapshot; the database may be in use.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn audit(&self) -> Result<Audit, Error> {
        let mut queries: Vec<Query> = vec![(BALANCES, Vec::new()), (COUNTS, Vec::new())];
        queries.extend(RULES.iter().map(|rule| (rule.finds, Vec::new())));
        let mut results = self.db.reads(queries).await?.into_iter();
        let mut audit = Audit::default();
        for rows in results.by_ref().take(2) {
            for mut row in rows {
                audit.sums.push((row.text()?, row.int()?));
            }
        }
        for (rule, rows) in RULES.iter().zip(results) {
            audit.broken.extend(violations(rule, rows)?);
        }
        Ok(audit)
    }
}

/// Violations of one rule that are told one by one; the others are counted.
const TOLD_MAX: usize = 20;

fn violations(rule: &Rule, rows: Vec<Row>) -> Result<Vec<String>, Error> {
    let more = rows.len().saturating_sub(TOLD_MAX);
    let told = rows.into_iter().take(TOLD_MAX).map(|mut row| {
        let (what, how) = (row.text()?, row.text()?);
        Ok(format!("not so: {} ({what}: {how})", rule.says))
    });
    let mut told = told.collect::<Result<Vec<_>, Error>>()?;
    if more > 0 {
        told.push(format!("not so: {} ({more} more)", rule.says));
    }
    Ok(told)
}
