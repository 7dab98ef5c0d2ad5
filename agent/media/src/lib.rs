//! iroam-media
