//! What is written for each step of a plugin's life. Pure.

use crate::dispatcher::chain::BUNDLED;
use crate::model::Timestamp;
use crate::model::ids::{AccountId, CommunityId, PluginId, Version};
use crate::plugin_host::Package;
use crate::storage::Unit;
use crate::storage::plugins::{BeforeUpdate, Consent, InstalledPlugin, Override, PluginSettings, PluginUnit};

/// Who allows what to whom, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    pub(super) community: CommunityId,
    /// None for the command line.
    pub(super) account: Option<AccountId>,
    pub(super) at: Timestamp,
}

/// The package is offered from now on.
pub(super) fn keep(package: &Package, wasm: Vec<u8>, source: String, signer: Option<String>, at: Timestamp) -> Unit {
    Unit::Plugin(PluginUnit::Keep {
        plugin: InstalledPlugin {
            id: PluginId::from(package.manifest.plugin.id.as_str()),
            version: package.manifest.plugin.version.clone(),
            digest: package.digest.clone(),
            manifest: package.manifest_text.clone(),
            source,
            signer,
            installed_at: at,
        },
        wasm,
    })
}

/// A community has the plugin from now on: off, last in the order, allowed what it asks for.
pub(super) fn install(package: &Package, decided: usize, decision: Decision) -> Vec<Unit> {
    let after = PluginSettings {
        community: decision.community,
        plugin: PluginId::from(package.manifest.plugin.id.as_str()),
        enabled: false,
        position: u32::try_from(decided).unwrap_or(u32::MAX),
        config: "{}".to_owned(),
        grants: asked(package),
        granted_to: package.digest.clone(),
        revision: Version::default(),
        held: None,
        dry_run_until: None,
        overrides: Vec::new(),
    };
    vec![
        Unit::Plugin(PluginUnit::Settings { before: None, after }),
        consent(package, decision),
    ]
}

/// The package serves from now on, in place of the one that did; what stood before is set aside.
pub(super) fn update(package: &Package, now: &PluginSettings, decision: Decision) -> Vec<Unit> {
    let after = PluginSettings {
        grants: asked(package),
        granted_to: package.digest.clone(),
        revision: now.revision.next(),
        // The new version has not failed yet.
        held: None,
        ..now.clone()
    };
    vec![
        Unit::Plugin(PluginUnit::SetAside {
            community: decision.community,
            plugin: now.plugin.clone(),
            at: decision.at,
        }),
        Unit::Plugin(PluginUnit::Settings {
            before: Some(now.revision),
            after,
        }),
        consent(package, decision),
    ]
}

/// What stood before the last update stands again: package, permissions, settings and data. Whether it is on, and when it is
/// called, stays as it is.
pub(super) fn back(before: &BeforeUpdate, now: &PluginSettings) -> Vec<Unit> {
    let after = PluginSettings {
        enabled: now.enabled,
        position: now.position,
        revision: now.revision.next(),
        held: None,
        ..before.settings.clone()
    };
    vec![
        Unit::Plugin(PluginUnit::BringBack {
            community: now.community,
            plugin: now.plugin.clone(),
        }),
        Unit::Plugin(PluginUnit::Settings {
            before: Some(now.revision),
            after,
        }),
    ]
}

/// The same settings, switched on or off.
pub(super) fn switch(now: &PluginSettings, on: bool) -> Unit {
    changed(now, |after| {
        after.enabled = on;
        // Who switches it on or off has seen enough.
        after.dry_run_until = None;
    })
}

/// The plugin is tried until then, or no longer.
pub(super) fn rehearse(now: &PluginSettings, until: Option<Timestamp>) -> Unit {
    changed(now, |after| after.dry_run_until = until)
}

/// The same settings with another config.
pub(super) fn config(now: &PluginSettings, config: String) -> Unit {
    changed(now, |after| after.config = config)
}

/// The same settings, with other parts of the community where they are set otherwise.
pub(super) fn parts(now: &PluginSettings, overrides: Vec<Override>) -> Unit {
    changed(now, |after| after.overrides = overrides)
}

fn changed(now: &PluginSettings, change: impl FnOnce(&mut PluginSettings)) -> Unit {
    let mut after = now.clone();
    change(&mut after);
    after.revision = now.revision.next();
    Unit::Plugin(PluginUnit::Settings {
        before: Some(now.revision),
        after,
    })
}

fn asked(package: &Package) -> Vec<String> {
    let wanted = package.manifest.wanted();
    wanted.iter().map(|permission| permission.name().to_owned()).collect()
}

fn consent(package: &Package, decision: Decision) -> Unit {
    Unit::Plugin(PluginUnit::Consent(Consent {
        community: decision.community,
        plugin: PluginId::from(package.manifest.plugin.id.as_str()),
        version: package.manifest.plugin.version.clone(),
        digest: package.digest.clone(),
        grants: asked(package),
        account: decision.account,
        at: decision.at,
    }))
}

/// Whether the settings are about what is inside the program, whose life is the program's.
pub(super) fn is_bundled(settings: &PluginSettings) -> bool {
    settings.granted_to == BUNDLED
}
