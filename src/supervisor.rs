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

    /// What `future` answers, or none when the stop comes first; the future is dropped then.
    pub async fn until<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            () = self.requested() => None,
            answer = future => Some(answer),
        }
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

/// The order in which tasks stop: what brings work in before what does it, and that before what sends the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Takes in: connectors, pages.
    Intake,
    /// Does what was taken in.
    Turns,
    /// Sends what came of it.
    Sending,
    /// What the others need until their end.
    Rest,
}

const STAGES: [Stage; 4] = [Stage::Intake, Stage::Turns, Stage::Sending, Stage::Rest];

/// Starts tasks and waits for them. Clones share the same tasks.
#[derive(Clone, Debug)]
pub struct Supervisor {
    stages: Arc<[Tasks; STAGES.len()]>,
    stage: Stage,
}

#[derive(Debug, Default)]
struct Tasks {
    stop: Stop,
    tracker: TaskTracker,
}

impl Supervisor {
    /// What it starts stops in the last stage, when `stop` is requested.
    pub fn new(stop: Stop) -> Self {
        let rest = Tasks {
            stop,
            tracker: TaskTracker::new(),
        };
        Self {
            stages: Arc::new([Tasks::default(), Tasks::default(), Tasks::default(), rest]),
            stage: Stage::Rest,
        }
    }

    /// The same supervisor, for tasks that stop in `stage`.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> Self {
        Self {
            stages: Arc::clone(&self.stages),
            stage,
        }
    }

    /// The signal that the tasks of this stage see.
    pub fn stop(&self) -> Stop {
        self.tasks(self.stage).stop.clone()
    }

    fn tasks(&self, stage: Stage) -> &Tasks {
        &self.stages[stage as usize]
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
        self.tasks(self.stage).tracker.spawn_on(task, runtime);
    }

    /// Stops one stage after the other, waiting for each, `patience` at most over all. Says whether all ended.
    ///
    /// A stage that does not end leaves the later ones a share of the time, so that what is done is still sent.
    pub async fn shut_down(&self, patience: Duration) -> bool {
        let mut ended = true;
        let end = tokio::time::sleep(patience).deadline();
        for (number, stage) in STAGES.into_iter().enumerate() {
            let tasks = self.tasks(stage);
            tasks.stop.request();
            tasks.tracker.close();
            let later = u32::try_from(STAGES.len() - number - 1).unwrap_or(0);
            // Whoever comes later gets an eighth each, if all is used up before.
            let until = end - patience / 8 * later;
            if tokio::time::timeout_at(until, tasks.tracker.wait()).await.is_err() {
                tracing::warn!(stage = ?stage, "tasks of the stage {stage:?} did not end in their share of {:.1} s", patience.as_secs_f64());
                ended = false;
            }
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[tokio::test]
    async fn a_stage_is_asked_to_stop_when_the_one_before_has_ended() {
        let supervisor = Supervisor::new(Stop::new());
        let (intake, sending) = (supervisor.stage(Stage::Intake), supervisor.stage(Stage::Sending));
        let (first, later) = (intake.stop(), sending.stop());
        let (order, mut ends) = tokio::sync::mpsc::channel(2);
        let (taking, seen) = (order.clone(), later.clone());
        intake.spawn("intake", Restart::Never, move || {
            let (first, taking, seen) = (first.clone(), taking.clone(), seen.clone());
            async move {
                first.requested().await;
                let told = ("intake", seen.is_requested());
                taking.send(told).await.expect("the test listens");
                Ok::<_, Infallible>(())
            }
        });
        sending.spawn("sending", Restart::Never, move || {
            let (later, order) = (later.clone(), order.clone());
            async move {
                later.requested().await;
                order.send(("sending", true)).await.expect("the test listens");
                Ok::<_, Infallible>(())
            }
        });
        assert!(supervisor.shut_down(Duration::from_secs(10)).await);
        assert_eq!(ends.recv().await, Some(("intake", false)));
        assert_eq!(ends.recv().await, Some(("sending", true)));
    }

    #[tokio::test]
    async fn a_stage_that_does_not_end_leaves_time_for_the_later_ones() {
        let supervisor = Supervisor::new(Stop::new());
        let stuck = supervisor.stage(Stage::Turns);
        stuck.spawn("stuck", Restart::Never, std::future::pending::<Result<(), Infallible>>);
        let sending = supervisor.stage(Stage::Sending);
        let stop = sending.stop();
        let (done, ended) = tokio::sync::oneshot::channel();
        let mut done = Some(done);
        sending.spawn("sending", Restart::Never, move || {
            let (stop, done) = (stop.clone(), done.take());
            async move {
                stop.requested().await;
                done.expect("it runs once").send(()).expect("the test listens");
                Ok::<_, Infallible>(())
            }
        });
        assert!(!supervisor.shut_down(Duration::from_millis(80)).await);
        assert_eq!(ended.await, Ok(()));
    }
}
