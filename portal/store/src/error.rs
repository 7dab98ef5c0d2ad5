//! Errors of the store. What a request may run into by itself (a taken address, an empty wallet) is an outcome of the
//! operation and no error.

/// Why the store could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached or does not answer; nothing was decided, or it is not known whether the last unit
    /// was. Every operation may be repeated.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The disk of the database has no room left, or does not take what is written; reads go on. The store has told the
    /// log. Every operation may be repeated, once there is room.
    #[error("the disk of the database is full: {0}")]
    StorageFull(String),
    /// Others changed the same rows again and again; repeat later.
    #[error("too many changes at the same time, try again")]
    Contended,
    /// An idempotency key came a second time with another input.
    #[error("this key was used before, for something else")]
    KeyReused,
    /// A row that cannot be, or a statement that the schema refuses: a defect, or a foreign hand in the database.
    #[error("the database holds what it should not: {0}")]
    Corrupt(String),
    /// The database cannot be opened as asked.
    #[error("{0}")]
    BadTarget(String),
}
