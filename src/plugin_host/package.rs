//! A plugin's package: one component with its manifest inside.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::manifest::Manifest;

/// The custom section that holds the manifest.
const MANIFEST_SECTION: &[u8] = b"switchboard:manifest";

/// A larger package is refused unread. `CPython`'s component, the largest known, has 18 MB.
pub const PACKAGE_BYTES_MAX: usize = 64 << 20;

/// Magic, version and layer of a component.
const COMPONENT_HEADER: [u8; 8] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

/// A read and checked package. Nothing of it has been compiled or run.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// What it says about itself.
    pub manifest: Manifest,
    /// The manifest as it stands in the package.
    pub manifest_text: String,
    /// SHA-256 of the whole package, as 64 hexadecimal digits.
    pub digest: String,
}

impl Package {
    /// Reads the manifest of a component.
    ///
    /// # Errors
    ///
    /// All problems, each a line for its author.
    pub fn read(wasm: &[u8]) -> Result<Self, Vec<String>> {
        if wasm.len() > PACKAGE_BYTES_MAX {
            return Err(vec![format!("the package is larger than {PACKAGE_BYTES_MAX} bytes")]);
        }
        let section = find_section(wasm, MANIFEST_SECTION).map_err(|problem| vec![problem.to_owned()])?;
        let text = str::from_utf8(section).map_err(|_| vec!["the manifest is not UTF-8".to_owned()])?;
        Ok(Self {
            manifest: Manifest::parse(text)?,
            manifest_text: text.to_owned(),
            digest: hexadecimal(&Sha256::digest(wasm)),
        })
    }
}

/// The bytes of the last custom section of that name.
fn find_section<'a>(wasm: &'a [u8], wanted: &[u8]) -> Result<&'a [u8], &'static str> {
    const BROKEN: &str = "the file is broken: a section does not end where it says";
    let mut rest = wasm
        .strip_prefix(&COMPONENT_HEADER)
        .ok_or("the file is not a WebAssembly component")?;
    let mut found = None;
    while let Some((&id, after_id)) = rest.split_first() {
        let (size, after_size) = read_leb128(after_id).ok_or(BROKEN)?;
        let (body, next) = after_size.split_at_checked(size).ok_or(BROKEN)?;
        rest = next;
        if id == 0 {
            let (length, after_length) = read_leb128(body).ok_or(BROKEN)?;
            let (name, bytes) = after_length.split_at_checked(length).ok_or(BROKEN)?;
            if name == wanted {
                found = Some(bytes);
            }
        }
    }
    found.ok_or("the component has no manifest; build it with `cargo xtask plugins`")
}

fn read_leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    /// A u32 has at most so many bytes in this encoding.
    const BYTES_MAX: usize = 5;
    let mut number = 0_usize;
    for (position, &byte) in bytes.iter().take(BYTES_MAX).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[position + 1..]));
        }
    }
    None
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin_host::Packages;

    #[track_caller]
    fn check(wasm: &[u8], expected: &str) {
        let problems = Package::read(wasm).expect_err("it has problems");
        assert!(problems[0].contains(expected), "{problems:?}");
    }

    #[test]
    fn every_plugin_inside_has_a_sound_manifest() {
        let packages = Packages::bundled();
        for wasm in packages.iter() {
            let package = Package::read(wasm).expect("its manifest is sound");
            assert_eq!(packages.find(&package.manifest.plugin.id), Some(wasm));
        }
    }

    #[test]
    fn broken_bytes_are_named_and_never_panic() {
        check(b"hello", "not a WebAssembly component");
        check(&COMPONENT_HEADER, "has no manifest");
        let packages = Packages::bundled();
        let hello = packages.find("switchboard/hello").expect("it is inside");
        for length in (0..hello.len()).step_by(997) {
            assert!(Package::read(&hello[..length]).is_err());
        }
    }
}
