//! What a package waits for that is here and does not serve: the same words on each face. Pure.

use std::fmt;

use super::plan::{Serving, is_older};
use super::wider::wider;
use crate::dispatcher::chain::{check_config, within};
use crate::plugin_host::Manifest;
use crate::storage::plugins::PluginSettings;

/// What a package waits for, as the rest of a sentence about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// That somebody agrees: it asks for what nobody has allowed, or is older than what serves.
    consent: bool,
    /// That it is set otherwise: why the settings that are there do not suit it.
    settings: Option<String>,
}

impl Waits {
    /// What this package waits for beside the one that serves, if one does.
    pub(super) fn of(manifest: &Manifest, now: Option<&Serving<'_>>) -> Self {
        let older = now.is_some_and(|now| is_older(manifest, now.manifest));
        Self {
            consent: older || wider(manifest, now).is_some(),
            settings: now.and_then(|now| now.unsuited.clone()),
        }
    }

    /// For whoever can end it.
    pub fn yours(&self) -> String {
        self.words("your consent", "you to take it")
    }

    fn words(&self, consent: &str, taken: &str) -> String {
        match (self.consent, &self.settings) {
            (true, None) => format!("waits for {consent}"),
            (true, Some(why)) => format!("waits for {consent}, and for settings that suit it: {why}"),
            (false, Some(why)) => format!("waits for settings that suit it: {why}"),
            (false, None) => format!("waits for {taken}"),
        }
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words("consent", "somebody to take it"))
    }
}

/// Why the settings that a plugin has do not suit a package of it, in general or in a part of the community.
pub(super) fn unsuited(manifest: &Manifest, settings: &PluginSettings) -> Option<String> {
    let parts = settings.overrides.iter();
    let parts = parts.map(|set| within::effective(settings, &[set.within]).config);
    let mut configs = std::iter::once(settings.config.clone()).chain(parts);
    configs.find_map(|config| check_config(manifest, &config).err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: &str, more: &str, unsuited: Option<&str>, expected: &str) {
        let manifest = |version: &str, more: &str| {
            let text = format!(
                "[plugin]\nid = \"a/b\"\nversion = \"{version}\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n{more}"
            );
            Manifest::parse(&text).expect("it is sound")
        };
        let serving = manifest("1.4.0", "");
        let now = Serving {
            manifest: &serving,
            grants: &[],
            unsuited: unsuited.map(str::to_owned),
        };
        assert_eq!(Waits::of(&manifest(version, more), Some(&now)).to_string(), expected);
    }

    #[test]
    fn each_reason_is_called_by_its_name() {
        let wider = "[[permission]]\nname = \"kv\"\nwhy = \"w\"\n";
        let why = Some("there is no “greeting”");
        check("1.5.0", wider, None, "waits for consent");
        check("1.3.0", "", None, "waits for consent");
        check(
            "1.5.0",
            "",
            why,
            "waits for settings that suit it: there is no “greeting”",
        );
        check(
            "1.5.0",
            wider,
            why,
            "waits for consent, and for settings that suit it: there is no “greeting”",
        );
        check("1.5.0", "", None, "waits for somebody to take it");
        let new = Manifest::parse(
            "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n",
        );
        let new = Waits::of(&new.expect("it is sound"), None);
        assert_eq!(new.yours(), "waits for your consent");
    }
}
