//! Owns every background task: its name, its restart, and the wait for its end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The first wait before a failed task starts again; it doubles from there.
const BACKOFF_MIN: Duration = Duration::from_millis(200);

/// Long enough not to spin, short enough that a repaired fault is noticed within a minute.
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// Tells a task to finish: first softly, then hard.
#[derive(Clone, Debug)]
pub struct Stop {
    soft: CancellationToken,
}

impl Stop {
    /// A signal of its own, for tests and commands.
    pub fn new() -> Self {
        Self {
            soft: CancellationToken::new(),
        }
    }

    /// Resolves when no new work should be begun.
    pub async fn requested(&self) {
        self.soft.cancelled().await;
    }

    /// Whether no new work should be begun.
    pub fn is_requested(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Asks for the stop.
    pub fn request(&self) {
        self.soft.cancel();
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells a sleeping task that there may be work. A ring while it is awake is kept; many rings are one.
#[derive(Clone, Debug, Default)]
pub struct Bell {
    notify: Arc<Notify>,
}

impl Bell {
    /// Wakes who waits, or lets the next wait end at once.
    pub fn ring(&self) {
        self.notify.notify_one();
    }

    /// Resolves at the next ring. One task at a time may wait.
    pub async fn rung(&self) {
        self.notify.notified().await;
    }
}

/// What becomes of a task that ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It has done its work.
    Never,
    /// It starts again after a wait that doubles with each failure in a row.
    Backoff,
}

/// Starts tasks and waits for them. Clones share the same tasks.
#[derive(Clone, Debug)]
pub struct Supervisor {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    stop: Stop,
    tasks: TaskTracker,
}

impl Supervisor {
    /// Tasks end when `stop` is requested.
    pub fn new(stop: Stop) -> Self {
        Self {
            inner: Arc::new(Inner {
                stop,
                tasks: TaskTracker::new(),
            }),
        }
    }

    /// The signal that all tasks see.
    pub fn stop(&self) -> Stop {
        self.inner.stop.clone()
    }

    /// Runs `make()` under `name`. An error or panic is logged once, and handled as `restart` says.
    pub fn spawn<F, Fut, E>(&self, name: impl Into<String>, restart: Restart, make: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        self.spawn_on(&Handle::current(), name, restart, make);
    }

    /// As [`Supervisor::spawn`], on a runtime other than the caller's.
    pub fn spawn_on<F, Fut, E>(&self, runtime: &Handle, name: impl Into<String>, restart: Restart, mut make: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        let handle = runtime.clone();
        let name = name.into();
        let stop = self.stop();
        let task = async move {
            let mut wait = BACKOFF_MIN;
            loop {
                let result = handle.spawn(make()).await;
                let problem = match result {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => error.to_string(),
                    Err(panic) => format!("panicked: {panic}"),
                };
                tracing::error!(task.name = %name, error = %problem, "task {name} failed");
                if restart == Restart::Never || stop.is_requested() {
                    return;
                }
                tokio::select! {
                    () = stop.requested() => return,
                    () = tokio::time::sleep(wait) => {}
                }
                crate::telemetry::count_for(crate::telemetry::Metric::TasksRestartedTotal, &name);
                wait = (wait * 2).min(BACKOFF_MAX);
            }
        };
        self.inner.tasks.spawn_on(task, runtime);
    }

    /// Asks all tasks to stop and waits for them, `patience` at most. Says whether all ended.
    pub async fn shut_down(&self, patience: Duration) -> bool {
        self.inner.stop.request();
        self.inner.tasks.close();
        tokio::time::timeout(patience, self.inner.tasks.wait()).await.is_ok()
    }
}
