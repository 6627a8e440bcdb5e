//! Files of messages, named by the SHA-256 of their bytes.
//!
//! A file is on disk before a row names it, so a row never names nothing. A file that no row names is swept later.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::model::Timestamp;

/// A file that nothing names stays this long: whoever stored it may be about to write the row.
const ORPHAN_AGE_MIN: Duration = Duration::from_hours(24);

/// What a sweep does with what nothing names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// It goes.
    Remove,
    /// It is counted.
    Count,
}

/// The folder of files.
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
    /// Held while a name comes or goes, so that a sweep takes nothing that was just stored again.
    changing: Arc<Mutex<()>>,
}

impl Files {
    /// Makes nothing yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            changing: Arc::default(),
        }
    }

    /// Stores the bytes and answers their digest once they are on disk. Bytes that are there already are written
    /// again, so that they count as new: whoever stores them is about to name them. Blocks; call it where blocking is
    /// allowed.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn put(&self, bytes: &[u8]) -> io::Result<String> {
        let sha256 = hex::encode(Sha256::digest(bytes));
        let path = self.path_of(&sha256);
        std::fs::create_dir_all(&self.folder)?;
        // Two may store the same bytes at once: each writes its own, and the last name wins with the same content.
        let partial = self
            .folder
            .join(format!("{sha256}.{}.{:p}.partial", std::process::id(), bytes));
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        {
            let _sweep = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
            std::fs::rename(&partial, &path)?;
        }
        File::open(&self.folder)?.sync_all()?;
        Ok(sha256)
    }

    /// Reads a file; none when there is none, or when that is no digest.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn get(&self, sha256: &str) -> io::Result<Option<Vec<u8>>> {
        if !is_digest(sha256) {
            return Ok(None);
        }
        match std::fs::read(self.path_of(sha256)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes or counts what nothing names, except what is new. Answers how many files that are.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn sweep(&self, named: &HashSet<String>, now: Timestamp, sweep: Sweep) -> io::Result<u64> {
        let mut found = 0;
        for file in entries(&self.folder)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if named.contains(&name) || !is_old(&file, now)? {
                continue;
            }
            if sweep == Sweep::Remove {
                let _put = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
                // Somebody may have stored the same bytes again since it was looked at.
                if !is_old(&file, now)? {
                    continue;
                }
                std::fs::remove_file(&file)?;
            }
            found += 1;
        }
        Ok(found)
    }

    fn path_of(&self, sha256: &str) -> PathBuf {
        self.folder.join(sha256)
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_old(file: &Path, now: Timestamp) -> io::Result<bool> {
    let modified = std::fs::metadata(file)?.modified()?;
    let since_epoch = modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let stored = Timestamp::default() + since_epoch;
    Ok(now.since(stored) >= ORPHAN_AGE_MIN)
}

fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_comes_back_under_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
        let digest = files.put(b"hello").unwrap();
        assert_eq!(
            digest,
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        );
        assert_eq!(files.put(b"hello").unwrap(), digest);
        assert_eq!(files.get(&digest).unwrap().as_deref(), Some(&b"hello"[..]));
    }

    #[test]
    fn what_is_no_digest_is_never_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
        for odd in ["", "..", "../../etc/passwd", &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(files.get(odd).unwrap(), None, "{odd}");
        }
    }

    #[test]
    fn old_files_that_nothing_names_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
        let (kept, gone) = (files.put(b"kept").unwrap(), files.put(b"gone").unwrap());
        let named = HashSet::from([kept.clone()]);
        let far = Timestamp::from_millis(i64::MAX);
        assert_eq!(
            files.sweep(&named, Timestamp::default(), Sweep::Remove).unwrap(),
            0,
            "both are new then"
        );
        assert_eq!(files.sweep(&named, far, Sweep::Count).unwrap(), 1);
        assert!(files.get(&gone).unwrap().is_some(), "it was only counted");
        assert_eq!(files.sweep(&named, far, Sweep::Remove).unwrap(), 1);
        assert_eq!(files.get(&gone).unwrap(), None);
        assert!(files.get(&kept).unwrap().is_some());
    }
}
