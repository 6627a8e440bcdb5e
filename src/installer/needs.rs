//! What plugins that are on still need to be of use: what their manifests name and nobody has given them yet. For whoever looks after the
//! whole program.

use serde_json::Value;

use super::offer::{InstallError, Installer};
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::{Asked, Manifest, Permission, Rule};
use crate::storage::plugins::PluginSettings;

/// What a plugin needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Which.
    pub plugin: PluginId,
    /// What follows from that, as the rest of a sentence about it.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl Installer {
    /// What the plugins of a community that are on need, in the order of the chain.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn needs(&self, community: CommunityId) -> Result<Vec<Need>, InstallError> {
        let chain = self.parts.storage.plugin_settings(community).await?;
        let mut needs = Vec::new();
        for settings in chain.iter().filter(|settings| settings.is_on_anywhere()) {
            // What is not here is told as a trouble.
            let Some(package) = self.package(settings).await? else {
                continue;
            };
            let found = [
                self.secrets_needed(&package.manifest),
                self.settings_needed(settings, &package.manifest).await?,
            ];
            needs.extend(found.concat().into_iter().map(|(what, fix)| Need {
                plugin: settings.plugin.clone(),
                what,
                fix,
            }));
        }
        Ok(needs)
    }

    /// Secrets that the owner of the installation gives, and has not.
    fn secrets_needed(&self, manifest: &Manifest) -> Vec<(String, String)> {
        let hooks = self.hooks(manifest).into_iter().filter_map(|hook| {
            let what = format!("is on, but nobody can call its webhook “{}”", hook.endpoint());
            Some((what, hook.problem()?))
        });
        let outside = self.parts.host.secrets_needed(manifest).into_iter();
        let outside = outside.map(|why| {
            let what = "is on, but a server elsewhere will not let it in".to_owned();
            (what, why)
        });
        hooks.chain(outside).collect()
    }

    /// Settings that name all the servers that a permission is about, and name none.
    async fn settings_needed(
        &self,
        settings: &PluginSettings,
        manifest: &Manifest,
    ) -> Result<Vec<(String, String)>, InstallError> {
        let ways = self.each_way(settings).await?;
        let configs = ways
            .iter()
            .map(|(_, there)| serde_json::from_str::<Value>(&there.config));
        let configs: Vec<Value> = configs.map(Result::unwrap_or_default).collect();
        let schema = manifest.config_schema();
        let is_set = |name: &str| {
            let default = schema
                .pointer("/properties")
                .and_then(|known| known.get(name)?.get("default"));
            configs
                .iter()
                .any(|config| config.get(name).or(default).is_some_and(|value| !is_empty(value)))
        };
        let id = &settings.plugin;
        let need = |asked: &Asked| {
            let names: Option<Vec<&str>> = asked.allow.iter().map(Rule::setting).collect();
            let names = names.filter(|names| !names.is_empty() && !names.iter().any(|name| is_set(name)))?;
            let does = if asked.name == Permission::Call {
                "change anything on"
            } else {
                "read from"
            };
            let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            Some((
                format!(
                    "is on, but there is no server that it may {does}: {} is empty",
                    quoted.join(", ")
                ),
                format!(
                    "`switchboard plugin config {id} {}=…`, or `switchboard plugin disable {id}`",
                    names[0]
                ),
            ))
        };
        Ok(manifest.permissions.iter().filter_map(need).collect())
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
