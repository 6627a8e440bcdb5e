//! Whatever comes in from Telegram.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(switchboard::connectors::telegram::hostile::hear(bytes)));
