//! Every test runs on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on fails, and says why it skips")]

mod kit;

mod account_life;
mod accounts;
mod activation;
mod crashes;
mod listening;
mod mail_links;
mod marks;
mod money;
mod outbox;
mod playlists;
mod queue;
mod random;
mod room;
mod share_crashes;
mod shared_lists;
mod shares;
mod victim;
