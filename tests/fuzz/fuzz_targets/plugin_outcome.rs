//! Whatever a plugin could answer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = switchboard::dispatcher::chain::hostile::outcome(bytes);
});
