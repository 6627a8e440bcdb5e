//! The one engine of this process, and the clock that interrupts its guests.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::config::{STACK_BYTES, TICK};

/// `CPython`'s component has 38.
const CORE_INSTANCES_PER_COMPONENT: u32 = 64;

/// All instances of all plugins at once; more wait for memory outside the pool's slots and are refused.
const INSTANCES_MAX: u32 = 500;

/// The largest memory a plugin can be granted; address space alone is set aside for each slot.
const MEMORY_BYTES_MAX: usize = 512 << 20;

/// What a slot keeps mapped when its instance goes; more than a small plugin uses.
const RESIDENT_BYTES: usize = 2 << 20;

/// The clock stands still after so many ticks without a call, so that an idle program sleeps.
const IDLE_TICKS: u32 = 100;

/// How often warm instances are looked through while nothing runs.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// Makes the engine, with a pool of slots where the address space can be had. With `fuel` it counts what guests compute.
pub(super) fn make(fuel: bool) -> wasmtime::Result<Engine> {
    match Engine::new(&pooled(fuel)) {
        Ok(engine) => Ok(engine),
        Err(error) => {
            tracing::warn!(error = %error, "plugins run without a pool: address space cannot be reserved");
            Engine::new(&base(fuel))
        }
    }
}

fn base(fuel: bool) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(fuel)
        .epoch_interruption(true)
        .concurrency_support(false)
        .max_wasm_stack(STACK_BYTES)
        .memory_init_cow(true)
        .wasm_backtrace_max_frames(None);
    config
}

fn pooled(fuel: bool) -> Config {
    let mut pool = PoolingAllocationConfig::default();
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let resident = if scan { RESIDENT_BYTES } else { 0 };
    pool.total_component_instances(INSTANCES_MAX)
        .total_core_instances(INSTANCES_MAX * 4)
        .total_memories(INSTANCES_MAX)
        .total_tables(INSTANCES_MAX * 2)
        .total_stacks(INSTANCES_MAX)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        .max_memory_size(MEMORY_BYTES_MAX)
        .linear_memory_keep_resident(resident)
        .pagemap_scan(if scan { Enabled::Yes } else { Enabled::No });
    let mut config = base(fuel);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Ticks while guests run. Dropping it ends its thread.
#[derive(Debug)]
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Debug, Default)]
struct Shared {
    running: AtomicU32,
    asleep: AtomicBool,
    ended: AtomicBool,
}

/// Something that wants to be looked through now and then.
pub(super) trait Sweep: Send + Sync {
    fn sweep(&self);
}

/// The clock runs while this lives.
pub(super) struct Running<'a>(&'a Ticker);

impl Ticker {
    /// Starts the thread. `sweep` is called now and then, as long as it lives.
    pub(super) fn start(engine: &Engine, sweep: Weak<dyn Sweep>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let engine = engine.clone();
        let seen = Arc::clone(&shared);
        let handle = thread::Builder::new()
            .name("plugin-clock".into())
            .spawn(move || tick(&engine, &seen, &sweep))?;
        Ok(Self {
            shared,
            thread: handle.thread().clone(),
        })
    }

    /// Keeps the clock running until the answer is dropped.
    pub(super) fn run(&self) -> Running<'_> {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(self)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.shared.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

fn tick(engine: &Engine, shared: &Shared, sweep: &Weak<dyn Sweep>) {
    let mut idle = 0;
    while !shared.ended.load(Ordering::SeqCst) {
        thread::park_timeout(TICK);
        engine.increment_epoch();
        idle = if shared.running.load(Ordering::SeqCst) == 0 {
            idle + 1
        } else {
            0
        };
        if idle < IDLE_TICKS {
            continue;
        }
        shared.asleep.store(true, Ordering::SeqCst);
        // Looked at again after saying that we sleep: a call that began in between did not wake us.
        while shared.running.load(Ordering::SeqCst) == 0 && !shared.ended.load(Ordering::SeqCst) {
            thread::park_timeout(SWEEP_EVERY);
            if let Some(sweep) = sweep.upgrade() {
                sweep.sweep();
            }
        }
        shared.asleep.store(false, Ordering::SeqCst);
        idle = 0;
    }
}
