//! How the installation looks after its data: backups, and what is forgotten when. Shown, not changed.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;

use crate::console::ConsoleState;
use crate::console::error::ConsoleError;
use crate::console::show::time::{Shown, shown};
use crate::model::Timestamp;
use crate::model::amount::counted;

/// The key of the job that makes backups.
const BACKUP_JOB: &str = "upkeep/backup";

/// What the page of settings says about data.
pub(super) struct DataShown {
    /// The newest backup: when it was made, its file and its size.
    pub(super) last: Option<(Shown, String, String)>,
    /// When the next one is due.
    pub(super) next: Option<Shown>,
    /// Why the last attempt failed.
    pub(super) failure: Option<String>,
    pub(super) folder: String,
    pub(super) keep: u32,
    pub(super) address: String,
    pub(super) payload_days: String,
    pub(super) message_days: String,
    pub(super) audit_days: String,
}

/// Reads how things stand.
pub(super) async fn read(state: &ConsoleState, zone: &TimeZone) -> Result<DataShown, ConsoleError> {
    let now = state.clock.now();
    let jobs = state.storage.jobs_by_key(BACKUP_JOB, 1).await?;
    let job = jobs.first();
    let folder = state.upkeep.backups.clone();
    let newest = tokio::task::spawn_blocking(move || newest(&folder)).await;
    let newest = newest.map_err(|_| ConsoleError::Unavailable)?;
    Ok(DataShown {
        last: newest.map(|(made, file, bytes)| (shown(made, now, zone), file, super::timeline::size(bytes))),
        next: job.map(|job| shown(job.new.due, now, zone)),
        failure: job.and_then(|job| job.reason.clone()),
        folder: state.upkeep.backups.display().to_string(),
        keep: state.upkeep.keep,
        address: state.public_url.clone(),
        payload_days: days(state.upkeep.payload_days),
        message_days: days(state.upkeep.message_days),
        audit_days: days(state.upkeep.audit_days),
    })
}

fn days(days: u32) -> String {
    counted(days, "day", "days")
}

/// The newest copy in the folder. Their names say when they were made, and sort so.
fn newest(folder: &Path) -> Option<(Timestamp, String, u64)> {
    let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let copies = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        (name.starts_with("switchboard-") && Path::new(&name).extension().is_some_and(|end| end == "db"))
            .then_some((name, entry))
    });
    let (name, entry) = copies.max_by(|(one, _), (two, _)| one.cmp(two))?;
    let facts = entry.metadata().ok()?;
    let made = facts.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let millis = made.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let made = Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
    Some((made, name, facts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_backup_is_found_among_other_files() {
        let folder = tempfile::tempdir().unwrap();
        assert!(newest(folder.path()).is_none());
        for name in [
            "switchboard-2026-01-02.db",
            "switchboard-2026-01-03.db",
            "zebra.db",
            "switchboard-2026-01-04.txt",
        ] {
            std::fs::write(folder.path().join(name), "1234").unwrap();
        }
        let (_, name, bytes) = newest(folder.path()).unwrap();
        assert_eq!((name.as_str(), bytes), ("switchboard-2026-01-03.db", 4));
        assert!(newest(&folder.path().join("nowhere")).is_none());
    }
}
