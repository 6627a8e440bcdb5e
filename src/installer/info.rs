//! What there is: the plugins of a community, everything about one, the last lines of its log.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::allow::lacking;
use super::answer::Told;
use super::index::order;
use super::offer::{InstallError, Installer, refused};
use super::past::ways_on;
use super::plan;
use super::references::{References, references};
use super::signature::Signer;
use super::waits::{Waits, unsuited};
use crate::dispatcher::chain::{Listed, Roster, Serving, is_rehearsing, set_up_failure};
use crate::model::Timestamp;
use crate::model::amount::counted;
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::{HealthState, Manifest, Package, Packages};
use crate::storage::plugins::{Consent, InstalledPlugin, Override, PluginSettings};
use crate::storage::{ReadError, SharedStorage};

/// What is said of a plugin that comes with the program, and that nobody has decided about.
const UNDECIDED: &str = "off; it comes with the program";

/// As much of a digest as tells two packages apart at a glance.
const DIGEST_SHOWN: usize = 12;

/// As many parts of a community as a line of a table names.
const PARTS_NAMED_MAX: usize = 3;

/// As much of a setting as a line of a table can hold.
const SETTING_CHARS_MAX: usize = 160;

/// The plugins of a community in the order of the chain, then those that come with the program and that nobody has decided about.
/// `running` is how they do; none while nothing runs.
///
/// # Errors
///
/// When the database cannot be read.
pub async fn list(
    storage: &SharedStorage,
    packages: &Packages,
    community: CommunityId,
    running: Option<&[Listed]>,
    now: Timestamp,
) -> Result<Told, ReadError> {
    let mut rows = Vec::new();
    let installed = storage.plugins().await?;
    let chain = storage.plugin_settings(community).await?;
    let known = references(storage, community).await?;
    for settings in &chain {
        let ours = packages.find(settings.plugin.as_str());
        let kept = storage.packages_of(&settings.plugin).await?;
        let serving = kept.into_iter().find(|kept| kept.digest == settings.granted_to);
        let version = match (ours, &serving) {
            (Some(wasm), _) => version_of(wasm),
            (None, Some(serving)) => serving.version.clone(),
            (None, None) => String::new(),
        };
        let listed = of(running, &settings.plugin);
        let mut state = state(storage, packages, settings, listed, now).await?;
        let offered = installed.iter().find(|installed| installed.id == settings.plugin);
        let waits = |offered: &&InstalledPlugin| ours.is_none() && settings.granted_to != offered.digest;
        if let Some(waiting) = offered.filter(waits) {
            let older = order(&waiting.version) < order(&version);
            let a_downgrade = if older { ", a downgrade," } else { "" };
            let reason = waits_for(waiting, serving.as_ref(), settings);
            write!(state, "; {}{a_downgrade} {reason}", waiting.version).expect("a string takes all");
        }
        state.push_str(&elsewhere(settings, &known));
        rows.push(vec![
            settings.plugin.to_string(),
            version,
            state,
            settings.grants.join(", "),
        ]);
    }
    let undecided = packages
        .ids()
        .filter(|id| chain.iter().all(|settings| settings.plugin.as_str() != *id));
    rows.extend(undecided.map(|id| {
        let version = packages.find(id).map_or_else(String::new, version_of);
        vec![id.to_owned(), version, UNDECIDED.to_owned(), String::new()]
    }));
    Ok(Told::Table {
        note: None,
        columns: &["plugin", "version", "state", "may"],
        rows,
    })
}

/// What a package waits for beside the one that serves, as far as their manifests tell.
fn waits_for(waiting: &InstalledPlugin, serving: Option<&InstalledPlugin>, settings: &PluginSettings) -> String {
    let read = |plugin: &InstalledPlugin| Manifest::parse(&plugin.manifest).ok();
    let Some(manifest) = read(waiting) else {
        return "waits, and cannot be read".to_owned();
    };
    let serving = serving.and_then(read);
    let now = serving.as_ref().map(|serving| plan::Serving {
        manifest: serving,
        grants: &settings.grants,
        unsuited: unsuited(&manifest, settings),
    });
    Waits::of(&manifest, now.as_ref()).to_string()
}

/// That it is set otherwise in parts, as a line of a table can say it; `info` says what holds there.
fn elsewhere(settings: &PluginSettings, known: &References) -> String {
    let parts = &settings.overrides;
    let named: Vec<_> = parts
        .iter()
        .take(PARTS_NAMED_MAX)
        .map(|set| known.label(set.within))
        .collect();
    match parts.len().saturating_sub(named.len()) {
        _ if named.is_empty() => String::new(),
        0 => format!("; otherwise in {}", named.join(", ")),
        more => format!("; otherwise in {} and {more} more", named.join(", ")),
    }
}

/// What holds in a part in place of what holds around it.
pub fn otherwise(set: &Override) -> String {
    let switched = set.enabled.map(|on| if on { "on" } else { "off" }.to_owned());
    let config = set.config.iter().map(|(name, value)| match value {
        Value::Null => format!("{name} is not set"),
        value => format!("{name} = {value}"),
    });
    switched.into_iter().chain(config).collect::<Vec<_>>().join(", ")
}

/// How a plugin does, in the admin's words.
async fn state(
    storage: &SharedStorage,
    packages: &Packages,
    settings: &PluginSettings,
    listed: Option<&Listed>,
    now: Timestamp,
) -> Result<String, ReadError> {
    let mut state = match listed {
        Some(listed) if listed.serving == Serving::Running(HealthState::Well) && settings.is_on_anywhere() => {
            let ours = packages.find(settings.plugin.as_str()).map(Package::read);
            let digest = match ours {
                Some(Ok(package)) => package.digest,
                _ => settings.granted_to.clone(),
            };
            let failed = set_up_failure(storage, settings, &digest).await?;
            failed.map_or_else(|| "on".to_owned(), |why| format!("on, but its set-up failed: {why}"))
        }
        Some(listed) => match &listed.serving {
            Serving::NotStarted(why) => format!("on, but does not run: {why}"),
            running @ Serving::Running(_) => running.to_string(),
        },
        None if settings.enabled => match &settings.held {
            Some(last) => Serving::Running(HealthState::Quarantined { last: last.clone() }).to_string(),
            None => "on".to_owned(),
        },
        None => "off".to_owned(),
    };
    if listed.is_some() && !settings.enabled && settings.is_on_anywhere() {
        state = format!("off, {state} in places");
    }
    if let Some(until) = settings.dry_run_until.filter(|_| is_rehearsing(settings, now)) {
        state = format!("dry run until {until}");
    }
    for refused in listed.into_iter().flat_map(|listed| &listed.refused) {
        write!(state, "; {refused}").expect("a string takes all");
    }
    if let Some(until) = listed.and_then(|listed| listed.recorded_until) {
        write!(state, "; recorded until {until}").expect("a string takes all");
    }
    Ok(state)
}

fn of<'a>(running: Option<&'a [Listed]>, id: &PluginId) -> Option<&'a Listed> {
    running.into_iter().flatten().find(|listed| listed.id == *id)
}

fn version_of(wasm: &[u8]) -> String {
    Package::manifest(wasm).map_or_else(|_| String::new(), |manifest| manifest.plugin.version)
}

/// Who a package is.
fn named(package: &Package) -> Vec<(&'static str, String)> {
    let plugin = &package.manifest.plugin;
    let mut named = vec![
        ("version", plugin.version.clone()),
        ("summary", plugin.summary.clone()),
        ("licence", plugin.license.clone()),
    ];
    named.extend(plugin.source.iter().map(|source| ("source", source.clone())));
    named.push(("digest", package.digest.clone()));
    named
}

/// How much it has kept.
fn stored(keys: u64, bytes: u64) -> String {
    format!("{}, {}", counted(keys, "key", "keys"), counted(bytes, "byte", "bytes"))
}

/// A package that waits beside the one that serves.
fn waiting(offered: &Package, serving: Option<&Package>, settings: &PluginSettings) -> String {
    let version = &offered.manifest.plugin.version;
    let serves = serving.map_or("", |serving| &serving.manifest.plugin.version);
    let older = if order(version) < order(serves) {
        ", a downgrade"
    } else {
        ""
    };
    let now = serving.map(|serving| plan::Serving {
        manifest: &serving.manifest,
        grants: &settings.grants,
        unsuited: unsuited(&offered.manifest, settings),
    });
    let waits = Waits::of(&offered.manifest, now.as_ref());
    format!("{version}{older}, {}; it {waits}", offered.digest)
}

impl Installer {
    /// Everything about a plugin.
    pub(super) async fn info(
        &self,
        community: CommunityId,
        running: Option<&[Listed]>,
        plugin: &str,
    ) -> Result<Told, InstallError> {
        let id = PluginId::from(plugin);
        let baseline = self.baseline(community, &id).await?;
        let settings = baseline.settings();
        let (storage, now) = (&self.parts.storage, self.parts.clock.now());
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut add = |what: &str, value: String| rows.push(vec![what.to_owned(), value]);
        let serving = self.package(settings).await?;
        let signer = self
            .signer(settings)
            .await?
            .map(|signer| ("signer", signer.to_string()));
        for (what, value) in serving.iter().flat_map(named).chain(signer) {
            add(what, value);
        }
        let state = if baseline.is_decided() {
            state(storage, &self.parts.bundled, settings, of(running, &id), now).await?
        } else {
            UNDECIDED.to_owned()
        };
        add("state", state);
        if settings.held.is_some() && settings.is_on_anywhere() {
            let outage = self.outage(community, &id).await?;
            add("missed", outage.told(|at| at.to_string()));
            add("to do", ways_on("", &id, self.can_go_back(community, &id).await?));
        }
        let known = references(storage, community).await?;
        for set in &settings.overrides {
            add(
                "otherwise",
                format!("in {}: {}", known.label(set.within), otherwise(set)),
            );
        }
        if let Some(package) = &serving {
            let lacking = lacking(settings, package);
            if !lacking.is_empty() {
                add(
                    "asks for",
                    format!("{}, which nobody has allowed it", lacking.join(", ")),
                );
            }
            for (name, value) in self.set_to(settings, package).await? {
                add("setting", format!("{name}: {value}"));
            }
        }
        add("may", settings.grants.join(", "));
        for (what, sentence) in serving.iter().flat_map(|package| self.sentences(settings, package)) {
            add(what, sentence);
        }
        for consent in storage.consents(community, &id).await? {
            add("allowed", self.consented(consent).await?);
        }
        let (keys, bytes) = storage.kv_usage(&id, community).await?;
        add("keeps", stored(keys, bytes));
        if let Some(offer) = self.waiting(community, &id).await? {
            add("waits", waiting(&offer.package, serving.as_ref(), settings));
        }
        if let Some(before) = storage.before_update(community, &id).await? {
            add("rollback", format!("to what stood before the update of {}", before.at));
        }
        Ok(Told::Table {
            note: None,
            columns: &["what", "value"],
            rows,
        })
    }

    /// What it may do, is told, keeps and takes.
    fn sentences(&self, settings: &PluginSettings, serving: &Package) -> Vec<(&'static str, String)> {
        let parts = &self.parts.settings;
        let reach = (parts.inside.as_slice(), parts.model.as_deref());
        plan::serving(&serving.manifest, &settings.grants, reach)
    }

    /// Who signed the package that serves; none where that is not here.
    async fn signer(&self, settings: &PluginSettings) -> Result<Option<Signer>, ReadError> {
        if self.parts.bundled.find(settings.plugin.as_str()).is_some() {
            return Ok(Some(Signer::Program));
        }
        let kept = self.parts.storage.packages_of(&settings.plugin).await?;
        let serving = kept.iter().find(|kept| kept.digest == settings.granted_to);
        Ok(serving.map(|serving| self.signer_of(serving)))
    }

    /// Who signed a package that is kept, by the keys that are trusted now.
    pub fn signer_of(&self, kept: &InstalledPlugin) -> Signer {
        Signer::stored(kept.signer.clone()).today(&self.parts.settings.keys)
    }

    /// The last lines of a plugin's log, also of one that is off by now.
    pub(super) async fn logs(
        &self,
        community: CommunityId,
        running: Option<&Roster>,
        plugin: &str,
    ) -> Result<Told, InstallError> {
        let id = PluginId::from(plugin);
        let settings = self.settings(community, &id).await?;
        let running =
            running.ok_or_else(|| refused("a plugin's log is kept while the program runs, and it does not run now"))?;
        let lines = running.log(community, &id);
        let is_called = settings.is_on_anywhere() || is_rehearsing(&settings, self.parts.clock.now());
        let note = match (is_called, lines.is_empty()) {
            (true, true) => settings.held.as_ref().map(|last| {
                format!(
                    "{id} is held back, and has written nothing since the program was started: a log is kept while it runs. The last \
                     failure: {last}"
                )
            }),
            (true, false) => None,
            (false, false) => Some(format!("{id} is off. This is what it wrote before:")),
            (false, true) => Some(format!(
                "{id} is off, and has written nothing since the program was started."
            )),
        };
        let lines = lines.into_iter().rev();
        let rows = lines.map(|line| vec![line.at.to_string(), line.level.to_owned(), line.text]);
        Ok(Told::Table {
            note,
            columns: &["when", "level", "text"],
            rows: rows.collect(),
        })
    }

    /// What it is set to, by name, with names for what that names.
    async fn set_to(&self, settings: &PluginSettings, package: &Package) -> Result<Vec<(String, String)>, ReadError> {
        let config: Map<String, Value> = serde_json::from_str(&settings.config).unwrap_or_default();
        let known = references(&self.parts.storage, settings.community).await?;
        let named = known.named(&package.manifest.config_schema(), Value::Object(config));
        let fields = named.as_object().into_iter().flatten();
        let cut = |value: &Value| {
            let text = value.to_string();
            let short: String = text.chars().take(SETTING_CHARS_MAX).collect();
            if short.len() < text.len() {
                format!("{short}… (`config` shows all of it)")
            } else {
                text
            }
        };
        Ok(fields.map(|(name, value)| (name.clone(), cut(value))).collect())
    }

    /// Who allowed what, and when.
    async fn consented(&self, consent: Consent) -> Result<String, ReadError> {
        let who = match consent.account {
            Some(account) => {
                let known = self.parts.storage.account(account).await?;
                known.map_or_else(|| account.to_string(), |who| who.email)
            }
            None => "the command line".to_owned(),
        };
        let may = if consent.grants.is_empty() {
            "nothing".to_owned()
        } else {
            consent.grants.join(", ")
        };
        let digest: String = consent.digest.chars().take(DIGEST_SHOWN).collect();
        let Consent { version, at, .. } = consent;
        Ok(format!("{may} to {version}, by {who}, {at}, digest {digest}…"))
    }
}
