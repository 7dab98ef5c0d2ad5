//! Whether an error means that the disk has no room.

use std::io;

use rusqlite::{ErrorCode, ffi};

/// Whether the system refused for want of room: the disk, or the quota of this user.
#[must_use]
pub fn io_lacks_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether SQLite refused for want of room. `SQLITE_FULL` is the system's ENOSPC; a quota, and a shared-memory file that
/// cannot grow, come as errors of writing (<https://www.sqlite.org/rescode.html>).
#[must_use]
pub fn sql_lacks_room(error: &rusqlite::Error) -> bool {
    const WRITING: [std::ffi::c_int; 5] = [
        ffi::SQLITE_IOERR_WRITE,
        ffi::SQLITE_IOERR_FSYNC,
        ffi::SQLITE_IOERR_DIR_FSYNC,
        ffi::SQLITE_IOERR_TRUNCATE,
        ffi::SQLITE_IOERR_SHMSIZE,
    ];
    error.sqlite_error().is_some_and(|code| code.code == ErrorCode::DiskFull || WRITING.contains(&code.extended_code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_writing_lack_room_and_errors_of_reading_do_not() {
        let sql = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE] {
            assert!(sql_lacks_room(&sql(code)), "{code}");
        }
        for code in [ffi::SQLITE_IOERR_READ, ffi::SQLITE_BUSY, ffi::SQLITE_CORRUPT] {
            assert!(!sql_lacks_room(&sql(code)), "{code}");
        }
        assert!(
            io_lacks_room(&io::ErrorKind::StorageFull.into()) && io_lacks_room(&io::ErrorKind::QuotaExceeded.into())
        );
        assert!(!io_lacks_room(&io::ErrorKind::PermissionDenied.into()));
    }
}
