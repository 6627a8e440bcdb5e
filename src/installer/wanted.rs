//! Finds the package that somebody means. By name that is also what comes with the program, and what was brought in and waits: nobody
//! has to bring it again.

use std::path::Path;

use super::baseline::fresh;
use super::index::order;
use super::offer::{InstallError, Installer, Offer, refused};
use super::request::Wish;
use super::source::Whence;
use crate::model::ids::{CommunityId, PluginId};

/// A plugin by its name, perhaps in a version.
struct Name {
    id: PluginId,
    version: Option<String>,
}

impl Name {
    /// None for a file or an address.
    fn of(wanted: &str) -> Option<Self> {
        let is_file = Path::new(wanted).extension().is_some_and(|ending| ending == "wasm");
        if wanted.contains("://") || is_file {
            return None;
        }
        let (id, version) = match wanted.split_once('@') {
            Some((id, version)) => (id, Some(version.to_owned())),
            None => (wanted, None),
        };
        let id = PluginId::from(id);
        Some(Self { id, version })
    }
}

impl Installer {
    /// The package that somebody there means.
    ///
    /// # Errors
    ///
    /// When there is none, or it may not come in.
    pub async fn wanted(&self, community: CommunityId, wish: &Wish, whence: Whence) -> Result<Offer, InstallError> {
        let Some(Name { id, version }) = Name::of(&wish.wanted) else {
            return self.offer(wish, whence).await;
        };
        if self.parts.bundled.find(id.as_str()).is_some() {
            return self.served(&fresh(community, &id, &[])).await;
        }
        if wish.index.is_some() {
            return self.offer(wish, whence).await;
        }
        let waiting = self.waiting(community, &id).await?;
        let meant = |offer: &Offer| version.as_ref().is_none_or(|version| version == version_of(offer));
        match waiting.filter(meant) {
            // Somebody has read it, or is about to: nothing else takes its place unasked, but that there is something newer is told.
            Some(waiting) if version.is_none() => Ok(Offer {
                newer: self.newer_than(community, &waiting, whence).await?,
                ..waiting
            }),
            Some(waiting) => Ok(waiting),
            None => self.offer(wish, whence).await.map_err(|error| match error {
                InstallError::Refused(why) => refused(format!("nothing of {id} waits here, and {why}")),
                other => other,
            }),
        }
    }

    /// The version in the index that is newer than the one that waits, and than the one that serves.
    async fn newer_than(
        &self,
        community: CommunityId,
        waiting: &Offer,
        whence: Whence,
    ) -> Result<Option<String>, InstallError> {
        let id = PluginId::from(waiting.package.manifest.plugin.id.as_str());
        let Some(listed) = self.listed(&id, whence).await else {
            return Ok(None);
        };
        let chain = self.parts.storage.plugin_settings(community).await?;
        let serving = match chain.iter().find(|settings| settings.plugin == id) {
            Some(settings) => self.package(settings).await?,
            None => None,
        };
        let serves = serving.map(|package| order(&package.manifest.plugin.version));
        let here = serves.max(Some(order(version_of(waiting))));
        Ok(Some(listed).filter(|listed| Some(order(listed)) > here))
    }

    /// That there is no later version than the one that serves, for whoever asks for the newest by name alone.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub(super) async fn no_later(
        &self,
        community: CommunityId,
        wish: &Wish,
        offer: &Offer,
    ) -> Result<Option<String>, InstallError> {
        let newest = Name::of(&wish.wanted).filter(|name| name.version.is_none() && !offer.is_ours());
        let chain = self.parts.storage.plugin_settings(community).await?;
        let now = newest.and_then(|name| chain.into_iter().find(|settings| settings.plugin == name.id));
        let Some(now) = now else {
            return Ok(None);
        };
        let Some(serving) = self.package(&now).await? else {
            return Ok(None);
        };
        let (id, serves, found) = (&now.plugin, serving.manifest.plugin.version, version_of(offer));
        Ok(if now.granted_to == offer.package.digest {
            Some(format!(
                "{id} {serves} is what serves already, and there is no later version."
            ))
        } else if order(found) < order(&serves) && !self.is_waiting(community, &now.plugin, offer).await? {
            Some(format!(
                "{id} {serves} serves, and there is no later version. What is there is older: {id}@{found} names it, if you want to \
                 go to that."
            ))
        } else {
            None
        })
    }

    /// Whether a community is served by this very package already.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn serves(&self, community: CommunityId, offer: &Offer) -> Result<bool, InstallError> {
        let Offer { package, .. } = offer;
        let chain = self.parts.storage.plugin_settings(community).await?;
        let now = chain
            .into_iter()
            .find(|now| now.plugin.as_str() == package.manifest.plugin.id && now.granted_to == package.digest);
        let Some(now) = now else {
            return Ok(false);
        };
        // One that is not here any more is brought in again.
        Ok(self.package(&now).await?.is_some())
    }

    /// Somebody has brought it, and so knows of its version.
    async fn is_waiting(&self, community: CommunityId, id: &PluginId, offer: &Offer) -> Result<bool, InstallError> {
        let waiting = self.waiting(community, id).await?;
        Ok(waiting.is_some_and(|waiting| waiting.package.digest == offer.package.digest))
    }
}

fn version_of(offer: &Offer) -> &str {
    &offer.package.manifest.plugin.version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_and_no_address_is_a_name() {
        let name = |wanted: &str| Name::of(wanted).map(|name| (name.id.to_string(), name.version));
        assert_eq!(name("acme/refunds"), Some(("acme/refunds".to_owned(), None)));
        assert_eq!(
            name("acme/refunds@1.5.0"),
            Some(("acme/refunds".to_owned(), Some("1.5.0".to_owned())))
        );
        assert_eq!(name("/srv/refunds.wasm"), None);
        assert_eq!(name("https://plugins.example.org/acme/refunds"), None);
    }
}
