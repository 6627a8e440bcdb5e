//! A community in whose chain a plugin misbehaves before another one that must answer everybody.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use switchboard::clock::{Clock as _, TestClock};
use switchboard::connectors::Acceptance;
use switchboard::dispatcher::chain::settings::{PluginEntry, PluginsFile};
use switchboard::dispatcher::chain::{BUNDLED, Roster};
use switchboard::model::Timestamp;
use switchboard::model::ids::{EventSeq, PluginId};
use switchboard::plugin_host::{CacheOptions, HostOptions, Limits, Net, Package, Packages, PluginHost};
use switchboard::storage::Unit;
use switchboard::storage::core::TraceStep;

use super::http::{Home, given, inside};
use super::pack::{MANIFEST_SECTION, append_section};
use crate::support::chain::chain;
use crate::support::runtime::TestRuntime;

/// The plugin that must answer whatever others do.
const HONEST: &str = "switchboard/hello";

/// Who talks: so many events are at work at once.
const PEOPLE: [&str; 4] = ["ada", "bob", "cleo", "dan"];

/// The login of another community.
pub const NEIGHBOUR: &str = "neighbour";

/// A sandbox, and the clock by which it forgives.
pub struct House {
    pub host: PluginHost,
    pub clock: Arc<TestClock>,
}

/// One plugin of a chain, with what its admin decided.
pub struct Enabled {
    pub wasm: Vec<u8>,
    pub grants: Vec<&'static str>,
    pub config: toml::Table,
}

/// A community with its chain.
pub struct Stage {
    pub runtime: TestRuntime,
    pub roster: Arc<Roster>,
}

impl House {
    /// Compiled plugins are shared by all houses.
    pub fn new(limits: Limits) -> Self {
        let clock = Arc::new(TestClock::new(Timestamp::from_millis(1_790_000_000_000)));
        let options = HostOptions {
            limits,
            cache: Some(CacheOptions {
                folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
                key: [7; 32],
            }),
            http: Arc::new(Net::with(Arc::new(Home))),
            secrets: given(),
            inside: inside(),
            ..HostOptions::default()
        };
        let host = PluginHost::start(options, Arc::clone(&clock) as _).unwrap();
        Self { host, clock }
    }

    /// The one with the limits that every admin has at first.
    pub fn usual() -> &'static Self {
        static USUAL: OnceLock<House> = OnceLock::new();
        USUAL.get_or_init(|| Self::new(Limits::default()))
    }

    /// One for guests that compute a lot and do not loop: a busy machine must not fail them.
    pub fn patient() -> &'static Self {
        static PATIENT: OnceLock<House> = OnceLock::new();
        PATIENT.get_or_init(|| {
            Self::new(Limits {
                cpu: Duration::from_secs(10),
                http_wait: Duration::from_millis(500),
                ..Limits::default()
            })
        })
    }
}

/// The package with more in its manifest: of several, the last one counts.
pub fn with_manifest(wasm: &[u8], change: impl FnOnce(String) -> String) -> Vec<u8> {
    let manifest = Package::read(wasm).unwrap().manifest_text;
    let mut wasm = wasm.to_vec();
    append_section(&mut wasm, MANIFEST_SECTION, change(manifest).as_bytes());
    wasm
}

impl Stage {
    /// With these plugins before the one that answers. Everything runs where the sandbox runs, as lanes do.
    pub async fn start(host: &PluginHost, enabled: Vec<Enabled>) -> Self {
        let mut packages = Packages::bundled();
        let mut plugins = Vec::new();
        let honest = Enabled {
            wasm: packages.find(HONEST).unwrap().to_vec(),
            grants: Vec::new(),
            config: toml::Table::new(),
        };
        for Enabled { wasm, grants, config } in enabled.into_iter().chain([honest]) {
            plugins.push(PluginEntry {
                within: Vec::new(),
                id: Package::read(&wasm).unwrap().manifest.plugin.id,
                enabled: true,
                grants: grants.into_iter().map(str::to_owned).collect(),
                granted_to: BUNDLED.to_owned(),
                config,
            });
            packages.add(wasm).unwrap();
        }
        let made = Arc::new(OnceLock::new());
        let (slot, offered, host) = (Arc::clone(&made), packages.clone(), host.clone());
        let runtime = TestRuntime::builder()
            .neighbour(NEIGHBOUR)
            .handler(move |parts| {
                let (chain, roster) = chain(parts, &host, offered.clone());
                assert!(slot.set(roster).is_ok(), "it is started once");
                chain
            })
            .start()
            .await;
        let now = runtime.clock.now();
        let units = PluginsFile { plugins }.units(runtime.community, &[], &packages, now);
        runtime.storage.write(Unit::All(units)).await.unwrap();
        let roster = Arc::clone(made.get().unwrap());
        roster.refresh(now).await.unwrap();
        Self { runtime, roster }
    }

    /// So many messages, said by several people at once. Answers which events they are, in order.
    pub async fn say(&self, text: &str, messages: usize) -> Vec<EventSeq> {
        let said = PEOPLE.iter().cycle().take(messages);
        let said = said.map(|who| self.runtime.message(who, text)).collect();
        let accepted = self.runtime.accept(said).await;
        self.runtime.settled().await;
        let stored = accepted.into_iter().map(|acceptance| match acceptance {
            Acceptance::Stored(seq) => seq,
            other => panic!("{other:?}"),
        });
        stored.collect()
    }

    /// What the honest plugin has said, and what came from elsewhere.
    pub fn heard(&self) -> (usize, Vec<String>) {
        let all = PEOPLE.iter().flat_map(|who| {
            let heard = self.runtime.heard(who);
            heard
                .into_iter()
                .map(move |text| (text == format!("Hello, {who}!"), text))
        });
        let (answers, others): (Vec<_>, Vec<_>) = all.partition(|(is_answer, _)| *is_answer);
        (answers.len(), others.into_iter().map(|(_, text)| text).collect())
    }

    /// What the trace of an event says of a plugin.
    pub async fn step(&self, event: EventSeq, plugin: &PluginId) -> TraceStep {
        let (_, trace) = self.runtime.storage.event(event).await.unwrap().unwrap();
        let steps = trace.unwrap().steps;
        let found = steps.iter().find(|step| step.who == plugin.as_str());
        found.unwrap_or_else(|| panic!("{plugin} is not in {steps:?}")).clone()
    }
}
