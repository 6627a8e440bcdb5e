//! What a plugin has to be allowed before it can run here, and that somebody has allowed it: of what comes with the program nobody was
//! asked before, and a later version of it may ask for more.

use super::asks::Asks;
use super::decided::Decided;
use super::offer::{InstallError, Installer, Offer, refused};
use super::plan::Plan;
use super::steps::{self, Decision};
use crate::model::ids::{AccountId, CommunityId, PluginId};
use crate::plugin_host::{Package, Permission};
use crate::storage::Unit;
use crate::storage::plugins::PluginSettings;

/// Consent to whatever a package asks for.
pub(super) const YES: &str = "yes";

/// What somebody has read and agreed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// `yes` for whatever a package asks for, else its digest; none where nobody was asked.
    pub consent: Option<String>,
    /// Who; none for the command line.
    pub account: Option<AccountId>,
}

impl Agreed {
    pub(super) fn is_to(&self, digest: &str) -> bool {
        self.consent
            .as_ref()
            .is_some_and(|consent| consent == YES || consent == digest)
    }
}

/// What a plugin asks for that nobody has allowed it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unallowed {
    /// In sentences.
    pub plan: Plan,
    /// Of the package that was looked at.
    pub digest: String,
}

/// What comes of a wish to let a plugin run.
#[derive(Clone, Debug)]
pub enum Allowing<T> {
    /// It is decided.
    Decided(Decided<T>),
    /// Somebody has to read this first, and to agree.
    Unallowed(Box<Unallowed>),
}

impl<T> Allowing<T> {
    /// What was decided.
    ///
    /// # Errors
    ///
    /// When somebody has to agree first.
    pub fn decided(self) -> Result<Decided<T>, InstallError> {
        match self {
            Self::Decided(decided) => Ok(decided),
            Self::Unallowed(_) => Err(refused("nobody has agreed to what it asks for")),
        }
    }
}

/// Whether settings allow all that a plugin asks for.
pub(super) enum Allowed {
    /// They do by now; with the consent that has to be written, where that was new.
    Now(Option<Unit>),
    /// Nobody has agreed to it.
    NotYet(Box<Unallowed>),
}

/// What the package asks for that the settings do not allow it; all of it, where they are about another package.
pub(super) fn lacking(settings: &PluginSettings, package: &Package) -> Vec<&'static str> {
    let another = !steps::is_bundled(settings) && settings.granted_to != package.digest;
    let wanted = package.manifest.wanted().into_iter();
    wanted
        .map(Permission::name)
        .filter(|name| another || !settings.grants.iter().any(|grant| grant == name))
        .collect()
}

impl Installer {
    /// What somebody has to agree to before the plugin can run here; none where all of it was allowed.
    ///
    /// # Errors
    ///
    /// When there is no such plugin here, or its package is gone.
    pub async fn unallowed(
        &self,
        community: CommunityId,
        id: &PluginId,
        asks: Asks,
    ) -> Result<Option<Unallowed>, InstallError> {
        let settings = self.settings(community, id).await?;
        let offer = self.served(&settings).await?;
        if is_allowed(&settings, &offer.package) {
            return Ok(None);
        }
        self.asked(community, &offer, asks).await.map(Some)
    }

    /// Lets `after` allow all that the plugin asks for, where somebody has agreed to that.
    pub(super) async fn allow(
        &self,
        after: &mut PluginSettings,
        asks: Asks,
        agreed: &Agreed,
    ) -> Result<Allowed, InstallError> {
        let offer = self.served(after).await?;
        if is_allowed(after, &offer.package) {
            return Ok(Allowed::Now(None));
        }
        let asked = self.asked(after.community, &offer, asks).await?;
        if !agreed.is_to(&asked.digest) {
            return Ok(Allowed::NotYet(Box::new(asked)));
        }
        if !asked.plan.obstacles.is_empty() {
            return Err(refused(asked.plan.obstacles.join("\n")));
        }
        let decision = Decision {
            community: after.community,
            account: agreed.account,
            at: self.parts.clock.now(),
        };
        steps::grant(after, &offer.package);
        Ok(Allowed::Now(Some(steps::consent(&offer.package, decision))))
    }

    /// The consent that a file of settings gives, where it allows what a package asks for and that was not so before.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn consent_of_file(
        &self,
        before: Option<&PluginSettings>,
        after: &PluginSettings,
    ) -> Result<Option<Unit>, InstallError> {
        let granted = |settings: &PluginSettings| (settings.grants.clone(), settings.granted_to.clone());
        if before.is_some_and(|before| granted(before) == granted(after)) {
            return Ok(None);
        }
        let package = self.package(after).await?;
        let allowed = package.filter(|package| is_allowed(after, package));
        Ok(allowed.map(|package| {
            let decision = Decision {
                community: after.community,
                account: None,
                at: self.parts.clock.now(),
            };
            steps::consent(&package, decision)
        }))
    }

    async fn asked(&self, community: CommunityId, offer: &Offer, asks: Asks) -> Result<Unallowed, InstallError> {
        let mut plan = self.whole_plan(community, offer).await?;
        plan.asks = asks;
        Ok(Unallowed {
            plan,
            digest: offer.package.digest.clone(),
        })
    }
}

/// A package that asks for nothing is allowed that, unless the permissions were given to another one.
pub(super) fn is_allowed(settings: &PluginSettings, package: &Package) -> bool {
    let same = steps::is_bundled(settings) || settings.granted_to == package.digest;
    same && lacking(settings, package).is_empty()
}
