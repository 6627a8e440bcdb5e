//! Looks at packages: where they come from, who vouches for them, and what they ask for here.

use std::sync::Arc;
use std::time::Duration;

use super::config::{Policy, Settings};
use super::index::Found;
use super::plan::{Around, Candidate, Plan, Serving};
use super::request::Wish;
use super::signature::Signer;
use super::source::{Fetched, Sources, Whence};
use super::waits::unsuited;
use crate::clock::Clock;
use crate::dispatcher::chain::Seen;
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::{Hook, Manifest, Package, Packages, PluginHost, is_version, undeclared};
use crate::storage::plugins::{InstalledPlugin, PluginSettings};
use crate::storage::{Page, ReadError, SharedStorage, WriteError};

/// Events of the last day that are looked at, to say what a plugin would have seen.
const EVENTS_MAX: usize = 20_000;

/// Events read at once.
const EVENTS_AT_ONCE: u32 = 500;

/// Whose plugins come with the program, and from nowhere else.
const OUR_PUBLISHER: &str = "switchboard/";

/// For whoever looks for plugins where no source of them is named.
const NO_INDEX: &str = "no index is named where plugins could be looked for: name a folder or an address with `--index`, or for good with \
                        `index = \"https://plugins.example.org\"` under [plugins] of the configuration. A .wasm file or its address needs \
                        none";

const DAY: Duration = Duration::from_hours(24);

/// What the installer is made of.
pub struct Parts {
    /// Where everything is kept.
    pub storage: SharedStorage,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where a package is tried before it serves.
    pub host: PluginHost,
    /// What comes with the program.
    pub bundled: Packages,
    /// What the owner of this installation allows.
    pub settings: Settings,
}

/// Does what an admin decides about packages.
pub struct Installer {
    pub(super) parts: Parts,
    sources: Sources,
}

/// A package that somebody offers, looked at.
pub struct Offer {
    /// What is in it.
    pub package: Package,
    /// Who signed it.
    pub signer: Signer,
    pub(super) wasm: Vec<u8>,
    pub(super) source: String,
    /// The version of it that the index has, where this one waits here and that one is newer.
    pub(super) newer: Option<String>,
}

/// Why something was not done. Nothing of it has happened.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// In words for the admin.
    #[error("{0}")]
    Refused(String),
    /// The database cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database cannot be written, or somebody was faster.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Installer {
    /// Does nothing yet.
    pub fn new(parts: Parts) -> Self {
        let sources = Sources::new(&parts.settings);
        Self { parts, sources }
    }

    /// The endpoints that servers elsewhere call, as a package has them.
    pub fn hooks(&self, manifest: &Manifest) -> Vec<Hook> {
        self.parts.host.hooks(manifest)
    }

    /// Plugins of the index that have all of the words; where none has, the one that was perhaps meant.
    ///
    /// # Errors
    ///
    /// When there is no index, or it cannot be read.
    pub async fn search(
        &self,
        index: Option<&str>,
        words: &[String],
        whence: Whence,
    ) -> Result<(Vec<Found>, Option<String>), InstallError> {
        let index = self.sources.index(index, whence).await;
        let index = index.ok_or_else(|| refused(NO_INDEX))?;
        let index = index.map_err(InstallError::Refused)?;
        let found = index.search(words);
        let near = index.near(words).filter(|_| found.is_empty()).map(str::to_owned);
        Ok((found, near))
    }

    /// Gets a package for somebody there, and looks whether it may come in: its form, its signature, its version.
    ///
    /// # Errors
    ///
    /// Why it may not.
    pub async fn offer(&self, wish: &Wish, whence: Whence) -> Result<Offer, InstallError> {
        let fetched = self.sources.fetch(wish, whence).await.map_err(InstallError::Refused)?;
        self.looked_at(fetched).await
    }

    /// The same for bytes that somebody has sent, with the text of their `.minisig` file.
    ///
    /// # Errors
    ///
    /// Why it may not come in.
    pub async fn offered(&self, wasm: Vec<u8>, signature: Option<String>, name: String) -> Result<Offer, InstallError> {
        let fetched = Fetched {
            wasm,
            signature,
            source: name,
            listing: None,
        };
        self.looked_at(fetched).await
    }

    /// The newest version of a plugin that the index of the configuration names; none where there is none, or it cannot be read just
    /// now.
    pub(super) async fn listed(&self, id: &PluginId, whence: Whence) -> Option<String> {
        let index = self.sources.index(None, whence).await?.ok()?;
        let version = &index.find(id.as_str(), None)?.version;
        is_version(version).then(|| version.clone())
    }

    async fn looked_at(&self, fetched: Fetched) -> Result<Offer, InstallError> {
        let package = Package::read(&fetched.wasm).map_err(|problems| refused(problems.join("\n")))?;
        let about = &package.manifest.plugin;
        let id = &about.id;
        let listing = fetched.listing.as_ref();
        if let Some(why) = listing.and_then(|listing| listing.denies(&package, &fetched.source)) {
            return Err(refused(why));
        }
        let hidden = undeclared(&package);
        if !hidden.is_empty() {
            return Err(refused(hidden.join("\n")));
        }
        if let Some(why) = self.blocked(&package) {
            return Err(refused(why));
        }
        if let Some(why) = reserved(id) {
            return Err(refused(why));
        }
        let signature = fetched.signature.as_deref();
        let signer = Signer::of(&fetched.wasm, signature, &self.parts.settings.keys);
        let signer = signer.map_err(|why| refused(format!("{id} {}: {why}", about.version)))?;
        let before = self.parts.storage.packages_of(&PluginId::from(id.as_str())).await?;
        self.vouched(&package, &signer, &before)?;
        let known = self.parts.storage.digests_of(&PluginId::from(id.as_str())).await?;
        let other = known
            .iter()
            .find(|(version, digest)| *version == about.version && *digest != package.digest);
        if let Some((version, digest)) = other {
            return Err(refused(format!(
                "{id} {version} is or was here with the digest {digest}, and this package has {}: one version is one package. Ask \
                 its author for a new version, and why this one was changed",
                package.digest
            )));
        }
        Ok(Offer {
            package,
            signer,
            wasm: fetched.wasm,
            source: fetched.source,
            newer: None,
        })
    }

    /// Whether enough is known of who made it, by the keys that are trusted now: it may have come in when there were others.
    fn vouched(&self, package: &Package, signer: &Signer, before: &[InstalledPlugin]) -> Result<(), InstallError> {
        let signer = signer.today(&self.parts.settings.keys);
        if signer == Signer::Program {
            return Ok(());
        }
        let id = &package.manifest.plugin.id;
        let policy = self.parts.settings.policy;
        if policy != Policy::Any && signer.trusted().is_none() {
            return Err(refused(format!(
                "{id} is not signed by a key that is trusted here, and only such packages may be installed (`plugins.policy`)"
            )));
        }
        let pinned = before.first().and_then(|known| known.signer.as_deref());
        match (policy, pinned) {
            (Policy::Pinned, Some(pinned)) if signer.trusted() != Some(pinned) => Err(refused(format!(
                "{id} was signed by the key {pinned} before, and this package is not (`plugins.policy`)"
            ))),
            _ => Ok(()),
        }
    }

    /// What it asks for; of an update, what changes.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn plan(&self, community: CommunityId, offer: &Offer) -> Result<Plan, InstallError> {
        self.plan_beside(community, offer, true).await
    }

    /// All that it asks for, whatever serves now.
    pub(super) async fn whole_plan(&self, community: CommunityId, offer: &Offer) -> Result<Plan, InstallError> {
        self.plan_beside(community, offer, false).await
    }

    async fn plan_beside(&self, community: CommunityId, offer: &Offer, now: bool) -> Result<Plan, InstallError> {
        let Offer { package, signer, .. } = offer;
        let mut plan = self.plan_of(community, offer, now).await?;
        // What has come in may be kept out since: by the owner's policy, or because it is blocked.
        let before = self
            .parts
            .storage
            .packages_of(&PluginId::from(package.manifest.plugin.id.as_str()))
            .await?;
        match self.vouched(package, signer, &before) {
            Err(InstallError::Refused(why)) => plan.obstacles.push(why),
            other => other?,
        }
        plan.obstacles.extend(self.blocked(package));
        Ok(plan)
    }

    /// Why the owner of the installation never runs the package, if that is so.
    pub(super) fn blocked(&self, package: &Package) -> Option<String> {
        let why = self.parts.settings.rules.blocked.get(&package.digest)?;
        let about = &package.manifest.plugin;
        Some(format!("{} {} is blocked here: {why}", about.id, about.version))
    }

    /// What the owner of the installation forbids to all plugins, and this one asks for.
    pub(super) fn forbidden(&self, package: &Package) -> Option<String> {
        self.parts.settings.rules.forbids(&package.manifest)
    }

    /// `beside` what serves now only what changes is told.
    async fn plan_of(&self, community: CommunityId, offer: &Offer, beside: bool) -> Result<Plan, InstallError> {
        let Offer {
            package,
            signer,
            wasm,
            source,
            newer: _,
        } = offer;
        let chain = self.parts.storage.plugin_settings(community).await?;
        let id = &package.manifest.plugin.id;
        let mut others = Vec::new();
        for settings in chain.iter().filter(|settings| settings.plugin.as_str() != id) {
            others.extend(self.package(settings).await?.map(|package| package.manifest));
        }
        let now = chain.iter().find(|settings| beside && settings.plugin.as_str() == id);
        let serving = match now {
            Some(settings) => self.package(settings).await?,
            None => None,
        };
        let now = now.zip(serving.as_ref()).map(|(settings, serving)| Serving {
            manifest: &serving.manifest,
            grants: &settings.grants,
            unsuited: unsuited(&package.manifest, settings),
        });
        Ok(Plan::of(
            &Candidate {
                package,
                bytes: wasm.len(),
                source,
                signer: &signer.today(&self.parts.settings.keys),
            },
            &Around {
                now,
                others: &others,
                seen: self.yesterday(community, &package.manifest).await?,
                forbidden: &self.parts.settings.rules.forbidden,
                inside: &self.parts.settings.inside,
                model: self.parts.settings.model.as_deref(),
            },
        ))
    }

    /// What comes with the program.
    pub fn bundled(&self) -> &Packages {
        &self.parts.bundled
    }

    /// The package by which a community is served; none when it is not here.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub async fn package(&self, settings: &PluginSettings) -> Result<Option<Package>, ReadError> {
        let bundled = self.parts.bundled.find(settings.plugin.as_str());
        if let Some(wasm) = bundled {
            return Ok(Package::read(wasm).ok());
        }
        Ok(self.kept(settings).await?.ok().map(|(package, _)| package))
    }

    /// Why there is no such package, as the rest of a sentence.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub(super) async fn no_package(&self, settings: &PluginSettings) -> Result<String, ReadError> {
        let kept = self.kept(settings).await?;
        Ok(kept.err().unwrap_or_else(|| "its package is not here".to_owned()))
    }

    /// What was brought in of the plugin and is to serve, with its bytes; or why there is nothing, as the rest of a sentence: whoever
    /// writes a file of settings may name any digest, and what earlier releases took may be no package to this one.
    async fn kept(&self, settings: &PluginSettings) -> Result<Result<(Package, Vec<u8>), String>, ReadError> {
        let Some(wasm) = self.parts.storage.package(&settings.granted_to).await? else {
            return Ok(Err("its package is not here".to_owned()));
        };
        Ok(match Package::read(&wasm) {
            Err(problems) => Err(format!("this release cannot read its package: {}", problems.join("; "))),
            Ok(package) if package.manifest.plugin.id != settings.plugin.as_str() => Err(format!(
                "its permissions are granted to a package of {}",
                package.manifest.plugin.id
            )),
            Ok(package) => Ok((package, wasm)),
        })
    }

    /// The same as an offer: with who vouches for it, and where it came from.
    pub(super) async fn served(&self, settings: &PluginSettings) -> Result<Offer, InstallError> {
        let id = &settings.plugin;
        if let Some(wasm) = self.parts.bundled.find(id.as_str()) {
            return Ok(Offer {
                package: Package::read(wasm).map_err(|problems| refused(problems.join("\n")))?,
                signer: Signer::Program,
                wasm: wasm.to_vec(),
                source: "this program".to_owned(),
                newer: None,
            });
        }
        let kept = self.kept(settings).await?;
        let (package, wasm) = kept.map_err(|why| refused(format!("{id} cannot serve: {why}")))?;
        let kept = self.parts.storage.packages_of(id).await?.into_iter();
        let known = kept.into_iter().find(|kept| kept.digest == settings.granted_to);
        let (signer, source) = known.map_or((None, String::new()), |known| (known.signer, known.source));
        Ok(Offer {
            package,
            signer: Signer::stored(signer),
            wasm,
            source,
            newer: None,
        })
    }

    async fn yesterday(&self, community: CommunityId, manifest: &Manifest) -> Result<Seen, ReadError> {
        let since = self.parts.clock.now() - DAY;
        let (mut events, mut before) = (Vec::new(), None);
        while events.len() < EVENTS_MAX {
            let page = Page {
                before,
                limit: EVENTS_AT_ONCE,
            };
            let read = self.parts.storage.events(Some(community), page, None).await?;
            let stored = read.into_iter().map(|(stored, _)| stored);
            let young: Vec<_> = stored.take_while(|stored| stored.new.received_at >= since).collect();
            before = young.last().map(|stored| stored.seq.0);
            let more = young.len() == EVENTS_AT_ONCE as usize;
            events.extend(young);
            if !more {
                return Ok(Seen::of(manifest, &events, false));
            }
        }
        Ok(Seen::of(manifest, &events, true))
    }
}

impl Offer {
    /// Whether it comes with the program, which has it in any case.
    pub fn is_ours(&self) -> bool {
        self.signer == Signer::Program
    }

    /// The version of it that the index has, where this one waits here and that one is newer; for whoever asked by name alone.
    pub fn newer(&self) -> Option<&str> {
        self.newer.as_deref()
    }
}

/// Why nobody can install a package of that name; none where somebody can.
pub fn reserved(id: &str) -> Option<String> {
    id.starts_with(OUR_PUBLISHER).then(|| {
        format!(
            "{id} says that it comes with the program, and it does not: no other package can have a name that begins with \
             {OUR_PUBLISHER}"
        )
    })
}

pub(super) fn refused(why: impl Into<String>) -> InstallError {
    InstallError::Refused(why.into())
}
