//! Decides what an admin wants: in, on, updated, back, off, out. Whoever asked writes it.

use serde_json::{Value, json};

use super::allow::{Agreed, Allowed, Allowing, Unallowed};
use super::asks::Asks;
use super::baseline::Baseline;
use super::decided::Decided;
use super::offer::{InstallError, Installer, Offer, refused};
use super::settings_check::SettingsCheck;
use super::steps::{self, Decision};
use crate::model::ids::{AccountId, CommunityId, PluginId};
use crate::plugin_host::Package;
use crate::storage::Unit;
use crate::storage::plugins::{BeforeUpdate, PluginSettings, PluginUnit, SET_ASIDE_FOR};

/// Keys read at once.
const KEYS_AT_ONCE: u32 = 500;

/// What is said of a version that is older than the one that serves, while nobody has agreed to it.
const DOWNGRADE: &str = "it is older than the one that serves, a downgrade";

/// What has become of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The community has it, off, and allowed what it asks for.
    Installed,
    /// It serves in place of the named version.
    Updated {
        /// Which served before.
        from: String,
    },
    /// It is kept, and the old version goes on.
    Held {
        /// Why, in a sentence.
        why: String,
        /// Whether somebody who agrees lets it serve; else something has to be mended first.
        by_consent: bool,
    },
    /// It is the one that serves.
    Same,
}

/// What becomes of what a plugin keeps when it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// It stays, for the day when the plugin comes back.
    Keep,
    /// It goes.
    Delete,
}

impl Installer {
    /// Takes the offer for a community. What is new there is allowed all that it asks for, and is off. An update serves at once
    /// if it asks for no more than the old version may, or if `consent` says that somebody has read what it asks for more;
    /// else it is kept, and the old version goes on.
    ///
    /// # Errors
    ///
    /// Why nothing is done: it asks for what nobody may allow, or it does not start.
    pub async fn take(
        &self,
        community: CommunityId,
        offer: Offer,
        consent: bool,
        account: Option<AccountId>,
    ) -> Result<Decided<Outcome>, InstallError> {
        let plan = self.plan(community, &offer).await?;
        if !plan.obstacles.is_empty() {
            return Err(refused(plan.obstacles.join("\n")));
        }
        let decision = Decision {
            community,
            account,
            at: self.parts.clock.now(),
        };
        let Offer {
            package,
            signer,
            wasm,
            source,
            newer: _,
        } = offer;
        let signer = signer.trusted().map(str::to_owned);
        let chain = self.parts.storage.plugin_settings(community).await?;
        let id = package.manifest.plugin.id.clone();
        let Some(now) = chain.iter().find(|settings| settings.plugin.as_str() == id) else {
            if !consent {
                return Err(refused("nobody has agreed to what it asks for"));
            }
            let mut units = vec![steps::keep(&package, wasm, source, signer, decision.at)];
            units.extend(steps::install(&package, &chain, decision));
            return Ok(Decided::new(units, Outcome::Installed));
        };
        if now.granted_to == package.digest {
            return Ok(Decided::nothing(Outcome::Same));
        }
        let from = self.package(now).await?.map(|serving| serving.manifest.plugin.version);
        let unfit = in_one(&self.unfit(&package, &wasm, now, &SettingsCheck::default()).await?);
        let kept = steps::keep(&package, wasm, source, signer, decision.at);
        let older = (plan.asks == Asks::Downgrade).then(|| DOWNGRADE.to_owned());
        let unread = plan.wider.or(older).filter(|_| !consent);
        let by_consent = unfit.is_none();
        if let Some(why) = unfit.or(unread) {
            return Ok(Decided::new(vec![kept], Outcome::Held { why, by_consent }));
        }
        let mut units = vec![kept];
        units.extend(steps::update(&package, now, decision));
        let from = from.unwrap_or_default();
        Ok(Decided::new(units, Outcome::Updated { from }))
    }

    /// The package that is offered and does not serve, if there is one.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn waiting(&self, community: CommunityId, id: &PluginId) -> Result<Option<Offer>, InstallError> {
        let chain = self.parts.storage.plugin_settings(community).await?;
        let now = chain.iter().find(|settings| settings.plugin == *id);
        let offered = self
            .parts
            .storage
            .plugins()
            .await?
            .into_iter()
            .find(|plugin| plugin.id == *id);
        let Some(offered) = offered.filter(|offered| now.is_none_or(|now| now.granted_to != offered.digest)) else {
            return Ok(None);
        };
        let Some(wasm) = self.parts.storage.package(&offered.digest).await? else {
            return Ok(None);
        };
        let package = Package::read(&wasm).map_err(|problems| refused(problems.join("\n")))?;
        Ok(Some(Offer {
            package,
            signer: super::Signer::stored(offered.signer),
            wasm,
            source: offered.source,
            newer: None,
        }))
    }

    /// The offer that is kept, if it is the very package that somebody has read about.
    ///
    /// # Errors
    ///
    /// When it is another one by now.
    pub async fn agreed(&self, community: CommunityId, id: &PluginId, digest: &str) -> Result<Offer, InstallError> {
        let waiting = self.waiting(community, id).await?;
        let same = waiting.filter(|offer| offer.package.digest == digest);
        same.ok_or_else(|| refused(format!("the package of {id} is another one by now: look at it again")))
    }

    /// Keeps a package, so that people can look at it; nobody is served by it.
    pub fn keep(&self, offer: Offer) -> Decided<()> {
        let Offer {
            package,
            signer,
            wasm,
            source,
            newer: _,
        } = offer;
        let signer = signer.trusted().map(str::to_owned);
        let now = self.parts.clock.now();
        Decided::new(vec![steps::keep(&package, wasm, source, signer, now)], ())
    }

    /// Throws the package away that is offered and that nobody is served by. A conflict, when it is another one by now, or serves.
    pub fn discard(id: &PluginId, digest: &str) -> Decided<()> {
        let (plugin, digest) = (id.clone(), digest.to_owned());
        Decided::new(vec![Unit::Plugin(PluginUnit::Discard { plugin, digest })], ())
    }

    /// All that keeps a package from taking the place of what serves: in the sandbox, with the settings that are there, in each part of
    /// the community.
    async fn unfit(
        &self,
        package: &Package,
        wasm: &[u8],
        now: &PluginSettings,
        check: &SettingsCheck,
    ) -> Result<Vec<String>, InstallError> {
        let (mut unfit, mut in_general) = (Vec::new(), None);
        for (part, settings) in self.each_way(now).await? {
            let fits = match check.given(&package.manifest, &settings.config) {
                Ok(Some(config)) => self.tried(package, wasm, &PluginSettings { config, ..settings }).await,
                Ok(None) => Ok(()),
                Err(why) => Err(why),
            };
            let Err(why) = fits else { continue };
            match part {
                None => in_general = Some(why),
                Some(part) if in_general.as_ref() != Some(&why) => unfit.push(format!("in {part}, {why}")),
                // What is wrong in general is told once.
                Some(_) => {}
            }
        }
        Ok(in_general.into_iter().chain(unfit).collect())
    }

    /// Why the package that serves could not serve with these settings.
    pub(super) async fn unfit_now(&self, settings: &PluginSettings) -> Result<Option<String>, InstallError> {
        Ok(in_one(&self.all_unfit(settings).await?))
    }

    /// The same, each by itself. What the package that serves does not know, and one that waits does, may be set.
    pub(super) async fn all_unfit(&self, settings: &PluginSettings) -> Result<Vec<String>, InstallError> {
        let check = self.settings_check(settings, false).await?;
        self.all_unfit_by(settings, &check).await
    }

    pub(super) async fn all_unfit_by(
        &self,
        settings: &PluginSettings,
        check: &SettingsCheck,
    ) -> Result<Vec<String>, InstallError> {
        let Offer { package, wasm, .. } = self.served(settings).await?;
        if let Some(why) = self.blocked(&package).or_else(|| self.forbidden(&package)) {
            return Ok(vec![why]);
        }
        self.unfit(&package, &wasm, settings, check).await
    }

    /// Starts the package in the sandbox, and lets it go again.
    async fn tried(&self, package: &Package, wasm: &[u8], settings: &PluginSettings) -> Result<(), String> {
        let (host, wasm, wanted) = (self.parts.host.clone(), wasm.to_vec(), package.manifest.wanted());
        let (community, config) = (settings.community.to_string(), settings.config.clone());
        // Guests give way to others on their own runtime alone, and compiling keeps a thread busy that messages need.
        let running = self.parts.host.handle().spawn(async move {
            let loaded = host.load(&wasm, &wanted).map_err(|error| error.to_string())?;
            let run = host.run(&loaded, &community, &config).await;
            run.map(|_| ())
                .map_err(|failure| format!("it does not start: {failure}"))
        });
        running
            .await
            .unwrap_or_else(|_| Err("the program is stopping".to_owned()))
    }

    /// Switches a plugin on or off. On again is a new beginning: what held it back is forgiven.
    ///
    /// # Errors
    ///
    /// When there is no such plugin here, or it would not start.
    pub async fn switch(
        &self,
        community: CommunityId,
        id: &PluginId,
        on: bool,
        agreed: &Agreed,
    ) -> Result<Allowing<()>, InstallError> {
        let now = self.baseline(community, id).await?;
        if !on {
            let off = now.changed(|after| steps::switch(after, false));
            return Ok(Allowing::Decided(Decided::new(vec![off], ())));
        }
        self.let_run(&now, Asks::SwitchOn, agreed, |after| steps::switch(after, true))
            .await
    }

    /// Lets a plugin run by this change, allowed all that it asks for.
    pub(super) async fn let_run(
        &self,
        now: &Baseline,
        asks: Asks,
        agreed: &Agreed,
        change: impl FnOnce(&mut PluginSettings),
    ) -> Result<Allowing<()>, InstallError> {
        let mut after = now.settings().clone();
        if let Ok(config) = serde_json::from_str::<Value>(&after.config) {
            let kept = self.without_stale(now.settings(), config.clone()).await?;
            if kept != config {
                after.config = kept.to_string();
            }
        }
        let consent = match self.allow(&mut after, asks, agreed).await? {
            Allowed::Now(consent) => consent,
            Allowed::NotYet(asked) => return Ok(Allowing::Unallowed(asked)),
        };
        if let Some(why) = self.unfit_now(&after).await? {
            let stays = if asks == Asks::Try {
                "cannot be tried"
            } else {
                "stays off"
            };
            return Err(refused(format!("{} {stays}: {why}", after.plugin)));
        }
        change(&mut after);
        let mut units = vec![now.changed(|settings| *settings = after)];
        units.extend(consent);
        Ok(Allowing::Decided(Decided::new(units, ())))
    }

    /// Goes back to what stood before the last update, where somebody has read what that changes and agreed; else they read it first.
    /// Gives the version.
    ///
    /// # Errors
    ///
    /// When nothing was set aside, it has been let go, or it may not run here any more.
    pub async fn go_back(
        &self,
        community: CommunityId,
        id: &PluginId,
        agreed: &Agreed,
    ) -> Result<Allowing<String>, InstallError> {
        let way = self.way_back(community, id).await?;
        if !agreed.is_to(&way.digest) {
            return Ok(Allowing::Unallowed(Box::new(way)));
        }
        if !way.plan.obstacles.is_empty() {
            return Err(refused(way.plan.obstacles.join("\n")));
        }
        Ok(Allowing::Decided(self.back(community, id).await?))
    }

    /// Brings back what stood before the last update: package, permissions, settings and data. Gives the version.
    ///
    /// # Errors
    ///
    /// When nothing was set aside, or it has been let go.
    pub async fn back(&self, community: CommunityId, id: &PluginId) -> Result<Decided<String>, InstallError> {
        let now = self.settings(community, id).await?;
        let (before, package) = self.before(community, id).await?;
        Ok(Decided::new(
            steps::back(&before, &now),
            package.manifest.plugin.version,
        ))
    }

    /// What somebody reads before that.
    ///
    /// # Errors
    ///
    /// When nothing was set aside, or it has been let go.
    pub async fn way_back(&self, community: CommunityId, id: &PluginId) -> Result<Unallowed, InstallError> {
        let now = self.settings(community, id).await?;
        let serving = self.package(&now).await?.map(|package| package.manifest.plugin.version);
        let (before, package) = self.before(community, id).await?;
        let offer = self.served(&before.settings).await?;
        let (version, at) = (&package.manifest.plugin.version, before.at);
        let version = vec![
            format!(
                "{version} serves again in place of {}, with the permissions, settings and data that it had before the update of {at}.",
                serving.unwrap_or_default()
            ),
            "What was set and kept since then is lost. Whether it is on, and when it is called, stays as it is."
                .to_owned(),
        ];
        Ok(Unallowed {
            plan: self.plan(community, &offer).await?.back(version),
            digest: package.digest,
        })
    }

    /// Whether there is a way back from the last update.
    pub(super) async fn can_go_back(&self, community: CommunityId, id: &PluginId) -> Result<bool, InstallError> {
        match self.before(community, id).await {
            Ok(_) => Ok(true),
            Err(InstallError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What stood before the last update, and its package.
    async fn before(&self, community: CommunityId, id: &PluginId) -> Result<(BeforeUpdate, Package), InstallError> {
        let before = self.parts.storage.before_update(community, id).await?;
        let young = before.filter(|before| self.parts.clock.now() < before.at + SET_ASIDE_FOR);
        let before = young.ok_or_else(|| {
            refused(format!(
                "{id} was not updated within the last seven days: there is nothing to go back to"
            ))
        })?;
        let package = self.package(&before.settings).await?;
        let package =
            package.ok_or_else(|| refused(format!("the package that {id} had before is not here any more")))?;
        if let Some(why) = self.blocked(&package) {
            return Err(refused(why));
        }
        Ok((before, package))
    }

    /// Takes a plugin out of a community. Gives the receipt.
    ///
    /// # Errors
    ///
    /// When the community does not have it, or it comes with the program.
    pub async fn remove(
        &self,
        community: CommunityId,
        id: &PluginId,
        data: Data,
    ) -> Result<Decided<String>, InstallError> {
        let now = self.settings(community, id).await?;
        if self.parts.bundled.find(id.as_str()).is_some() {
            return Err(refused(format!(
                "{id} comes with the program and stays; it can be switched off"
            )));
        }
        let version = self.package(&now).await?.map(|package| package.manifest.plugin.version);
        let (keys, bytes) = self.parts.storage.kv_usage(id, community).await?;
        let remove = PluginUnit::Remove {
            community,
            plugin: id.clone(),
            with_data: data == Data::Delete,
        };
        let kept = match data {
            Data::Delete => "is deleted.",
            Data::Keep => "stays, for the day when it comes back.",
        };
        let receipt = format!(
            "{id} {} is gone, {}.\nIts package had the digest {}.\nIts settings, permissions, timers and calls are deleted.\nWhat it \
             kept ({keys} keys, {bytes} bytes) {kept}",
            version.unwrap_or_default(),
            self.parts.clock.now(),
            now.granted_to
        );
        Ok(Decided::new(vec![Unit::Plugin(remove)], receipt))
    }

    /// What a plugin keeps, as JSON: each key with its value, as text where it is text, else as base64.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn export(&self, community: CommunityId, id: &PluginId) -> Result<String, InstallError> {
        let now = self.parts.clock.now();
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let read = self
                .parts
                .storage
                .kv_scan(id, community, "", after.as_deref(), KEYS_AT_ONCE, now)
                .await?;
            after = read.last().map(|entry| entry.key.clone());
            keys.extend(read.iter().map(|entry| match std::str::from_utf8(&entry.value) {
                Ok(text) => json!({ "key": entry.key, "text": text }),
                Err(_) => json!({ "key": entry.key, "base64": base64(&entry.value) }),
            }));
            if read.len() < KEYS_AT_ONCE as usize {
                break;
            }
        }
        let file = json!({ "plugin": id.as_str(), "community": community.to_string(), "keys": keys });
        Ok(format!("{file:#}\n"))
    }
}

/// All reasons in one sentence; none where there are none.
pub(super) fn in_one(why: &[String]) -> Option<String> {
    (!why.is_empty()).then(|| why.join("; "))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
