//! Options of the sandbox, each with its reason.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::Linker;

use super::fuel::Fuel;
use super::http::{GivenSecrets, HttpClient, Machine, Net};
use super::recording::Recorder;
use super::state::State;

/// What the host is started with.
#[derive(Clone, Debug)]
pub struct HostOptions {
    /// Where compiled plugins are kept, for nobody else to write; none keeps nothing.
    pub cache: Option<CacheOptions>,
    /// Threads of the plugins' own runtime.
    pub threads: usize,
    /// Whether each event gets a fresh instance, whatever the manifest says. For tests.
    pub fresh: bool,
    /// Where instructions are counted, which makes guests slower. For tests.
    pub fuel: Option<Arc<Fuel>>,
    /// What a later version of the contract adds to what plugins can import. For tests: a version of today lies in the contract.
    pub newer: Option<Newer>,
    /// The limits of each plugin.
    pub limits: Limits,
    /// By which plugins read from servers elsewhere.
    pub http: Arc<dyn HttpClient>,
    /// What the owner of the installation gives plugins for servers elsewhere.
    pub secrets: GivenSecrets,
    /// Machines inside the network that plugins may reach, where they are granted them.
    pub inside: Vec<Machine>,
    /// Says what is recorded of plugins' calls; none records nothing.
    pub recorder: Option<Arc<dyn Recorder>>,
}

/// Links interfaces beside those of the contract.
pub type Newer = fn(&mut Linker<State>) -> wasmtime::Result<()>;

/// Where compiled plugins are kept.
#[derive(Clone, Debug)]
pub struct CacheOptions {
    /// The folder.
    pub folder: PathBuf,
    /// The key of the MAC that each file carries: loading one runs native code.
    pub key: [u8; 32],
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            cache: None,
            threads: 2,
            fresh: false,
            fuel: None,
            newer: None,
            limits: Limits::default(),
            http: Arc::new(Net::default()),
            secrets: GivenSecrets::new(),
            inside: Vec::new(),
            recorder: None,
        }
    }
}

/// What one plugin may take. Each is an option of its own for each plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// CPU in one event: a person does not notice it, a loop cannot hold the thread.
    pub cpu: Duration,
    /// Wall time in one event, waits for the host included.
    pub wall: Duration,
    /// CPU in one timer: nobody waits for it, and it may look through all that its plugin keeps.
    pub timer_cpu: Duration,
    /// Wall time in one timer.
    pub timer_wall: Duration,
    /// CPU in `init`, which happens once and may build tables.
    pub init_cpu: Duration,
    /// Memory of one instance.
    pub memory_bytes: usize,
    /// Data from the guest in one call. The engine's default of 128 MiB lets 2 MiB of guest memory make the host
    /// allocate 100.
    pub answer_bytes: usize,
    /// Host calls in one event.
    pub calls: u32,
    /// Questions to the knowledge base in one event.
    pub knowledge_calls: u32,
    /// Calls to servers elsewhere in one event: a person waits for them.
    pub http_calls: u32,
    /// What is sent to a server in one call, address and headers included.
    pub http_request_bytes: usize,
    /// What a server may answer: enough for a feed or a page, and no more than a guest has room for.
    pub http_answer_bytes: usize,
    /// How long one call may take, redirects included.
    pub http_wait: Duration,
    /// Questions to the language model in one event: each costs, and a person waits.
    pub model_calls: u32,
    /// What is said to the language model in one question.
    pub model_request_bytes: usize,
    /// How long one answer of the language model may take. It does not count as wall time of the event.
    pub model_wait: Duration,
    /// Bytes of a key.
    pub kv_key_bytes: usize,
    /// Bytes of a value.
    pub kv_value_bytes: usize,
    /// Keys in one community.
    pub kv_keys: u64,
    /// Bytes in one community.
    pub kv_bytes: u64,
    /// Bytes of a log line; the rest is cut off.
    pub log_line_bytes: usize,
    /// Log lines in one event; the rest is counted.
    pub log_lines: usize,
    /// Instances at once; further events wait.
    pub instances: usize,
}

/// Memory of one instance, in MiB, of a plugin that does not ask for more or less.
pub const MEMORY_MIB: u32 = 64;

/// Of WebAssembly alone; the fibre it runs on is larger.
pub const STACK_BYTES: usize = 512 * 1024;

/// One tick of the engine's clock: what a looping plugin holds a thread for, at most.
pub const TICK: Duration = Duration::from_millis(1);

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu: Duration::from_millis(100),
            wall: Duration::from_secs(10),
            timer_cpu: Duration::from_secs(1),
            timer_wall: Duration::from_secs(30),
            init_cpu: Duration::from_secs(1),
            memory_bytes: (MEMORY_MIB as usize) << 20,
            answer_bytes: 1 << 20,
            calls: 256,
            knowledge_calls: 16,
            http_calls: 5,
            http_request_bytes: 64 << 10,
            http_answer_bytes: 1 << 20,
            http_wait: Duration::from_secs(5),
            model_calls: 2,
            model_request_bytes: 64 << 10,
            model_wait: Duration::from_secs(20),
            kv_key_bytes: 256,
            kv_value_bytes: 64 << 10,
            kv_keys: 10_000,
            kv_bytes: 10 << 20,
            log_line_bytes: 4 << 10,
            log_lines: 64,
            instances: 16,
        }
    }
}
