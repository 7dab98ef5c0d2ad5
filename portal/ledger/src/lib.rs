//! The money of the portal as pure decisions: a double-entry ledger and the listening lease. No I/O, no clock, no
//! randomness; what is decided here is made durable by `iroam-store`.
//!
//! Amounts are integer micro-units of the portal's one currency. A [`Transfer`] balances by construction, is keyed, and
//! is never edited: what was wrong is posted back by another transfer.

mod book;
pub mod lease;
mod money;
pub mod share;
mod tariff;
mod transfer;

pub use book::{Book, ParseBookError};
pub use money::{Money, Purse};
pub use tariff::Tariff;
pub use transfer::{About, Kind, Posting, Transfer, TransferError};
