//! Settings that a version knows which is here and waits: they can be set before it serves, so that it suits them when it does.

use super::offer::Installer;
use super::steps::is_bundled;
use crate::dispatcher::chain::{check_config_of_idle, check_settings, settings_schema};
use crate::plugin_host::Manifest;
use crate::storage::ReadError;
use crate::storage::plugins::PluginSettings;

/// How settings are judged by more than the package that is to have them.
#[derive(Debug, Default)]
pub(super) struct SettingsCheck {
    /// What waits, where what it knows may be set.
    pub(super) waiting: Option<Manifest>,
    /// The plugin serves nowhere, and nothing starts it.
    pub(super) idle: bool,
}

impl SettingsCheck {
    /// What a package is given of the settings; none where it is not started with them, as something is missing that nobody has set yet.
    ///
    /// # Errors
    ///
    /// Where and why they are wrong.
    pub(super) fn given(&self, package: &Manifest, config: &str) -> Result<Option<String>, String> {
        let waiting = self.waiting.as_ref();
        match check_settings(package, waiting, config) {
            Err(_) if self.idle => check_config_of_idle(&settings_schema(package, waiting), config).map(|()| None),
            given => given.map(Some),
        }
    }
}

impl Installer {
    /// How these settings are judged; `idle` where nothing starts the plugin with them.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub(super) async fn settings_check(
        &self,
        settings: &PluginSettings,
        idle: bool,
    ) -> Result<SettingsCheck, ReadError> {
        let waiting = self.waiting_manifest(settings).await?;
        Ok(SettingsCheck { waiting, idle })
    }

    /// What a package says of itself that is here and waits beside the one that serves.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn waiting_manifest(&self, settings: &PluginSettings) -> Result<Option<Manifest>, ReadError> {
        if is_bundled(settings) {
            return Ok(None);
        }
        let mut offered = self.parts.storage.plugins().await?.into_iter();
        let offered = offered.find(|offered| offered.id == settings.plugin && offered.digest != settings.granted_to);
        Ok(offered.and_then(|offered| Manifest::parse(&offered.manifest).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_starts_may_lack_settings_and_is_not_started_without_them() {
        let manifest = "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n[config]\n\
                        required = [\"name\"]\n[config.properties.name]\ntype = \"string\"\n";
        let manifest = Manifest::parse(manifest).expect("it is sound");
        let idle = SettingsCheck {
            idle: true,
            ..SettingsCheck::default()
        };
        assert_eq!(idle.given(&manifest, "{}"), Ok(None));
        assert_eq!(
            idle.given(&manifest, r#"{"name":"x"}"#),
            Ok(Some(r#"{"name":"x"}"#.to_owned()))
        );
        let wrong = "its config is wrong: at name: this must be text".to_owned();
        assert_eq!(idle.given(&manifest, r#"{"name":1}"#), Err(wrong));
        let missing = "its config is wrong: at name: this is missing".to_owned();
        assert_eq!(SettingsCheck::default().given(&manifest, "{}"), Err(missing));
    }
}
