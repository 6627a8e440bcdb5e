//! The manifest of a package from a stranger.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = switchboard::plugin_host::hostile::manifest(bytes);
});
