//! Upkeep that runs by itself: the index of words.

use std::sync::Arc;

use anyhow::{Context, Result};

use crate::clock::Clock;
use crate::jobs::Jobs;
use crate::model::ids::JobId;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::unit::{JobChange, JobWork, NewJob, Repeat};

/// A search catches up by itself; this only keeps that short.
const INDEX_SCHEDULE: &str = "*/5 * * * *";

/// Registers the work and sees to it that each piece has its job.
pub(super) async fn register(jobs: &Arc<Jobs>, storage: &Arc<SqliteStorage>, clock: &dyn Clock) -> Result<()> {
    let indexed = Arc::clone(storage);
    jobs.register("search_index", move || {
        let storage = Arc::clone(&indexed);
        async move { storage.index_messages().await.map_err(|error| error.to_string()) }
    });
    schedule(jobs, clock, "search_index", INDEX_SCHEDULE).await
}

async fn schedule(jobs: &Jobs, clock: &dyn Clock, name: &str, cron: &str) -> Result<()> {
    let repeat = Repeat {
        cron: cron.to_owned(),
        zone: "UTC".to_owned(),
    };
    let due = crate::jobs::next_after(&repeat, clock.now()).context("read the schedule of an upkeep")?;
    let job = NewJob {
        id: JobId(clock.id()),
        key: format!("upkeep/{name}"),
        due,
        repeat: Some(repeat),
        work: JobWork::Upkeep { name: name.to_owned() },
    };
    jobs.change(JobChange::Put(job)).await.context("plan an upkeep")
}
