//! SQL of the tokens that a language model costs.

use async_trait::async_trait;
use rusqlite::params;

use super::SqliteStorage;
use super::failure::ApplyError;
use super::values::Count;
use super::write::Write;
use crate::model::ids::{CommunityId, PluginId};
use crate::storage::tokens::{TokenReads, TokenUnit};
use crate::storage::{Applied, ReadError};

/// So many days are kept, for whoever looks back.
const DAYS_KEPT: i64 = 31;

const WHAT: &str = "the budget of tokens";

const RESERVE: &str = "
    INSERT INTO model_tokens (community, day, plugin, tokens)
    SELECT ?1, ?2, ?3, ?4
     WHERE ?4 + (SELECT coalesce(sum(tokens), 0) FROM model_tokens WHERE community = ?1 AND day = ?2) <= ?5
       AND ?4 + coalesce((SELECT tokens FROM model_tokens WHERE community = ?1 AND day = ?2 AND plugin = ?3), 0) <= ?6
    ON CONFLICT (community, day, plugin) DO UPDATE SET tokens = tokens + excluded.tokens";

const SETTLE: &str = "
    UPDATE model_tokens SET tokens = max(0, tokens - ?4 + ?5) WHERE community = ?1 AND day = ?2 AND plugin = ?3";

pub(super) fn apply(write: &Write<'_>, unit: &TokenUnit) -> Result<Applied, ApplyError> {
    match unit {
        TokenUnit::Reserve {
            budget,
            tokens,
            max,
            plugin_max,
        } => {
            let (community, day, plugin) = (budget.community, budget.day, &budget.plugin);
            let limits = [*tokens, *max, *plugin_max].map(signed);
            let [tokens, max, plugin_max] = limits;
            write.execute_one(WHAT, RESERVE, params![community, day, plugin, tokens, max, plugin_max])?;
            write.execute("DELETE FROM model_tokens WHERE day < ?1", [day - DAYS_KEPT])?;
        }
        TokenUnit::Settle {
            budget,
            reserved,
            spent,
        } => {
            let (community, day, plugin) = (budget.community, budget.day, &budget.plugin);
            let (reserved, spent) = (signed(*reserved), signed(*spent));
            write.execute(SETTLE, params![community, day, plugin, reserved, spent])?;
        }
    }
    Ok(Applied::Done)
}

/// `SQLite` has signed numbers only; nobody has so many tokens.
fn signed(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}

#[async_trait]
impl TokenReads for SqliteStorage {
    async fn tokens_spent(&self, community: CommunityId, day: i64) -> Result<Vec<(PluginId, u64)>, ReadError> {
        self.readers.read("model_tokens", |connection| {
            connection
                .prepare_cached(
                    "SELECT plugin, tokens FROM model_tokens WHERE community = ?1 AND day = ?2 ORDER BY plugin",
                )?
                .query_map(params![community, day], |row| {
                    let Count(tokens) = row.get(1)?;
                    Ok((row.get(0)?, tokens))
                })?
                .collect()
        })
    }
}
