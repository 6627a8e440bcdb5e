//! Whatever comes in from Discord.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(switchboard::connectors::discord::hostile::hear(bytes)));
