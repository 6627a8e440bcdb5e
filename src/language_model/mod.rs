//! The language model that plugins and the knowledge base may ask: an endpoint of the owner's choice that speaks as `/chat/completions` of `OpenAI` does, and
//! what it may cost.
//!
//! Before anything is asked, as many tokens as it can cost at most are taken from the budget of the day, on disk; what it did not
//! cost is given back afterwards. So a budget holds whatever dies in between, and is never spent twice.

mod client;
mod config;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;

use self::client::{Client, Fault};
pub use self::config::{Config, Settings};
use crate::clock::Clock;
use crate::dispatcher::{Asker, Completed, LanguageModel, ModelError, Turn};
use crate::model::Timestamp;
use crate::storage::tokens::{Budget, TokenUnit};
use crate::storage::{SharedStorage, Unit, WriteError};

/// What stands around a turn besides its text, at most.
const TURN_TOKENS: u64 = 16;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The endpoint, and its budget.
pub struct Endpoint {
    settings: Settings,
    client: Client,
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
}

impl Endpoint {
    /// Asks nothing yet. None where this machine cannot ask servers at all.
    pub fn new(settings: Settings, storage: SharedStorage, clock: Arc<dyn Clock>) -> Option<Self> {
        let client = Client::new(&settings)?;
        Some(Self {
            settings,
            client,
            storage,
            clock,
        })
    }

    /// Takes from the budget of the day, of which the asker may spend `share`.
    async fn reserve(&self, budget: &Budget, tokens: u64, share: u64) -> Result<(), ModelError> {
        let unit = TokenUnit::Reserve {
            budget: budget.clone(),
            tokens,
            max: self.settings.day_tokens,
            plugin_max: share,
        };
        match self.storage.write(Unit::Tokens(unit)).await {
            Ok(_) => Ok(()),
            Err(WriteError::Conflict { .. }) => Err(ModelError::Limit(format!(
                "the tokens of today are spent, of the {} that this community has for its language model or of the {share} that whoever asks \
                 has of these; at midnight UTC there are new ones",
                self.settings.day_tokens
            ))),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the budget of the language model cannot be written"
                );
                Err(ModelError::Unavailable)
            }
        }
    }

    /// Gives back what it did not cost. Where that cannot be written it counts as spent.
    async fn settle(&self, budget: Budget, reserved: u64, spent: u64) {
        let unit = TokenUnit::Settle {
            budget,
            reserved,
            spent,
        };
        if let Err(error) = self.storage.write(Unit::Tokens(unit)).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "tokens that were not spent count as spent"
            );
        }
    }
}

#[async_trait]
impl LanguageModel for Endpoint {
    async fn complete(&self, asker: &Asker, turns: &[Turn], tokens_max: u32) -> Result<Completed, ModelError> {
        let tokens_max = tokens_max.clamp(1, self.settings.tokens_max);
        let budget = Budget {
            community: asker.community,
            plugin: asker.plugin.clone(),
            day: day(self.clock.now()),
        };
        let reserved = at_most(turns, tokens_max);
        let share = if asker.is_answers() {
            self.settings.answers_day_tokens
        } else {
            self.settings.plugin_day_tokens
        };
        self.reserve(&budget, reserved, share).await?;
        let came = self.client.ask(&self.settings, turns, tokens_max).await;
        let (spent, answer) = match came {
            Ok(wire::Answer { completed, spent }) => (spent.unwrap_or(reserved), Ok(completed)),
            Err(fault) => {
                tracing::warn!(asker = %asker.plugin, fault = %fault, "the language model does not answer: {fault}");
                (if fault.is_free() { 0 } else { reserved }, Err(fault.told()))
            }
        };
        if spent != reserved {
            self.settle(budget, reserved, spent).await;
        }
        answer
    }
}

/// The day whose tokens are spent then.
pub fn day(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(DAY_MILLIS)
}

/// What it can cost at most: a token has one byte at least.
fn at_most(turns: &[Turn], tokens_max: u32) -> u64 {
    let asked = turns.iter().map(|turn| turn.text.len() as u64 + TURN_TOKENS);
    asked.sum::<u64>() + u64::from(tokens_max)
}

impl Fault {
    /// What the asker hears.
    fn told(self) -> ModelError {
        match self {
            Self::Timeout => ModelError::Timeout,
            Self::Refused(status) => {
                ModelError::Refused(format!("the language model refuses the question with {status}"))
            }
            Self::Unreachable | Self::Busy | Self::NotLetIn(_) => ModelError::Unavailable,
            Self::Broken(_) | Self::Down(_) | Self::LedAway(_) => ModelError::Broken,
            Self::Nonsense(what) => ModelError::Refused(format!("the language model answers {what}")),
        }
    }
}
