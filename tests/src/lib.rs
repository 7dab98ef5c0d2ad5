//! The outside view of iRoam: libraries to play, worlds to play them in, and a player without a browser.

pub mod clock;
pub mod corpus;
pub mod false_clock;
pub mod hostile;
pub mod mail_server;
pub mod person;
pub mod place;
pub mod player;
pub mod process;
pub mod small_disk;
pub mod wait;
pub mod world;
