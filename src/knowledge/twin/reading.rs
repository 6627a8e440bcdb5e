//! The sentence model reads what is put again, and what a change would bring, so that both bases decide as the live one does.
//!
//! Only what nobody has read before goes through the model; it does so text by text, with members' questions in between.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Past, Step};
use crate::knowledge::embeddings::{EmbedError, Embedder, Role};
use crate::knowledge::scoring::{Embedding, ModelDigest, TextDigest};
use crate::knowledge::{Base, Knowledge};
use crate::model::Timestamp;
use crate::model::ids::CommunityId;
use crate::storage::ReadError;
use crate::storage::knowledge::StoredEntry;

/// A change that brings more than this, or a base of which more is still unread, is compared by words: so many texts take some
/// twenty seconds.
const TEXTS_MAX: usize = 2_000;

const TOO_MUCH: &str = "the sentence model has too much to read";

const FAILS: &str = "the sentence model fails";

/// What the model made of each text, if anything.
type Made = Vec<(TextDigest, Option<Embedding>)>;

/// A model, and what it has made of a community's texts so far.
pub(super) struct Reader {
    embedder: Arc<dyn Embedder>,
    texts_max: usize,
    /// So many texts it reads at most.
    unread_max: usize,
    made: HashMap<TextDigest, Embedding>,
}

impl Knowledge {
    /// None where there is no model.
    pub(super) async fn reader(&self, community: CommunityId) -> Result<Option<Reader>, ReadError> {
        let Some(model) = &self.sentence_model else {
            return Ok(None);
        };
        Ok(Some(Reader {
            embedder: model.shared(),
            texts_max: model.texts_max(),
            unread_max: TEXTS_MAX,
            made: self.recalled(community, model).await?,
        }))
    }
}

impl Reader {
    /// The same, which reads so many texts at most.
    pub(super) fn up_to(self, unread_max: usize) -> Self {
        Self { unread_max, ..self }
    }

    pub(super) fn model(&self) -> ModelDigest {
        self.embedder.space().model
    }

    /// The base with what the model has made of its texts.
    pub(super) fn base(&self, language: &str, entries: Vec<StoredEntry>) -> Base {
        let mut base = Base::for_model(self.embedder.space(), language, entries);
        for (text, made) in &self.made {
            base.embed(*text, Some(made));
        }
        base
    }

    /// Reads what the base has unread, what the questions are, and what the steps bring; answers the last. Where that is too much, the
    /// model has no say in anything.
    pub(super) fn read(
        self,
        base: &mut Base,
        language: &str,
        steps: &[Step],
        questions: &mut [Past],
    ) -> Result<Made, &'static str> {
        let unread = base.to_embed(self.unread_max + 1);
        let brought = self.brought(language, steps);
        if unread.len() + brought.len() > self.unread_max || base.texts() > self.texts_max {
            return Err(TOO_MUCH);
        }
        let failed = |_: EmbedError| FAILS;
        for (text, made) in self.embed(unread).map_err(failed)? {
            base.embed(text, made.as_ref());
        }
        let new = self.embed(brought).map_err(failed)?;
        let mut read = Vec::with_capacity(questions.len());
        for past in questions.iter() {
            read.push(self.embedder.embed(&past.question, Role::Question).map_err(failed)?);
        }
        for (past, embedding) in questions.iter_mut().zip(read) {
            past.embedding = embedding;
        }
        let known = self.made.into_iter().map(|(text, made)| (text, Some(made)));
        Ok(known.chain(new).collect())
    }

    /// Texts of the steps that the model has never read.
    fn brought(&self, language: &str, steps: &[Step]) -> Vec<(TextDigest, String)> {
        let put = steps.iter().filter_map(|step| match step {
            Step::Put(entry) => Some(StoredEntry {
                entry: (**entry).clone(),
                file: None,
                changed_at: Timestamp::default(),
                changed_by: None,
            }),
            Step::Remove(_) | Step::Precision(_) => None,
        });
        let put = Base::for_model(self.embedder.space(), language, put.collect());
        let mut texts = put.to_embed(usize::MAX);
        texts.retain(|(text, _)| !self.made.contains_key(text));
        texts
    }

    fn embed(&self, texts: Vec<(TextDigest, String)>) -> Result<Made, EmbedError> {
        let read = texts.into_iter();
        read.map(|(digest, text)| Ok((digest, self.embedder.embed(&text, Role::Stored)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests;
