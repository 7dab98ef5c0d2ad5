//! Where things lie: the workspace, its target folder, and the binaries under test.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from(".."), Path::to_path_buf)
}

/// Cargo's target folder.
pub fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => workspace().join(dir),
        None => workspace().join("target"),
    }
}

/// The binary `iroam`: `IROAM_BIN`, or the debug build.
pub fn agent() -> PathBuf {
    binary("IROAM_BIN", "iroam")
}

/// The binary `iroam-portal`: `IROAM_PORTAL_BIN`, or the debug build.
pub fn portal() -> PathBuf {
    binary("IROAM_PORTAL_BIN", "iroam-portal")
}

fn binary(variable: &str, name: &str) -> PathBuf {
    env::var_os(variable).map_or_else(|| target_dir().join("debug").join(name), PathBuf::from)
}
