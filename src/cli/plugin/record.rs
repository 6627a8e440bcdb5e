//! Recordings: what an admin asks of one, and what an author makes of a test or a chat.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::admin::whole;
use crate::cli::Failure;
use crate::cli::failure::{FOUND, USAGE};
use crate::clock::{Clock as _, SystemClock};
use crate::dialog::Kit;
use crate::installer::RecordAct;
use crate::model::amount::counted;
use crate::plugin_host::Package;
use crate::plugin_host::recording::Recording;

/// Who tries a plugin may say what nobody else should read.
const PRIVATE: u32 = 0o600;

/// What an admin's options mean.
pub(super) fn act(hours: Option<u32>, (stop, delete): (bool, bool), to: Option<&Path>) -> Result<RecordAct, Failure> {
    if let Some(to) = to {
        let to = to
            .to_str()
            .ok_or_else(|| Failure::new(USAGE, "the name of the file is not UTF-8"))?;
        return Ok(RecordAct::Copy { to: whole(to)? });
    }
    Ok(match hours {
        Some(hours) => RecordAct::Begin { hours },
        None if stop => RecordAct::Stop,
        None if delete => RecordAct::Delete,
        None => RecordAct::Look,
    })
}

/// What an author records; without a file, nothing.
pub(super) struct Desk {
    to: Option<(PathBuf, Arc<Recording>)>,
}

impl Desk {
    /// Begins with a new file.
    pub(super) fn begin(file: Option<&Path>, package: &Package) -> Result<Self, Failure> {
        let Some(path) = file else {
            return Ok(Self { to: None });
        };
        let problem = |error: io::Error| {
            let failure = Failure::new(FOUND, format!("cannot write {}: {error}", path.display()));
            match error.kind() {
                io::ErrorKind::AlreadyExists => failure.hint("choose another name, or remove the file"),
                _ => failure,
            }
        };
        let file = File::options().write(true).create_new(true).mode(PRIVATE).open(path);
        let now = SystemClock::new().now().as_millis();
        let recording = Recording::begin(file.map_err(problem)?, package, now).map_err(problem)?;
        Ok(Self {
            to: Some((path.to_owned(), Arc::new(recording))),
        })
    }

    /// The kit, recorded.
    pub(super) fn over(&self, kit: Kit) -> Kit {
        match &self.to {
            Some((_, recording)) => kit.recorded_by(Arc::new(Arc::clone(recording))),
            None => kit,
        }
    }

    /// Ends it, and says where it is.
    pub(super) fn end(&self, because: &str) {
        if let Some((path, recording)) = &self.to {
            let end = recording.end(because);
            eprintln!(
                "recorded {} into {}",
                counted(end.calls, "event", "events"),
                path.display()
            );
            if end.lost > 0 {
                eprintln!("{} more are not in it: they were too large, or came too fast", end.lost);
            }
        }
    }
}
