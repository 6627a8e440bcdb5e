//! What is written for each step of a plugin's life. Pure.

use super::baseline::fresh;
use crate::dispatcher::chain::BUNDLED;
use crate::model::Timestamp;
use crate::model::ids::{AccountId, CommunityId, PluginId, Version};
use crate::plugin_host::Package;
use crate::storage::Unit;
use crate::storage::plugins::{BeforeUpdate, Consent, InstalledPlugin, PluginSettings, PluginUnit};

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
pub(super) fn install(package: &Package, chain: &[PluginSettings], decision: Decision) -> Vec<Unit> {
    let id = PluginId::from(package.manifest.plugin.id.as_str());
    let after = PluginSettings {
        grants: asked(package),
        granted_to: package.digest.clone(),
        // What comes back is told anew that it may begin: its settings never have a revision that they had before it went.
        revision: Version(u32::try_from(decision.at.as_millis() / 1_000).unwrap_or_default()),
        ..fresh(decision.community, &id, chain)
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

/// Switched on or off.
pub(super) fn switch(after: &mut PluginSettings, on: bool) {
    after.enabled = on;
    // Who switches it on or off has seen enough of its dry run, and who switches it on also of why it was held back: what is off in
    // general may go on in places.
    after.dry_run_until = None;
    if on {
        after.held = None;
    }
}

/// Allowed all that the package asks for. Grants to whatever comes with the program stay so.
pub(super) fn grant(after: &mut PluginSettings, package: &Package) {
    after.grants = asked(package);
    if !is_bundled(after) {
        after.granted_to.clone_from(&package.digest);
    }
}

fn asked(package: &Package) -> Vec<String> {
    let wanted = package.manifest.wanted();
    wanted.iter().map(|permission| permission.name().to_owned()).collect()
}

/// That somebody allowed the package what it asks for.
pub(super) fn consent(package: &Package, decision: Decision) -> Unit {
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
