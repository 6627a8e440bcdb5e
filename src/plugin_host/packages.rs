//! Where packages come from: those inside this binary, built and packed by `build.rs`, and those that somebody hands in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::package::Package;

/// The packages that can be run, by the id of their manifest.
#[derive(Clone, Debug)]
pub struct Packages {
    by_id: BTreeMap<String, Cow<'static, [u8]>>,
}

impl Packages {
    /// Those inside this binary.
    pub fn bundled() -> Self {
        let named = |&(name, wasm): &(&str, &'static [u8])| (format!("switchboard/{name}"), Cow::Borrowed(wasm));
        Self {
            by_id: BUNDLED.iter().map(named).collect(),
        }
    }

    /// Adds one, in place of one with the same id.
    ///
    /// # Errors
    ///
    /// All problems of its manifest, each a line for its author.
    pub fn add(&mut self, wasm: Vec<u8>) -> Result<(), Vec<String>> {
        let package = Package::read(&wasm)?;
        self.by_id.insert(package.manifest.plugin.id, Cow::Owned(wasm));
        Ok(())
    }

    /// The package of that plugin.
    pub fn find(&self, id: &str) -> Option<&[u8]> {
        self.by_id.get(id).map(AsRef::as_ref)
    }

    /// The ids of all of them, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(String::as_str)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.by_id.values().map(AsRef::as_ref)
    }
}

const BUNDLED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/first_party.rs"));
