//! iroam-library
