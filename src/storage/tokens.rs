//! What is written and read of the tokens that a language model costs.

use async_trait::async_trait;

use super::ReadError;
use crate::model::ids::{CommunityId, PluginId};

/// A community's tokens of one day, and a plugin's share of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Whose.
    pub community: CommunityId,
    /// Which plugin spends.
    pub plugin: PluginId,
    /// Which day, counted from the epoch.
    pub day: i64,
}

/// Writes of tokens.
#[derive(Clone, Debug)]
pub enum TokenUnit {
    /// So many are spent from now on. Precondition: community and plugin have them.
    Reserve {
        /// Of which budget.
        budget: Budget,
        /// How many.
        tokens: u64,
        /// Tokens of the community and day.
        max: u64,
        /// Of these, tokens of the plugin.
        plugin_max: u64,
    },
    /// Of those that were taken so many were needed.
    Settle {
        /// Of which budget.
        budget: Budget,
        /// How many were taken.
        reserved: u64,
        /// How many were needed, which may be more.
        spent: u64,
    },
}

/// Reads of tokens.
#[async_trait]
pub trait TokenReads: Send + Sync {
    /// How many tokens each plugin has spent on a day.
    async fn tokens_spent(&self, community: CommunityId, day: i64) -> Result<Vec<(PluginId, u64)>, ReadError>;
}
