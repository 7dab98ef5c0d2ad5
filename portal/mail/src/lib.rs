//! What the portal writes to people, and how it reaches a mail server.
//!
//! [`letter`] makes each mail out of templates, as text and as HTML, in each [`Language`]; it knows no server. [`Courier`] hands a mail to the
//! mail server and says how that went; it knows no database. When to try again is the caller's decision.

mod courier;
mod dkim;
mod language;
pub mod letter;
mod plain;
mod server;
mod words;

pub use courier::{BadSettings, Courier, Letter, NotTaken, Sender};
pub use dkim::{BadKey, Signer};
pub use language::Language;
pub use letter::{Kind, Message};
pub use server::{BadServer, Server};
