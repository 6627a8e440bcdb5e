//! SQL of the addresses at which servers elsewhere call plugins.

use async_trait::async_trait;
use rusqlite::params;

use super::SqliteStorage;
use super::failure::ApplyError;
use super::write::Write;
use crate::storage::webhooks::{Replaced, WebhookReads, WebhookUnit};
use crate::storage::{Applied, Change, ReadError};

const REPLACED: &str = "
    INSERT INTO webhook_address (community, plugin, endpoint, number)
    SELECT ?1, ?2, ?3, ?4
     WHERE ?4 = 1 + coalesce((SELECT number FROM webhook_address
                               WHERE community = ?1 AND plugin = ?2 AND endpoint = ?3), 0)
    ON CONFLICT (community, plugin, endpoint) DO UPDATE SET number = excluded.number";

pub(super) fn apply(write: &mut Write<'_>, unit: &WebhookUnit) -> Result<Applied, ApplyError> {
    let WebhookUnit::Replaced(Replaced {
        community,
        plugin,
        endpoint,
        number,
    }) = unit;
    let what = format!("the address of {endpoint} of {plugin}");
    write.execute_one(&what, REPLACED, params![community, plugin, endpoint, number])?;
    // Whoever knows which address is whose looks again.
    write.change(Change::Webhooks);
    Ok(Applied::Done)
}

#[async_trait]
impl WebhookReads for SqliteStorage {
    async fn webhooks_replaced(&self) -> Result<Vec<Replaced>, ReadError> {
        self.readers.read("webhook_address", |connection| {
            connection
                .prepare_cached("SELECT community, plugin, endpoint, number FROM webhook_address")?
                .query_map([], |row| {
                    Ok(Replaced {
                        community: row.get(0)?,
                        plugin: row.get(1)?,
                        endpoint: row.get(2)?,
                        number: row.get(3)?,
                    })
                })?
                .collect()
        })
    }
}
