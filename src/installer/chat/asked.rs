//! What is asked before something changes: the question in words, and what each yes to it does.

use serde_json::Value;

use super::PluginChat;
use super::line::export_elsewhere;
use crate::installer::offer::{InstallError, refused};
use crate::installer::plan::allowed;
use crate::installer::references::{References, references};
use crate::installer::request::{PartChange, PluginRequest};
use crate::storage::plugins::PluginSettings;

/// What somebody wants, as it was understood.
struct Meant {
    /// With ids in place of names: a name may be another's by the time of the yes.
    request: PluginRequest,
    /// What the ids are of, as people call it: the part, or what the settings become, a line each.
    called: String,
}

impl PluginChat {
    /// The question, and what each yes to it means.
    pub(super) async fn asked(
        &self,
        settings: &PluginSettings,
        request: PluginRequest,
        with_data: Option<bool>,
    ) -> Result<(String, Vec<(&'static str, PluginRequest)>), InstallError> {
        let id = &settings.plugin;
        let serving = self.parts.installer.package(settings).await?;
        let inside = &self.parts.installer.parts.settings.inside;
        let allowed = serving.as_ref().map(|package| allowed(&package.manifest, inside));
        let may = match allowed.filter(|lines| !lines.is_empty() && !settings.grants.is_empty()) {
            Some(lines) => lines.join("\n"),
            None => "It was allowed nothing.".to_owned(),
        };
        let version = serving.map_or_else(String::new, |package| format!(" {}", package.manifest.plugin.version));
        let Meant { request, called } = self.meant(settings, request).await?;
        let (text, label) = match &request {
            PluginRequest::Switch { on: true, .. } => (format!("Switch {id}{version} on?\n{may}"), "Switch it on"),
            PluginRequest::Switch { on: false, .. } => (
                format!("Switch {id}{version} off? It keeps what it has."),
                "Switch it off",
            ),
            PluginRequest::Within {
                change: PartChange::Switch { on: true },
                ..
            } => (format!("Switch {id}{version} on in {called}?\n{may}"), "Switch it on"),
            PluginRequest::Within {
                change: PartChange::Switch { on: false },
                ..
            } => (
                format!("Switch {id}{version} off in {called}? Elsewhere it is as before."),
                "Switch it off",
            ),
            PluginRequest::Rehearse { hours: Some(hours), .. } => (
                format!("Try {id}{version} for {hours} hours? It sees what happens, and can do nothing.\n{may}"),
                "Try it",
            ),
            PluginRequest::Rehearse { hours: None, .. } => (format!("End the dry run of {id}{version}?"), "End it"),
            PluginRequest::Set { .. } => (format!("Change {id}{version} so?\n{called}"), "Change it"),
            PluginRequest::Remove { .. } => {
                let text = self.leaving(settings, &version, with_data).await?;
                return Ok((text, leavings(id.as_str(), with_data)));
            }
            _ => return Err(refused("that is done on the command line alone")),
        };
        Ok((text, vec![(label, request)]))
    }

    /// What a request is about, found by the names in it.
    async fn meant(&self, settings: &PluginSettings, request: PluginRequest) -> Result<Meant, InstallError> {
        let installer = &self.parts.installer;
        Ok(match request {
            PluginRequest::Within { plugin, part, change } => {
                let known = references(&self.parts.storage, settings.community).await?;
                let within = known.part(&part).map_err(refused)?;
                let part = References::id(within);
                Meant {
                    request: PluginRequest::Within { plugin, part, change },
                    called: known.label(within),
                }
            }
            PluginRequest::Set { plugin, change } => {
                let change = installer.resolved(settings, change).await?;
                let shown = installer.named(settings, Value::Object(change.clone())).await?;
                Meant {
                    request: PluginRequest::Set { plugin, change },
                    called: changed(&shown),
                }
            }
            request => Meant {
                request,
                called: String::new(),
            },
        })
    }

    async fn leaving(
        &self,
        settings: &PluginSettings,
        version: &str,
        with_data: Option<bool>,
    ) -> Result<String, InstallError> {
        let PluginSettings { plugin, community, .. } = settings;
        let (keys, bytes) = self.parts.storage.kv_usage(plugin, *community).await?;
        let kept = format!("what it keeps ({keys} keys, {bytes} bytes)");
        let rest = match with_data {
            Some(true) => format!("So is {kept}."),
            Some(false) => format!("There stays {kept}, for the day when it comes back."),
            None => {
                let export = export_elsewhere(plugin.as_str());
                format!("What becomes of {kept}?\n\n{export}")
            }
        };
        Ok(format!(
            "Take {plugin}{version} out? Its settings, permissions and timers are deleted. {rest}"
        ))
    }
}

/// What a yes to taking a plugin out can do; one of both where it was said `with_data` or without.
fn leavings(plugin: &str, with_data: Option<bool>) -> Vec<(&'static str, PluginRequest)> {
    let choices = [("Keep its data", false), ("Delete its data", true)];
    let choices = choices
        .into_iter()
        .filter(|(_, its)| with_data.is_none_or(|said| said == *its));
    let request = |with_data| PluginRequest::Remove {
        plugin: plugin.to_owned(),
        with_data,
    };
    choices.map(|(label, its)| (label, request(its))).collect()
}

/// What settings become, a line each.
fn changed(change: &Value) -> String {
    let lines = change
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| match value {
            Value::Null => format!("`{name}` is as it is without being set"),
            value => format!("`{name}` is `{value}`"),
        });
    lines.collect::<Vec<_>>().join("\n")
}
