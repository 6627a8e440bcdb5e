//! What connectors keep of files, filled from the folder of files.

use std::io;

use async_trait::async_trait;

use crate::connectors::files::{FileStore, FileStoreError};
use crate::storage::files::Files;

#[async_trait]
impl FileStore for Files {
    async fn put(&self, bytes: Vec<u8>) -> Result<String, FileStoreError> {
        let files = self.clone();
        blocking("written", move || files.put(&bytes)).await
    }

    async fn get(&self, sha256: &str) -> Result<Option<Vec<u8>>, FileStoreError> {
        let (files, sha256) = (self.clone(), sha256.to_owned());
        blocking("read", move || files.get(&sha256)).await
    }
}

/// The disk may be slow; meanwhile others go on.
async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, FileStoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other)
        .flatten()
        .map_err(|source| FileStoreError { action, source })
}
