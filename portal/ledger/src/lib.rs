//! iroam-ledger
