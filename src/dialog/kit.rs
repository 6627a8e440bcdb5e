//! Plays dialogs: which plugins play, in which community, in which instances.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};

use super::difference::Difference;
use super::stage::Stage;
use crate::app::community::Start;
use crate::dispatcher::chain::BUNDLED;
use crate::dispatcher::chain::settings::{PluginEntry, PluginsFile};
use crate::plugin_host::recording::Recorder;
use crate::plugin_host::{CacheOptions, Fuel, HostOptions, HttpClient, Package, Packages, Permission};

/// What a plugin remembers between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instances {
    /// One instance serves many events, as in the program.
    Warm,
    /// Each event gets an instance of its own: what a plugin keeps in its memory is gone.
    Fresh,
}

impl Instances {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Warm, Self::Fresh];

    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Fresh => "fresh",
        }
    }
}

/// How a dialog went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// The dialog, with the expected lines as they really came.
    pub text: String,
    /// What the plugins wrote into their logs since the last start, and which of their calls failed.
    pub log: Vec<String>,
}

impl Played {
    /// Where it went differently from how it is written; none where it did not.
    pub fn differs(&self, written: &str) -> Option<Difference> {
        Difference::between(written, &self.text)
    }
}

/// Plays dialogs with the same plugins, each in a world of its own.
#[derive(Clone)]
pub struct Kit {
    pub(super) start: Start,
    pub(super) packages: Packages,
    instances: Instances,
    cache: CacheOptions,
    fuel: Option<Arc<Fuel>>,
    recorder: Option<Arc<dyn Recorder>>,
}

impl Kit {
    /// `start` is what the community of each dialog begins with; its plugins come from `packages`. Compiled plugins are
    /// kept in `cache`, which many kits may share.
    pub fn new(start: Start, packages: Packages, cache: CacheOptions) -> Self {
        Self {
            start,
            packages,
            instances: Instances::Warm,
            cache,
            fuel: None,
            recorder: None,
        }
    }

    /// The same, recorded: what plays in warm instances, so that nothing is in it twice.
    #[must_use]
    pub fn recorded_by(self, recorder: Arc<dyn Recorder>) -> Self {
        Self {
            recorder: Some(recorder),
            ..self
        }
    }

    /// The same with other instances.
    #[must_use]
    pub fn with_instances(&self, instances: Instances) -> Self {
        Self {
            instances,
            ..self.clone()
        }
    }

    /// Plays the dialog.
    ///
    /// # Errors
    ///
    /// When a line means nothing or cannot be done, a plugin does not start, or something hangs.
    pub async fn play(&self, dialog: &str) -> Result<Played> {
        Stage::open(Cow::Borrowed(self)).await?.play(dialog).await
    }

    /// Plays the dialog, and answers how many instructions the plugin of that id needed for all its events: the same number in
    /// each run. Each event has a fresh instance, since what a warm one remembers may save work.
    ///
    /// # Errors
    ///
    /// As [`Kit::play`].
    pub async fn fuel(&self, plugin: &str, dialog: &str) -> Result<u64> {
        let fuel = Arc::new(Fuel::of(plugin));
        let counting = Self {
            instances: Instances::Fresh,
            fuel: Some(Arc::clone(&fuel)),
            ..self.clone()
        };
        counting.play(dialog).await?;
        Ok(fuel.burnt())
    }

    pub(super) fn host_options(&self, elsewhere: Arc<dyn HttpClient>) -> HostOptions {
        HostOptions {
            fresh: self.instances == Instances::Fresh,
            cache: Some(self.cache.clone()),
            fuel: self.fuel.clone(),
            recorder: self.recorder.clone().filter(|_| self.instances == Instances::Warm),
            http: elsewhere,
            ..HostOptions::default()
        }
    }
}

/// `plugins.toml` by which the plugin plays alone, with all that it asks for.
///
/// # Errors
///
/// When it has no form in TOML.
pub fn alone(package: &Package) -> Result<String> {
    let wanted = package.manifest.wanted();
    alone_with(package, &wanted, package.digest.clone())
}

/// As [`alone`], with all that there is: whatever package of that plugin comes next, and whatever it asks for.
///
/// # Errors
///
/// When it has no form in TOML.
pub fn alone_while_it_changes(package: &Package) -> Result<String> {
    alone_with(package, &Permission::ALL, BUNDLED.to_owned())
}

fn alone_with(package: &Package, grants: &[Permission], granted_to: String) -> Result<String> {
    let plugin = PluginEntry {
        id: package.manifest.plugin.id.clone(),
        enabled: true,
        grants: grants.iter().map(|granted| granted.name().to_owned()).collect(),
        granted_to,
        config: toml::Table::new(),
        within: Vec::new(),
    };
    let file = PluginsFile { plugins: vec![plugin] };
    file.text().context("write the plugin's settings")
}

/// The dialogs of a folder, by name.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry.with_context(|| format!("list {}", folder.display()))?.path();
        if path.extension().is_some_and(|ending| ending == "dialog") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
