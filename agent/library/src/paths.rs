//! Paths as the index keeps them: bytes, because names need not be UTF-8, and hashes to find them by.

use std::path::{Path, PathBuf};

/// 128 bits that stand for a path.
pub(crate) type PathHash = [u8; 16];

/// The bytes of a path.
#[cfg(unix)]
pub(crate) fn to_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    path.as_os_str().as_bytes().to_vec()
}

/// The path of bytes from [`to_bytes`].
#[cfg(unix)]
pub(crate) fn from_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(bytes).into()
}

/// The bytes of a path; names with lone surrogates are not kept apart on this system.
#[cfg(not(unix))]
pub(crate) fn to_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

/// The path of bytes from [`to_bytes`].
#[cfg(not(unix))]
pub(crate) fn from_bytes(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// Hash of a whole path.
pub(crate) fn hash(path: &Path) -> PathHash {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(&to_bytes(path)).as_bytes()[..16]);
    hash
}

/// Hash of a file's name, to find it again in another folder.
pub(crate) fn name_hash(path: &Path) -> i64 {
    short(&path.file_name().map(|name| to_bytes(Path::new(name))).unwrap_or_default())
}

/// Hash of the folder that stands for an album: `CD 1` and `Disc 2` belong to the folder above.
pub(crate) fn album_folder_hash(path: &Path) -> i64 {
    let folder = path.parent().unwrap_or(path);
    let is_disc = folder.file_name().and_then(|name| name.to_str()).is_some_and(is_disc_name);
    let album = if is_disc { folder.parent().unwrap_or(folder) } else { folder };
    short(&to_bytes(album))
}

fn is_disc_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["cd", "disc", "disk"].iter().any(|word| {
        lower.strip_prefix(word).is_some_and(|rest| {
            let rest = rest.trim_start_matches([' ', '_', '-', '.']);
            rest.starts_with(|first: char| first.is_ascii_digit())
        })
    })
}

fn short(bytes: &[u8]) -> i64 {
    let mut hash = [0; 8];
    hash.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
    i64::from_le_bytes(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discs_of_one_album_share_its_folder() {
        let hash = |path: &str| album_folder_hash(Path::new(path));
        assert_eq!(hash("/m/Album/CD1/a.mp3"), hash("/m/Album/Disc 2/b.mp3"));
        assert_eq!(hash("/m/Album/cd-3 bonus/a.mp3"), hash("/m/Album/a.mp3"));
        assert_ne!(hash("/m/CDs/a.mp3"), hash("/m/a.mp3"));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_utf8_survive() {
        use std::os::unix::ffi::OsStrExt as _;
        let path: PathBuf = std::ffi::OsStr::from_bytes(b"/m/\xff\xfe\n.mp3").into();
        assert_eq!(from_bytes(&to_bytes(&path)), path);
    }
}
