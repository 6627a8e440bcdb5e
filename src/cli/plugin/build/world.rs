//! The world of a plugin for toolchains that import all that their world names: `base`, and one more for each permission that
//! the manifest asks for.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::plugin_host::Permission;

/// The contract.
const CONTRACT: &str = include_str!("../../../../plugins/sdk/wit/plugin.wit");

/// Writes the contract with the world `asked` into `folder`, and answers with the folder for the toolchain.
pub(super) fn write(folder: &Path, wanted: &[Permission]) -> Result<PathBuf, String> {
    let wit = folder.join("wit");
    std::fs::create_dir_all(&wit)
        .and_then(|()| std::fs::write(wit.join("plugin.wit"), text(wanted)))
        .map_err(|error| format!("cannot write {}: {error}", wit.display()))?;
    Ok(wit)
}

fn text(wanted: &[Permission]) -> String {
    let mut text = format!("{CONTRACT}\nworld asked {{\n  include base;\n");
    for permission in wanted.iter().filter(|permission| permission.is_interface()) {
        writeln!(text, "  include with-{permission};").expect("writing to a string cannot fail");
    }
    text.push_str("}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_has_what_is_asked_for_and_actions_need_no_interface() {
        let text = text(&[Permission::Kv, Permission::Wake, Permission::History]);
        assert!(
            text.ends_with("world asked {\n  include base;\n  include with-kv;\n  include with-history;\n}\n"),
            "{text}"
        );
    }

    #[test]
    fn every_permission_with_an_interface_has_its_world_in_the_contract() {
        for permission in Permission::ALL
            .into_iter()
            .filter(|permission| permission.is_interface())
        {
            assert!(
                CONTRACT.contains(&format!("world with-{permission} {{")),
                "{permission}"
            );
        }
    }
}
