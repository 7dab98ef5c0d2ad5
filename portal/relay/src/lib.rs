//! iroam-relay
