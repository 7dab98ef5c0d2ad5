//! iroam-net
