//! The folder that holds everything Switchboard keeps, and the lock that gives it to one process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Nobody else on the machine reads what people wrote.
const FOLDER_MODE: u32 = 0o700;

/// Keys and locks are for us alone.
const FILE_MODE: u32 = 0o600;

/// Where things lie in a data folder. Makes nothing and locks nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout(PathBuf);

impl Layout {
    /// Of the folder at `path`.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.0
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.0.join("switchboard.db")
    }

    /// What people sent, by digest.
    pub fn files(&self) -> PathBuf {
        self.0.join("files")
    }

    /// Copies of the database.
    pub fn backups(&self) -> PathBuf {
        self.0.join("backups")
    }

    /// Compiled plugins; may be deleted at any time.
    pub fn plugin_cache(&self) -> PathBuf {
        self.0.join("cache")
    }

    /// Where commands talk to the running process.
    pub fn socket(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }
}

/// A data folder that is ours while this lives.
#[derive(Debug)]
pub struct DataFolder {
    layout: Layout,
    _lock: File,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// Another process has it.
    #[error("{} is in use by another Switchboard{}", path.display(), process.map(|id| format!(" (process {id})")).unwrap_or_default())]
    Taken {
        /// Which folder.
        path: PathBuf,
        /// Who has it, where known.
        process: Option<u32>,
    },
    /// It cannot be made or written.
    #[error("cannot use the data folder {}", path.display())]
    Unusable {
        /// Which folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl DataFolder {
    /// Makes the folder where there is none, and takes it.
    ///
    /// # Errors
    ///
    /// When another process has it, or it cannot be written.
    pub fn take(path: &Path) -> Result<Self, DataFolderError> {
        let layout = Layout::new(path);
        let unusable = |source| DataFolderError::Unusable {
            path: path.to_owned(),
            source,
        };
        for folder in [path.to_owned(), layout.files(), layout.backups(), layout.plugin_cache()] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(FOLDER_MODE)
                .create(folder)
                .map_err(unusable)?;
        }
        let mut lock = private().truncate(false).open(layout.lock()).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let process = lock
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.trim().parse().ok());
                return Err(DataFolderError::Taken {
                    path: path.to_owned(),
                    process,
                });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        // For whoever comes second: who it is that has the folder.
        lock.set_len(0).map_err(unusable)?;
        lock.rewind().map_err(unusable)?;
        writeln!(lock, "{}", std::process::id()).map_err(unusable)?;
        Ok(Self { layout, _lock: lock })
    }

    /// Where things lie in it.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A key that is made once and kept in the folder.
    ///
    /// # Errors
    ///
    /// When it can be neither read nor written.
    pub fn key(&self, name: &str) -> Result<[u8; 32], DataFolderError> {
        let unusable = |source| DataFolderError::Unusable {
            path: self.layout.0.clone(),
            source,
        };
        let path = self.layout.0.join(name);
        if let Ok(bytes) = fs::read(&path)
            && let Ok(key) = <[u8; 32]>::try_from(bytes)
        {
            return Ok(key);
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the system has a random generator");
        let mut file = private().truncate(true).open(&path).map_err(unusable)?;
        file.write_all(&key).map_err(unusable)?;
        file.sync_all().map_err(unusable)?;
        Ok(key)
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(FILE_MODE);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_one_process_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let first = DataFolder::take(&path).unwrap();
        let error = DataFolder::take(&path).unwrap_err();
        assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
        drop(first);
        assert!(DataFolder::take(&path).is_ok());
    }

    #[test]
    fn a_key_stays_the_same() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(parent.path()).unwrap();
        assert_eq!(folder.key("a.key").unwrap(), folder.key("a.key").unwrap());
        assert_ne!(folder.key("a.key").unwrap(), folder.key("b.key").unwrap());
    }
}
