//! What an activated home keeps: whose it is, and the portal's keys, pinned.

use iroam_protocol::token::KeySet;
use serde::{Deserialize, Serialize};

use crate::{data_dir::DataDir, fault::Fault};

/// The file in the data folder.
const FILE: &str = "activation.json";

/// An activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The portal's public URL, without a trailing slash.
    pub portal: String,
    /// The account's e-mail address, to show whose home this is.
    pub account_email: String,
    /// The home's name, as its owner gave it.
    pub name: String,
    /// The portal's keys. Only a set that one of them signed replaces them.
    pub keys: KeySet,
}

impl Activation {
    /// Reads the activation; `None` before it.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn load(data: &DataDir) -> Result<Option<Self>, Fault> {
        data.read(FILE)
    }

    /// Writes the activation.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn save(&self, data: &DataDir) -> Result<(), Fault> {
        data.write(FILE, self)
    }

    /// Forgets the activation; the index stays.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub fn forget(data: &DataDir) -> Result<(), Fault> {
        data.forget(FILE)
    }
}
