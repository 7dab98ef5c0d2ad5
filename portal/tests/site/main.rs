//! The portal from outside: a real server on a free port, a real database, real requests.

mod accounts;
mod api;
mod command_line;
mod devices;
mod homes;
mod kit;
mod listening;
mod pages;
mod transport;
