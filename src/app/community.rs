//! The first start: an empty database gets a community, its knowledge, and the place that everybody sees.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::community_file::{Changes, CommunityFile};
use crate::clock::Clock;
use crate::connectors::web_chat::WebChat;
use crate::dispatcher::chain::settings::{self, PluginsFile};
use crate::knowledge::Knowledge;
use crate::knowledge::files::{self, File, Problem};
use crate::model::amount::counted;
use crate::model::directory::Place;
use crate::model::ids::{CommunityId, PlaceId};
use crate::plugin_host::Packages;
use crate::storage::plugins::{InstalledPlugin, PluginUnit};
use crate::storage::unit::DirectoryUnit;
use crate::storage::{ReadError, SharedStorage, Unit};

/// The community that the program has inside, for where there is no folder.
const SAMPLE: &str = include_str!("../../config/community/community.toml");

/// Its plugins.
const SAMPLE_PLUGINS: &str = include_str!("../../config/community/plugins.toml");

/// Folders of entries within each other: deeper is a folder that leads back into itself.
const FOLDERS_MAX: usize = 8;

/// What a community starts with: its settings and knowledge as files.
#[derive(Clone, Debug)]
pub struct Start {
    settings: CommunityFile,
    knowledge: Entries,
    plugins: String,
}

impl Start {
    /// Reads the folder, or takes the sample where there is none.
    ///
    /// # Errors
    ///
    /// When the folder is there and cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        if !folder.is_dir() {
            return Self::sample();
        }
        let file = folder.join("community.toml");
        let text = std::fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        let settings = parse(&text).with_context(|| format!("read {}", file.display()))?;
        Ok(Self {
            settings,
            knowledge: read_files(&folder.join("knowledge"))?,
            plugins: read_if_there(&folder.join("plugins.toml"))?,
        })
    }
}

impl Start {
    /// The one inside the program.
    ///
    /// # Errors
    ///
    /// Never, as tests show.
    pub fn sample() -> Result<Self> {
        Ok(Self {
            settings: parse(SAMPLE).context("read the sample community")?,
            knowledge: Entries {
                files: crate::knowledge::sample(),
                unread: Vec::new(),
            },
            plugins: SAMPLE_PLUGINS.to_owned(),
        })
    }

    /// The same with what the folder has of `community.toml`, `plugins.toml` and `knowledge/`.
    ///
    /// # Errors
    ///
    /// When what is there cannot be read.
    pub fn with(mut self, folder: &Path) -> Result<Self> {
        let settings = read_if_there(&folder.join("community.toml"))?;
        if !settings.is_empty() {
            self.settings = parse(&settings).with_context(|| format!("read {}", folder.display()))?;
        }
        let plugins = read_if_there(&folder.join("plugins.toml"))?;
        if !plugins.is_empty() {
            self.plugins = plugins;
        }
        let knowledge = folder.join("knowledge");
        if knowledge.is_dir() {
            self.knowledge = read_files(&knowledge)?;
        }
        Ok(self)
    }

    /// The same with these plugins alone.
    #[must_use]
    pub fn with_plugins(mut self, plugins: String) -> Self {
        self.plugins = plugins;
        self
    }

    /// Its plugins, each config checked by the schema of its plugin in `packages`.
    fn plugins(&self, packages: &Packages) -> Result<PluginsFile, Vec<String>> {
        let mut file = PluginsFile::read(&self.plugins)?;
        let known = self.settings.references();
        let mut mistakes = file.find_parts(|part| known.part_named(part));
        mistakes.extend(file.mistakes(packages));
        if mistakes.is_empty() { Ok(file) } else { Err(mistakes) }
    }

    /// How many entries its knowledge has.
    ///
    /// # Errors
    ///
    /// All mistakes of its plugins and its knowledge at once.
    pub fn check(&self, packages: &Packages) -> Result<usize, Mistakes> {
        let mut mistakes = self.plugins(packages).err().unwrap_or_default();
        if !self.knowledge.unread.is_empty() {
            // What others name may stand in them.
            mistakes.extend(files::told(&self.knowledge.unread));
            return Err(Mistakes(mistakes));
        }
        match files::read(&self.knowledge.files) {
            Ok(entries) if mistakes.is_empty() => return Ok(entries.len()),
            Ok(_) => {}
            Err(problems) => mistakes.extend(files::told(&problems)),
        }
        Err(Mistakes(mistakes))
    }
}

/// All that is wrong with the files that a community starts with, a line each.
#[derive(Debug, thiserror::Error)]
#[error("the community's files have mistakes\n{}", .0.join("\n"))]
pub struct Mistakes(pub Vec<String>);

fn parse(text: &str) -> Result<CommunityFile, Mistakes> {
    CommunityFile::parse(text).map_err(Mistakes)
}

/// Empty for a file that is not there.
fn read_if_there(file: &Path) -> Result<String> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| format!("read {}", file.display())),
    }
}

/// Files of entries as they lie in a folder.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    /// By name.
    pub files: Vec<File>,
    /// What is no text.
    pub unread: Vec<Problem>,
}

/// The YAML files of a folder and of those in it, each named by its path from there. A folder that is not there has none.
///
/// # Errors
///
/// When it is there and cannot be read.
pub fn read_files(folder: &Path) -> Result<Entries> {
    let mut entries = Entries::default();
    if folder.is_dir() {
        entries.read(folder, "", 0)?;
    }
    entries.files.sort_by(|a, b| a.name.cmp(&b.name));
    entries.unread.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(entries)
}

impl Entries {
    fn read(&mut self, folder: &Path, within: &str, depth: usize) -> Result<()> {
        ensure!(
            depth <= FOLDERS_MAX,
            "{}: folders of entries may be {FOLDERS_MAX} deep; does one lead back into itself?",
            folder.display()
        );
        for entry in std::fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
            let path = entry.with_context(|| format!("list {}", folder.display()))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name_within = format!("{within}{name}");
            let ending = path.extension().unwrap_or_default();
            // What is hidden belongs to programs, such as the versions of a folder.
            if path.is_dir() && !name.starts_with('.') {
                self.read(&path, &format!("{name_within}/"), depth + 1)?;
            } else if (ending == "yaml" || ending == "yml") && !path.is_dir() {
                let bytes = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
                self.add(name_within, bytes);
            }
        }
        Ok(())
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) => self.files.push(File { name, text }),
            Err(error) => {
                let sound = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let lines = String::from_utf8_lossy(sound).matches('\n').count();
                self.unread.push(Problem {
                    file: name,
                    line: u64::try_from(lines).unwrap_or(u64::MAX).saturating_add(1),
                    column: 1,
                    what: "has a character that is not UTF-8".to_owned(),
                    hint: Some("save the file in this encoding".to_owned()),
                });
            }
        }
    }
}

/// The community of this installation; the first start makes it.
///
/// # Errors
///
/// When its files have mistakes, or storage fails.
pub async fn ensure(
    storage: &SharedStorage,
    knowledge: &Knowledge,
    clock: &dyn Clock,
    folder: &Path,
) -> Result<CommunityId> {
    let known = storage.communities().await.context("look for communities")?;
    let community = match known.first() {
        Some(community) => community.id,
        None => make(storage, knowledge, clock, Start::read(folder)?, &Packages::bundled()).await?,
    };
    ensure_everyone(storage, clock, community).await?;
    ensure_packages(storage, clock).await?;
    Ok(community)
}

/// What comes with the program is known as this program has it, and not as the one before it had.
async fn ensure_packages(storage: &SharedStorage, clock: &dyn Clock) -> Result<()> {
    let known = storage.plugins().await.context("look for plugins")?;
    let mut units = settings::installs(&Packages::bundled(), clock.now());
    units.retain(|unit| match unit {
        Unit::Plugin(PluginUnit::Install(package)) => {
            let same = |known: &InstalledPlugin| known.id == package.id && known.digest == package.digest;
            !known.iter().any(same)
        }
        _ => true,
    });
    if !units.is_empty() {
        let written = storage.write(Unit::All(units)).await;
        written.context("store what comes with the program")?;
    }
    Ok(())
}

/// Makes a community of what it starts with, wholly or not at all. Its plugins come from `packages`.
///
/// # Errors
///
/// When the files have mistakes, or storage fails.
pub async fn make(
    storage: &SharedStorage,
    knowledge: &Knowledge,
    clock: &dyn Clock,
    start: Start,
    packages: &Packages,
) -> Result<CommunityId> {
    let id = CommunityId(clock.id());
    let entries = start.check(packages)?;
    let mut units = changes(storage, id, &start.settings, None)
        .await
        .context("look for places")?
        .map_err(Mistakes)?
        .units;
    let plugins = start.plugins(packages).map_err(Mistakes)?;
    units.extend(plugins.units(id, &[], packages, clock.now()));
    knowledge
        .apply(id, &start.knowledge.files, units)
        .await
        .context("store the community")?;
    tracing::info!(
        entries,
        "the community starts with {}",
        counted(entries, "entry", "entries")
    );
    Ok(id)
}

/// What making `file` a community's settings changes in storage, or all that is wrong with it.
///
/// # Errors
///
/// When storage cannot be read.
pub async fn changes(
    storage: &SharedStorage,
    id: CommunityId,
    file: &CommunityFile,
    stored: Option<&CommunityFile>,
) -> Result<Result<Changes, Vec<String>>, ReadError> {
    let mut places = Vec::new();
    for place in &file.places {
        places.extend(storage.place_by_native(&place.native()).await?);
        places.extend(storage.place(place.id()).await?);
    }
    Ok(file.changes(id, stored, &places))
}

/// Posts to everybody go to a place of their own, which is there before the first visitor.
async fn ensure_everyone(storage: &SharedStorage, clock: &dyn Clock, community: CommunityId) -> Result<()> {
    let seen = WebChat::everyone();
    let known = storage.place_by_native(&seen.native).await.context("look for places")?;
    if known.is_some() {
        return Ok(());
    }
    let place = Place {
        id: PlaceId(clock.id()),
        native: seen.native,
        login: "web_chat".into(),
        community,
        space: None,
        parent: None,
        name: seen.name,
        audience: seen.audience,
        thread: false,
        enabled: true,
        overheard: false,
    };
    storage
        .write(Unit::Directory(DirectoryUnit::Place(place)))
        .await
        .context("store the place of everybody")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        folder
    }

    #[test]
    fn files_in_folders_are_read_and_named_by_their_path() {
        let entry = b"- {id: a, question: Q, answer: A}\n";
        let folder = folder(&[
            ("b.yaml", entry),
            ("a/deep/er.yml", entry),
            ("a/b.yaml", entry),
            (".git/c.yaml", entry),
            ("notes.md", b"# Notes"),
        ]);
        let found = read_files(folder.path()).unwrap();
        let names: Vec<_> = found.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a/b.yaml", "a/deep/er.yml", "b.yaml"]);
        assert!(read_files(&folder.path().join("none")).unwrap().files.is_empty());
        let deep = format!("{}c.yaml", "d/".repeat(FOLDERS_MAX + 1));
        let deep = self::folder(&[(deep.as_str(), entry)]);
        assert!(read_files(deep.path()).is_err());
    }

    #[test]
    fn a_file_that_is_no_text_is_told_before_what_is_wrong_in_others() {
        let folder = folder(&[
            ("community.toml", SAMPLE.as_bytes()),
            ("knowledge/a.yaml", b"- id: a\n  question: Caf\xe9?\n"),
            ("knowledge/b.yaml", b"- id: b\n  question: Q\n"),
        ]);
        let mistakes = Start::read(folder.path())
            .unwrap()
            .check(&Packages::bundled())
            .unwrap_err();
        assert_eq!(
            mistakes.0,
            ["a.yaml:2:1: has a character that is not UTF-8 (save the file in this encoding)"]
        );
    }
}
