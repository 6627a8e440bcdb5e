//! One plugin in one community: its warm instances, and what came of its calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::bindings::PluginPre;
use super::bindings::switchboard::plugin::log::Level;
use super::bindings::switchboard::plugin::types::{Call, Event, Outcome, Step};
use super::config::Limits;
use super::data::HostData;
use super::engine::Sweep;
use super::failure::Failure;
use super::fuel::Fuel;
use super::health::{Health, State as HealthState};
use super::host::Clocked;
use super::http::{CallFault, HttpAnswer, Outside};
use super::instance::{Handled, Instance};
use super::kv::KvBuffer;
use super::package::Package;
use super::permission::Permission;
use super::recording::{Recorder, Recording, Settings, Tape};
use super::room::{Held, Room};
use super::state::{State, Ways};

/// An instance is replaced after this many events at least, so that what it hoards goes …
const EVENTS_MIN: u32 = 500;

/// … and after this many more at most, by chance, so that not all go at once.
const EVENTS_SPREAD: u32 = 1_000;

/// An instance that nobody needed for so long is dropped.
const IDLE_MAX: Duration = Duration::from_mins(1);

/// A plugin as the settings of one community want it.
pub struct Plugin {
    package: Arc<Package>,
    granted: Vec<Permission>,
    pre: PluginPre<State>,
    limits: Arc<Limits>,
    community: String,
    config: String,
    fresh: bool,
    fuel: Option<Arc<Fuel>>,
    host: Clocked,
    warm: Mutex<Vec<Instance>>,
    permits: Semaphore,
    room: Arc<Room>,
    ways: Ways,
    calls: Option<Outside>,
    recorder: Option<Arc<dyn Recorder>>,
    health: Mutex<Health>,
}

/// What came of one call.
#[derive(Debug)]
pub struct Report {
    /// What it asks for, or why there is nothing.
    pub result: Result<Outcome, Failure>,
    /// What it read and wrote. Of a failed call nothing is written.
    pub kv: KvBuffer,
    /// Room for what it wrote, to be kept until that is committed or given up.
    pub held: Held,
    /// What it wrote to its log.
    pub log: Vec<(Level, String)>,
    /// Log lines beyond the limit.
    pub log_lost: u32,
    /// Its host calls, a line each.
    pub calls: Vec<String>,
    /// How long it computed.
    pub cpu: Duration,
    /// A pause or quarantine that this failure brought.
    pub news: Option<HealthState>,
}

pub(super) struct Parts {
    pub(super) package: Arc<Package>,
    pub(super) granted: Vec<Permission>,
    pub(super) pre: PluginPre<State>,
    pub(super) limits: Limits,
    pub(super) community: String,
    pub(super) config: String,
    pub(super) fresh: bool,
    pub(super) fuel: Option<Arc<Fuel>>,
    pub(super) room: Arc<Room>,
    pub(super) outside: Option<Outside>,
    pub(super) calls: Option<Outside>,
    pub(super) recorder: Option<Arc<dyn Recorder>>,
    pub(super) host: Clocked,
}

impl Plugin {
    /// Makes the first instance, which shows that `init` accepts community and config.
    pub(super) async fn start(parts: Parts) -> Result<Arc<Self>, Failure> {
        let limits = Arc::new(parts.limits);
        let completions = parts.granted.contains(&Permission::Model).then(Default::default);
        let plugin = Arc::new(Self {
            package: parts.package,
            granted: parts.granted,
            pre: parts.pre,
            community: parts.community,
            config: parts.config,
            fresh: parts.fresh,
            fuel: parts.fuel,
            host: parts.host,
            warm: Mutex::default(),
            permits: Semaphore::new(limits.instances),
            room: parts.room,
            ways: Ways {
                outside: parts.outside.map(Arc::new),
                completions,
            },
            calls: parts.calls,
            recorder: parts.recorder,
            health: Mutex::default(),
            limits,
        });
        let first = plugin.instance().await?;
        plugin.put(first);
        Ok(plugin)
    }

    /// The package it runs.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// Whether an action that needs the permission is allowed.
    pub fn may(&self, permission: Permission) -> bool {
        self.granted.contains(&permission)
    }

    /// The call in a line for the trace, which tells method and host alone.
    ///
    /// # Errors
    ///
    /// Why it may not be sent, as the rest of a sentence about the plugin.
    pub fn check_call(&self, call: &Call) -> Result<String, String> {
        self.calls
            .as_ref()
            .ok_or_else(not_granted)?
            .check_call(call, &self.limits)
    }

    /// Sends a call once, if it may be sent by now. `key` is the same for each repeat. A redirect is an answer like any other, and
    /// secrets are hidden in what came back.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn call(&self, call: &Call, key: &str) -> Result<HttpAnswer, CallFault> {
        let Some(calls) = &self.calls else {
            return Err(CallFault::Refused(not_granted()));
        };
        calls.call(call, key, &self.limits).await
    }

    /// Whether it may be called now.
    pub fn health(&self) -> HealthState {
        let now = self.host.now();
        self.health.lock().expect("nobody panics while holding it").state(now)
    }

    /// Holds it back until an admin has looked.
    pub fn quarantine(&self, why: String) {
        *self.health.lock().expect("nobody panics while holding it") = Health::quarantined(why);
    }

    /// Hands it an event; of an answer it is to be told whether it is [accepted](Self::accepted) or
    /// [refused](Self::refused). Must run on the plugins' own runtime: the guest gives way to others there and nowhere else.
    pub async fn handle(&self, event: &Event, trail: &[Step], data: Arc<dyn HostData>) -> Report {
        let Some(recording) = self.recording() else {
            return self.enter(event, trail, data).await;
        };
        let tape = Arc::new(Tape::over(data));
        let report = self.enter(event, trail, Arc::<Tape>::clone(&tape)).await;
        recording.add(&self.settings(), (event, trail), &tape, &report);
        report
    }

    /// Until when it is recorded, in milliseconds since the Unix epoch; none where it is not.
    pub fn recorded_until(&self) -> Option<i64> {
        self.recorder.as_ref()?.until(&self.community, self.id())
    }

    /// Looks at what is stored before the next write, as if it were the first: how much room there was is a part of a recording.
    pub fn forget_room(&self) {
        self.room.forget();
    }

    fn id(&self) -> &str {
        &self.package.manifest.plugin.id
    }

    fn recording(&self) -> Option<Arc<Recording>> {
        self.recorder.as_ref()?.recording(&self.community, self.id())
    }

    fn settings(&self) -> Settings {
        Settings {
            version: self.package.manifest.plugin.version.clone(),
            digest: self.package.digest.clone(),
            community: self.community.clone(),
            config: self.config.clone(),
        }
    }

    async fn enter(&self, event: &Event, trail: &[Step], data: Arc<dyn HostData>) -> Report {
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let instance = match self.take() {
            Some(instance) => instance,
            None => match self.instance().await {
                Ok(instance) => instance,
                Err(failure) => return self.report(Report::failed(failure)),
            },
        };
        let running = self.host.run();
        let handled = instance
            .handle(event, trail, data, &self.host, self.fuel.as_deref())
            .await;
        drop(running);
        let Handled {
            instance,
            result,
            traces,
            cpu,
        } = handled;
        if let Some(instance) = instance {
            self.put(instance);
        }
        let kept = result.is_ok();
        self.report(Report {
            result,
            kv: if kept { traces.kv } else { KvBuffer::default() },
            held: if kept { traces.held } else { Held::default() },
            log: traces.log,
            log_lost: traces.log_lost,
            calls: traces.calls,
            cpu,
            news: None,
        })
    }

    /// Says that all that it asked for is allowed: earlier failures are forgiven.
    pub fn accepted(&self) {
        self.health.lock().expect("nobody panics while holding it").succeeded();
    }

    /// Says that an outcome was refused after the call: it counts like any failure.
    pub fn refused(&self, why: &str) -> Option<HealthState> {
        let now = self.host.now();
        self.health
            .lock()
            .expect("nobody panics while holding it")
            .failed(now, why)
    }

    fn report(&self, mut report: Report) -> Report {
        if let Err(failure) = &report.result
            && failure.counts()
        {
            report.news = self.refused(&failure.to_string());
        }
        report
    }

    fn take(&self) -> Option<Instance> {
        self.warm.lock().expect("nobody panics while holding it").pop()
    }

    fn put(&self, instance: Instance) {
        if self.fresh {
            return;
        }
        self.warm.lock().expect("nobody panics while holding it").push(instance);
    }

    async fn instance(&self) -> Result<Instance, Failure> {
        let _running = self.host.run();
        let mut instance = Instance::start(
            &self.pre,
            &self.limits,
            &self.room,
            &self.ways,
            (&self.community, &self.config),
        )
        .await?;
        instance.events_left = EVENTS_MIN + self.host.chance(EVENTS_SPREAD);
        instance.used_at = self.host.now();
        Ok(instance)
    }
}

fn not_granted() -> String {
    "may not change things on servers outside".to_owned()
}

impl Sweep for Plugin {
    fn sweep(&self) {
        let now = self.host.now();
        let mut warm = self.warm.lock().expect("nobody panics while holding it");
        warm.retain(|instance| now.saturating_sub(instance.used_at) < IDLE_MAX);
    }
}

impl Report {
    pub(super) fn failed(failure: Failure) -> Self {
        Self {
            result: Err(failure),
            kv: KvBuffer::default(),
            held: Held::default(),
            log: Vec::new(),
            log_lost: 0,
            calls: Vec::new(),
            cpu: Duration::ZERO,
            news: None,
        }
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin")
            .field("id", &self.package.manifest.plugin.id)
            .field("community", &self.community)
            .finish_non_exhaustive()
    }
}
