//! What strangers could hand in as a plugin, and what must hold of it. For the fuzzer, and for the tests that play what it found
//! again; no part of the program.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::json;

use super::bindings::switchboard::plugin::types as wit;
use super::data::NoData;
use super::manifest::{MANIFEST_BYTES_MAX, Manifest};
use super::package::Package;
use super::packages::Packages;
use super::permission::Permission;
use super::{Failure, HostOptions, KvBuffer, Limits, PluginHost, imports, schema};
use crate::clock::SystemClock;

/// The component that is changed: real, and quickly compiled.
const CHANGED: &str = "switchboard/hello";

/// How many bytes an edit of it is made of.
const EDIT_BYTES: usize = 5;

/// More edits leave nothing of it.
const EDITS_MAX: usize = 64;

/// What is said to the plugin: a word that it wants.
const SAID: &str = "hello";

static HOST: LazyLock<PluginHost> = LazyLock::new(|| {
    let limits = Limits {
        // Less than the fuzzer's own patience, and enough for the limit of CPU on a busy machine.
        wall: Duration::from_secs(4),
        init_cpu: Duration::from_millis(100),
        ..Limits::default()
    };
    let options = HostOptions {
        limits,
        ..HostOptions::default()
    };
    PluginHost::start(options, Arc::new(SystemClock::new())).expect("the sandbox starts")
});

/// What became of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Came {
    /// Its form is wrong: nothing was compiled.
    Unread,
    /// It does not compile, or speaks another contract.
    Refused,
    /// It does not start.
    NotStarted,
    /// It starts, and fails when it is called.
    Failed,
    /// It answers.
    Answered,
}

/// Reads bytes as a manifest, and says whether they are one. Panics where one is nonsense, or a refusal says nothing.
pub fn manifest(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let manifest = match Manifest::parse(&text) {
        Ok(manifest) => manifest,
        Err(problems) => {
            let says = |problem: &String| !problem.trim().is_empty();
            assert!(!problems.is_empty() && problems.iter().all(says), "{problems:?}");
            return false;
        }
    };
    assert!(text.len() <= MANIFEST_BYTES_MAX);
    assert_eq!(Manifest::parse(&text).as_ref(), Ok(&manifest), "it says the same twice");
    for asked in &manifest.permissions {
        assert!(!asked.allows().is_empty() && !asked.is_wider(asked), "{asked:?}");
    }
    for permission in manifest.wanted() {
        assert_eq!(Permission::parse(permission.name()), Some(permission));
    }
    manifest.servers();
    let settings = manifest.config_schema();
    for value in [json!({}), json!(null), json!({ "a": [[], { "b": 1 }] })] {
        schema::problems(&settings, &value);
    }
    true
}

/// Changes a real component by the bytes, five for each edit, and does with it what is done with a package that somebody hands in
/// and switches on. Panics where a limit does not hold.
pub fn component(bytes: &[u8]) -> Came {
    let packages = Packages::bundled();
    let mut wasm = packages.find(CHANGED).expect("it is inside").to_vec();
    for edit in bytes.chunks_exact(EDIT_BYTES).take(EDITS_MAX) {
        change(&mut wasm, edit);
    }
    let Ok(package) = Package::read(&wasm) else {
        return Came::Unread;
    };
    imports::undeclared(&package);
    imports::unused(&package);
    let loaded = match HOST.load(&wasm, &Permission::ALL) {
        Ok(loaded) => loaded,
        Err(refused) => {
            assert!(!refused.problems.is_empty());
            return Came::Refused;
        }
    };
    HOST.handle().block_on(async {
        let Ok(plugin) = HOST.run(&loaded, "community", "{}").await else {
            return Came::NotStarted;
        };
        let report = plugin.handle(&event(), &[], Arc::new(NoData)).await;
        let limits = Limits::default();
        assert!(report.log.len() <= limits.log_lines && report.calls.len() <= limits.calls as usize);
        match report.result {
            Ok(outcome) => {
                let said = format!("{outcome:?}").len();
                assert!(said <= 64 * limits.answer_bytes, "{said} bytes came out");
                Came::Answered
            }
            Err(failure) => {
                assert_eq!(report.kv, KvBuffer::default(), "nothing is half written");
                assert!(!matches!(failure, Failure::Wall { .. }), "it computed for ever");
                Came::Failed
            }
        }
    })
}

/// One edit: how far from the end (three bytes), where the manifest lies, what is done there, and with what.
fn change(wasm: &mut Vec<u8>, edit: &[u8]) {
    let &[high, middle, low, act, value] = edit else { return };
    if wasm.is_empty() {
        return;
    }
    let at = wasm.len() - 1 - u32::from_be_bytes([0, high, middle, low]) as usize % wasm.len();
    match act % 5 {
        0 => wasm[at] = value,
        1 => wasm[at] ^= value.max(1),
        2 => wasm.insert(at, value),
        3 => {
            let end = (at + usize::from(value) + 1).min(wasm.len());
            wasm.drain(at..end);
        }
        _ => {
            let end = (at + usize::from(value) + 1).min(wasm.len());
            let again = wasm[at..end].to_vec();
            wasm.splice(at..at, again);
        }
    }
}

fn event() -> wit::Event {
    wit::Event {
        id: "event".into(),
        attempt: 1,
        occurred_at: 0,
        now: 0,
        late: false,
        language: "en".into(),
        place: None,
        person: None,
        conversation: None,
        body: wit::EventBody::Message(wit::Message {
            ref_: "message".into(),
            text: SAID.into(),
            addressed: wit::Addressed::Direct,
            language: None,
            reply_to: None,
            mentions: Vec::new(),
            links: Vec::new(),
            attachments: Vec::new(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// All that is kept of a fuzz target.
    fn replay<T: Ord>(target: &str, play: fn(&[u8]) -> T) -> BTreeSet<T> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/fuzz")
            .join(target);
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let came = files.map(|path| {
            // Shown where one fails.
            println!("{}", path.display());
            play(&fs::read(&path).unwrap())
        });
        came.collect()
    }

    #[test]
    fn what_is_kept_of_manifests_is_read_or_refused() {
        assert_eq!(replay("plugin_manifest", manifest), BTreeSet::from([false, true]));
    }

    #[test]
    fn what_is_kept_of_components_runs_or_is_refused() {
        let came = replay("plugin_component", component);
        for each in [Came::Unread, Came::Refused, Came::NotStarted, Came::Answered] {
            assert!(came.contains(&each), "{each:?} is not among {came:?}");
        }
    }
}
