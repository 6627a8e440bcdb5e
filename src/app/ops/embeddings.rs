//! How the sentence model stands.

use anyhow::Result;

use super::doctor::Patients;
use super::knowledge::listed;
use super::{Ops, Reply};
use crate::connectors::examination::{Diagnosis, Health};
use crate::knowledge::Knowledge;
use crate::knowledge::embeddings::{self, EmbeddingStatus, OpenError, Settings};
use crate::model::amount::counted;

impl Ops {
    /// For `doctor`; nothing where there is none.
    pub(super) async fn model_examined(&self) -> Result<Option<Diagnosis>> {
        let health = match &self.patients {
            Patients::Running(_) => self.embedding_status().await?.map(|status| running(&status)),
            Patients::Configured(config) => match config.embeddings() {
                Some(settings) => Some(started(settings).await?),
                None => None,
            },
        };
        Ok(health.map(|health| health.of("sentence model")))
    }

    /// For `status`; nothing where there is none, and where nothing runs.
    pub(super) async fn model_line(&self) -> Result<Option<String>> {
        Ok(self.embedding_status().await?.map(|status| line(&status)))
    }

    /// The knowledge base as members' questions go through it: the model, which nothing else needs while nothing runs, is started.
    pub(super) async fn knowledge_as_asked(&self) -> Result<Knowledge> {
        let knowledge = self.knowledge.clone();
        match &self.patients {
            Patients::Running(_) => Ok(knowledge),
            Patients::Configured(config) => crate::app::with_sentence_model(knowledge, config).await,
        }
    }

    /// Which questions of the last month would be answered otherwise with this sentence model, or without one.
    pub(super) async fn twin_of_model(&self, model: embeddings::Config) -> Result<Reply> {
        let settings = match model.check() {
            Ok(settings) => settings,
            Err((option, why)) => return Ok(Reply::refused(format!("[embeddings] {option}: {why}"))),
        };
        let now = self.knowledge_as_asked().await?;
        let then = match settings {
            None => now.clone().without_sentence_model(),
            Some(settings) => {
                let opening = settings.clone();
                match tokio::task::spawn_blocking(move || embeddings::open(&opening)).await? {
                    Ok(model) => now.clone().with_sentence_model(model, &settings),
                    Err(error) => {
                        let fix = error.fix();
                        return Ok(Reply::Refused {
                            message: format!("{:#}", anyhow::Error::from(error)),
                            hint: Some(fix.to_owned()),
                        });
                    }
                }
            }
        };
        let twin = now.twin_of_model(&then, self.community).await?;
        Ok(Reply::done(listed(&twin)))
    }

    async fn embedding_status(&self) -> Result<Option<EmbeddingStatus>> {
        Ok(self.knowledge.embedding_status(self.community).await?)
    }
}

/// Starts it as the program would.
async fn started(settings: Settings) -> Result<Health> {
    let model = tokio::task::spawn_blocking(move || embeddings::open(&settings)).await?;
    Ok(match model {
        Ok(model) => Health::fine(format!("{} works", model.name())),
        Err(error) => failure(error),
    })
}

fn failure(error: OpenError) -> Health {
    let fix = error.fix();
    Health::failure(format!("{:#}", anyhow::Error::from(error)), fix)
}

fn line(status: &EmbeddingStatus) -> String {
    let EmbeddingStatus {
        model,
        texts,
        unread,
        texts_max,
        failure,
    } = status;
    let texts_read = texts.saturating_sub(*unread);
    if let Some(failure) = failure {
        format!("{model}: {failure}")
    } else if texts > texts_max {
        format!("{model}: not used, {texts} texts are more than {texts_max}")
    } else if *unread > 0 {
        format!("{model}: has read {texts_read} of {texts} texts")
    } else {
        format!("{model}: has read all {}", counted(*texts, "text", "texts"))
    }
}

fn running(status: &EmbeddingStatus) -> Health {
    let what = line(status);
    if status.failure.is_some() {
        let fix =
            "questions are answered without it; start Switchboard again, and look at the log if that does not help";
        Health::failure(what, fix)
    } else if status.texts > status.texts_max {
        let fix = "questions are answered without it; set `embeddings.texts_max` higher if there is memory for more";
        Health::warning(what, fix)
    } else if status.unread > 0 {
        Health::warning(
            what,
            "nothing: until it has read all, questions are answered without it",
        )
    } else {
        Health::fine(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unread: usize, texts_max: usize, failure: Option<&str>, expected: &str) {
        let status = EmbeddingStatus {
            model: "small".to_owned(),
            texts: 1_000,
            unread,
            texts_max,
            failure: failure.map(str::to_owned),
        };
        let health = running(&status);
        assert_eq!(format!("{}, {}", health.word(), health.what()), expected);
    }

    #[test]
    fn it_is_said_how_far_the_model_is_and_why_it_is_not_used() {
        check(0, 2_000, None, "fine, small: has read all 1000 texts");
        check(10, 2_000, None, "warning, small: has read 990 of 1000 texts");
        check(
            1_000,
            900,
            None,
            "warning, small: not used, 1000 texts are more than 900",
        );
        check(10, 2_000, Some("it fails"), "failure, small: it fails");
    }
}
