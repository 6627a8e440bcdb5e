//! What is written and read of installed plugins, their grants and settings.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::ReadError;
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, PluginId, Version};

/// Writes of installed plugins, their grants and settings.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginUnit {
    /// A package is there; another version of the same plugin is replaced.
    Install(InstalledPlugin),
    /// What a community decided. `before` is the revision that was read, none for the first. Precondition.
    Settings {
        /// The revision that was read.
        before: Option<Version>,
        /// The settings, with the next revision.
        after: PluginSettings,
    },
    /// A plugin is held back, or released.
    Held {
        /// In which community.
        community: CommunityId,
        /// Which.
        plugin: PluginId,
        /// Why, for the admin; none releases it.
        reason: Option<String>,
    },
}

/// A package that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledPlugin {
    /// As its manifest says.
    pub id: PluginId,
    /// As its manifest says.
    pub version: String,
    /// SHA-256 of the package, as 64 hexadecimal digits.
    pub digest: String,
    /// As it stands in the package.
    pub manifest: String,
    /// Where it came from: `bundled`.
    pub source: String,
    /// When.
    pub installed_at: Timestamp,
}

/// What a community decided about a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginSettings {
    /// Whose decision.
    pub community: CommunityId,
    /// About which plugin.
    pub plugin: PluginId,
    /// Whether it serves.
    pub enabled: bool,
    /// Its place in the chain; equal ones run in the order of their ids.
    pub position: u32,
    /// Its config, a JSON object.
    pub config: String,
    /// Names of the permissions granted.
    pub grants: Vec<String>,
    /// What the grants were given to: a digest, or `bundled` for whatever this program has inside.
    pub granted_to: String,
    /// Counts its changes.
    pub revision: Version,
    /// Why it is held back until an admin looks.
    pub held: Option<String>,
}

/// Reads of installed plugins, their grants and settings.
#[async_trait]
pub trait PluginReads: Send + Sync {
    /// The packages that are there, by id.
    async fn plugins(&self) -> Result<Vec<InstalledPlugin>, ReadError>;
    /// What a community decided, in the order of the chain.
    async fn plugin_settings(&self, community: CommunityId) -> Result<Vec<PluginSettings>, ReadError>;
}
