//! Reads what is stored through the model, text by text, and keeps what it made of them over a restart.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Embedder, Role, Settings, Turns};
use crate::knowledge::scoring::{Embedding, Space, TextDigest};
use crate::knowledge::{Base, Knowledge, read};
use crate::model::ids::CommunityId;
use crate::storage::knowledge::{KnowledgeUnit, StoredEmbedding};
use crate::storage::{ReadError, Unit};
use crate::supervisor::{Restart, Stop, Supervisor};

/// So many texts are written at once: what a kill costs is as much work.
const BATCH_TEXTS: usize = 64;

/// So many are read at once when a community's base is made.
const PAGE_TEXTS: u32 = 4_096;

/// A model that fails is tried again after so long.
const REST: Duration = Duration::from_mins(1);

/// How a community stands with the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddingStatus {
    /// The model's name.
    pub model: String,
    /// How many texts the community has.
    pub texts: usize,
    /// How many of them the model has still to read; until then questions are answered without it.
    pub unread: usize,
    /// More texts than this are not read at all.
    pub texts_max: usize,
    /// Why it does nothing just now.
    pub failure: Option<String>,
}

/// Texts of one community that are on their way.
struct Batch {
    community: CommunityId,
    todo: Vec<(TextDigest, String)>,
    done: Vec<(TextDigest, Option<Embedding>)>,
}

impl Knowledge {
    /// The same with a sentence model, which works from [`Knowledge::start`] on.
    #[must_use]
    pub fn with_sentence_model(self, embedder: Arc<dyn Embedder>, settings: &Settings) -> Self {
        let model = Turns::new(embedder, Arc::clone(&self.clock), settings);
        Self {
            sentence_model: Some(model),
            // What was indexed without it has no room for what it makes of texts.
            bases: Arc::default(),
            ..self
        }
    }

    /// The same without one.
    #[must_use]
    pub fn without_sentence_model(self) -> Self {
        Self {
            sentence_model: None,
            bases: Arc::default(),
            ..self
        }
    }

    /// Lets the model work, if there is one.
    pub fn start(&self, supervisor: &Supervisor) {
        let Some(model) = self.sentence_model.clone() else {
            return;
        };
        let (knowledge, stop) = (self.clone(), supervisor.stop());
        supervisor.spawn("embeddings", Restart::Backoff, move || {
            knowledge.clone().embed_all(model.clone(), stop.clone())
        });
    }

    /// How a community stands with the model; none without one.
    ///
    /// # Errors
    ///
    /// When the base cannot be read.
    pub async fn embedding_status(&self, community: CommunityId) -> Result<Option<EmbeddingStatus>, ReadError> {
        let Some(model) = &self.sentence_model else {
            return Ok(None);
        };
        let base = self.base(community).await?;
        let (texts, unread) = read(&base, |base| (base.texts(), base.unembedded()));
        Ok(Some(EmbeddingStatus {
            model: model.embedder().name().to_owned(),
            texts,
            unread,
            texts_max: model.texts_max(),
            failure: model.failure(),
        }))
    }

    /// What the model makes of a question to this base; none where there is no model, where it has not read everything, and
    /// where it takes too long.
    pub(in crate::knowledge) async fn embedded(
        &self,
        community: CommunityId,
        question: &str,
    ) -> Result<Option<Embedding>, ReadError> {
        let Some(model) = &self.sentence_model else {
            return Ok(None);
        };
        let base = self.base(community).await?;
        if read(&base, Base::unembedded) > 0 {
            return Ok(None);
        }
        Ok(model.question(question).await)
    }

    /// Gives a new base what the model made of its texts in earlier lives, and forgets what is of no use any more: texts that are gone,
    /// and what another model made.
    pub(in crate::knowledge) async fn recall(&self, community: CommunityId, base: &mut Base) -> Result<(), ReadError> {
        let Some(model) = self
            .sentence_model
            .as_ref()
            .filter(|model| base.texts() <= model.texts_max())
        else {
            return Ok(());
        };
        let space = model.embedder().space();
        let mut after = None;
        loop {
            let page = self.storage.embeddings(community, after, PAGE_TEXTS).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.text);
            let mut gone = Vec::new();
            for stored in page {
                let text = TextDigest(stored.text);
                match made_in(space, &stored).filter(|_| base.misses(&text)) {
                    Some(embedding) => base.embed(text, Some(&embedding)),
                    None => gone.push(stored.text),
                }
            }
            if !gone.is_empty() {
                self.keep(KnowledgeUnit::ForgetEmbeddings { community, texts: gone })
                    .await;
            }
        }
        if base.unembedded() > 0 {
            model.bell().ring();
        }
        Ok(())
    }

    /// What the model has made of the community's texts so far.
    pub(in crate::knowledge) async fn recalled(
        &self,
        community: CommunityId,
        model: &Turns,
    ) -> Result<HashMap<TextDigest, Embedding>, ReadError> {
        let space = model.embedder().space();
        let (mut made, mut after) = (HashMap::new(), None);
        loop {
            let page = self.storage.embeddings(community, after, PAGE_TEXTS).await?;
            let Some(last) = page.last() else { return Ok(made) };
            after = Some(last.text);
            made.extend(
                page.iter()
                    .filter_map(|stored| Some((TextDigest(stored.text), made_in(space, stored)?))),
            );
        }
    }

    /// The task: questions first, then one stored text, and again.
    async fn embed_all(self, model: Turns, stop: Stop) -> Result<(), ReadError> {
        let mut questions = model.questions().await;
        let mut batch: Option<Batch> = None;
        let mut rests_until: Option<Duration> = None;
        model.bell().ring();
        loop {
            tokio::select! {
                biased;
                () = stop.requested() => return Ok(()),
                Some(question) = questions.recv() => model.answer(question).await,
                () = model.clock().sleep_until(rests_until.unwrap_or_default()), if rests_until.is_some() => {
                    rests_until = None;
                    model.bell().ring();
                }
                () = model.bell().rung(), if rests_until.is_none() => {
                    let (rest, fine) = self.embed_next(&model, batch.take()).await?;
                    batch = rest;
                    if !fine {
                        rests_until = Some(model.clock().elapsed() + REST);
                    } else if batch.is_some() {
                        model.bell().ring();
                    }
                }
            }
        }
    }

    /// Reads one text. Answers what is left, and whether the model did its work.
    async fn embed_next(&self, model: &Turns, batch: Option<Batch>) -> Result<(Option<Batch>, bool), ReadError> {
        let batch = match batch {
            Some(batch) => Some(batch),
            None => self.next_batch(model).await?,
        };
        let Some(mut batch) = batch else {
            return Ok((None, true));
        };
        let Some((digest, text)) = batch.todo.pop() else {
            self.finish(model, batch).await?;
            return Ok((self.next_batch(model).await?, true));
        };
        let Ok(embedding) = model.make(text, Role::Stored).await else {
            // What was made counts; what is tried again is what entries say by then.
            self.finish(model, batch).await?;
            return Ok((None, false));
        };
        batch.done.push((digest, embedding));
        Ok((Some(batch), true))
    }

    /// Texts of the first community that has some to be read.
    async fn next_batch(&self, model: &Turns) -> Result<Option<Batch>, ReadError> {
        for community in self.storage.communities().await? {
            let base = self.base(community.id).await?;
            let todo = read(&base, |base| {
                let few = base.texts() <= model.texts_max();
                if few { base.to_embed(BATCH_TEXTS) } else { Vec::new() }
            });
            if !todo.is_empty() {
                return Ok(Some(Batch {
                    community: community.id,
                    todo,
                    done: Vec::new(),
                }));
            }
        }
        Ok(None)
    }

    /// Keeps what was made of a batch, and lets it count.
    async fn finish(&self, model: &Turns, batch: Batch) -> Result<(), ReadError> {
        let made = batch.done.iter().filter_map(|(text, embedding)| {
            Some(StoredEmbedding {
                text: text.0,
                model: model.embedder().space().model.0,
                numbers: embedding.as_ref()?.to_bytes(),
            })
        });
        let unit = KnowledgeUnit::Embed {
            community: batch.community,
            embeddings: made.collect(),
        };
        self.keep(unit).await;
        self.change(batch.community, |base| {
            for (text, embedding) in &batch.done {
                base.embed(*text, embedding.as_ref());
            }
        })
        .await
    }

    /// What cannot be kept is made again in the next life.
    async fn keep(&self, unit: KnowledgeUnit) {
        if let Err(error) = self.storage.write(Unit::Knowledge(unit)).await {
            tracing::warn!(error = %error, "what the sentence model made of entries is not kept");
        }
    }
}

/// What is kept of a text, if this model made it.
fn made_in(space: Space, stored: &StoredEmbedding) -> Option<Embedding> {
    let made = Embedding::from_bytes(&stored.numbers)?;
    (stored.model == space.model.0 && made.dimensions() == space.dimensions).then_some(made)
}
