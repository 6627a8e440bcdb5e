//! What the chain and the knowledge base ask of the language model. Who answers, and at whose cost, is behind it.

use async_trait::async_trait;

use crate::model::ids::{CommunityId, PluginId};

/// Answers what plugins and the knowledge base ask.
#[async_trait]
pub trait LanguageModel: Send + Sync {
    /// Goes on from the turns with at most so many tokens, at the cost of plugin and community.
    async fn complete(&self, asker: &Asker, turns: &[Turn], tokens_max: u32) -> Result<Completed, ModelError>;
}

/// At whose cost something is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Whose budget.
    pub community: CommunityId,
    /// And of it, whose share; see [`Asker::answers`] for the one that is no plugin's.
    pub plugin: PluginId,
}

/// Whose share it is where no plugin asks, but the knowledge base. No plugin's id is without a publisher.
const ANSWERS: &str = "answers";

impl Asker {
    /// The knowledge base of a community.
    pub fn answers(community: CommunityId) -> Self {
        let plugin = PluginId::from(ANSWERS);
        Self { community, plugin }
    }

    /// Whether it is a knowledge base.
    pub fn is_answers(&self) -> bool {
        self.plugin.as_str() == ANSWERS
    }
}

/// Who says something to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who set it up.
    System,
    /// Who asks.
    User,
    /// The model itself, earlier.
    Assistant,
}

/// One thing said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// By whom.
    pub role: Role,
    /// What.
    pub text: String,
}

/// What the model answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completed {
    /// All of it.
    pub text: String,
    /// It would have said more, and was not let.
    pub cut: bool,
    /// What the question cost.
    pub tokens_in: u32,
    /// What the answer cost.
    pub tokens_out: u32,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// There is no model, or it does not answer now.
    #[error("the language model does not answer")]
    Unavailable,
    /// It broke off, and may have cost something.
    #[error("the language model broke off")]
    Broken,
    /// It did not answer in time.
    #[error("the language model did not answer in time")]
    Timeout,
    /// The budget is spent, or too much is asked.
    #[error("{0}")]
    Limit(String),
    /// It would be the same another time.
    #[error("{0}")]
    Refused(String),
}

/// Where no model is set up.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLanguageModel;

#[async_trait]
impl LanguageModel for NoLanguageModel {
    async fn complete(&self, _: &Asker, _: &[Turn], _: u32) -> Result<Completed, ModelError> {
        Err(ModelError::Unavailable)
    }
}
