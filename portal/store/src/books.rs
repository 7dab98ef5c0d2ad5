//! Transfers as the steps of a unit.

use std::collections::BTreeMap;

use iroam_ledger::{Book, Kind, Transfer};

use crate::{
    db::{Step, Value, values},
    ids,
};

const INSERT_TRANSFER: &str = "INSERT INTO ledger_transfers \
    (id, key, input_hash, kind, at_ms, owner, owner_change, listening, minute, path) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const INSERT_POSTING: &str = "INSERT INTO ledger_postings (transfer, book, amount) VALUES ($1, $2, $3)";
const CHANGE_WALLET: &str = "UPDATE wallets SET balance = balance + $2 WHERE book = $1 AND balance + $2 >= 0";

/// The steps that post `transfers`. Their keys are unique, and a wallet that they would overdraw refuses the unit. Wallets
/// are changed once each and in the order of their names, so that two units never wait for each other crosswise.
pub(crate) fn post(transfers: &[Transfer], now_ms: i64) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut changes: BTreeMap<Book, i64> = BTreeMap::new();
    for (place, transfer) in transfers.iter().enumerate() {
        let (named_transfer, named_postings) = names(transfer.kind());
        let id = ids::row_id_of_key(now_ms, place, transfer.key());
        steps.push(Step::one(named_transfer, INSERT_TRANSFER, transfer_values(transfer, id, now_ms)));
        for line in transfer.postings() {
            steps.push(Step::one(named_postings, INSERT_POSTING, values![id, line.book.to_string(), line.amount]));
            if line.book.owner().is_some() {
                *changes.entry(line.book).or_default() += line.amount;
            }
        }
    }
    let changed = changes.into_iter().filter(|(_, change)| *change != 0);
    steps.extend(changed.map(|(book, change)| Step::one("wallet", CHANGE_WALLET, values![book.to_string(), change])));
    steps
}

fn transfer_values(transfer: &Transfer, id: iroam_protocol::id::RowId, now_ms: i64) -> Vec<Value> {
    let about = transfer.about();
    values![
        id,
        transfer.key(),
        ids::hex(&transfer.input_hash()),
        transfer.kind().as_str(),
        now_ms,
        about.owner,
        transfer.owner_change(),
        about.listening,
        about.minute,
        about.path,
    ]
}

/// The names of the points at which a test may stop the process.
fn names(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Starter => ("starter.transfer", "starter.posting"),
        Kind::Confirmed => ("confirmed.transfer", "confirmed.posting"),
        Kind::Credit => ("credit.transfer", "credit.posting"),
        Kind::Hold => ("hold.transfer", "hold.posting"),
        Kind::Release => ("release.transfer", "release.posting"),
        Kind::Charge => ("charge.transfer", "charge.posting"),
        Kind::Courtesy => ("courtesy.transfer", "courtesy.posting"),
        Kind::Reversal => ("reversal.transfer", "reversal.posting"),
    }
}
