//! Every test runs on SQLite and on PostgreSQL.

mod kit;

mod accounts;
mod activation;
mod crashes;
mod listening;
mod money;
mod random;
