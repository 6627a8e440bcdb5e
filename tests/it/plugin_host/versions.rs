//! Two versions of the contract side by side: what a later one adds is linked beside what was there, and plugins of both run in
//! one chain.

use std::sync::Arc;

use switchboard::clock::SystemClock;
use switchboard::plugin_host::bindings::switchboard::plugin::log::Level;
use switchboard::plugin_host::{HostOptions, InstanceState, Package, Packages, PluginHost};
use switchboard::storage::core::Verdict;
use wasmtime::component::Linker;

use super::stage::{Enabled, Stage, with_manifest};
use super::{built, options};

/// What the next version of `log` has: one function more.
fn next(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    let mut log = linker.instance("switchboard:plugin/log@0.1.1")?;
    log.func_wrap("write", |_, (_, _): (Level, String)| Ok(()))?;
    log.func_wrap("left", |_, (): ()| Ok((63_u32,)))
}

fn enabled(wasm: Vec<u8>) -> Enabled {
    Enabled {
        wasm,
        grants: Vec::new(),
        config: toml::Table::new(),
    }
}

/// `hello` as a toolchain with the next version would build it: it asks for nothing that is new.
fn careful() -> Vec<u8> {
    const NOW: &[u8] = b"@0.1.0";
    let mut wasm = with_manifest(Packages::bundled().find("switchboard/hello").unwrap(), |manifest| {
        manifest.replace("switchboard/hello", "test/careful")
    });
    let mut found = 0;
    for at in 0..wasm.len() - NOW.len() {
        // WASI has versions of its own.
        let ours = String::from_utf8_lossy(&wasm[at.saturating_sub(32)..at]).contains("switchboard:plugin/");
        if ours && wasm[at..].starts_with(NOW) {
            wasm[at..at + NOW.len()].copy_from_slice(b"@0.1.1");
            found += 1;
        }
    }
    assert!(found > 0, "it exports the handler");
    assert!(Package::read(&wasm).is_ok());
    wasm
}

/// What each person hears, and what the trace says of the newer plugin.
fn play(options: HostOptions) -> (Vec<String>, Verdict, String) {
    let host = PluginHost::start(options, Arc::new(SystemClock::new())).unwrap();
    host.handle().block_on(async {
        let chain = vec![enabled(built("newer").to_vec()), enabled(careful())];
        let stage = Stage::start(&host, chain).await;
        let events = stage.say("hello", 1).await;
        let step = stage.step(events[0], &"test/newer".into()).await;
        (stage.runtime.heard("ada"), step.verdict, step.line)
    })
}

#[test]
fn plugins_of_both_versions_run_in_one_chain() {
    let options = HostOptions {
        newer: Some(next),
        ..options(false)
    };
    let (heard, verdict, _) = play(options);
    assert_eq!(heard, ["63 lines are left", "Hello, ada!", "Hello, ada!"]);
    assert_eq!(verdict, Verdict::Acted);
}

#[test]
fn what_uses_a_function_that_is_not_there_is_refused_by_its_name_and_the_others_run() {
    let (heard, verdict, line) = play(options(false));
    assert_eq!(heard, ["Hello, ada!", "Hello, ada!"]);
    assert_eq!(verdict, Verdict::Held);
    assert!(line.starts_with("test/newer speaks another contract: "), "{line}");
    assert!(
        line.contains("switchboard:plugin/log@0.1.1") && line.contains("left"),
        "{line}"
    );
}
