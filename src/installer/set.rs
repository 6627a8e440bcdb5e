//! What a plugin is set to: settings that it does not start with are refused, whoever makes them.

use serde_json::{Map, Value};

use super::allow::lacking;
use super::baseline::Baseline;
use super::decided::Decided;
use super::offer::{InstallError, Installer, refused};
use super::references::references;
use crate::dispatcher::chain::settings_schema;
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::schema::{self, Problem};
use crate::storage::plugins::PluginSettings;

impl Installer {
    /// Sets a plugin: `change` is a JSON object whose fields take the place of those that are there; null takes one away. Gives all
    /// settings, with names for what they name.
    ///
    /// # Errors
    ///
    /// Where the settings are not as its manifest says, and why.
    pub async fn set(
        &self,
        community: CommunityId,
        id: &PluginId,
        change: &Map<String, Value>,
    ) -> Result<Decided<Value>, InstallError> {
        let now = self.baseline(community, id).await?;
        let stood: Value = serde_json::from_str(&now.settings().config).unwrap_or_default();
        if change.is_empty() {
            return Ok(Decided::nothing(self.named(now.settings(), stood).await?));
        }
        // What is set anew has to be known; what only stood there may not be any more.
        let kept = self.without_stale(now.settings(), stood).await?;
        let mut config = kept.as_object().cloned().unwrap_or_default();
        let (named, unknown) = self.looked_up(now.settings(), change.clone()).await?;
        for (name, value) in named {
            match value {
                Value::Null => config.remove(&name),
                value => config.insert(name, value),
            };
        }
        let config = Value::Object(config);
        self.all_known(now.settings(), &config, unknown).await?;
        let shown = self.named(now.settings(), config.clone()).await?;
        let set = self.with_config(&now, &config).await?;
        Ok(set.map(|()| shown))
    }

    /// Gives a plugin these settings in place of all that it has, as long as it stands so.
    ///
    /// # Errors
    ///
    /// Where they are not as its manifest says, or why it does not start with them.
    pub async fn configure(&self, now: &Baseline, config: &Value) -> Result<Decided<()>, InstallError> {
        let config = self.without_stale(now.settings(), config.clone()).await?;
        self.with_config(now, &config).await
    }

    async fn with_config(&self, now: &Baseline, config: &Value) -> Result<Decided<()>, InstallError> {
        let config = config.to_string();
        let after = PluginSettings {
            config: config.clone(),
            ..now.settings().clone()
        };
        if let Some(why) = self.unfit_now(&after).await? {
            return Err(refused(format!("nothing was changed: {why}")));
        }
        let unit = now.changed(|settings| settings.config = config);
        Ok(Decided::new(vec![unit], ()))
    }

    /// Settings that stand as they were made for a version that has gone, and that neither what serves nor what waits knows, leave with
    /// the next change.
    pub(super) async fn without_stale(&self, now: &PluginSettings, mut config: Value) -> Result<Value, InstallError> {
        let stood: Value = serde_json::from_str(&now.config).unwrap_or_default();
        let kept = schema::known(&self.schema(now).await?, stood.clone());
        if let Some(settings) = config.as_object_mut() {
            settings.retain(|name, value| stood.get(name) != Some(value) || kept.get(name).is_some());
        }
        Ok(config)
    }

    /// The change with refs where it has names of places, people and roles.
    ///
    /// # Errors
    ///
    /// Which names are nobody's, or several's.
    pub(super) async fn resolved(
        &self,
        now: &PluginSettings,
        change: Map<String, Value>,
    ) -> Result<Map<String, Value>, InstallError> {
        let (resolved, unknown) = self.looked_up(now, change).await?;
        if unknown.is_empty() {
            return Ok(resolved);
        }
        Err(refused(format!("nothing was changed: {}", schema::told(&unknown))))
    }

    /// The same, with what is wrong with the names; those stay.
    pub(super) async fn looked_up(
        &self,
        now: &PluginSettings,
        change: Map<String, Value>,
    ) -> Result<(Map<String, Value>, Vec<Problem>), InstallError> {
        let known = references(&self.parts.storage, now.community).await?;
        let (resolved, unknown) = known.resolved(&self.schema(now).await?, Value::Object(change));
        Ok((resolved.as_object().cloned().unwrap_or_default(), unknown))
    }

    /// Refuses names that are nobody's or several's, together with all else that is wrong with the config that they stand in.
    pub(super) async fn all_known(
        &self,
        now: &PluginSettings,
        config: &Value,
        mut unknown: Vec<Problem>,
    ) -> Result<(), InstallError> {
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.extend(schema::problems(&self.schema(now).await?, config));
        Err(refused(format!("nothing was changed: {}", schema::told(&unknown))))
    }

    /// A config with names where it has refs.
    pub(super) async fn named(&self, now: &PluginSettings, config: Value) -> Result<Value, InstallError> {
        let known = references(&self.parts.storage, now.community).await?;
        Ok(known.named(&self.schema(now).await?, config))
    }

    /// Of the settings of the package that serves, and of those that one knows beside it which waits; nothing is known of those of a
    /// package that is not here.
    async fn schema(&self, settings: &PluginSettings) -> Result<Value, InstallError> {
        let Some(package) = self.package(settings).await? else {
            return Ok(Value::Null);
        };
        let waiting = self.waiting_manifest(settings).await?;
        Ok(settings_schema(&package.manifest, waiting.as_ref()))
    }

    /// All that would keep a plugin from its work with settings that somebody wants; nothing where it is off and its package not here.
    /// One that is off everywhere may lack settings, as one does that was just installed.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn would_fail(&self, settings: &PluginSettings) -> Result<Vec<String>, InstallError> {
        let is_on = settings.is_on_anywhere();
        let Some(package) = self.package(settings).await? else {
            if !is_on {
                return Ok(Vec::new());
            }
            let why = self.no_package(settings).await?;
            return Ok(vec![format!(
                "{why}: bring one in with `switchboard plugin install`, or leave it off"
            )]);
        };
        let mut why = Vec::new();
        let wanted = package.manifest.wanted();
        let unasked = settings
            .grants
            .iter()
            .filter(|grant| !wanted.iter().any(|of| of.name() == *grant));
        let unasked: Vec<&str> = unasked.map(String::as_str).collect();
        if !unasked.is_empty() {
            why.push(format!(
                "it does not ask for {}, which its `grants` have",
                unasked.join(", ")
            ));
        }
        let lacking = lacking(settings, &package);
        if is_on && !lacking.is_empty() {
            why.push(format!(
                "it asks for {}, which its `grants` do not have",
                lacking.join(", ")
            ));
        }
        let check = self.settings_check(settings, !is_on).await?;
        why.extend(self.unfit_anywhere_by(settings, &check).await?);
        Ok(why)
    }
}
