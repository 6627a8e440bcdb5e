//! The plugins inside this binary, built and packed by `build.rs`.

/// A plugin inside this binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstParty {
    /// The name of its folder.
    pub name: &'static str,
    /// The whole package.
    pub wasm: &'static [u8],
}

/// The plugins inside this binary, by name.
pub fn first_party() -> impl Iterator<Item = FirstParty> {
    PACKAGES.iter().map(|&(name, wasm)| FirstParty { name, wasm })
}

const PACKAGES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/first_party.rs"));
