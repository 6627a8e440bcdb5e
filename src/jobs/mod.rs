//! Durable later work: timers, planned posts, ends of quiet, upkeep.
//!
//! Owns when a job fires, and nothing of what it means: a job about a conversation or place appends an event to its
//! lane; upkeep is a closure that `app` registers. A moment missed while the program was down fires once.

mod repeat;
mod runner;

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub use self::repeat::{RepeatError, next_after};
use crate::clock::Clock;
use crate::model::Timestamp;
use crate::storage::core::StoredJob;
use crate::storage::unit::{JobChange, JobStep, NewJob};
use crate::storage::{ReadError, SharedStorage, Unit, WriteError};
use crate::supervisor::{Bell, Restart, Supervisor};

/// A piece of upkeep, given the key of its job. May run twice; an error is tried again later, and while the program ends it counts as
/// not run.
pub type Upkeep = Arc<dyn Fn(String) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The runner of jobs.
pub struct Jobs {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    /// Rung by those who have written a job.
    bell: Bell,
    /// Rung when a job has stored an event.
    events: Bell,
    upkeep: Mutex<HashMap<String, Upkeep>>,
    running: Mutex<HashSet<String>>,
}

impl Jobs {
    /// Without upkeep. `bell` wakes it, `events` wakes the dispatcher.
    pub fn new(storage: SharedStorage, clock: Arc<dyn Clock>, bell: Bell, events: Bell) -> Self {
        Self {
            storage,
            clock,
            bell,
            events,
            upkeep: Mutex::default(),
            running: Mutex::default(),
        }
    }

    /// What `JobWork::Upkeep` of this name does.
    pub fn register<F, Fut>(&self, name: &str, work: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.register_for(name, move |_| work());
    }

    /// The same, for upkeep that reads in its job's key what it is about.
    pub fn register_for<F, Fut>(&self, name: &str, work: F)
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        let work: Upkeep = Arc::new(move |key| work(key).boxed());
        self.upkeep
            .lock()
            .expect("no code panics while it holds the upkeep")
            .insert(name.to_owned(), work);
    }

    /// Makes, replaces or takes back a job outside a commit.
    ///
    /// # Errors
    ///
    /// When it could not be stored.
    pub async fn change(&self, change: JobChange) -> Result<(), WriteError> {
        self.storage.write(Unit::Job(JobStep::Change(change))).await?;
        self.bell.ring();
        Ok(())
    }

    /// Plans what repeats, at each start. A moment that was missed while the program was down stays due, so that it is
    /// made up for once.
    ///
    /// # Errors
    ///
    /// When it could not be read or stored.
    pub async fn plan(&self, mut job: NewJob) -> Result<(), WriteError> {
        let stored = self
            .storage
            .jobs_by_key(&job.key, 1)
            .await
            .map_err(|error| WriteError::Broken(Box::new(error)))?;
        let same = |stored: &&StoredJob| stored.new.key == job.key && stored.new.repeat == job.repeat;
        if let Some(stored) = stored.first().filter(same) {
            job.due = job.due.min(stored.new.due);
        }
        self.change(JobChange::Put(job)).await
    }

    /// Starts the runner.
    pub fn start(self: &Arc<Self>, supervisor: &Supervisor) {
        let (jobs, tasks) = (Arc::clone(self), supervisor.clone());
        supervisor.spawn("jobs", Restart::Backoff, move || {
            runner::run(Arc::clone(&jobs), tasks.clone())
        });
    }

    /// Whether nothing is due now.
    ///
    /// # Errors
    ///
    /// When the table could not be read.
    pub async fn is_quiet(&self) -> Result<bool, ReadError> {
        let idle = self
            .running
            .lock()
            .expect("no code panics while it holds the running jobs")
            .is_empty();
        Ok(idle && self.storage.jobs_due(self.clock.now(), 1).await?.is_empty())
    }

    /// When the next job is due.
    ///
    /// # Errors
    ///
    /// When the table could not be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, ReadError> {
        self.storage.job_next_due().await
    }
}
