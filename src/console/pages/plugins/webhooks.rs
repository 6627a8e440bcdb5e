//! Where servers elsewhere call a plugin, for whoever sets them up.

use crate::console::ConsoleState;
use crate::console::error::ConsoleError;
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::Manifest;
use crate::storage::web_chat::SigningKey;
use crate::storage::webhooks::replaced;
use crate::webhooks::Addresses;

/// One endpoint.
pub(super) struct WebhookRow {
    pub(super) endpoint: String,
    /// The whole address.
    pub(super) address: String,
    /// Why nobody can call it.
    pub(super) problem: Option<String>,
}

/// Those of a plugin with this manifest.
pub(super) async fn of(
    state: &ConsoleState,
    community: CommunityId,
    plugin: &PluginId,
    manifest: &str,
) -> Result<Vec<WebhookRow>, ConsoleError> {
    let manifest = Manifest::parse(manifest)
        .ok()
        .filter(|manifest| !manifest.webhooks.is_empty());
    let Some(manifest) = manifest else {
        return Ok(Vec::new());
    };
    // There is one since the first start.
    let Some(SigningKey(key)) = state.storage.web_chat_key().await? else {
        return Ok(Vec::new());
    };
    let addresses = Addresses::new(key);
    let numbers = state.storage.webhooks_replaced().await?;
    let row = |hook: crate::plugin_host::Hook| {
        let number = replaced(&numbers, community, plugin, hook.endpoint());
        let path = addresses.path(community, plugin, hook.endpoint(), number);
        WebhookRow {
            address: format!("{}{path}", state.public_url),
            endpoint: hook.endpoint().to_owned(),
            problem: hook.problem(),
        }
    };
    Ok(state.installer.hooks(&manifest).into_iter().map(row).collect())
}
