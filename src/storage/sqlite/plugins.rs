//! SQL of installed plugins, their grants and settings.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStorage;
use super::failure::ApplyError;
use super::values::Json;
use super::write::Write;
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, PluginId, Version};
use crate::storage::plugins::{BeforeUpdate, Consent, InstalledPlugin, PluginReads, PluginSettings, PluginUnit};
use crate::storage::{Applied, Change, ReadError};

const INSTALL: &str = "
    INSERT INTO plugin (id, version, digest, manifest, source, signer, installed_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, digest = excluded.digest, manifest = excluded.manifest,
        source = excluded.source, signer = excluded.signer, installed_at = excluded.installed_at";

/// The same package may be handed in again; it is the digest that must be the same.
const KEEP: &str = "
    INSERT INTO package (plugin, version, digest, manifest, source, signer, installed_at, wasm)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (digest) DO UPDATE SET
        source = excluded.source, signer = excluded.signer, installed_at = excluded.installed_at";

/// What was here and is gone counts, too: somebody allowed it.
const OTHER_PACKAGE: &str = "
    SELECT 1 FROM package WHERE plugin = ?1 AND version = ?2 AND digest <> ?3
    UNION ALL
    SELECT 1 FROM plugin_consent WHERE plugin = ?1 AND version = ?2 AND digest <> ?3";

/// What nobody serves with, can go back to, or is offered.
const FORGET_OLD_PACKAGES: &str = "
    DELETE FROM package WHERE plugin = ?1 AND digest <> ?2
       AND digest NOT IN (SELECT granted_to FROM plugin_settings WHERE plugin = ?1)
       AND digest NOT IN (SELECT json_extract(settings, '$.granted_to') FROM plugin_before WHERE plugin = ?1)";

const CONSENT: &str = "
    INSERT INTO plugin_consent (community, plugin, version, digest, grants, account, at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// Settings as JSON, so that they are read back as they were.
const SET_ASIDE: &str = "
    INSERT INTO plugin_before (community, plugin, settings, at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (community, plugin) DO UPDATE SET settings = excluded.settings, at = excluded.at";

const KEYS_ASIDE: &str = "
    INSERT INTO kv_before (community, plugin, key, value, version, expires)
    SELECT community, plugin, key, value, version, expires FROM kv WHERE community = ?1 AND plugin = ?2";

const KEYS_BACK: &str = "
    INSERT INTO kv (community, plugin, key, value, version, expires)
    SELECT community, plugin, key, value, version, expires FROM kv_before WHERE community = ?1 AND plugin = ?2";

const FORGET_KEYS: &str = "DELETE FROM kv WHERE community = ?1 AND plugin = ?2";
const FORGET_KEYS_BEFORE: &str = "DELETE FROM kv_before WHERE community = ?1 AND plugin = ?2";
const FORGET_BEFORE: &str = "DELETE FROM plugin_before WHERE community = ?1 AND plugin = ?2";
const FORGET_SETTINGS: &str = "DELETE FROM plugin_settings WHERE community = ?1 AND plugin = ?2";

/// Timers are jobs under the plugin's name: see `dispatcher::chain`.
const FORGET_TIMERS: &str = "DELETE FROM job WHERE key >= ?1 AND key < ?2";

const FORGET_CALLS: &str = "DELETE FROM call WHERE community = ?1 AND plugin = ?2";

const FORGET_PACKAGES: &str = "
    DELETE FROM package WHERE plugin = ?1 AND NOT EXISTS (SELECT 1 FROM plugin_settings WHERE plugin = ?1)";

/// The offered package, if nobody is served by it.
const DISCARD: &str = "
    DELETE FROM package WHERE plugin = ?1 AND digest = ?2
       AND digest = (SELECT digest FROM plugin WHERE id = ?1)
       AND digest NOT IN (SELECT granted_to FROM plugin_settings WHERE plugin = ?1)";

const OFFER_BEFORE: &str = "
    INSERT INTO plugin (id, version, digest, manifest, source, signer, installed_at)
    SELECT plugin, version, digest, manifest, source, signer, installed_at FROM package
     WHERE plugin = ?1 ORDER BY installed_at DESC, digest LIMIT 1
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, digest = excluded.digest, manifest = excluded.manifest,
        source = excluded.source, signer = excluded.signer, installed_at = excluded.installed_at";

const FORGET_PLUGIN_WITHOUT_PACKAGE: &str = "
    DELETE FROM plugin WHERE id = ?1 AND source <> 'bundled'
       AND NOT EXISTS (SELECT 1 FROM package WHERE plugin = ?1)";

/// What is inside the program stays.
const FORGET_PLUGIN: &str = "
    DELETE FROM plugin WHERE id = ?1 AND source <> 'bundled'
       AND NOT EXISTS (SELECT 1 FROM plugin_settings WHERE plugin = ?1)";

const SETTINGS: &str = "
    SELECT community, plugin, enabled, position, config, grants, granted_to, revision, held, dry_run_until, overrides,
           dry_run_since
    FROM plugin_settings WHERE community = ?1 AND plugin = ?2";

const SETTINGS_INSERT: &str = "
    INSERT INTO plugin_settings
        (community, plugin, enabled, position, config, grants, granted_to, revision, held, dry_run_until, overrides,
         dry_run_since)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?13 WHERE ?12 IS NULL
    ON CONFLICT (community, plugin) DO NOTHING";

const SETTINGS_UPDATE: &str = "
    UPDATE plugin_settings SET
        enabled = ?3, position = ?4, config = ?5, grants = ?6, granted_to = ?7, revision = ?8, held = ?9,
        dry_run_until = ?10, overrides = ?11, dry_run_since = ?13
    WHERE community = ?1 AND plugin = ?2 AND revision = ?12";

const SERVES: &str = "SELECT 1 FROM plugin_settings WHERE community = ?1 AND plugin = ?2 AND granted_to = ?3";

const HELD: &str = "UPDATE plugin_settings SET held = ?3 WHERE community = ?1 AND plugin = ?2";

pub(super) fn apply(write: &mut Write<'_>, unit: &PluginUnit) -> Result<Applied, ApplyError> {
    match unit {
        PluginUnit::Install(plugin) => install(write, plugin)?,
        PluginUnit::Keep { plugin, wasm } => {
            keep(write, plugin, wasm)?;
            install(write, plugin)?;
        }
        PluginUnit::Settings { before, after } => settings(write, *before, after)?,
        PluginUnit::Held {
            community,
            plugin,
            reason,
        } => write.execute_one("how the plugin is set", HELD, params![community, plugin, reason])?,
        PluginUnit::Serves {
            community,
            plugin,
            granted_to,
        } => {
            let mut serves = write.connection().prepare_cached(SERVES)?;
            if serves.exists(params![community, plugin, granted_to])? {
                // Nobody has to hear of it.
                return Ok(Applied::Done);
            }
            return Err(ApplyError::conflict(format!("the package that serves as {plugin}")));
        }
        PluginUnit::Consent(consent) => allowed(write, consent)?,
        PluginUnit::SetAside { community, plugin, at } => set_aside(write, *community, plugin, *at)?,
        PluginUnit::BringBack { community, plugin } => bring_back(write, *community, plugin)?,
        PluginUnit::ForgetAside { community, plugin } => forget_aside(write, *community, plugin)?,
        PluginUnit::Discard { plugin, digest } => discard(write, plugin, digest)?,
        PluginUnit::Remove {
            community,
            plugin,
            with_data,
        } => remove(write, *community, plugin, *with_data)?,
    }
    write.change(Change::Plugins);
    Ok(Applied::Done)
}

fn install(write: &Write<'_>, plugin: &InstalledPlugin) -> Result<(), ApplyError> {
    let InstalledPlugin {
        id,
        version,
        digest,
        manifest,
        source,
        signer,
        installed_at,
    } = plugin;
    write.execute(
        INSTALL,
        params![id, version, digest, manifest, source, signer, installed_at],
    )?;
    Ok(())
}

fn keep(write: &Write<'_>, plugin: &InstalledPlugin, wasm: &[u8]) -> Result<(), ApplyError> {
    let InstalledPlugin {
        id,
        version,
        digest,
        manifest,
        source,
        signer,
        installed_at,
    } = plugin;
    let mut other = write.connection().prepare_cached(OTHER_PACKAGE)?;
    if other.exists(params![id, version, digest])? {
        return Err(ApplyError::conflict(format!("the package of {id} {version}")));
    }
    write.execute(
        KEEP,
        params![id, version, digest, manifest, source, signer, installed_at, wasm],
    )?;
    write.execute(FORGET_OLD_PACKAGES, params![id, digest])?;
    Ok(())
}

fn allowed(write: &Write<'_>, consent: &Consent) -> Result<(), ApplyError> {
    let Consent {
        community,
        plugin,
        version,
        digest,
        grants,
        account,
        at,
    } = consent;
    write.execute(
        CONSENT,
        params![community, plugin, version, digest, Json(grants), account, at],
    )?;
    Ok(())
}

fn set_aside(write: &Write<'_>, community: CommunityId, plugin: &PluginId, at: Timestamp) -> Result<(), ApplyError> {
    let of = params![community, plugin];
    let settings = write
        .connection()
        .prepare_cached(SETTINGS)?
        .query_row(of, row)
        .optional()?;
    let settings = settings.ok_or_else(|| ApplyError::conflict("how the plugin is set"))?;
    write.execute(SET_ASIDE, params![community, plugin, Json(&settings), at])?;
    write.execute(FORGET_KEYS_BEFORE, of)?;
    write.execute(KEYS_ASIDE, of)?;
    Ok(())
}

fn bring_back(write: &Write<'_>, community: CommunityId, plugin: &PluginId) -> Result<(), ApplyError> {
    let of = params![community, plugin];
    write.execute(FORGET_KEYS, of)?;
    write.execute(KEYS_BACK, of)?;
    forget_aside(write, community, plugin)
}

fn forget_aside(write: &Write<'_>, community: CommunityId, plugin: &PluginId) -> Result<(), ApplyError> {
    let of = params![community, plugin];
    write.execute_one("what stood before the update", FORGET_BEFORE, of)?;
    write.execute(FORGET_KEYS_BEFORE, of)?;
    Ok(())
}

fn discard(write: &Write<'_>, plugin: &PluginId, digest: &str) -> Result<(), ApplyError> {
    write.execute_one("the package that is offered", DISCARD, params![plugin, digest])?;
    write.execute(OFFER_BEFORE, params![plugin])?;
    write.execute(FORGET_PLUGIN_WITHOUT_PACKAGE, params![plugin])?;
    Ok(())
}

fn remove(write: &Write<'_>, community: CommunityId, plugin: &PluginId, with_data: bool) -> Result<(), ApplyError> {
    let of = params![community, plugin];
    write.execute_one("how the plugin is set", FORGET_SETTINGS, of)?;
    let timers = format!("plugin/{plugin}/{community}/");
    // The next character after the last one of the prefix ends the stretch of keys that begin so.
    let behind = format!("plugin/{plugin}/{community}0");
    write.execute(FORGET_TIMERS, params![timers, behind])?;
    write.execute(FORGET_CALLS, of)?;
    if with_data {
        write.execute(FORGET_KEYS, of)?;
    }
    write.execute(FORGET_BEFORE, of)?;
    write.execute(FORGET_KEYS_BEFORE, of)?;
    write.execute(FORGET_PACKAGES, params![plugin])?;
    write.execute(FORGET_PLUGIN, params![plugin])?;
    Ok(())
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
        dry_run_until,
        dry_run_since,
        overrides,
    } = after;
    let statement = if before.is_some() {
        SETTINGS_UPDATE
    } else {
        SETTINGS_INSERT
    };
    write.execute_one(
        "how the plugin is set",
        statement,
        params![
            community,
            plugin,
            enabled,
            position,
            config,
            Json(grants),
            granted_to,
            revision,
            held,
            dry_run_until,
            Json(overrides),
            before,
            dry_run_since
        ],
    )
}

#[async_trait]
impl PluginReads for SqliteStorage {
    async fn plugins(&self) -> Result<Vec<InstalledPlugin>, ReadError> {
        self.readers.read("plugin", |connection| {
            connection
                .prepare_cached(
                    "SELECT id, version, digest, manifest, source, signer, installed_at FROM plugin ORDER BY id",
                )?
                .query_map([], installed)?
                .collect()
        })
    }

    async fn plugin_settings(&self, community: CommunityId) -> Result<Vec<PluginSettings>, ReadError> {
        self.readers.read("plugin_settings", |connection| {
            connection
                .prepare_cached(
                    "SELECT community, plugin, enabled, position, config, grants, granted_to, revision, held,
                            dry_run_until, overrides, dry_run_since
                     FROM plugin_settings WHERE community = ?1 ORDER BY position, plugin",
                )?
                .query_map([community], row)?
                .collect()
        })
    }

    async fn package(&self, digest: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let digest = digest.to_owned();
        let read = move |connection: &Connection| {
            connection
                .prepare_cached("SELECT wasm FROM package WHERE digest = ?1")?
                .query_row([&digest], |row| row.get(0))
                .optional()
        };
        self.readers.read_heavy("package.wasm", read).await
    }

    async fn packages_of(&self, plugin: &PluginId) -> Result<Vec<InstalledPlugin>, ReadError> {
        self.readers.read("package", |connection| {
            connection
                .prepare_cached(
                    "SELECT plugin, version, digest, manifest, source, signer, installed_at FROM package
                     WHERE plugin = ?1 ORDER BY installed_at DESC, digest",
                )?
                .query_map([plugin], installed)?
                .collect()
        })
    }

    async fn digests_of(&self, plugin: &PluginId) -> Result<Vec<(String, String)>, ReadError> {
        self.readers.read("plugin_consent", |connection| {
            connection
                .prepare_cached(
                    "SELECT version, digest FROM package WHERE plugin = ?1
                     UNION SELECT version, digest FROM plugin_consent WHERE plugin = ?1",
                )?
                .query_map([plugin], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    async fn consents(&self, community: CommunityId, plugin: &PluginId) -> Result<Vec<Consent>, ReadError> {
        self.readers.read("plugin_consent", |connection| {
            connection
                .prepare_cached(
                    "SELECT community, plugin, version, digest, grants, account, at FROM plugin_consent
                     WHERE community = ?1 AND plugin = ?2 ORDER BY id DESC LIMIT 100",
                )?
                .query_map(params![community, plugin], consent)?
                .collect()
        })
    }

    async fn before_update(
        &self,
        community: CommunityId,
        plugin: &PluginId,
    ) -> Result<Option<BeforeUpdate>, ReadError> {
        self.readers.read("plugin_before", |connection| {
            connection
                .prepare_cached("SELECT settings, at FROM plugin_before WHERE community = ?1 AND plugin = ?2")?
                .query_row(params![community, plugin], |row| {
                    let Json(settings) = row.get(0)?;
                    Ok(BeforeUpdate {
                        settings,
                        at: row.get(1)?,
                    })
                })
                .optional()
        })
    }
}

fn consent(row: &Row<'_>) -> rusqlite::Result<Consent> {
    let Json(grants) = row.get(4)?;
    Ok(Consent {
        community: row.get(0)?,
        plugin: row.get(1)?,
        version: row.get(2)?,
        digest: row.get(3)?,
        grants,
        account: row.get(5)?,
        at: row.get(6)?,
    })
}

fn installed(row: &Row<'_>) -> rusqlite::Result<InstalledPlugin> {
    Ok(InstalledPlugin {
        id: row.get(0)?,
        version: row.get(1)?,
        digest: row.get(2)?,
        manifest: row.get(3)?,
        source: row.get(4)?,
        signer: row.get(5)?,
        installed_at: row.get(6)?,
    })
}

fn row(row: &Row<'_>) -> rusqlite::Result<PluginSettings> {
    let (Json(grants), Json(overrides)) = (row.get(5)?, row.get(10)?);
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
        dry_run_until: row.get(9)?,
        dry_run_since: row.get(11)?,
        overrides,
    })
}
