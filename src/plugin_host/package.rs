//! A plugin's package: one component with its manifest inside.

use sha2::{Digest as _, Sha256};
use wasmparser::{BinaryReader, ComponentImportSectionReader};

use super::manifest::Manifest;
use super::visible::in_one_line;

/// The custom section that holds the manifest.
const MANIFEST_SECTION: &[u8] = b"switchboard:manifest";

/// A larger package is refused unread. `CPython`'s component, the largest known, has 18 MB.
pub const PACKAGE_BYTES_MAX: usize = 64 << 20;

/// The largest contract of ours has 25 interfaces, WASI's included; more imports than this are an attack.
const IMPORTS_MAX: usize = 256;

/// The section of what a component imports.
const IMPORT_SECTION: u8 = 10;

/// The section of whatever a tool wants to say.
const CUSTOM_SECTION: u8 = 0;

/// What is said of a file whose sections make no sense.
const BROKEN: &str = "the file is broken: a section does not end where it says";

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
    /// The interfaces it imports, read without compiling anything.
    pub imports: Vec<String>,
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
        let sections = sections(wasm).map_err(|problem| vec![problem.to_owned()])?;
        let text = manifest_text(&sections)?;
        Ok(Self {
            manifest: Manifest::parse(text)?,
            manifest_text: text.to_owned(),
            digest: hex::encode(Sha256::digest(wasm)),
            imports: find_imports(&sections).map_err(|problem| vec![problem])?,
        })
    }

    /// The manifest of a package that was read before, without its digest, which takes longer than all else.
    ///
    /// # Errors
    ///
    /// All problems, each a line for its author.
    pub fn manifest(wasm: &[u8]) -> Result<Manifest, Vec<String>> {
        Manifest::parse(manifest_text(
            &sections(wasm).map_err(|problem| vec![problem.to_owned()])?,
        )?)
    }
}

/// The outermost sections of a component: what lies inside of them is not looked at.
fn sections(wasm: &[u8]) -> Result<Vec<(u8, &[u8])>, &'static str> {
    let mut rest = wasm
        .strip_prefix(&COMPONENT_HEADER)
        .ok_or("the file is not a WebAssembly component")?;
    let mut sections = Vec::new();
    while let Some((&id, after_id)) = rest.split_first() {
        let (size, after_size) = read_leb128(after_id).ok_or(BROKEN)?;
        let (body, next) = after_size.split_at_checked(size).ok_or(BROKEN)?;
        sections.push((id, body));
        rest = next;
    }
    Ok(sections)
}

fn manifest_text<'a>(sections: &[(u8, &'a [u8])]) -> Result<&'a str, Vec<String>> {
    let section = find_manifest(sections).map_err(|problem| vec![problem.to_owned()])?;
    str::from_utf8(section).map_err(|_| vec!["the manifest is not UTF-8".to_owned()])
}

/// The bytes of the last custom section with the manifest's name.
fn find_manifest<'a>(sections: &[(u8, &'a [u8])]) -> Result<&'a [u8], &'static str> {
    let mut found = None;
    for (_, body) in sections.iter().filter(|(id, _)| *id == CUSTOM_SECTION) {
        let (length, after_length) = read_leb128(body).ok_or(BROKEN)?;
        let (name, bytes) = after_length.split_at_checked(length).ok_or(BROKEN)?;
        if name == MANIFEST_SECTION {
            found = Some(bytes);
        }
    }
    found.ok_or("the component has no manifest; build it with `cargo xtask plugins`")
}

/// The names of all imports. A name that the engine would refuse is refused by it later; nothing is believed here.
fn find_imports(sections: &[(u8, &[u8])]) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for (_, body) in sections.iter().filter(|(id, _)| *id == IMPORT_SECTION) {
        let broken =
            |error: wasmparser::BinaryReaderError| format!("the file is broken: {}", in_one_line(error.message()));
        let imports = ComponentImportSectionReader::new(BinaryReader::new(body, 0)).map_err(broken)?;
        for import in imports {
            if names.len() == IMPORTS_MAX {
                return Err(format!("the component imports more than {IMPORTS_MAX} interfaces"));
            }
            names.push(in_one_line(import.map_err(broken)?.name.name));
        }
    }
    Ok(names)
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::plugin_host::Packages;

    #[track_caller]
    fn check(wasm: &[u8], expected: &str) {
        let problems = Package::read(wasm).expect_err("it has problems");
        assert!(problems[0].contains(expected), "{problems:?}");
    }

    /// A component with this manifest and imports and nothing behind them: it could never be compiled.
    pub(in crate::plugin_host) fn importing(manifest: &str, imports: &[&str]) -> Vec<u8> {
        let sized = |bytes: &[u8]| [&leb128(bytes.len())[..], bytes].concat();
        let custom = [sized(MANIFEST_SECTION), manifest.as_bytes().to_vec()].concat();
        let mut section = leb128(imports.len());
        for import in imports {
            // A name of the newer kind, then the function of type 0.
            section.extend([&[0][..], &sized(import.as_bytes()), &[1, 0]].concat());
        }
        [
            &COMPONENT_HEADER[..],
            &[CUSTOM_SECTION],
            &sized(&custom),
            &[IMPORT_SECTION],
            &sized(&section),
        ]
        .concat()
    }

    fn leb128(mut number: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let low = u8::try_from(number & 0x7f).expect("seven bits");
            number >>= 7;
            if number == 0 {
                bytes.push(low);
                return bytes;
            }
            bytes.push(low | 0x80);
        }
    }

    const MANIFEST: &str =
        "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n";

    #[test]
    fn imports_are_read_without_compiling() {
        let wasm = importing(MANIFEST, &["switchboard:plugin/kv@0.1.0", "wasi:sockets/tcp@0.2.0"]);
        let package = Package::read(&wasm).expect("it can be read");
        assert_eq!(
            package.imports,
            ["switchboard:plugin/kv@0.1.0", "wasi:sockets/tcp@0.2.0"]
        );
    }

    #[test]
    fn ten_thousand_imports_are_refused_unread() {
        let imports = vec!["switchboard:plugin/kv@0.1.0"; 10_000];
        check(&importing(MANIFEST, &imports), "imports more than 256 interfaces");
    }

    #[test]
    fn an_import_section_that_lies_about_its_length_is_broken() {
        let mut wasm = importing(MANIFEST, &["switchboard:plugin/kv@0.1.0"]);
        let count = wasm.len() - 32;
        assert_eq!(wasm[count], 1, "the number of imports");
        wasm[count] = 2;
        check(&wasm, "the file is broken");
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
