//! Compiled plugins on disk: loading one is a thousand times faster than compiling, and runs native code, so each file
//! carries a keyed MAC.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::PathBuf;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::config::CacheOptions;

/// Bytes of the MAC in front of each file.
const MAC_BYTES: usize = 32;

/// Compiles, or loads what was compiled before.
#[derive(Debug)]
pub(super) struct Cache {
    options: Option<CacheOptions>,
}

impl Cache {
    pub(super) fn new(options: Option<CacheOptions>) -> Self {
        Self { options }
    }

    /// The component of that digest. A cache that cannot be read or written costs time, nothing else.
    pub(super) fn component(&self, engine: &Engine, digest: &str, wasm: &[u8]) -> wasmtime::Result<Component> {
        let Some(options) = &self.options else {
            return Component::new(engine, wasm);
        };
        let path = path(options, engine, digest);
        if let Some(component) = load(options, engine, &path) {
            return Ok(component);
        }
        let component = Component::new(engine, wasm)?;
        if let Err(error) = store(options, &path, &component) {
            tracing::warn!(error = %error, path = %path.display(), "a compiled plugin cannot be kept");
        }
        Ok(component)
    }
}

fn path(options: &CacheOptions, engine: &Engine, digest: &str) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let engine = hasher.finish();
    options.folder.join(format!("{digest}-{engine:016x}.cwasm"))
}

fn mac(options: &CacheOptions, name: &str, bytes: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&options.key).expect("any length of key will do");
    // The name is part of it: a valid file cannot be passed off as another plugin.
    mac.update(name.as_bytes());
    mac.update(bytes);
    mac
}

fn name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn load(options: &CacheOptions, engine: &Engine, path: &std::path::Path) -> Option<Component> {
    let file = fs::read(path).ok()?;
    let (stored, bytes) = file.split_at_checked(MAC_BYTES)?;
    if mac(options, &name(path), bytes).verify_slice(stored).is_err() {
        tracing::warn!(path = %path.display(), "a compiled plugin was changed on disk; it is compiled anew");
        return None;
    }
    #[expect(unsafe_code, reason = "the MAC shows that this program wrote the bytes")]
    // SAFETY: the bytes are those of `Component::serialize`, as the MAC with our key shows, and stay in our memory.
    let loaded = unsafe { Component::deserialize(engine, bytes) };
    loaded.ok()
}

fn store(options: &CacheOptions, path: &std::path::Path, component: &Component) -> anyhow::Result<()> {
    let bytes = component.serialize()?;
    fs::create_dir_all(&options.folder)?;
    let unfinished = path.with_extension("unfinished");
    let mut file = fs::File::create(&unfinished)?;
    file.write_all(&mac(options, &name(path), &bytes).finalize().into_bytes())?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin_host::{Packages, engine};

    #[test]
    fn a_file_that_was_changed_is_not_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = CacheOptions {
            folder: folder.path().to_owned(),
            key: [7; 32],
        };
        let engine = engine::make(false).expect("an engine");
        let packages = Packages::bundled();
        let hello = packages.find("switchboard/hello").expect("it is inside");
        let cache = Cache::new(Some(options.clone()));
        cache.component(&engine, "abc", hello).expect("it compiles");

        let path = path(&options, &engine, "abc");
        assert!(load(&options, &engine, &path).is_some());
        let mut bytes = fs::read(&path).expect("it is there");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).expect("it can be changed");
        assert!(load(&options, &engine, &path).is_none());
        cache.component(&engine, "abc", hello).expect("it compiles anew");
        assert!(load(&options, &engine, &path).is_some());
    }
}
