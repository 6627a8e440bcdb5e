//! The plugin host: one engine, one runtime for all guests, and the way from a package to a running plugin.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use wasmtime::Engine;
use wasmtime::component::Linker;

use super::bindings::PluginPre;
use super::cache::Cache;
use super::config::HostOptions;
use super::engine::{self, Running, Sweep, Ticker};
use super::failure::Failure;
use super::host_api;
use super::http::{Bindings, Outside, WayOut};
use super::imports;
use super::manifest::{Isolation, Manifest};
use super::package::Package;
use super::permission::Permission;
use super::plugin::{Parts, Plugin};
use super::room::Room;
use super::state::State;
use super::visible::in_one_line;
use super::webhook::{Hook, Webhook};
use crate::clock::Clock;

/// Tokio looks at timers and sockets after so many polls; a looping guest is one poll of a millisecond.
const EVENT_INTERVAL: u32 = 3;

/// Runs plugins. Lives as long as the process; clones share everything.
#[derive(Clone)]
pub struct PluginHost {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    cache: Cache,
    options: HostOptions,
    clocked: Clocked,
    plugins: Arc<Swept>,
    runtime: Option<Runtime>,
    /// What is linked for each set of permissions, made once: it takes longer than loading a package.
    linkers: Mutex<HashMap<Vec<Permission>, Arc<Linker<State>>>>,
}

/// The clocks of the host: the engine's and everybody's.
#[derive(Clone)]
pub(super) struct Clocked {
    ticker: Arc<Ticker>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Swept {
    plugins: Mutex<Vec<Weak<Plugin>>>,
}

/// A compiled package with what it was granted.
#[derive(Clone)]
pub struct Loaded {
    package: Arc<Package>,
    granted: Vec<Permission>,
    pre: PluginPre<super::state::State>,
}

/// Why a package is not run: every problem, a line each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("\n"))]
pub struct LoadError {
    /// Each for the admin.
    pub problems: Vec<String>,
}

/// Why the host cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The engine refuses this machine.
    #[error("the sandbox does not run on this machine: {0}")]
    Engine(String),
    /// A thread cannot be had.
    #[error("no thread for plugins")]
    Thread(#[source] std::io::Error),
}

impl PluginHost {
    /// Starts engine, clock and runtime.
    ///
    /// # Errors
    ///
    /// When the machine gives neither.
    pub fn start(options: HostOptions, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let engine = engine::make(options.fuel.is_some()).map_err(|error| StartError::Engine(error.to_string()))?;
        let plugins = Arc::new(Swept::default());
        let sweep: Arc<dyn Sweep> = Arc::<Swept>::clone(&plugins);
        let ticker = Ticker::start(&engine, Arc::downgrade(&sweep)).map_err(StartError::Thread)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(options.threads.max(1))
            .thread_name("plugins")
            .event_interval(EVENT_INTERVAL)
            .enable_all()
            .build()
            .map_err(StartError::Thread)?;
        Ok(Self {
            inner: Arc::new(Inner {
                cache: Cache::new(options.cache.clone()),
                clocked: Clocked {
                    ticker: Arc::new(ticker),
                    clock,
                },
                engine,
                options,
                plugins,
                runtime: Some(runtime),
                linkers: Mutex::default(),
            }),
        })
    }

    /// The runtime on which plugins, and so lanes, must run.
    pub fn handle(&self) -> Handle {
        let runtime = self.inner.runtime.as_ref();
        runtime.expect("it is taken on drop alone").handle().clone()
    }

    /// A plugin leaves a community, and what was recorded of it there goes.
    pub fn leaves(&self, community: &str, plugin: &str) {
        if let Some(recorder) = &self.inner.options.recorder {
            recorder.leaves(community, plugin);
        }
    }

    /// Reads a package, checks what it imports against what is granted, and compiles it.
    ///
    /// # Errors
    ///
    /// Every problem at once; nothing has been compiled when a permission is missing.
    pub fn load(&self, wasm: &[u8], granted: &[Permission]) -> Result<Loaded, LoadError> {
        let package = Package::read(wasm).map_err(|problems| LoadError { problems })?;
        let id = package.manifest.plugin.id.clone();
        let problems = imports::problems(&package, granted);
        if !problems.is_empty() {
            return Err(LoadError { problems });
        }
        let component = self.inner.cache.component(&self.inner.engine, &package.digest, wasm);
        let component = component.map_err(|error| one(&format!("{id} does not compile: {}", error.root_cause())))?;
        let linker = self.linker(granted).map_err(|error| one(&error.to_string()))?;
        let pre = linker
            .instantiate_pre(&component)
            .and_then(PluginPre::new)
            .map_err(|error| one(&format!("{id} speaks another contract: {error:#}")))?;
        Ok(Loaded {
            package: Arc::new(package),
            granted: granted.to_vec(),
            pre,
        })
    }

    fn linker(&self, granted: &[Permission]) -> wasmtime::Result<Arc<Linker<State>>> {
        let mut wanted = granted.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let mut linkers = self.inner.linkers.lock().expect("nobody panics while holding it");
        if let Some(linker) = linkers.get(&wanted) {
            return Ok(Arc::clone(linker));
        }
        let linker = Arc::new(host_api::linker(&self.inner.engine, &wanted, self.inner.options.newer)?);
        linkers.insert(wanted, Arc::clone(&linker));
        Ok(linker)
    }

    /// Makes a plugin run for a community, and shows that its `init` accepts the config.
    ///
    /// # Errors
    ///
    /// What `init` said, or why there is no instance.
    pub async fn run(&self, loaded: &Loaded, community: &str, config: &str) -> Result<Arc<Plugin>, Failure> {
        self.run_in(loaded, community, config, Arc::default()).await
    }

    /// As [`run`](Self::run), in the room that other versions of the plugin have in the community.
    ///
    /// # Errors
    ///
    /// What `init` said, or why there is no instance.
    pub async fn run_in(
        &self,
        loaded: &Loaded,
        community: &str,
        config: &str,
        room: Arc<Room>,
    ) -> Result<Arc<Plugin>, Failure> {
        let asked = &loaded.package.manifest.limits;
        let mut limits = self.inner.options.limits.clone();
        if let Some(mib) = asked.memory_mib {
            limits.memory_bytes = (mib as usize) << 20;
        }
        let fuel = self.inner.options.fuel.as_ref();
        let plugin = Plugin::start(Parts {
            fuel: fuel
                .filter(|fuel| fuel.counts_for(&loaded.package.manifest.plugin.id))
                .cloned(),
            room,
            package: Arc::clone(&loaded.package),
            granted: loaded.granted.clone(),
            pre: loaded.pre.clone(),
            limits,
            community: community.to_owned(),
            config: config.to_owned(),
            fresh: self.inner.options.fresh || asked.isolation == Isolation::Event,
            outside: self.outside(loaded, Permission::Http, config),
            calls: self.outside(loaded, Permission::Call, config),
            recorder: self.inner.options.recorder.clone(),
            host: self.inner.clocked.clone(),
        })
        .await?;
        let mut swept = self
            .inner
            .plugins
            .plugins
            .lock()
            .expect("nobody panics while holding it");
        swept.retain(|plugin| plugin.strong_count() > 0);
        swept.push(Arc::downgrade(&plugin));
        Ok(plugin)
    }

    /// The endpoints that a package has, each with the secret that the owner of the installation gives for it.
    pub fn hooks(&self, manifest: &Manifest) -> Vec<Hook> {
        let id = &manifest.plugin.id;
        let given = self.inner.options.secrets.get(id);
        let hook = |webhook: &Webhook| {
            let secret = given.and_then(|given| given.get(&webhook.signature.secret));
            Hook::new(id, webhook.clone(), secret.cloned())
        };
        manifest.webhooks.iter().map(hook).collect()
    }

    /// The secrets for servers elsewhere that a package names and the owner of the installation does not give: a line for each, with
    /// what to do.
    pub fn secrets_needed(&self, manifest: &Manifest) -> Vec<String> {
        let id = &manifest.plugin.id;
        let given = self.inner.options.secrets.get(id);
        let asked = manifest.permissions.iter();
        asked
            .flat_map(|asked| Bindings::new(&asked.secrets, given).problems(id))
            .collect()
    }

    /// Where it may read, or change things, elsewhere; none where that is not granted.
    fn outside(&self, loaded: &Loaded, permission: Permission, config: &str) -> Option<Outside> {
        if !loaded.granted.contains(&permission) {
            return None;
        }
        let manifest = &loaded.package.manifest;
        let asked = manifest.permissions.iter().find(|asked| asked.name == permission)?;
        let id = &manifest.plugin.id;
        let options = &self.inner.options;
        let way_out = WayOut {
            client: Arc::clone(&options.http),
            secrets: Bindings::new(&asked.secrets, options.secrets.get(id)),
            inside: options.inside.clone(),
        };
        Some(Outside::new(id, &asked.allow, config, way_out))
    }
}

impl Loaded {
    /// What was read of the package.
    pub fn package(&self) -> &Package {
        &self.package
    }
}

impl Clocked {
    pub(super) fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    /// The engine's clock runs while the answer lives.
    pub(super) fn run(&self) -> Running<'_> {
        self.ticker.run()
    }

    /// A number below `below`.
    pub(super) fn chance(&self, below: u32) -> u32 {
        let random = self.clock.id().as_u128() % u128::from(below.max(1));
        u32::try_from(random).expect("less than a u32")
    }
}

impl Sweep for Swept {
    fn sweep(&self) {
        let plugins = self.plugins.lock().expect("nobody panics while holding it");
        for plugin in plugins.iter().filter_map(Weak::upgrade) {
            plugin.sweep();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The last clone may go on a thread of any runtime, where waiting for another one is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for PluginHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginHost").finish_non_exhaustive()
    }
}

/// What the engine tells has names of the package in it.
fn one(problem: &str) -> LoadError {
    LoadError {
        problems: vec![in_one_line(problem)],
    }
}
