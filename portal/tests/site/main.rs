//! The portal from outside: a real server on a free port, a real database, real requests.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod account_life;
mod account_mail;
mod accounts;
mod api;
mod command_line;
mod devices;
mod homes;
mod kit;
mod languages;
mod listening;
mod operator;
mod pages;
mod playlists;
mod shares;
mod transport;
