//! Where things lie: the workspace, its target folder, and the binaries under test.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from(".."), Path::to_path_buf)
}

/// Cargo's target folder: the one that holds this very program.
pub fn target_dir() -> PathBuf {
    profile_dir().parent().map_or_else(|| workspace().join("target"), Path::to_path_buf)
}

/// The folder of the binaries: tests lie one deeper, in `deps`.
fn profile_dir() -> PathBuf {
    let here = env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf));
    match here {
        Some(deps) if deps.ends_with("deps") => deps.parent().map_or_else(|| deps.clone(), Path::to_path_buf),
        Some(dir) => dir,
        None => workspace().join("target/debug"),
    }
}

/// The binary `iroam`: `IROAM_BIN`, or the build beside this one.
pub fn agent() -> PathBuf {
    binary("IROAM_BIN", "iroam")
}

/// The binary `iroam-portal`: `IROAM_PORTAL_BIN`, or the build beside this one.
pub fn portal() -> PathBuf {
    binary("IROAM_PORTAL_BIN", "iroam-portal")
}

fn binary(variable: &str, name: &str) -> PathBuf {
    env::var_os(variable).map_or_else(|| profile_dir().join(name), PathBuf::from)
}
