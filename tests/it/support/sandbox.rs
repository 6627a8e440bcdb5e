//! The real plugins in the real sandbox, with the handlers that the program has, on a test's runtime.

use std::path::Path;
use std::sync::{Arc, Mutex};

use switchboard::app;
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::dispatcher::CommandNames;
use switchboard::dispatcher::chain::{Roster, settings};
use switchboard::knowledge::Knowledge;
use switchboard::plugin_host::{CacheOptions, HostOptions, Packages, PluginHost};

use super::runtime::{Builder, TestRuntime};

/// What the handlers of one runtime share.
type Given = (Knowledge, Arc<Roster>);

/// The sandbox. One serves many runtimes, one after the other.
pub struct Sandbox {
    host: PluginHost,
    /// What the runtime that started last was given.
    given: Arc<Mutex<Option<Given>>>,
}

impl Sandbox {
    /// `fresh`: every event gets a new instance.
    pub fn new(fresh: bool) -> Self {
        let options = HostOptions {
            fresh,
            // Shared by all tests of a run, so that each plugin is compiled once.
            cache: Some(CacheOptions {
                folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
                key: [7; 32],
            }),
            ..HostOptions::default()
        };
        Self {
            host: PluginHost::start(options, Arc::new(SystemClock::new())).expect("the sandbox starts"),
            given: Arc::default(),
        }
    }

    /// A runtime with the program's handlers in the program's order.
    pub fn builder(&self) -> Builder {
        let (host, given) = (self.host.clone(), Arc::clone(&self.given));
        let made = Arc::clone(&self.given);
        let commands = move || -> Arc<dyn CommandNames> {
            let made = made.lock().expect("nobody panics with it");
            let (_, roster) = made.as_ref().expect("handlers are made first");
            Arc::<Roster>::clone(roster)
        };
        let builder = TestRuntime::builder().lanes_on(host.handle()).commands(commands);
        builder.handlers(move |parts| {
            let knowledge = Knowledge::new(Arc::clone(&parts.storage), Arc::clone(&parts.clock));
            let roster = Roster::new(host.clone(), Arc::clone(&parts.storage), Packages::bundled());
            let roster = Arc::new(roster);
            let handlers = app::handlers(&parts.storage, &parts.clock, &knowledge, &roster);
            *given.lock().expect("nobody panics with it") = Some((knowledge, roster));
            handlers
        })
    }

    /// The first start: plugins as `plugins` says, and the sample knowledge.
    pub async fn furnish(&self, runtime: &TestRuntime, plugins: &str) {
        let now = runtime.clock.now();
        settings::apply(&runtime.storage, runtime.community, &Packages::bundled(), plugins, now)
            .await
            .expect("the settings of plugins are sound");
        let (knowledge, _) = self.given();
        let applied = knowledge
            .apply(runtime.community, &switchboard::knowledge::sample())
            .await;
        applied.expect("the sample knowledge is sound");
        self.begin(runtime).await;
    }

    /// After each start: plugins run, and hear that they may begin.
    pub async fn begin(&self, runtime: &TestRuntime) {
        let ((_, roster), now) = (self.given(), runtime.clock.now());
        let starting = self.host.handle().spawn(async move { roster.refresh(now).await });
        let ready = starting.await.expect("no plugin panics").expect("settings can be read");
        runtime.dispatcher.accept_internal(ready).await.expect("plugins begin");
        runtime.settled().await;
    }

    fn given(&self) -> Given {
        let given = self.given.lock().expect("nobody panics with it");
        given.clone().expect("a runtime was started")
    }
}
