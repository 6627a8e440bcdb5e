//! One text at a time goes through the model: questions first, since somebody waits for them, then what is stored.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{MutexGuard, mpsc, oneshot};

use super::{EmbedError, Embedder, Role, Settings};
use crate::clock::Clock;
use crate::knowledge::scoring::Embedding;
use crate::supervisor::Bell;
use crate::telemetry::{self, Metric};

/// Whoever comes behind so many waits longer than any time-out.
const QUESTIONS_MAX: usize = 64;

/// A question that waits for the model.
#[derive(Debug)]
pub(super) struct Waiting {
    text: String,
    reply: oneshot::Sender<Option<Embedding>>,
}

/// A model and those who wait for it. Clones share it.
#[derive(Clone, Debug)]
pub(in crate::knowledge) struct Turns(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    embedder: Arc<dyn Embedder>,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    texts_max: usize,
    ask: mpsc::Sender<Waiting>,
    /// Taken by the one task that works; another one after it has died takes it again.
    asked: tokio::sync::Mutex<mpsc::Receiver<Waiting>>,
    /// Rings when there may be stored texts to read.
    bell: Bell,
    failure: Mutex<Option<String>>,
}

impl Turns {
    pub(in crate::knowledge) fn new(embedder: Arc<dyn Embedder>, clock: Arc<dyn Clock>, settings: &Settings) -> Self {
        let (ask, asked) = mpsc::channel(QUESTIONS_MAX);
        Self(Arc::new(Shared {
            embedder,
            clock,
            timeout: settings.timeout,
            texts_max: settings.texts_max,
            ask,
            asked: tokio::sync::Mutex::new(asked),
            bell: Bell::default(),
            failure: Mutex::default(),
        }))
    }

    pub(in crate::knowledge) fn embedder(&self) -> &dyn Embedder {
        &*self.0.embedder
    }

    pub(in crate::knowledge) fn shared(&self) -> Arc<dyn Embedder> {
        Arc::clone(&self.0.embedder)
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(in crate::knowledge) fn texts_max(&self) -> usize {
        self.0.texts_max
    }

    pub(in crate::knowledge) fn bell(&self) -> &Bell {
        &self.0.bell
    }

    /// Why the model does nothing just now.
    pub(super) fn failure(&self) -> Option<String> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the model makes of a question; none when that takes too long.
    pub(in crate::knowledge) async fn question(&self, text: &str) -> Option<Embedding> {
        let (reply, made) = oneshot::channel();
        let waiting = Waiting {
            text: text.to_owned(),
            reply,
        };
        let until = self.0.clock.elapsed() + self.0.timeout;
        let missed = |reason| {
            telemetry::count_for(Metric::QuestionsUnembeddedTotal, reason);
            None
        };
        if self.0.ask.try_send(waiting).is_err() {
            return missed("busy");
        }
        tokio::select! {
            biased;
            made = made => made.ok().flatten().or_else(|| missed("failed")),
            () = self.0.clock.sleep_until(until) => missed("late"),
        }
    }

    /// The questions that wait, for the one task that works.
    pub(super) async fn questions(&self) -> MutexGuard<'_, mpsc::Receiver<Waiting>> {
        self.0.asked.lock().await
    }

    /// Answers a question, unless whoever asked has gone on without.
    pub(super) async fn answer(&self, waiting: Waiting) {
        if waiting.reply.is_closed() {
            return;
        }
        let made = self.make(waiting.text, Role::Question).await;
        // Gone meanwhile is as good.
        let _ = waiting.reply.send(made.ok().flatten());
    }

    /// What the model makes of a text.
    pub(super) async fn make(&self, text: String, role: Role) -> Result<Option<Embedding>, EmbedError> {
        let (embedder, started) = (Arc::clone(&self.0.embedder), self.0.clock.elapsed());
        let made = tokio::task::spawn_blocking(move || embedder.embed(&text, role)).await;
        let made = made.unwrap_or_else(|panic| Err(EmbedError(panic.to_string())));
        let took = self.0.clock.elapsed().saturating_sub(started);
        telemetry::observe(Metric::EmbeddingSeconds, "", took);
        let failure = made.as_ref().err().map(ToString::to_string);
        let mut known = self.0.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = failure.as_ref().filter(|_| known.is_none()) {
            tracing::error!(error = %failure, "questions are answered without the sentence model");
        }
        *known = failure;
        drop(known);
        made
    }
}
