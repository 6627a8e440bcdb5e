//! What a sentence model makes of questions and of stored texts, where whoever runs the program has set one up.
//!
//! Owns the model folder, who goes first, and how long a question waits. A model changes what is found and how sure that is,
//! never what may be said: without it, or until it has read all of a community's texts, everything is answered as if there
//! were none. Nothing leaves the machine.

mod background;
mod config;
pub mod folder;
#[cfg(feature = "embeddings")]
mod onnx;
// Its tests need no model, so they run without the feature, too.
#[cfg(any(test, feature = "embeddings"))]
mod pooling;
#[cfg(any(test, feature = "embeddings"))]
mod trial;
mod turns;

use std::fmt;
use std::sync::Arc;

pub use self::background::EmbeddingStatus;
pub use self::config::{Config, Settings};
use self::folder::{FolderError, MANIFEST, MODEL};
pub(super) use self::turns::Turns;
use super::scoring::{Embedding, Space};

/// A sentence model.
pub trait Embedder: fmt::Debug + Send + Sync {
    /// As people call it.
    fn name(&self) -> &str;

    /// Where its embeddings lie.
    fn space(&self) -> Space;

    /// What it makes of a text; none when that is nothing. Blocks for some milliseconds.
    ///
    /// # Errors
    ///
    /// When it can make nothing of any text.
    fn embed(&self, text: &str, role: Role) -> Result<Option<Embedding>, EmbedError>;
}

/// Why a text is read: models are taught to tell questions from answers by what stands before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Somebody asks.
    Question,
    /// It is stored.
    Stored,
}

/// The model does not do its work.
#[derive(Debug, thiserror::Error)]
#[error("the sentence model fails: {0}")]
pub struct EmbedError(pub String);

/// Why there is no model although one is named.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder is none.
    #[error("the model folder cannot be used")]
    Folder(#[from] FolderError),
    /// The library that runs models.
    #[error("ONNX Runtime cannot be used: {0}")]
    Runtime(String),
    /// The model, or what cuts texts into tokens.
    #[error("{file} cannot be used: {why}")]
    File {
        /// Which.
        file: &'static str,
        /// Why.
        why: String,
    },
    /// The model works, but not on texts as long as its manifest says.
    #[error("{MODEL} fails at a text of {tokens_max} tokens, as many as {MANIFEST} allows: {why}")]
    TooLong {
        /// How long.
        tokens_max: usize,
        /// Why.
        why: String,
    },
    /// The program cannot run models.
    #[error("this program was built without sentence models")]
    NotBuilt,
}

impl OpenError {
    /// What to do.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::Folder(_) => "make it anew with `cargo xtask model`, or write its manifest as docs/answers.md says",
            Self::Runtime(_) => {
                "install ONNX Runtime 1.17 or newer, or name its library with `embeddings.runtime`; `cargo xtask model` \
                 puts one into the folder"
            }
            Self::File { .. } => {
                "take a model whose inputs are `input_ids`, `attention_mask` and perhaps `token_type_ids`, with its own \
                 tokenizer.json"
            }
            Self::TooLong { .. } => {
                "lower `tokens_max` in model.toml to what the model was made for: mostly 256 or 512, in its config.json as \
                 `max_position_embeddings`"
            }
            Self::NotBuilt => "build it with `--features embeddings`, or take `embeddings.folder` out",
        }
    }
}

/// Reads the folder, starts the model and tries it. Blocks for about a second.
///
/// # Errors
///
/// The first thing that is wrong.
#[cfg(feature = "embeddings")]
pub fn open(settings: &Settings) -> Result<Arc<dyn Embedder>, OpenError> {
    let model = onnx::OnnxModel::open(settings)?;
    Ok(Arc::new(model))
}

/// There is none in this program.
///
/// # Errors
///
/// Always.
#[cfg(not(feature = "embeddings"))]
pub fn open(_: &Settings) -> Result<Arc<dyn Embedder>, OpenError> {
    Err(OpenError::NotBuilt)
}
