//! Whether the settings of a plugin may be so: short enough, and as its manifest says. Pure.

use serde_json::Value;

use crate::plugin_host::Manifest;
use crate::plugin_host::schema::{self, Problem};
use crate::storage::plugins::Override;

/// As much as settings may hold, in general and in each part of the community, there together with what holds around it: each instance
/// is handed all of them, and all of them are read whenever somebody looks who serves.
pub(super) const CONFIG_BYTES_MAX: usize = 64 << 10;

/// More parts than these nobody keeps an eye on, and each may need instances of its own.
pub(super) const PARTS_MAX: usize = 50;

/// Whether the settings are as the manifest's schema says, and not too long.
///
/// # Errors
///
/// Where and why not, for the admin.
pub fn check_config(manifest: &Manifest, config: &str) -> Result<(), String> {
    match judged(&manifest.config_schema(), config)? {
        problems if problems.is_empty() => Ok(()),
        problems => Err(wrong(&problems)),
    }
}

/// The same for a plugin that is off: what nobody has set yet may be missing.
///
/// # Errors
///
/// Where and why not, for the admin.
pub fn check_config_of_idle(schema: &Value, config: &str) -> Result<(), String> {
    let mut problems = judged(schema, config)?;
    problems.retain(|problem| !problem.is_missing());
    if problems.is_empty() {
        Ok(())
    } else {
        Err(wrong(&problems))
    }
}

/// All that is wrong with settings that are short enough.
fn judged(schema: &Value, config: &str) -> Result<Vec<Problem>, String> {
    check_length(config)?;
    let config = serde_json::from_str(config).map_err(|_| "its config is no JSON".to_owned())?;
    Ok(schema::problems(schema, &config))
}

fn wrong(problems: &[Problem]) -> String {
    format!("its config is wrong: {}", schema::told(problems))
}

/// The schema of what a plugin can be set to: what the package that serves knows, and what `waiting` knows beside it, so that it can be
/// set before that serves. What serves is not given it: see `given`.
pub fn settings_schema(serving: &Manifest, waiting: Option<&Manifest>) -> Value {
    let own = serving.config_schema();
    match waiting {
        None => own,
        Some(waiting) => {
            let note = format!("For version {}, which waits", waiting.plugin.version);
            schema::with_others(own, &waiting.config_schema(), &note)
        }
    }
}

/// Whether a plugin can be set so: as the package that serves says, and of what it does not know, as the one that waits says. Gives what
/// the one that serves is given.
///
/// # Errors
///
/// Where and why not, for the admin.
pub fn check_settings(serving: &Manifest, waiting: Option<&Manifest>, config: &str) -> Result<String, String> {
    match judged(&settings_schema(serving, waiting), config)? {
        problems if problems.is_empty() => Ok(given(serving, config)),
        problems => Err(wrong(&problems)),
    }
}

/// The settings without those that a package does not know and its schema does not allow: they were made for a version that came later,
/// or waits.
pub(super) fn given(manifest: &Manifest, config: &str) -> String {
    // What is wrong with it is told by whoever checks it.
    let Ok(settings) = serde_json::from_str::<Value>(config) else {
        return config.to_owned();
    };
    let known = schema::known(&manifest.config_schema(), settings.clone());
    if known == settings {
        config.to_owned()
    } else {
        known.to_string()
    }
}

/// Whether settings are not too long, whatever their plugin says of them.
pub(super) fn check_length(config: &str) -> Result<(), String> {
    if config.len() > CONFIG_BYTES_MAX {
        return Err(format!(
            "its config has {} bytes, and {} KiB ({CONFIG_BYTES_MAX} bytes) are the most",
            config.len(),
            CONFIG_BYTES_MAX >> 10
        ));
    }
    Ok(())
}

/// Whether what is said of a part is not too long by itself: what it takes away is not in the config that holds there.
///
/// # Errors
///
/// By how much it is, for the admin.
pub fn check_part(set: &Override) -> Result<(), String> {
    check_length(&serde_json::to_string(&set.config).expect("a map with texts as keys is JSON"))
}

/// Whether a plugin may be set otherwise in so many parts.
///
/// # Errors
///
/// How many there may be, for the admin.
pub fn check_parts(parts: &[Override]) -> Result<(), String> {
    if parts.len() > PARTS_MAX {
        return Err(format!(
            "a plugin can be set otherwise in {PARTS_MAX} spaces and places at most: let some of them be as elsewhere first"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(config: &str) -> Manifest {
        let head = "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n[config]\n\
                    type = \"object\"\nadditionalProperties = false\n";
        Manifest::parse(&format!("{head}{config}")).expect("it is sound")
    }

    #[test]
    fn what_waits_can_be_set_before_it_serves_and_what_serves_is_not_given_that() {
        let serving = manifest("[config.properties.name]\ntype = \"string\"\n");
        let waiting = manifest("required = [\"shop\"]\n[config.properties.shop]\ntype = \"string\"\nmaxLength = 4\n");
        let set = |config: &str| check_settings(&serving, Some(&waiting), config);
        assert_eq!(set(r#"{"name":"x"}"#), Ok(r#"{"name":"x"}"#.to_owned()));
        assert_eq!(set(r#"{"name":"x","shop":"tea"}"#), Ok(r#"{"name":"x"}"#.to_owned()));
        let wrong = |why: &str| Err(format!("its config is wrong: {why}"));
        assert_eq!(set(r#"{"shop":"coffee"}"#), wrong("at shop: 4 characters are the most"));
        assert_eq!(
            set(r#"{"shpo":"tea"}"#),
            wrong("there is no “shpo” (did you mean “shop”?)")
        );
        let alone = check_settings(&serving, None, r#"{"shop":"tea"}"#);
        assert_eq!(alone, wrong("there is no “shop” (there is name)"));
    }

    #[test]
    fn a_plugin_that_is_off_may_lack_what_it_needs_and_nothing_of_it_may_be_wrong() {
        let schema = manifest("required = [\"name\"]\n[config.properties.name]\ntype = \"string\"\n").config_schema();
        assert_eq!(check_config_of_idle(&schema, "{}"), Ok(()));
        let wrong = check_config_of_idle(&schema, r#"{"name":1}"#);
        assert_eq!(wrong, Err("its config is wrong: at name: this must be text".to_owned()));
    }
}
