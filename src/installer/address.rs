//! Another address for an endpoint that servers elsewhere call, because somebody knows it who should not.

use super::decided::Decided;
use super::offer::{InstallError, Installer, refused};
use crate::model::ids::{CommunityId, PluginId};
use crate::storage::Unit;
use crate::storage::webhooks::{Replaced, WebhookUnit, replaced};

impl Installer {
    /// Gives an endpoint of a plugin another address. Nobody is heard at the old one from then on: whoever has it may be why it is
    /// replaced, and the service is told the new one by whoever set it up.
    ///
    /// # Errors
    ///
    /// When the community does not have the plugin, or it has no such endpoint.
    pub async fn new_address(
        &self,
        community: CommunityId,
        id: &PluginId,
        endpoint: &str,
    ) -> Result<Decided<()>, InstallError> {
        let settings = self.settings(community, id).await?;
        let package = self.package(&settings).await?;
        let hooks = package.map(|package| self.hooks(&package.manifest)).unwrap_or_default();
        if !hooks.iter().any(|hook| hook.endpoint() == endpoint) {
            let names: Vec<_> = hooks.iter().map(crate::plugin_host::Hook::endpoint).collect();
            return Err(refused(if names.is_empty() {
                format!("{id} has no endpoint that servers call")
            } else {
                format!("{id} has no endpoint {endpoint}; it has {}", names.join(", "))
            }));
        }
        let all = self.parts.storage.webhooks_replaced().await?;
        let next = Replaced {
            community,
            plugin: id.clone(),
            endpoint: endpoint.to_owned(),
            number: replaced(&all, community, id, endpoint) + 1,
        };
        Ok(Decided::new(vec![Unit::Webhook(WebhookUnit::Replaced(next))], ()))
    }
}
