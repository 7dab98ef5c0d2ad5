//! The portal of iRoam: accounts, activation, grants, minutes, the site's pages, the player and the relay, on one port.
//!
//! [`serve`] runs all of it in this process until its token is cancelled.

mod account_mail;
mod address;
mod agent;
mod api;
mod app;
mod assets;
mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
mod device_label;
mod email;
pub mod entropy;
mod failure;
mod headers;
mod hub;
pub mod keys;
pub mod lifecycle;
pub mod limits;
pub mod logging;
mod metrics;
mod operator;
pub mod outbox;
mod pages;
mod password;
mod people;
mod player;
mod polite;
mod qr;
mod relay_port;
mod server;
mod session;
mod settings;
mod share_page;
mod shares;
mod state;
mod stun;
mod tasks;
mod tokens;

pub use api::openapi;
pub use config::{Config, PublicUrl, Transport};
pub use lifecycle::{Serving, start};

/// Serves until `cancel`; to learn the address first, use [`start`].
///
/// # Errors
/// Whatever keeps the portal from serving, or ended it.
pub async fn serve(config: Config, cancel: tokio_util::sync::CancellationToken) -> anyhow::Result<()> {
    start(config, cancel).await?.ended().await
}
