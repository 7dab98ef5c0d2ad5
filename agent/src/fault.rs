//! What goes wrong at the command line: words for a person, what to do about it, and the exit status.

use std::fmt;

/// Exit statuses, after `sysexits.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Something else.
    Failure = 1,
    /// No agent is running (as `status` of an init script has it).
    NotRunning = 3,
    /// The portal, or a service of this machine, cannot be reached.
    Unavailable = 69,
    /// A bug of ours.
    Software = 70,
    /// A file or socket cannot be made.
    CannotCreate = 73,
    /// Another iroam is running here.
    Busy = 75,
    /// Something may not be read or written.
    Denied = 77,
    /// The settings do not fit.
    Config = 78,
}

/// An error that ends a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The exit status.
    pub exit: Exit,
    /// What happened.
    pub message: String,
    /// What to do; `None` when the message says it all.
    pub advice: Option<String>,
}

impl Fault {
    /// A fault with its words.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), advice: None }
    }

    /// The same, with what to do.
    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.advice {
            Some(advice) => write!(f, "\n  what to do: {advice}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}
