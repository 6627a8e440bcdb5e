//! The command's end of the socket.

use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::LINE_BYTES_MAX;

/// A line to the running process.
pub struct Client {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The line broke.
    #[error("the running Switchboard does not answer")]
    Broken(#[from] io::Error),
    /// It speaks otherwise than we do.
    #[error("the running Switchboard is of another release")]
    Words(#[from] serde_json::Error),
}

impl Client {
    /// Reaches the process that listens at `socket`; none when nobody does.
    pub async fn connect(socket: &Path) -> Option<Self> {
        let (reader, writer) = UnixStream::connect(socket).await.ok()?.into_split();
        Some(Self {
            reader: BufReader::new(reader),
            writer,
        })
    }

    /// Says one thing.
    ///
    /// # Errors
    ///
    /// When the line broke.
    pub async fn say<T: Serialize>(&mut self, words: &T) -> Result<(), ClientError> {
        let mut line = serde_json::to_vec(words)?;
        line.push(b'\n');
        Ok(self.writer.write_all(&line).await?)
    }

    /// Hears one thing; none when the other side has hung up.
    ///
    /// # Errors
    ///
    /// When the line broke, or something else was said.
    pub async fn hear<T: DeserializeOwned>(&mut self) -> Result<Option<T>, ClientError> {
        let mut line = String::new();
        let read = (&mut self.reader).take(LINE_BYTES_MAX).read_line(&mut line).await?;
        if read == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&line)?))
    }
}
