//! SQL of installed plugins, their grants and settings.

use async_trait::async_trait;
use rusqlite::{Row, params};

use super::SqliteStorage;
use super::failure::ApplyError;
use super::values::Json;
use super::write::Write;
use crate::model::ids::{CommunityId, Version};
use crate::storage::plugins::{InstalledPlugin, PluginReads, PluginSettings, PluginUnit};
use crate::storage::{Applied, Change, ReadError};

const INSTALL: &str = "
    INSERT INTO plugin (id, version, digest, manifest, source, installed_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, digest = excluded.digest, manifest = excluded.manifest,
        source = excluded.source, installed_at = excluded.installed_at";

const SETTINGS_INSERT: &str = "
    INSERT INTO plugin_settings
        (community, plugin, enabled, position, config, grants, granted_to, revision, held)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (community, plugin) DO NOTHING";

const SETTINGS_UPDATE: &str = "
    UPDATE plugin_settings SET
        enabled = ?3, position = ?4, config = ?5, grants = ?6, granted_to = ?7, revision = ?8, held = ?9
    WHERE community = ?1 AND plugin = ?2 AND revision = ?10";

const HELD: &str = "UPDATE plugin_settings SET held = ?3 WHERE community = ?1 AND plugin = ?2";

pub(super) fn apply(write: &mut Write<'_>, unit: &PluginUnit) -> Result<Applied, ApplyError> {
    match unit {
        PluginUnit::Install(plugin) => {
            let InstalledPlugin {
                id,
                version,
                digest,
                manifest,
                source,
                installed_at,
            } = plugin;
            write.execute(INSTALL, params![id, version, digest, manifest, source, installed_at])?;
        }
        PluginUnit::Settings { before, after } => settings(write, *before, after)?,
        PluginUnit::Held {
            community,
            plugin,
            reason,
        } => write.execute_one("the plugin's settings", HELD, params![community, plugin, reason])?,
    }
    write.change(Change::Plugins);
    Ok(Applied::Done)
}

fn settings(write: &Write<'_>, before: Option<Version>, after: &PluginSettings) -> Result<(), ApplyError> {
    let PluginSettings {
        community,
        plugin,
        enabled,
        position,
        config,
        grants,
        granted_to,
        revision,
        held,
    } = after;
    let what = "the plugin's settings";
    let grants = Json(grants);
    match before {
        None => write.execute_one(
            what,
            SETTINGS_INSERT,
            params![
                community, plugin, enabled, position, config, grants, granted_to, revision, held
            ],
        ),
        Some(before) => write.execute_one(
            what,
            SETTINGS_UPDATE,
            params![
                community, plugin, enabled, position, config, grants, granted_to, revision, held, before
            ],
        ),
    }
}

#[async_trait]
impl PluginReads for SqliteStorage {
    async fn plugins(&self) -> Result<Vec<InstalledPlugin>, ReadError> {
        self.readers.read("plugin", |connection| {
            connection
                .prepare_cached("SELECT id, version, digest, manifest, source, installed_at FROM plugin ORDER BY id")?
                .query_map([], installed)?
                .collect()
        })
    }

    async fn plugin_settings(&self, community: CommunityId) -> Result<Vec<PluginSettings>, ReadError> {
        self.readers.read("plugin_settings", |connection| {
            connection
                .prepare_cached(
                    "SELECT community, plugin, enabled, position, config, grants, granted_to, revision, held
                     FROM plugin_settings WHERE community = ?1 ORDER BY position, plugin",
                )?
                .query_map([community], row)?
                .collect()
        })
    }
}

fn installed(row: &Row<'_>) -> rusqlite::Result<InstalledPlugin> {
    Ok(InstalledPlugin {
        id: row.get(0)?,
        version: row.get(1)?,
        digest: row.get(2)?,
        manifest: row.get(3)?,
        source: row.get(4)?,
        installed_at: row.get(5)?,
    })
}

fn row(row: &Row<'_>) -> rusqlite::Result<PluginSettings> {
    let Json(grants) = row.get(5)?;
    Ok(PluginSettings {
        community: row.get(0)?,
        plugin: row.get(1)?,
        enabled: row.get(2)?,
        position: row.get(3)?,
        config: row.get(4)?,
        grants,
        granted_to: row.get(6)?,
        revision: row.get(7)?,
        held: row.get(8)?,
    })
}
