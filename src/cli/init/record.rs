//! What `init` has done so far: kept in the data folder, so that a second run goes on where the first one ended, and
//! `--undo` knows what to take back.
//!
//! Each act is written down before it is done, and doing it twice is as good as once: whenever the process dies, what is
//! written here is done or can be done again.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::interrupt::unbroken;
use super::option::Before;
use crate::model::Timestamp;
use crate::model::ids::{EntryId, PlaceId};
use crate::storage::data_folder::DataFolder;

/// Only their owner reads tokens, and where they are.
const PRIVATE: u32 = 0o600;

/// What people may read, as an editor would have made it.
const SHARED: u32 = 0o644;

/// Where Switchboard is to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Platform {
    /// On Discord, through a bot.
    Discord,
    /// On Telegram, through a bot.
    Telegram,
    /// In the web chat alone, which needs no token.
    Web,
}

/// One thing that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(super) enum Act {
    /// A token was put into a file.
    TokenFile { path: PathBuf },
    /// An option of the configuration names it.
    Token {
        config: PathBuf,
        section: String,
        value: String,
        #[serde(default)]
        before: Before,
    },
    /// Entries were added.
    Entries { ids: Vec<EntryId> },
    /// A place was switched on, and read along or not.
    Place {
        id: PlaceId,
        #[serde(default)]
        overheard: bool,
    },
}

/// How far it has come, and what it has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// Where it is to answer; none before that is decided.
    pub(super) platform: Option<Platform>,
    /// The entries that are added, as a file of knowledge; none before they were asked for, empty when nobody wanted any.
    pub(super) entries: Option<String>,
    /// Whether the entries are in.
    pub(super) added: bool,
    /// Whether a question was tried in the terminal.
    pub(super) tried: bool,
    /// The place that was chosen, and since when answers count there.
    pub(super) place: Option<(PlaceId, Timestamp)>,
    /// Whether a question was answered there.
    pub(super) answered: bool,
    /// What can be taken back, the last first.
    pub(super) acts: Vec<Act>,
}

impl Record {
    /// Where it is kept.
    pub(super) fn file(data: &Path) -> PathBuf {
        data.join("init.json")
    }

    /// None before the first run, and after everything was taken back.
    pub(super) fn load(data: &Path) -> Result<Option<Self>> {
        let file = Self::file(data);
        match std::fs::read(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => {
                let bytes = read.with_context(|| format!("read {}", file.display()))?;
                let record = serde_json::from_slice(&bytes).with_context(|| format!("read {}", file.display()))?;
                Ok(Some(record))
            }
        }
    }

    /// Is on disk when this returns.
    pub(super) fn save(&self, data: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).expect("a record is plain data");
        // The first thing that is written there, before anybody has taken the folder.
        DataFolder::make(data).with_context(|| format!("make {}", data.display()))?;
        replace(&Self::file(data), &text, PRIVATE)
    }

    /// Everything was done for this platform; what was done can still be taken back.
    pub(super) fn is_done(&self) -> bool {
        match self.platform {
            None => false,
            Some(Platform::Web) => self.tried,
            Some(Platform::Discord | Platform::Telegram) => self.answered,
        }
    }

    /// The same for another platform: the knowledge is there already.
    pub(super) fn go_on_with(&mut self, platform: Platform) {
        if self.platform.replace(platform) != Some(platform) {
            (self.place, self.answered) = (None, false);
        }
    }

    /// Notes an act, once.
    pub(super) fn note(&mut self, act: Act) {
        if !self.acts.contains(&act) {
            self.acts.push(act);
        }
    }

    /// Notes a file with a token, once, before the option that names it: what is done last is taken back first, and with the
    /// option the menus are emptied, which needs the token.
    pub(super) fn note_token_file(&mut self, path: &Path, section: &str) {
        let act = Act::TokenFile { path: path.to_owned() };
        if self.acts.contains(&act) {
            return;
        }
        let names_it = |act: &Act| matches!(act, Act::Token { section: named, .. } if named == section);
        let at = self.acts.iter().position(names_it);
        self.acts.insert(at.unwrap_or(self.acts.len()), act);
    }
}

/// Puts a token where only its owner reads it, and nothing of it anywhere else: whenever the process dies, it is in a file
/// that is known.
pub(super) fn write_token(file: &Path, token: &str) -> Result<()> {
    remove(file)?;
    let write = || {
        let mut new = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE)
            .open(file)?;
        new.write_all(format!("{token}\n").as_bytes())?;
        new.sync_all()
    };
    unbroken(write).with_context(|| format!("write {}", file.display()))
}

/// Puts a file in the place of another one, or where there is none.
pub(super) fn put_in_place(new: &Path, file: &Path) -> Result<()> {
    let put = || {
        std::fs::rename(new, file)?;
        std::fs::File::open(folder_of(file))?.sync_all()
    };
    put().with_context(|| format!("write {}", file.display()))
}

/// Puts a configuration where it was, or makes it. A symbolic link to it stays one.
pub(super) fn write_config(file: &Path, text: &str) -> Result<()> {
    let file = behind_links(file)?;
    let mode = std::fs::metadata(&file).map_or(SHARED, |known| known.permissions().mode());
    replace(&file, text, mode)
}

/// Takes away a configuration that was made. A symbolic link that led nowhere before leads nowhere again.
pub(super) fn remove_config(file: &Path) -> Result<()> {
    remove(&behind_links(file)?).map(drop)
}

/// The file itself, where the path is a symbolic link to it, even to one that is not there yet.
fn behind_links(file: &Path) -> Result<PathBuf> {
    match std::fs::canonicalize(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(match std::fs::read_link(file) {
            Ok(target) => file.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => file.to_owned(),
        }),
        real => real.with_context(|| format!("find {}", file.display())),
    }
}

/// All of the new text or all of the old one is there, whatever happens. Makes the folder where there is none.
fn replace(file: &Path, text: &str, mode: u32) -> Result<()> {
    let write = || {
        let folder = folder_of(file);
        std::fs::create_dir_all(folder)?;
        // Made for its owner alone, and only then opened to others, if it is.
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(text.as_bytes())?;
        new.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
        new.as_file().sync_all()?;
        new.persist(file)?;
        std::fs::File::open(folder)?.sync_all()
    };
    unbroken(write).with_context(|| format!("write {}", file.display()))
}

fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Is gone when this returns; gone already is as good. Answers whether it was there.
pub(super) fn remove(file: &Path) -> Result<bool> {
    match std::fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("remove {}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Record::load(folder.path()).unwrap(), None);
        let mut record = Record::default();
        record.go_on_with(Platform::Discord);
        let act = Act::Entries { ids: vec!["a".into()] };
        record.note(act.clone());
        record.note(act);
        record.save(folder.path()).unwrap();
        assert_eq!(Record::load(folder.path()).unwrap().as_ref(), Some(&record));
        assert_eq!(record.acts.len(), 1);
        let mode = std::fs::metadata(Record::file(folder.path()))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, PRIVATE);
    }

    #[test]
    fn another_platform_begins_anew_but_with_the_same_knowledge() {
        let mut record = Record {
            platform: Some(Platform::Discord),
            added: true,
            tried: true,
            answered: true,
            ..Record::default()
        };
        assert!(record.is_done());
        record.go_on_with(Platform::Discord);
        assert!(record.is_done());
        record.go_on_with(Platform::Telegram);
        assert!(!record.is_done() && record.added && record.tried);
    }
}
