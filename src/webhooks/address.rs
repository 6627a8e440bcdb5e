//! At which address an endpoint is called. Pure.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::PATH;
use crate::model::ids::{CommunityId, PluginId};

/// Of the digest: more than anybody can guess, and short enough for a form.
const TOKEN_BYTES: usize = 24;

/// What the key makes here, and what it makes elsewhere, are never the same.
const KIND: &[u8] = b"webhook\0";

/// Makes addresses with this installation's key, so that they are the same after a restart and after a backup was brought back.
#[derive(Clone)]
pub struct Addresses {
    key: [u8; 32],
}

impl Addresses {
    /// With the installation's key.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Where the endpoint is, below the public address, after its address was replaced so often.
    pub fn path(&self, community: CommunityId, plugin: &PluginId, endpoint: &str, replaced: u32) -> String {
        format!("{PATH}{}", self.token(community, plugin, endpoint, replaced))
    }

    /// What stands behind the beginning that all have.
    pub(super) fn token(&self, community: CommunityId, plugin: &PluginId, endpoint: &str, replaced: u32) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(KIND);
        // Neither ids nor names hold a zero.
        mac.update(format!("{community}\0{plugin}\0{endpoint}").as_bytes());
        if replaced > 0 {
            mac.update(format!("\0{replaced}").as_bytes());
        }
        BASE64_URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..TOKEN_BYTES])
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_endpoint_has_an_address_that_stays() {
        let replaced = |key: u8, community: u128, plugin: &str, endpoint: &str, replaced: u32| {
            let addresses = Addresses::new([key; 32]);
            let community = CommunityId(Uuid::from_u128(community));
            addresses.path(community, &plugin.into(), endpoint, replaced)
        };
        let path = |key, community, plugin, endpoint| replaced(key, community, plugin, endpoint, 0);
        let one = path(1, 1, "a/b", "order");
        assert_eq!(one, path(1, 1, "a/b", "order"));
        assert_eq!(one.len(), "/hooks/".len() + 32);
        for other in [
            path(2, 1, "a/b", "order"),
            path(1, 2, "a/b", "order"),
            path(1, 1, "a/c", "order"),
            path(1, 1, "a/b", "orders"),
            replaced(1, 1, "a/b", "order", 1),
            replaced(1, 1, "a/b", "order", 11),
        ] {
            assert_ne!(one, other);
        }
    }
}
