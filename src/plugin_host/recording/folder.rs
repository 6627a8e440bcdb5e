//! The recordings that admins have made of plugins while the program runs: which go on, and the files that hold them.
//!
//! There is one file for each plugin of each community, for the owner of the program alone. A recording ends with its time, when it
//! is full, and with the program; its file stays until somebody deletes it, it is too old, or the plugin leaves.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::line::{End, Line};
use super::reader::Reader;
use super::{Recorder, Recording};
use crate::clock::Clock;
use crate::plugin_host::Package;

/// What members write is for nobody else on this machine.
const FOLDER_MODE: u32 = 0o700;

/// The same for a file.
const FILE_MODE: u32 = 0o600;

/// Keeps recordings in a folder.
#[derive(Debug)]
pub struct Recordings {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    /// How many go on, so that nothing is looked up for any call while none does.
    on: AtomicUsize,
    running: Mutex<Running>,
}

/// By community and plugin.
type Running = HashMap<(String, String), Timed>;

/// A recording that ends by itself. Times are in milliseconds since the Unix epoch.
#[derive(Debug)]
struct Timed {
    recording: Arc<Recording>,
    began: i64,
    until: i64,
}

/// How it stands with the recording of a plugin. Times are in milliseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is recorded, and nothing is there.
    Nothing,
    /// It goes on.
    On {
        /// Until then.
        until: i64,
        /// How many calls are in it so far.
        calls: u32,
    },
    /// It is over.
    Over {
        /// Since when it was recorded, if the file says so.
        began: Option<i64>,
        /// How it ended; none where the file breaks off.
        end: Option<End>,
    },
}

impl Recordings {
    /// In that folder, which is made with the first.
    pub fn new(folder: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self {
            folder,
            clock,
            on: AtomicUsize::new(0),
            running: Mutex::default(),
        }
    }

    /// Begins to record a plugin, in place of what was recorded of it before. Answers until when.
    ///
    /// # Errors
    ///
    /// When the file cannot be made.
    pub fn begin(&self, community: &str, package: &Package, span: Duration) -> io::Result<i64> {
        let plugin = package.manifest.plugin.id.as_str();
        self.delete(community, plugin)?;
        let file = self.file(community, plugin);
        if let Some(folder) = file.parent() {
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
        }
        let now = self.now();
        let recording = Recording::begin(private(&file)?, package, now)?;
        let until = now.saturating_add(millis(span));
        let timed = Timed {
            recording: Arc::new(recording),
            began: now,
            until,
        };
        let mut running = self.running();
        running.insert(key(community, plugin), timed);
        self.count(&running);
        Ok(until)
    }

    /// Ends the recording of a plugin, and answers when all of it is in its file; none where it did not go on.
    pub fn stop(&self, community: &str, plugin: &str) -> Option<End> {
        self.end(community, plugin, "somebody stopped it")
    }

    /// How it stands with a plugin.
    ///
    /// # Errors
    ///
    /// When its file cannot be read.
    pub fn standing(&self, community: &str, plugin: &str) -> io::Result<Standing> {
        // Looks whether its time is over.
        if self.recording(community, plugin).is_some()
            && let Some(timed) = self.running().get(&key(community, plugin))
        {
            return Ok(Standing::On {
                until: timed.until,
                calls: timed.recording.calls(),
            });
        }
        let Some(file) = there(File::open(self.file(community, plugin)))? else {
            return Ok(Standing::Nothing);
        };
        let (mut began, mut end) = (None, None);
        // Of a broken one as much is told as can be read.
        for line in Reader::new(BufReader::new(file)).map_while(Result::ok) {
            match line {
                Line::Recording(header) => began = Some(header.began),
                Line::End(said) => end = Some(said),
                Line::Settings(_) | Line::Call(_) => {}
            }
        }
        Ok(Standing::Over { began, end })
    }

    /// Copies what was recorded so far to a new file, for the owner of the program alone. Answers whether there was something.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or there is a file of that name already.
    pub fn copy(&self, community: &str, plugin: &str, to: &Path) -> io::Result<bool> {
        let Some(mut bytes) = there(fs::read(self.file(community, plugin)))? else {
            return Ok(false);
        };
        // The last line may be half written.
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        bytes.truncate(whole);
        let mut copy = private(to)?;
        copy.write_all(&bytes)?;
        copy.sync_all()?;
        Ok(true)
    }

    /// Ends the recording of a plugin and deletes it. Answers whether there was one.
    ///
    /// # Errors
    ///
    /// When it cannot be deleted.
    pub fn delete(&self, community: &str, plugin: &str) -> io::Result<bool> {
        self.end(community, plugin, "it was deleted");
        Ok(there(fs::remove_file(self.file(community, plugin)))?.is_some())
    }

    /// Deletes those that began longer ago, also those that go on. Answers how many.
    ///
    /// # Errors
    ///
    /// When one cannot be read or deleted.
    pub fn forget(&self, age: Duration) -> io::Result<u64> {
        let before = self.now().saturating_sub(millis(age));
        let old: Vec<_> = {
            let running = self.running();
            let old = running.iter().filter(|(_, timed)| timed.began < before);
            old.map(|(key, _)| key.clone()).collect()
        };
        for (community, plugin) in old {
            self.end(&community, &plugin, "it was as old as such things are kept");
        }
        let files = self.older(before)?;
        for file in &files {
            fs::remove_file(file)?;
        }
        Ok(files.len() as u64)
    }

    /// How many [`Recordings::forget`] would delete now.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn forget_preview(&self, age: Duration) -> io::Result<u64> {
        let before = self.now().saturating_sub(millis(age));
        Ok(self.older(before)?.len() as u64)
    }

    /// Ends all that go on, because the program ends.
    pub fn close(&self) {
        let all: Vec<_> = self.running().keys().cloned().collect();
        for (community, plugin) in all {
            self.end(&community, &plugin, "the program ended");
        }
    }

    fn end(&self, community: &str, plugin: &str, because: &str) -> Option<End> {
        let ended = {
            let mut running = self.running();
            let ended = running.remove(&key(community, plugin));
            self.count(&running);
            ended
        };
        ended.map(|timed| timed.recording.end(because))
    }

    /// The files of recordings that began before. One that does not say when has said nothing else, either.
    fn older(&self, before: i64) -> io::Result<Vec<PathBuf>> {
        let mut older = Vec::new();
        for community in listed(&self.folder)? {
            for file in listed(&community)? {
                let mut lines = Reader::new(BufReader::new(File::open(&file)?));
                let began = match lines.next() {
                    Some(Ok(Line::Recording(header))) => header.began,
                    _ => i64::MIN,
                };
                if began < before {
                    older.push(file);
                }
            }
        }
        Ok(older)
    }

    /// No part of its path is the plugin's to choose: what stands between publisher and name leads nowhere.
    fn file(&self, community: &str, plugin: &str) -> PathBuf {
        let name = format!("{}.jsonl", plugin.replace('/', "+"));
        self.folder.join(community).join(name)
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millis()
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().expect("nobody panics while holding it")
    }

    fn count(&self, running: &Running) {
        self.on.store(running.len(), Ordering::Relaxed);
    }
}

impl Recorder for Recordings {
    fn recording(&self, community: &str, plugin: &str) -> Option<Arc<Recording>> {
        if self.on.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let key = key(community, plugin);
        let mut running = self.running();
        let timed = running.get(&key)?;
        if timed.until > self.now() && !timed.recording.is_over() {
            return Some(Arc::clone(&timed.recording));
        }
        let over = running.remove(&key);
        self.count(&running);
        drop(running);
        if let Some(timed) = over {
            timed.recording.end_soon("its time was over");
        }
        None
    }

    fn until(&self, community: &str, plugin: &str) -> Option<i64> {
        self.recording(community, plugin)?;
        let running = self.running();
        running.get(&key(community, plugin)).map(|timed| timed.until)
    }

    fn leaves(&self, community: &str, plugin: &str) {
        if let Err(error) = self.delete(community, plugin) {
            tracing::warn!(plugin = %plugin, error = %error, "a recording stays until it is too old: it cannot be deleted");
        }
    }
}

fn key(community: &str, plugin: &str) -> (String, String) {
    (community.to_owned(), plugin.to_owned())
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A new file.
fn private(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).mode(FILE_MODE).open(path)
}

/// None for what is not there.
fn there<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        done => done.map(Some),
    }
}

/// What a folder holds; nothing where it is not there.
fn listed(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let Some(entries) = there(fs::read_dir(folder))? else {
        return Ok(Vec::new());
    };
    entries.map(|entry| Ok(entry?.path())).collect()
}
