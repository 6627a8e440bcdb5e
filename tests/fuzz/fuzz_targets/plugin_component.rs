//! A component of ours that a stranger has changed.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = switchboard::plugin_host::hostile::component(bytes);
});
