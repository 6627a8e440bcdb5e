//! What a plugin is set to: settings that it does not start with are refused, whoever makes them.

use serde_json::{Map, Value};

use super::allow::lacking;
use super::decided::Decided;
use super::offer::{InstallError, Installer, refused};
use super::references::references;
use super::standing::Standing;
use crate::model::ids::{CommunityId, PluginId};
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
        let now = self.standing(community, id).await?;
        let mut config: Map<_, _> = serde_json::from_str(&now.settings().config).unwrap_or_default();
        for (name, value) in self.resolved(now.settings(), change.clone()).await? {
            match value {
                Value::Null => config.remove(&name),
                value => config.insert(name, value),
            };
        }
        let config = Value::Object(config);
        let shown = self.named(now.settings(), config.clone()).await?;
        if change.is_empty() {
            return Ok(Decided::nothing(shown));
        }
        let set = self.configure(&now, &config).await?;
        Ok(set.map(|()| shown))
    }

    /// Gives a plugin these settings in place of all that it has, as long as it stands so.
    ///
    /// # Errors
    ///
    /// Where they are not as its manifest says, or why it does not start with them.
    pub async fn configure(&self, now: &Standing, config: &Value) -> Result<Decided<()>, InstallError> {
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

    /// The change with refs where it has names of places, people and roles.
    pub(super) async fn resolved(
        &self,
        now: &PluginSettings,
        change: Map<String, Value>,
    ) -> Result<Map<String, Value>, InstallError> {
        let known = references(&self.parts.storage, now.community).await?;
        match known.resolved(&self.schema(now).await?, Value::Object(change)) {
            Ok(Value::Object(resolved)) => Ok(resolved),
            Ok(_) => Ok(Map::new()),
            Err(why) => Err(refused(format!("nothing was changed: {why}"))),
        }
    }

    /// A config with names where it has refs.
    pub(super) async fn named(&self, now: &PluginSettings, config: Value) -> Result<Value, InstallError> {
        let known = references(&self.parts.storage, now.community).await?;
        Ok(known.named(&self.schema(now).await?, config))
    }

    /// Of the settings of the package that serves; it knows nothing of those of a package that is not here.
    async fn schema(&self, settings: &PluginSettings) -> Result<Value, InstallError> {
        let package = self.package(settings).await?;
        Ok(package.map_or(Value::Null, |package| package.manifest.config_schema()))
    }

    /// Why a plugin would not do its work with settings that somebody wants; none where it would, or is off and its package not here.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn would_fail(&self, settings: &PluginSettings) -> Result<Option<String>, InstallError> {
        let Some(package) = self.package(settings).await? else {
            return Ok(settings.is_on_anywhere().then(|| {
                "its package is not here: bring it in with `switchboard plugin install`, or leave it off".to_owned()
            }));
        };
        let lacking = lacking(settings, &package);
        if settings.is_on_anywhere() && !lacking.is_empty() {
            return Ok(Some(format!(
                "it asks for {}, which its `grants` do not have",
                lacking.join(", ")
            )));
        }
        match self.unfit_parts(settings).await? {
            None => self.unfit_now(settings).await,
            unfit => Ok(unfit),
        }
    }
}
