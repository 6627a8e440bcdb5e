//! What is written and read of the addresses at which servers elsewhere call plugins.

use async_trait::async_trait;

use super::ReadError;
use crate::model::ids::{CommunityId, PluginId};

/// How often the address of an endpoint was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// In which community.
    pub community: CommunityId,
    /// Of which plugin.
    pub plugin: PluginId,
    /// Which endpoint.
    pub endpoint: String,
    /// How often; those without a row were never.
    pub number: u32,
}

/// Writes of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookUnit {
    /// An endpoint has another address from now on. Precondition: the number is the next one.
    Replaced(Replaced),
}

/// Reads of addresses.
#[async_trait]
pub trait WebhookReads: Send + Sync {
    /// The endpoints of all communities whose address was replaced.
    async fn webhooks_replaced(&self) -> Result<Vec<Replaced>, ReadError>;
}

/// How often the address of an endpoint was replaced.
pub fn replaced(all: &[Replaced], community: CommunityId, plugin: &PluginId, endpoint: &str) -> u32 {
    let mut all = all.iter();
    let found = all.find(|known| known.community == community && known.plugin == *plugin && known.endpoint == endpoint);
    found.map_or(0, |known| known.number)
}
