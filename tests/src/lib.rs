//! iroam-tests
