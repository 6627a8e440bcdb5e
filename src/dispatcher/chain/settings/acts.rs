//! What a file changes of plugins, as the audit tells it.

use crate::model::Timestamp;
use crate::storage::Unit;
use crate::storage::accounts::{AccountUnit, NewAudit};
use crate::storage::plugins::{PluginSettings, PluginUnit};

/// The changes, each behind the lines of the audit that tell of it, to be written as one. `stored` is what they change.
pub fn audited(changes: Vec<PluginUnit>, stored: &[PluginSettings], now: Timestamp) -> Vec<Unit> {
    let mut units = Vec::new();
    for change in changes {
        if let PluginUnit::Settings { after, .. } = &change {
            let before = stored.iter().find(|settings| settings.plugin == after.plugin);
            units.extend(acts(before, after).into_iter().map(|act| {
                Unit::Account(AccountUnit::Audit(NewAudit {
                    account: None,
                    community: Some(after.community),
                    act,
                    // The name of a plugin is no name of a person.
                    subject: after.plugin.to_string(),
                    at: now,
                }))
            }));
        }
        units.push(Unit::Plugin(change));
    }
    units
}

/// What a file changes of a plugin beside whether it is on, for whoever applies it.
pub fn others_changed(before: Option<&PluginSettings>, after: &PluginSettings) -> Vec<&'static str> {
    let another = before.is_some_and(|before| before.granted_to != after.granted_to);
    let other = |act| match act {
        "plugin_granted" if another => Some("permissions to another package"),
        "plugin_granted" => Some("permissions"),
        "plugin_set" => Some("settings"),
        "plugin_set_within" => Some("settings in some places"),
        "plugin_moved" => Some("order"),
        "plugin_released" => Some("let run again"),
        "plugin_trial_ended" => Some("its dry run ends"),
        _ => None,
    };
    acts(before, after).into_iter().filter_map(other).collect()
}

/// What a file does to a plugin, in the words that the audit has for the same where it is done by hand.
fn acts(before: Option<&PluginSettings>, after: &PluginSettings) -> Vec<&'static str> {
    let undecided = PluginSettings {
        enabled: false,
        config: "{}".to_owned(),
        grants: Vec::new(),
        overrides: Vec::new(),
        held: None,
        dry_run_until: None,
        ..after.clone()
    };
    let was = before.unwrap_or(&undecided);
    let config = |settings: &PluginSettings| serde_json::from_str::<serde_json::Value>(&settings.config).ok();
    let switched = if after.enabled {
        "plugin_enabled"
    } else {
        "plugin_disabled"
    };
    let granted = (&was.grants, &was.granted_to) != (&after.grants, &after.granted_to);
    let acts = [
        (before.is_none(), "plugin_applied"),
        (granted, "plugin_granted"),
        (config(was) != config(after), "plugin_set"),
        (was.overrides != after.overrides, "plugin_set_within"),
        (was.position != after.position, "plugin_moved"),
        (was.held.is_some(), "plugin_released"),
        (was.dry_run_until.is_some(), "plugin_trial_ended"),
        (was.enabled != after.enabled, switched),
    ];
    acts.into_iter()
        .filter_map(|(is_so, act)| is_so.then_some(act))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{CommunityId, PluginId, Version};

    #[test]
    fn each_thing_that_a_file_changes_has_its_word() {
        let stored = PluginSettings {
            community: CommunityId(uuid::Uuid::nil()),
            plugin: PluginId::from("a/b"),
            enabled: false,
            position: 1,
            config: "{ \"a\": 1 }".to_owned(),
            grants: vec!["kv".to_owned()],
            granted_to: "bundled".to_owned(),
            revision: Version(1),
            held: None,
            dry_run_until: Some(Timestamp::from_millis(1)),
            dry_run_since: None,
            overrides: Vec::new(),
        };
        let same = PluginSettings {
            config: "{\"a\":1}".to_owned(),
            ..stored.clone()
        };
        assert_eq!(acts(Some(&stored), &same), ["plugin_trial_ended"]);
        let other = PluginSettings {
            enabled: true,
            position: 0,
            config: "{}".to_owned(),
            grants: Vec::new(),
            ..stored.clone()
        };
        let all = [
            "plugin_granted",
            "plugin_set",
            "plugin_moved",
            "plugin_trial_ended",
            "plugin_enabled",
        ];
        assert_eq!(acts(Some(&stored), &other), all);
        let others = ["permissions", "settings", "order", "its dry run ends"];
        assert_eq!(others_changed(Some(&stored), &other), others);
        let another = PluginSettings {
            granted_to: "0".repeat(64),
            ..same.clone()
        };
        let others = ["permissions to another package", "its dry run ends"];
        assert_eq!(others_changed(Some(&stored), &another), others);
        assert_eq!(acts(None, &stored), ["plugin_applied", "plugin_granted", "plugin_set"]);
    }
}
