//! Transfers: what moves between books, balanced by construction.

use std::fmt;

use iroam_protocol::{id::RowId, path::Path};
use sha2::{Digest, Sha256};

use crate::{Book, Money};

/// What a transfer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Starter minutes of a new account.
    Starter,
    /// Minutes for an address that was confirmed.
    Confirmed,
    /// Credit given by the operator.
    Credit,
    /// The price of a minute, set aside.
    Hold,
    /// A hold given back.
    Release,
    /// A minute that was played.
    Charge,
    /// A minute that was played out at the house's cost.
    Courtesy,
    /// A charge taken back, wholly or in part.
    Reversal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Starter,
        Self::Confirmed,
        Self::Credit,
        Self::Hold,
        Self::Release,
        Self::Charge,
        Self::Courtesy,
        Self::Reversal,
    ];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Confirmed => "confirmed",
            Self::Credit => "credit",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Charge => "charge",
            Self::Courtesy => "courtesy",
            Self::Reversal => "reversal",
        }
    }

    /// Reads a stored name; `None` when it is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One line of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The book.
    pub book: Book,
    /// The change of its balance, in micros; never zero.
    pub amount: i64,
}

/// What a transfer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The portal account whose statement shows it.
    pub owner: RowId,
    /// The listening; `None` for credits.
    pub listening: Option<RowId>,
    /// Which minute of the listening, from 0; `None` when it is about none.
    pub minute: Option<u64>,
    /// The path that priced it; `None` when nothing was priced or the path was unknown.
    pub path: Option<Path>,
}

impl About {
    /// About an account alone.
    pub fn account(owner: RowId) -> Self {
        Self { owner, listening: None, minute: None, path: None }
    }
}

/// Why a transfer cannot exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// Its amounts do not sum to zero.
    #[error("the amounts of a transfer do not sum to zero")]
    Unbalanced,
    /// It moves nothing.
    #[error("a transfer moves nothing")]
    Empty,
    /// Its amounts leave the range of 64 bits.
    #[error("the amounts of a transfer are too large")]
    TooLarge,
    /// Its key is empty or longer than [`Transfer::KEY_LEN_MAX`].
    #[error("the key of a transfer has 1 to 200 characters")]
    Key,
}

/// A balanced movement of money under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    key: String,
    kind: Kind,
    about: About,
    postings: Vec<Posting>,
}

impl Transfer {
    /// Longest key: fits an index, holds a listening's id and a word.
    pub const KEY_LEN_MAX: usize = 200;

    /// A transfer of the given postings; those of one book are joined, those of zero dropped.
    ///
    /// # Errors
    /// Every [`TransferError`].
    pub fn new(key: String, kind: Kind, about: About, postings: &[Posting]) -> Result<Self, TransferError> {
        if key.is_empty() || key.len() > Self::KEY_LEN_MAX {
            return Err(TransferError::Key);
        }
        let postings = joined(postings)?;
        if postings.is_empty() {
            return Err(TransferError::Empty);
        }
        let sum = postings.iter().try_fold(0_i64, |sum, posting| sum.checked_add(posting.amount));
        match sum {
            Some(0) => Ok(Self { key, kind, about, postings }),
            Some(_) => Err(TransferError::Unbalanced),
            None => Err(TransferError::TooLarge),
        }
    }

    /// Money that comes from a shared book into an account's wallets.
    ///
    /// # Errors
    /// Every [`TransferError`].
    pub fn give(key: String, kind: Kind, from: Book, owner: RowId, money: Money) -> Result<Self, TransferError> {
        let postings = [
            Posting { book: from, amount: money.total().checked_neg().ok_or(TransferError::TooLarge)? },
            Posting { book: Book::Promo(owner), amount: money.promo },
            Posting { book: Book::Paid(owner), amount: money.paid },
        ];
        Self::new(key, kind, About::account(owner), &postings)
    }

    /// The transfer that takes this one back.
    ///
    /// # Errors
    /// [`TransferError::Key`], [`TransferError::TooLarge`].
    pub fn reversal(&self, key: String) -> Result<Self, TransferError> {
        let back = self.postings.iter().map(|posting| {
            let amount = posting.amount.checked_neg().ok_or(TransferError::TooLarge)?;
            Ok(Posting { book: posting.book, amount })
        });
        Self::new(key, Kind::Reversal, self.about, &back.collect::<Result<Vec<_>, _>>()?)
    }

    /// The idempotency key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it is for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it is about.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its lines: they sum to zero, no book twice, no amount zero.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// The change of the owner's money, held money included; charges are negative, holds change nothing.
    pub fn owner_change(&self) -> i64 {
        let of_owner = self.postings.iter().filter(|posting| posting.book.owner() == Some(self.about.owner));
        of_owner.map(|posting| posting.amount).sum()
    }

    /// A hash of all that the transfer says but its key: the same key with another hash is an error of the caller.
    pub fn input_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(format!("iroam transfer 1\n{}\n{}\n", self.kind.as_str(), AboutText(&self.about)));
        let mut lines: Vec<_> = self.postings.iter().map(|line| format!("{} {}\n", line.book, line.amount)).collect();
        lines.sort_unstable();
        for line in lines {
            hash.update(line);
        }
        hash.finalize().into()
    }
}

struct AboutText<'a>(&'a About);

impl fmt::Display for AboutText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let About { owner, listening, minute, path } = self.0;
        let listening = listening.map_or_else(|| "-".into(), |id| id.to_string());
        let minute = minute.map_or_else(|| "-".into(), |minute| minute.to_string());
        write!(f, "{owner} {listening} {minute} {}", path.map_or("-", Path::as_str))
    }
}

fn joined(postings: &[Posting]) -> Result<Vec<Posting>, TransferError> {
    let mut joined: Vec<Posting> = Vec::with_capacity(postings.len());
    for posting in postings {
        match joined.iter_mut().find(|line| line.book == posting.book) {
            Some(line) => line.amount = line.amount.checked_add(posting.amount).ok_or(TransferError::TooLarge)?,
            None => joined.push(*posting),
        }
    }
    joined.retain(|line| line.amount != 0);
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owner() -> RowId {
        RowId::from_bytes([1; 16])
    }

    fn credit(key: &str, paid: i64) -> Transfer {
        Transfer::give(key.into(), Kind::Credit, Book::Operator, owner(), Money { promo: 0, paid }).unwrap()
    }

    #[test]
    fn an_unbalanced_transfer_cannot_exist() {
        let lines = [Posting { book: Book::Paid(owner()), amount: 5 }, Posting { book: Book::Operator, amount: -4 }];
        let made = Transfer::new("k".into(), Kind::Credit, About::account(owner()), &lines);
        assert_eq!(made, Err(TransferError::Unbalanced));
    }

    #[test]
    fn a_transfer_of_nothing_cannot_exist() {
        let made = Transfer::give("k".into(), Kind::Credit, Book::Operator, owner(), Money::ZERO);
        assert_eq!(made, Err(TransferError::Empty));
    }

    #[test]
    fn a_reversal_takes_everything_back() {
        let credit = credit("k", 700);
        let back = credit.reversal("k:back".into()).unwrap();
        assert_eq!(credit.owner_change() + back.owner_change(), 0);
        assert_eq!(back.kind(), Kind::Reversal);
    }

    #[test]
    fn the_hash_follows_the_input_and_not_the_key() {
        assert_eq!(credit("a", 5).input_hash(), credit("b", 5).input_hash());
        assert_ne!(credit("a", 5).input_hash(), credit("a", 6).input_hash());
    }

    proptest! {
        #[test]
        fn whatever_is_posted_sums_to_zero(amounts in proptest::collection::vec(any::<i64>(), 0..6)) {
            let books = [Book::Promo(owner()), Book::Paid(owner()), Book::Operator, Book::Starter, Book::RevenuePaid];
            let lines: Vec<_> = amounts.iter().zip(books.iter().cycle())
                .map(|(amount, book)| Posting { book: *book, amount: *amount }).collect();
            if let Ok(made) = Transfer::new("k".into(), Kind::Credit, About::account(owner()), &lines) {
                prop_assert_eq!(made.postings().iter().map(|line| i128::from(line.amount)).sum::<i128>(), 0);
            }
        }
    }
}
