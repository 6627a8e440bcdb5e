//! What is written and read of installed plugins, their grants and settings.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::ReadError;
use crate::model::Timestamp;
use crate::model::ids::{AccountId, CommunityId, PlaceId, PluginId, SpaceId, Version};

/// How long the way back from an update is open: as long as it takes to notice, no longer than persons' data should lie twice.
pub const SET_ASIDE_FOR: Duration = Duration::from_hours(7 * 24);

/// Writes of installed plugins, their grants and settings.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginUnit {
    /// A package is there, and is the one that is offered from now on; another version of the same plugin is no longer.
    Install(InstalledPlugin),
    /// The same of a package that somebody handed in, which is kept whole. Precondition: no other package has its version.
    Keep {
        /// What is said of it.
        plugin: InstalledPlugin,
        /// All of it.
        wasm: Vec<u8>,
    },
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
    /// Nothing changes. Precondition: this package serves the community, on or off.
    Serves {
        /// In which community.
        community: CommunityId,
        /// Which plugin.
        plugin: PluginId,
        /// Which package: what its grants were given to.
        granted_to: String,
    },
    /// An admin allowed a package what it asks for.
    Consent(Consent),
    /// What the plugin is set to and what it keeps is set aside, in place of what was set aside before. Precondition: it is set
    /// to something.
    SetAside {
        /// In which community.
        community: CommunityId,
        /// Which.
        plugin: PluginId,
        /// When.
        at: Timestamp,
    },
    /// What it kept when it was set aside takes the place of what it keeps. Precondition: something was set aside.
    BringBack {
        /// In which community.
        community: CommunityId,
        /// Which.
        plugin: PluginId,
    },
    /// What was set aside is let go: there is no way back to it. Precondition: something was set aside.
    ForgetAside {
        /// In which community.
        community: CommunityId,
        /// Which.
        plugin: PluginId,
    },
    /// The package that is offered is thrown away, unless somebody is served by it; the one before it is offered again, if there is
    /// one. Precondition: it is the offered one.
    Discard {
        /// Of which plugin.
        plugin: PluginId,
        /// Which package.
        digest: String,
    },
    /// A community no longer has the plugin. Its timers and its calls go; its packages go with the last community that had it.
    Remove {
        /// In which community.
        community: CommunityId,
        /// Which.
        plugin: PluginId,
        /// Whether what it keeps goes, too.
        with_data: bool,
    },
}

/// That an admin allowed a package what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// For which community.
    pub community: CommunityId,
    /// To which plugin.
    pub plugin: PluginId,
    /// To this version of it.
    pub version: String,
    /// To this very package.
    pub digest: String,
    /// Names of the permissions.
    pub grants: Vec<String>,
    /// Who; none for the command line.
    pub account: Option<AccountId>,
    /// When.
    pub at: Timestamp,
}

/// What stood before the last update of a plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct BeforeUpdate {
    /// What it was set to, and by that which package served.
    pub settings: PluginSettings,
    /// When it was set aside.
    pub at: Timestamp,
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
    /// Where it came from: `bundled`, a file's name or an address.
    pub source: String,
    /// The key that signed it, by its id; none for a package that is not signed, or by nobody who is trusted.
    pub signer: Option<String>,
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
    /// Whether it serves, where nothing else is said.
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
    /// Until when it sees, while it is off, what happens: what it would do is written into traces and nowhere else.
    #[serde(default)]
    pub dry_run_until: Option<Timestamp>,
    /// When its last dry run began, whether it has ended or not.
    #[serde(default)]
    pub dry_run_since: Option<Timestamp>,
    /// Where it is set otherwise; at most one for each space and place.
    #[serde(default)]
    pub overrides: Vec<Override>,
}

/// What holds for a plugin in a part of its community, in place of what holds around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Override {
    /// Where.
    pub within: Within,
    /// Whether it serves there; none: as around it.
    pub enabled: Option<bool>,
    /// Fields of its config that are others there; what is null is not set there.
    pub config: serde_json::Map<String, serde_json::Value>,
}

/// A part of a community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// A space with all its places.
    Space(SpaceId),
    /// A place with its threads.
    Place(PlaceId),
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Space(id) => write!(f, "{id}"),
            Self::Place(id) => write!(f, "{id}"),
        }
    }
}

impl PluginSettings {
    /// What any decision begins with: off, at the head of the chain, set to nothing and allowed nothing, whoever `granted_to` names.
    pub fn new(community: CommunityId, plugin: PluginId, granted_to: &str) -> Self {
        Self {
            community,
            plugin,
            enabled: false,
            position: 0,
            config: "{}".to_owned(),
            grants: Vec::new(),
            granted_to: granted_to.to_owned(),
            revision: Version::default(),
            held: None,
            dry_run_until: None,
            dry_run_since: None,
            overrides: Vec::new(),
        }
    }

    /// Whether it serves anywhere.
    pub fn is_on_anywhere(&self) -> bool {
        self.enabled || self.overrides.iter().any(|set| set.enabled == Some(true))
    }
}

/// Reads of installed plugins, their grants and settings.
#[async_trait]
pub trait PluginReads: Send + Sync {
    /// The packages that are there, by id.
    async fn plugins(&self) -> Result<Vec<InstalledPlugin>, ReadError>;
    /// What a community decided, in the order of the chain.
    async fn plugin_settings(&self, community: CommunityId) -> Result<Vec<PluginSettings>, ReadError>;
    /// The whole package with that digest, if somebody handed it in.
    async fn package(&self, digest: &str) -> Result<Option<Vec<u8>>, ReadError>;
    /// The packages of a plugin that somebody handed in, the newest first.
    async fn packages_of(&self, plugin: &PluginId) -> Result<Vec<InstalledPlugin>, ReadError>;
    /// Version and digest of each package that is here or was allowed once, in any community.
    async fn digests_of(&self, plugin: &PluginId) -> Result<Vec<(String, String)>, ReadError>;
    /// What was allowed to a plugin, the newest first.
    async fn consents(&self, community: CommunityId, plugin: &PluginId) -> Result<Vec<Consent>, ReadError>;
    /// What stood before its last update, if that was set aside.
    async fn before_update(&self, community: CommunityId, plugin: &PluginId)
    -> Result<Option<BeforeUpdate>, ReadError>;
}
