//! What a decision asks for, and the transfer that posts it.

use iroam_protocol::{id::RowId, path::Path};

use crate::{About, Book, Kind, Money, Posting, Transfer, TransferError, lease::Reason};

/// Something to be made durable together with the state that decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Set the price of the next minute aside.
    Hold(Money),
    /// Give a hold back.
    Release(Money),
    /// A minute is paid: `held` is dissolved, `money` becomes revenue, the difference comes from or goes to the wallets.
    Charge {
        /// The minute, from 0.
        minute: u64,
        /// The path that priced it; `None` when none was reported.
        path: Option<Path>,
        /// The whole hold.
        held: Money,
        /// What the minute costs.
        money: Money,
    },
    /// A minute is played out at the house's cost.
    Courtesy {
        /// The minute, from 0.
        minute: u64,
        /// The path that priced it; `None` when none was reported.
        path: Option<Path>,
        /// What the minute would have cost.
        price: i64,
    },
    /// A minute became cheaper after it was paid.
    Refund {
        /// The minute, from 0.
        minute: u64,
        /// The cheaper path.
        path: Path,
        /// What goes back.
        money: Money,
    },
    /// The account's play-out of this day is used.
    GrantPlayOut,
    /// The listening is closed.
    Close(Reason),
}

impl Effect {
    /// The transfer that posts the effect for `owner`; `None` when no money moves. `serial` is the `n`th change of the
    /// listening, which keeps the keys of holds apart; a minute's key is the listening and the minute alone.
    ///
    /// # Errors
    /// [`TransferError`], when an effect was not made by a lease.
    pub fn transfer(&self, owner: RowId, listening: RowId, serial: u64) -> Result<Option<Transfer>, TransferError> {
        let about = |minute, path| About { owner, listening: Some(listening), minute, path };
        let [promo, paid, held_promo, held_paid] = Book::of(owner);
        let made = match *self {
            Self::Hold(money) => {
                let lines = moved([promo, paid], [held_promo, held_paid], money);
                Transfer::new(format!("{listening}/hold/{serial}"), Kind::Hold, about(None, None), &lines)
            }
            Self::Release(money) => {
                let lines = moved([held_promo, held_paid], [promo, paid], money);
                Transfer::new(format!("{listening}/release/{serial}"), Kind::Release, about(None, None), &lines)
            }
            Self::Charge { minute, path, held, money } => {
                let mut lines = moved([held_promo, held_paid], [promo, paid], held).to_vec();
                lines.extend(moved([promo, paid], [Book::RevenuePromo, Book::RevenuePaid], money));
                Transfer::new(format!("{listening}/{minute}"), Kind::Charge, about(Some(minute), path), &lines)
            }
            Self::Courtesy { minute, path, price } => {
                let lines = [
                    Posting { book: Book::Courtesy, amount: -price },
                    Posting { book: Book::RevenueCourtesy, amount: price },
                ];
                Transfer::new(format!("{listening}/{minute}"), Kind::Courtesy, about(Some(minute), path), &lines)
            }
            Self::Refund { minute, path, money } => {
                let lines = moved([Book::RevenuePromo, Book::RevenuePaid], [promo, paid], money);
                let key = format!("{listening}/{minute}/cheaper");
                Transfer::new(key, Kind::Reversal, about(Some(minute), Some(path)), &lines)
            }
            Self::GrantPlayOut | Self::Close(_) => return Ok(None),
        };
        made.map(Some)
    }
}

/// Lines that move `money` between two pairs of books, promotional and paid apart.
fn moved(from: [Book; 2], to: [Book; 2], money: Money) -> [Posting; 4] {
    [
        Posting { book: from[0], amount: -money.promo },
        Posting { book: from[1], amount: -money.paid },
        Posting { book: to[0], amount: money.promo },
        Posting { book: to[1], amount: money.paid },
    ]
}
