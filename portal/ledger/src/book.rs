//! The chart of accounts.

use std::{fmt, str::FromStr};

use iroam_protocol::id::RowId;

/// An account of the ledger. Books with an owner belong to one portal account and never fall below zero; the shared
/// ones have no stored balance, and those that money comes from are negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Book {
    /// Promotional money of a portal account: spent first, never refunded.
    Promo(RowId),
    /// Paid money of a portal account.
    Paid(RowId),
    /// Promotional money held for the next minute of open listenings.
    HeldPromo(RowId),
    /// Paid money held for the next minute of open listenings.
    HeldPaid(RowId),
    /// Minutes that were charged to promotional money.
    RevenuePromo,
    /// Minutes that were charged to paid money.
    RevenuePaid,
    /// Minutes that were played out at the house's cost.
    RevenueCourtesy,
    /// Where played-out minutes are paid from.
    Courtesy,
    /// Where the minutes come from that a new account and a confirmed address are given.
    Starter,
    /// Where credit given by the operator comes from.
    Operator,
}

/// A text that names no account of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an account of the ledger")]
pub struct ParseBookError;

impl Book {
    /// The four books of a portal account.
    pub fn of(owner: RowId) -> [Self; 4] {
        [Self::Promo(owner), Self::Paid(owner), Self::HeldPromo(owner), Self::HeldPaid(owner)]
    }

    /// The portal account it belongs to; `None` for shared books.
    pub fn owner(self) -> Option<RowId> {
        match self {
            Self::Promo(owner) | Self::Paid(owner) | Self::HeldPromo(owner) | Self::HeldPaid(owner) => Some(owner),
            _ => None,
        }
    }

    /// The kind of book, the same for every owner.
    pub fn class(self) -> &'static str {
        match self {
            Self::Promo(_) => "promo",
            Self::Paid(_) => "paid",
            Self::HeldPromo(_) => "held-promo",
            Self::HeldPaid(_) => "held-paid",
            Self::RevenuePromo => "revenue-promo",
            Self::RevenuePaid => "revenue-paid",
            Self::RevenueCourtesy => "revenue-courtesy",
            Self::Courtesy => "courtesy",
            Self::Starter => "starter",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.owner() {
            Some(owner) => write!(f, "{}/{owner}", self.class()),
            None => f.write_str(self.class()),
        }
    }
}

impl FromStr for Book {
    type Err = ParseBookError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((class, owner)) => {
                let owner = owner.parse().map_err(|_| ParseBookError)?;
                Self::of(owner).into_iter().find(|book| book.class() == class).ok_or(ParseBookError)
            }
            None => SHARED.into_iter().find(|book| book.class() == text).ok_or(ParseBookError),
        }
    }
}

/// The books without an owner.
const SHARED: [Book; 6] =
    [Book::RevenuePromo, Book::RevenuePaid, Book::RevenueCourtesy, Book::Courtesy, Book::Starter, Book::Operator];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_book_survives_its_name() {
        let owner = RowId::from_bytes([7; 16]);
        for book in Book::of(owner).into_iter().chain(SHARED) {
            assert_eq!(book.to_string().parse(), Ok(book));
        }
    }

    #[test]
    fn a_wallet_without_owner_is_no_book() {
        for text in ["promo", "promo/", "revenue-paid/x", "", "held", "starter/0"] {
            assert_eq!(text.parse::<Book>(), Err(ParseBookError), "{text}");
        }
    }
}
