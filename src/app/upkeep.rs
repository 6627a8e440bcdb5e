//! Upkeep that runs by itself: the index of words, knowledge that somebody should look at, backups, and forgetting what is old, in rows
//! and files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use super::pages::Outside;
use super::paths;
use crate::clock::Clock;
use crate::config::{Config, RetentionConfig};
use crate::console::UpkeepShown;
use crate::jobs::Jobs;
use crate::knowledge::Knowledge;
use crate::knowledge::upkeep::asked_key;
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, JobId};
use crate::plugin_host::recording::Recordings;
use crate::storage::core::CoreReads as _;
use crate::storage::files::{Files, Sweep};
use crate::storage::sqlite::{Forgotten, Retention, SqliteStorage};
use crate::storage::unit::{JobChange, JobWork, NewJob, Repeat};
use crate::storage::{SharedStorage, WriteError};
use crate::telemetry::{self, Metric};

/// A search catches up by itself; this only keeps that short.
const INDEX_SCHEDULE: &str = "*/5 * * * *";

/// So long may pass until what was pressed moves a line, and until a base that was edited is tried again.
const QUALITY_SCHEDULE: &str = "*/10 * * * *";

/// When few people write, in most places this is used.
const RETENTION_SCHEDULE: &str = "40 3 * * *";

/// Before people come, and behind what is forgotten, because a base is compared with what is still known.
const KNOWLEDGE_SCHEDULE: &str = "20 4 * * *";

/// Looks over those bases alone that somebody wants looked over now.
const LOOK_OVER: &str = "look_over";

const UNNAMED_FILES: &str = "files that no message names";

const RECORDINGS: &str = "recordings of plugins";

const DAY: Duration = Duration::from_hours(24);

/// Registers the work and sees to it that each piece has its job.
pub(super) async fn register(
    jobs: &Arc<Jobs>,
    storage: &Arc<SqliteStorage>,
    (files, recordings): (&Files, &Arc<Recordings>),
    (knowledge, clock): (&Knowledge, &Arc<dyn Clock>),
    config: &Config,
) -> Result<()> {
    let indexed = Arc::clone(storage);
    jobs.register("search_index", move || {
        let storage = Arc::clone(&indexed);
        async move { storage.index_messages().await.map_err(|error| error.to_string()) }
    });
    let (old, named, keep) = (Arc::clone(storage), files.clone(), retention(&config.written.retention));
    let recorded = Arc::clone(recordings);
    jobs.register("retention", move || {
        let (storage, files, recordings) = (Arc::clone(&old), named.clone(), Arc::clone(&recorded));
        async move {
            let gone = forget(&storage, (&files, &*recordings), &keep).await;
            gone.map(drop).map_err(|error| format!("{error:#}"))
        }
    });
    let (copied, time, folder, kept) = (
        Arc::clone(storage),
        Arc::clone(clock),
        paths::backups(&config.written.data),
        config.written.backup.keep as usize,
    );
    jobs.register("backup", move || {
        let (storage, folder, now) = (Arc::clone(&copied), folder.clone(), time.now());
        async move {
            let done = back_up(&storage, &folder, now, kept).await;
            let result = if done.is_ok() { "done" } else { "failed" };
            telemetry::count_for(Metric::BackupsTotal, result);
            done.map_err(|error| format!("{error:#}"))
        }
    });
    look_after(jobs, storage, knowledge);
    judge_answers(jobs, storage, knowledge);
    schedule(jobs, &**clock, "search_index", INDEX_SCHEDULE).await?;
    schedule(jobs, &**clock, "knowledge", KNOWLEDGE_SCHEDULE).await?;
    schedule(jobs, &**clock, "answer_quality", QUALITY_SCHEDULE).await?;
    schedule(jobs, &**clock, "retention", RETENTION_SCHEDULE).await?;
    schedule(jobs, &**clock, "backup", &config.written.backup.schedule).await
}

/// Knowledge bases are looked over.
fn look_after(jobs: &Arc<Jobs>, storage: &Arc<SqliteStorage>, knowledge: &Knowledge) {
    let (storage, knowledge) = (Arc::clone(storage), knowledge.clone());
    let (pages, asked) = (Arc::new(Outside::default()), knowledge.clone());
    jobs.register_for(LOOK_OVER, move |key| {
        let knowledge = asked.clone();
        async move {
            let looked = knowledge.look_over_asked(&key).await;
            looked.map_err(|error| error.to_string())
        }
    });
    jobs.register("knowledge", move || {
        let (storage, knowledge, pages) = (Arc::clone(&storage), knowledge.clone(), Arc::clone(&pages));
        async move {
            let done = look_over(&storage, &knowledge, &pages).await;
            done.map_err(|error| format!("{error:#}"))
        }
    });
}

/// Has a base looked over as soon as there is time for it, beside whatever else runs; a look that is on its way is enough. A program that
/// dies meanwhile begins again.
pub(super) async fn look_soon(
    jobs: &Jobs,
    storage: &SharedStorage,
    clock: &dyn Clock,
    community: CommunityId,
) -> Result<(), WriteError> {
    let key = asked_key(community);
    let known = storage.jobs_by_key(&key, 1).await;
    let known = known.map_err(|error| WriteError::Broken(Box::new(error)))?;
    // One that has failed is tried at once.
    if known.first().is_some_and(|job| job.reason.is_none()) {
        return Ok(());
    }
    let job = NewJob {
        id: JobId(clock.id()),
        key,
        due: clock.now(),
        repeat: None,
        work: JobWork::Upkeep {
            name: LOOK_OVER.to_owned(),
        },
    };
    jobs.change(JobChange::Put(job)).await
}

/// First the pages behind answers, so that those that are gone are among what is found.
async fn look_over(storage: &SqliteStorage, knowledge: &Knowledge, pages: &Outside) -> Result<()> {
    let mut done = Ok(());
    for community in storage.communities().await.context("look for communities")? {
        let (id, name) = (community.id, &community.name);
        let checked = knowledge.check_links(id, pages).await.map(drop);
        let looked = knowledge.look_over(id).await;
        // What fails for one community keeps nobody else waiting; the first failure is told.
        done = done
            .and(checked.with_context(|| format!("check the links of {name}")))
            .and(looked.with_context(|| format!("look over the knowledge of {name}")));
    }
    done
}

/// Answers are judged by what was said of them.
fn judge_answers(jobs: &Arc<Jobs>, storage: &Arc<SqliteStorage>, knowledge: &Knowledge) {
    let (storage, knowledge) = (Arc::clone(storage), knowledge.clone());
    jobs.register("answer_quality", move || {
        let (storage, knowledge) = (Arc::clone(&storage), knowledge.clone());
        async move {
            let done = look_at_answers(&knowledge, &storage).await;
            done.map_err(|error| format!("{error:#}"))
        }
    });
}

/// Fits the lines of each base to what was said of its answers, and tries those that were edited.
async fn look_at_answers(knowledge: &Knowledge, storage: &SqliteStorage) -> Result<()> {
    let mut done = Ok(());
    for community in storage.communities().await.context("look for communities")? {
        let (id, name) = (community.id, &community.name);
        let fitted = knowledge.refit(id).await;
        let tried = knowledge.try_out(id).await;
        // As above.
        done = done
            .and(fitted.with_context(|| format!("fit the lines of {name}")))
            .and(tried.with_context(|| format!("try the knowledge of {name}")));
    }
    done
}

/// Takes away what is older than it is kept, and then files that nothing names any more.
pub(super) async fn forget(
    storage: &SqliteStorage,
    (files, recordings): (&Files, &Recordings),
    keep: &Retention,
) -> Result<Forgotten> {
    let mut forgotten = storage.forget(keep).await?;
    let swept = storage.sweep_files(files, Sweep::Remove).await?;
    forgotten.rows.push((UNNAMED_FILES, swept));
    // What plugins were handed is kept as long as what platforms told.
    let gone = recordings.forget(keep.payloads).context("delete old recordings")?;
    forgotten.rows.push((RECORDINGS, gone));
    Ok(forgotten)
}

/// Says what [`forget`] would take away now. Files of messages that would go are not among them yet.
pub(super) async fn forget_preview(
    storage: &SqliteStorage,
    (files, recordings): (&Files, &Recordings),
    keep: &Retention,
) -> Result<Forgotten> {
    let mut forgotten = storage.forget_preview(keep).await?;
    let found = storage.sweep_files(files, Sweep::Count).await?;
    forgotten.rows.push((UNNAMED_FILES, found));
    let old = recordings
        .forget_preview(keep.payloads)
        .context("look for old recordings")?;
    forgotten.rows.push((RECORDINGS, old));
    Ok(forgotten)
}

/// What the options mean.
pub fn retention(written: &RetentionConfig) -> Retention {
    Retention {
        payloads: DAY * written.payload_days,
        messages: DAY * written.message_days,
        audit: DAY * written.audit_days,
    }
}

/// What the console shows of it.
pub(super) fn shown(config: &Config) -> UpkeepShown {
    let written = &config.written;
    UpkeepShown {
        backups: paths::backups(&written.data),
        schedule: written.backup.schedule.clone(),
        keep: written.backup.keep,
        payload_days: written.retention.payload_days,
        message_days: written.retention.message_days,
        audit_days: written.retention.audit_days,
    }
}

/// The name of a copy says when it was made, and sorts so.
pub(super) fn backup_file(folder: &Path, now: Timestamp) -> PathBuf {
    let time = now.to_string().replace(':', "-");
    folder.join(format!("switchboard-{time}.db"))
}

async fn back_up(storage: &SqliteStorage, folder: &Path, now: Timestamp, keep: usize) -> Result<()> {
    let to = backup_file(folder, now);
    storage.backup(&to).await?;
    let mut copies = Vec::new();
    for entry in std::fs::read_dir(folder).context("list the backups")? {
        let path = entry.context("list the backups")?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("switchboard-") && path.extension().is_some_and(|extension| extension == "db") {
            copies.push(path);
        }
    }
    copies.sort();
    let surplus = copies.len().saturating_sub(keep.max(1));
    for old in &copies[..surplus] {
        std::fs::remove_file(old).with_context(|| format!("remove {}", old.display()))?;
    }
    Ok(())
}

/// An empty schedule takes the job back.
pub(super) async fn schedule(jobs: &Jobs, clock: &dyn Clock, name: &str, cron: &str) -> Result<()> {
    let key = format!("upkeep/{name}");
    if cron.is_empty() {
        let taken_back = jobs.change(JobChange::Cancel { key }).await;
        return taken_back.context("take back an upkeep");
    }
    let repeat = Repeat {
        cron: cron.to_owned(),
        zone: "UTC".to_owned(),
    };
    let job = NewJob {
        id: JobId(clock.id()),
        key,
        due: crate::jobs::next_after(&repeat, clock.now()).context("read the schedule of an upkeep")?,
        repeat: Some(repeat),
        work: JobWork::Upkeep { name: name.to_owned() },
    };
    jobs.plan(job).await.context("plan an upkeep")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::TestClock;
    use crate::storage::Unit;
    use crate::storage::core::StoredJob;
    use crate::storage::sqlite::Options;
    use crate::storage::unit::JobStep;
    use crate::supervisor::Bell;

    const COMMUNITY: CommunityId = CommunityId(uuid::Uuid::from_u128(7));

    #[tokio::test]
    async fn a_look_that_is_on_its_way_is_enough_and_one_that_failed_begins_again() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::new(Timestamp::from_millis(1_795_000_000_000)));
        let path = folder.path().join("switchboard.db");
        let storage: SharedStorage = SqliteStorage::open(&path, &Options::for_testing(), clock.clone()).unwrap();
        let jobs = Jobs::new(storage.clone(), clock.clone(), Bell::default(), Bell::default());
        let look = || look_soon(&jobs, &storage, &*clock, COMMUNITY);
        let wanted = async || -> Vec<StoredJob> { storage.jobs_by_key(&asked_key(COMMUNITY), 9).await.unwrap() };
        look().await.unwrap();
        let first = wanted().await;
        look().await.unwrap();
        assert_eq!(wanted().await, first);
        let failed = JobStep::Failed {
            id: first[0].new.id,
            attempt: 6,
            due: None,
            reason: "the disk is full".to_owned(),
        };
        storage.write(Unit::Job(failed)).await.unwrap();
        look().await.unwrap();
        let again = wanted().await;
        assert_eq!(again.len(), 1);
        assert!(again[0].reason.is_none() && again[0].new.id != first[0].new.id);
        assert!(!jobs.is_quiet().await.unwrap(), "it is due");
    }
}
