//! Named points at which a test stops the process.

use std::fmt;

/// Is told of every named point on the way of a unit, before it is passed: `begin`, then the name of each step (such as
/// `charge.transfer`), then `commit`, then `committed`. Production has none.
pub trait Faults: fmt::Debug + Send + Sync {
    /// A point is reached; whoever wants the process dead there does not return.
    fn reached(&self, unit: &'static str, point: &'static str);
}

/// Before the transaction begins.
pub const BEGIN: &str = "begin";
/// All steps are done, nothing is durable.
pub const COMMIT: &str = "commit";
/// Everything is durable, nobody was told.
pub const COMMITTED: &str = "committed";
