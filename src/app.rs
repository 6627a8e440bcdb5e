//! The composition root: configuration in, running parts out. Only `cli` imports it.

mod transcript;

pub use self::transcript::{StorageTranscript, web_chat_key};
