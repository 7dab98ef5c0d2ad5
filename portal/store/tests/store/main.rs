//! Every test runs on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on fails, and says why it skips")]

mod kit;

mod accounts;
mod activation;
mod crashes;
mod listening;
mod money;
mod outbox;
mod random;
mod share_crashes;
mod shares;
