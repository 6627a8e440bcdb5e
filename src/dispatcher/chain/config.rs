//! Whether the settings of a plugin may be so: short enough, and as its manifest says. Pure.

use crate::plugin_host::{Manifest, schema};
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
    check_length(config)?;
    let config = serde_json::from_str(config).map_err(|_| "its config is no JSON".to_owned())?;
    let problems = schema::problems(&manifest.config_schema(), &config);
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("its config is wrong: {}", schema::told(&problems)))
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
