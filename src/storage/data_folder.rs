//! The folder that holds everything: one process at a time.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

/// So long a program that starts waits for a command that is at work in the folder, and a command for another one. Most take much less.
const PATIENCE: Duration = Duration::from_secs(3);

/// Nobody notices, and nothing is kept busy by it.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Of a data folder that is made here.
const OWNER_ONLY: u32 = 0o700;

/// A folder that this process alone uses. The lock ends with the value, also when the process is killed.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// Another process uses it.
    #[error(
        "the data folder {} is in use by process {owner}; stop that one first, or give this one a data folder of its own",
        path.display()
    )]
    InUse {
        /// Which.
        path: PathBuf,
        /// The process that said so, as it wrote itself down.
        owner: String,
    },
    /// It cannot be made or written.
    #[error("cannot use the data folder {}", path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl DataFolder {
    /// Makes the folder where there is none, for its owner alone.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn make(path: &Path) -> io::Result<()> {
        // What members say is for nobody else on this machine; a folder that is there already is as its owner wants it.
        DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(path)
    }

    /// Makes the folder where there is none, and takes its lock.
    ///
    /// # Errors
    ///
    /// When another process has it, or it cannot be written.
    pub fn take(path: &Path) -> Result<Self, DataFolderError> {
        let unusable = |source| DataFolderError::Unusable {
            path: path.to_owned(),
            source,
        };
        Self::make(path).map_err(unusable)?;
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // It may not have written itself down yet; then the message is only less exact.
                let _ = lock.read_to_string(&mut owner);
                return Err(DataFolderError::InUse {
                    path: path.to_owned(),
                    owner: owner.trim().to_owned(),
                });
            }
        }
        lock.set_len(0).map_err(unusable)?;
        writeln!(lock, "{}", std::process::id()).map_err(unusable)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// The same, which waits while another process has it for a moment, as commands do beside a program that is not running.
    ///
    /// # Errors
    ///
    /// When another process keeps it, or it cannot be written.
    pub async fn take_soon(path: &Path) -> Result<Self, DataFolderError> {
        Self::take_within(path, PATIENCE).await
    }

    async fn take_within(path: &Path, patience: Duration) -> Result<Self, DataFolderError> {
        let deadline = Instant::now() + patience;
        loop {
            match Self::take(path) {
                Err(DataFolderError::InUse { .. }) if Instant::now() < deadline => {
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
                taken => return taken,
            }
        }
    }

    /// Whether there is a database in a folder, and not only the name of one.
    pub fn is_in_use(path: &Path) -> bool {
        database(path).exists()
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        database(&self.path)
    }

    /// Where files of messages lie, by digest.
    pub fn files(&self) -> PathBuf {
        self.path.join("files")
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join("switchboard.db")
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_second_process_is_told_who_has_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let taken = DataFolder::take(folder.path()).unwrap();
        let error = DataFolder::take(folder.path()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&std::process::id().to_string()), "{text}");
        drop(taken);
        DataFolder::take(folder.path()).unwrap();
    }

    #[tokio::test]
    async fn who_comes_while_a_command_has_the_folder_waits_for_it_and_not_for_a_program() {
        let folder = tempfile::tempdir().unwrap();
        let command = DataFolder::take(folder.path()).unwrap();
        let soon = Duration::from_mins(1);
        let (taken, ()) = tokio::join!(DataFolder::take_within(folder.path(), soon), async {
            tokio::task::yield_now().await;
            drop(command);
        });
        let program = taken.unwrap();
        let refused = DataFolder::take_within(folder.path(), Duration::ZERO)
            .await
            .unwrap_err();
        assert!(matches!(refused, DataFolderError::InUse { .. }), "{refused}");
        drop(program);
    }

    #[test]
    fn a_new_folder_is_for_its_owner_alone_and_one_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let new = folder.path().join("new");
        drop(DataFolder::take(&new).unwrap());
        assert_eq!(mode(&new), 0o700);
        let shared = folder.path().join("shared");
        std::fs::create_dir(&shared).unwrap();
        std::fs::set_permissions(&shared, Permissions::from_mode(0o750)).unwrap();
        drop(DataFolder::take(&shared).unwrap());
        assert_eq!(mode(&shared), 0o750);
    }
}
