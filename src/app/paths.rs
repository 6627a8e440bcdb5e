//! Where things lie in the data folder, apart from the database and people's files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Keys are for us alone.
const KEY_MODE: u32 = 0o600;

/// Copies of the database.
pub fn backups(data: &Path) -> PathBuf {
    data.join("backups")
}

/// What plugins were handed, where an admin has it recorded.
pub(super) fn recordings(data: &Path) -> PathBuf {
    data.join("recordings")
}

/// Where commands talk to the running process.
pub fn socket(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Compiled plugins; may be deleted at any time.
pub(super) fn plugin_cache(data: &Path) -> PathBuf {
    data.join("cache")
}

/// A key that is made once and kept in the folder.
pub(super) fn key(data: &Path, name: &str) -> io::Result<[u8; 32]> {
    let path = data.join(name);
    if let Ok(bytes) = fs::read(&path)
        && let Ok(key) = <[u8; 32]>::try_from(bytes)
    {
        return Ok(key);
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("the system has a random generator");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(KEY_MODE)
        .open(&path)?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            key(folder.path(), "a.key").unwrap(),
            key(folder.path(), "a.key").unwrap()
        );
        assert_ne!(
            key(folder.path(), "a.key").unwrap(),
            key(folder.path(), "b.key").unwrap()
        );
    }
}
