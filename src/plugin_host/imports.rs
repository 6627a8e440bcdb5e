//! Compares what a package imports with what its manifest asks for and what is granted. Pure.

use super::host_api;
use super::package::Package;
use super::permission::{self, Permission};

/// Why a package is not run with these grants: each missing permission in words, and each import that is hidden.
pub(super) fn problems(package: &Package, granted: &[Permission]) -> Vec<String> {
    let mut wanted = package.manifest.wanted();
    for permission in imported(package) {
        if !wanted.contains(&permission) {
            wanted.push(permission);
        }
    }
    let mut problems = permission::missing(&package.manifest.plugin.id, &wanted, granted);
    problems.extend(undeclared(package));
    problems
}

/// Imports that the manifest does not ask for, and those that nobody can have: a line each for the author.
pub fn undeclared(package: &Package) -> Vec<String> {
    let id = &package.manifest.plugin.id;
    let asked = package.manifest.wanted();
    let others = package.imports.iter().filter(|import| !host_api::is_base(import));
    let hidden = others.filter_map(|import| match Permission::of_interface(import) {
        Some(permission) if asked.contains(&permission) => None,
        Some(permission) => Some(format!(
            "{id} uses {import} but its manifest does not ask for \"{permission}\""
        )),
        None => Some(format!("{id} imports {import:?}, which no plugin can have")),
    });
    hidden.collect()
}

/// Permissions that the manifest asks for and nothing in the component uses. Those of actions are not seen from outside.
pub fn unused(package: &Package) -> Vec<Permission> {
    let imported: Vec<Permission> = imported(package).collect();
    let asked = package.manifest.wanted().into_iter();
    asked
        .filter(|permission| permission.is_interface() && !imported.contains(permission))
        .collect()
}

fn imported(package: &Package) -> impl Iterator<Item = Permission> {
    package
        .imports
        .iter()
        .filter_map(|import| Permission::of_interface(import))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin_host::package::tests::importing;

    fn package(imports: &[&str]) -> Package {
        let manifest = "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \
                        \"MIT\"\n[[permission]]\nname = \"wake\"\nwhy = \"w\"\n[[permission]]\nname = \"kv\"\nwhy = \"w\"\n";
        Package::read(&importing(manifest, imports)).expect("it can be read")
    }

    #[test]
    fn a_package_that_could_not_be_compiled_still_hears_of_every_missing_permission() {
        let package = package(&[
            "switchboard:plugin/log@0.1.0",
            "switchboard:plugin/kv@0.1.0",
            "switchboard:plugin/history@0.1.0",
            "wasi:http/outgoing-handler@0.2.0",
        ]);
        assert_eq!(
            problems(&package, &[]),
            [
                "a/b wants to act by itself at set times: add \"wake\" to its grants to allow it",
                "a/b wants to keep data of its own: add \"kv\" to its grants to allow it",
                "a/b wants to read earlier messages of the conversation: add \"history\" to its grants to allow it",
                "a/b uses switchboard:plugin/history@0.1.0 but its manifest does not ask for \"history\"",
                "a/b imports \"wasi:http/outgoing-handler@0.2.0\", which no plugin can have",
            ]
        );
    }

    #[test]
    fn a_permission_that_nothing_uses_is_found() {
        assert_eq!(unused(&package(&["switchboard:plugin/log@0.1.0"])), [Permission::Kv]);
        assert!(unused(&package(&["switchboard:plugin/kv@0.1.0"])).is_empty());
    }
}
