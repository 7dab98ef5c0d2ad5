//! What an account has: balances, its statement, and credit by the operator.

use iroam_ledger::{Book, Kind, Money, Purse, Tariff, Transfer, lease};
use iroam_protocol::{id::RowId, portal};

use crate::{
    Error, Store, books,
    db::{Decision, Query, Row, values},
    ids,
};

/// Credit that the operator gives, as paid money.
#[derive(Debug, Clone)]
pub struct Credit {
    /// To whom.
    pub account: RowId,
    /// How much; more than zero.
    pub micros: i64,
    /// Makes a repeat harmless, 1 to 160 characters.
    pub key: String,
    /// Portal time.
    pub now_ms: i64,
}

/// The rows of a statement at most.
const ENTRIES_MAX: u32 = 200;
// Before every id: the first page has no cursor.
const NEWEST: &str = "g";

const WALLETS: &str = "SELECT book, balance FROM wallets WHERE owner = $1";
const PLAY_OUT: &str = "SELECT play_out_ms FROM accounts WHERE id = $1";
const ENTRIES: &str = "SELECT t.id, t.at_ms, t.kind, t.owner_change, t.listening, t.minute, t.path, h.name \
    FROM ledger_transfers t LEFT JOIN listenings l ON l.id = t.listening \
    LEFT JOIN homes h ON h.peer = l.home AND h.account = t.owner \
    WHERE t.owner = $1 AND t.id < $2 AND t.kind NOT IN ('hold', 'release') ORDER BY t.id DESC LIMIT $3";

/// The balances of an account.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Balances {
    pub(crate) free: Money,
    pub(crate) held: Money,
}

impl Store {
    /// What is left.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn wallet(&self, account: RowId) -> Result<portal::Wallet, Error> {
        let Balances { free, held } = balances(self.db.read(WALLETS, values![account]).await?, account)?;
        let tariff = self.pricing.tariff;
        let price = |path| portal::Price { path, micros_per_minute: tariff.price(Some(path)) };
        Ok(portal::Wallet {
            currency: self.pricing.currency.clone(),
            available_micros: free.total(),
            held_micros: held.total(),
            balance_ms: lease::buys_ms(free + held, tariff.relay),
            prices: Tariff::PATHS.map(price).to_vec(),
        })
    }

    /// The statement, newest first; `cursor` is the `next` of the page before. At most 200 rows.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn entries(&self, account: RowId, cursor: Option<&str>, limit: u32) -> Result<portal::Entries, Error> {
        let limit = limit.clamp(1, ENTRIES_MAX);
        let rows = self.db.read(ENTRIES, values![account, cursor.unwrap_or(NEWEST), limit + 1]).await?;
        let mut items = rows.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|entry| entry.id.to_string());
        Ok(portal::Entries { items, next })
    }

    /// Posts credit; a repeat under the same key posts nothing.
    ///
    /// # Errors
    /// [`Error::KeyReused`] when the key stands for another credit, or is no key, or the amount is not above zero.
    pub async fn credit(&self, credit: Credit) -> Result<portal::Wallet, Error> {
        let Credit { account, micros, key, now_ms } = credit;
        let money = Money { promo: 0, paid: micros };
        let made = Transfer::give(format!("credit/{key}"), Kind::Credit, Book::Operator, account, money);
        let transfer = made.ok().filter(|_| micros > 0).ok_or(Error::KeyReused)?;
        self.post_once(transfer, now_ms).await?;
        self.wallet(account).await
    }

    /// Posts a transfer unless its key is there already: the same input then is fine, another is an error.
    async fn post_once(&self, transfer: Transfer, now_ms: i64) -> Result<(), Error> {
        let select = "SELECT input_hash FROM ledger_transfers WHERE key = $1";
        let transfer = &transfer;
        self.db
            .decide("credit", async || {
                let Some(mut row) = self.db.read(select, values![transfer.key()]).await?.into_iter().next() else {
                    return Ok(Decision::run(books::post(std::slice::from_ref(transfer), now_ms), ()));
                };
                let same = row.text()? == ids::hex(&transfer.input_hash());
                if same { Ok(Decision::nothing(())) } else { Err(Error::KeyReused) }
            })
            .await
    }
}

/// The queries whose results [`purse`] reads.
pub(crate) fn purse_queries(account: RowId) -> [Query; 2] {
    [(WALLETS, values![account]), (PLAY_OUT, values![account])]
}

/// What an account can spend.
pub(crate) fn purse(wallets: Vec<Row>, play_out: Vec<Row>, account: RowId, now_ms: i64) -> Result<Purse, Error> {
    let Balances { free, .. } = balances(wallets, account)?;
    let Some(mut row) = play_out.into_iter().next() else { return Ok(Purse::default()) };
    let given_ms = row.opt_int()?;
    let courtesy = given_ms.is_none_or(|given_ms| now_ms.saturating_sub(given_ms) >= lease::COURTESY_EVERY_MS);
    Ok(Purse { money: free, courtesy })
}

fn balances(rows: Vec<Row>, account: RowId) -> Result<Balances, Error> {
    let [promo, paid, held_promo, held_paid] = Book::of(account);
    let mut balances = Balances::default();
    for mut row in rows {
        let book = row.text()?.parse::<Book>().map_err(|_| Error::Corrupt("a book that does not exist".into()))?;
        let balance = row.int()?;
        match book {
            book if book == promo => balances.free.promo = balance,
            book if book == paid => balances.free.paid = balance,
            book if book == held_promo => balances.held.promo = balance,
            book if book == held_paid => balances.held.paid = balance,
            _ => return Err(Error::Corrupt("a wallet of somebody else".into())),
        }
    }
    Ok(balances)
}

fn entry(mut row: Row) -> Result<portal::Entry, Error> {
    Ok(portal::Entry {
        id: row.id()?,
        at_ms: row.int()?,
        kind: row.text()?,
        amount_micros: row.int()?,
        listening: row.opt_id()?,
        minute: row.opt_count()?,
        path: row.opt_path()?,
        home: row.opt_text()?,
    })
}
