//! iroam-store
