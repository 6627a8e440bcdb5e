//! A community as files, out and in: its settings and places, its plugins, its knowledge.

use anyhow::{Context as _, Result};

use super::{Ops, Reply, stale};
use crate::app::community;
use crate::app::community_file::{Changes, CommunityFile};
use crate::dispatcher::chain::settings::{PluginsFile, audited, others_changed};
use crate::installer::references;
use crate::knowledge::files::{self, File};
use crate::knowledge::{ApplyError, Change, Plan};
use crate::model::amount::counted;
use crate::model::directory::Place;
use crate::plugin_host::{Package, Packages};
use crate::storage::Page;
use crate::storage::plugins::PluginUnit;

const COMMUNITY: &str = "community.toml";
const PLUGINS: &str = "plugins.toml";
const KNOWLEDGE: &str = "knowledge/";

/// Places read at once.
const PLACES: u32 = 500;

impl Ops {
    /// Everything that `apply` reads.
    pub(super) async fn export(&self) -> Result<Reply> {
        let plugins = PluginsFile::of(&self.storage.plugin_settings(self.community).await?);
        let mut files = vec![
            (COMMUNITY.to_owned(), self.community_file().await?.text()?),
            (PLUGINS.to_owned(), plugins.text()?),
        ];
        for file in self.knowledge.export(self.community).await? {
            files.push((format!("{KNOWLEDGE}{}", file.name), file.text));
        }
        Ok(Reply::Files { files })
    }

    async fn community_file(&self) -> Result<CommunityFile> {
        let communities = self.storage.communities().await?;
        let community = communities.iter().find(|community| community.id == self.community);
        let hours = self.storage.hours(self.community).await?;
        let precision = self.knowledge.precision(self.community).await?;
        Ok(CommunityFile::of(
            community.context("the community is gone")?,
            hours,
            (self.storage.consulting(self.community).await?, precision),
            &self.places().await?,
        ))
    }

    pub(super) async fn places(&self) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        loop {
            let page = Page {
                before: i64::try_from(places.len()).ok(),
                limit: PLACES,
            };
            let some = self.storage.places(self.community, page).await?;
            let last = some.len() < PLACES as usize;
            places.extend(some);
            if last {
                return Ok(places);
            }
        }
    }

    /// Makes files the community's own, wholly or not at all. A file that is not there changes nothing. With `twin` a dry run says also
    /// which questions would be answered otherwise.
    pub(super) async fn apply(&self, files: Vec<(String, String)>, dry_run: bool, twin: bool) -> Result<Reply> {
        let mut mistakes = Vec::new();
        let mut changes = Changes::default();
        let mut entries = Vec::new();
        for (name, text) in files {
            match name.as_str() {
                COMMUNITY => mistakes.extend(self.settings(&text, &mut changes).await?),
                PLUGINS => mistakes.extend(self.plugins_of(&text, &mut changes).await?),
                _ => match name.strip_prefix(KNOWLEDGE).filter(|name| files::is_within(name)) {
                    Some(name) => entries.push(File {
                        name: name.to_owned(),
                        text,
                    }),
                    None => mistakes.push(format!("{name}: no file of a community has this name")),
                },
            }
        }
        let plan = match self.knowledge.plan(self.community, &entries).await {
            Err(ApplyError::Problems(problems)) => {
                mistakes.extend(files::told(&problems));
                Plan::default()
            }
            plan => plan?,
        };
        if !mistakes.is_empty() {
            return Ok(Reply::refused(format!(
                "the files have mistakes\n{}",
                mistakes.join("\n")
            )));
        }
        let Changes { lines, units } = changes;
        if dry_run {
            let mut text = told(&lines, &plan, dry_run);
            if twin {
                text = format!("{text}\n\n{}", self.answered_otherwise(&plan, &units).await?);
            }
            let stale = plan.stale();
            return Ok(if stale.is_empty() {
                Reply::done(text)
            } else {
                stale::would_be_refused(&stale, &text)
            });
        }
        match self.knowledge.apply(self.community, &entries, units).await {
            Err(ApplyError::Stale(stale)) => Ok(stale::refused(&stale)),
            applied => Ok(Reply::done(told(&lines, &applied?, dry_run))),
        }
    }

    /// What `community.toml` changes; answers its mistakes.
    async fn settings(&self, text: &str, changes: &mut Changes) -> Result<Vec<String>> {
        let file = match CommunityFile::parse(text) {
            Ok(file) => file,
            Err(mistakes) => return Ok(mistakes),
        };
        let stored = self.community_file().await?;
        match community::changes(&self.storage, self.community, &file, Some(&stored)).await? {
            Ok(mut own) => {
                changes.lines.append(&mut own.lines);
                changes.units.append(&mut own.units);
                Ok(Vec::new())
            }
            Err(mistakes) => Ok(mistakes),
        }
    }

    /// What `plugins.toml` changes; answers its mistakes.
    async fn plugins_of(&self, text: &str, changes: &mut Changes) -> Result<Vec<String>> {
        let packages = Packages::bundled();
        let mut file = match PluginsFile::read(text) {
            Ok(file) => file,
            Err(mistakes) => return Ok(mistakes),
        };
        let known = references(&self.storage, self.community).await?;
        let mut mistakes = file.find_parts(|part| known.part_named(part));
        mistakes.extend(file.mistakes(&packages));
        for entry in &mut file.plugins {
            let kept = self.storage.package(&entry.granted_to).await?;
            let package = packages.find(&entry.id).or(kept.as_deref());
            let manifest = package.and_then(|wasm| Package::manifest(wasm).ok());
            if let Some(manifest) = manifest.filter(|manifest| manifest.plugin.id == entry.id) {
                let schema = manifest.config_schema();
                let unknown = entry.set_config(|config| {
                    let (resolved, unknown) = known.resolved(&schema, config);
                    (resolved, unknown.iter().map(ToString::to_string).collect())
                });
                let unknown = unknown.into_iter();
                mistakes.extend(unknown.map(|why| format!("plugins.toml: {}: {why}", entry.id)));
            }
        }
        let stored = self.storage.plugin_settings(self.community).await?;
        let units = file.changes(self.community, &stored);
        for mistake in self.unfit(&units).await? {
            // What its schema refuses was told above.
            if !mistakes.contains(&mistake) {
                mistakes.push(mistake);
            }
        }
        let mut consents = Vec::new();
        for unit in &units {
            if let PluginUnit::Settings { before, after } = unit {
                let word = if before.is_some() { "changed" } else { "new" };
                let on = if after.enabled { "on" } else { "off" };
                let before = stored.iter().find(|settings| settings.plugin == after.plugin);
                let others = others_changed(before, after);
                let others = if others.is_empty() {
                    String::new()
                } else {
                    format!(", {}", others.join(", "))
                };
                changes
                    .lines
                    .push(format!("plugin {}, {word}: {on}{others}", after.plugin));
                if mistakes.is_empty() {
                    consents.extend(self.installer()?.consent_of_file(before, after).await?);
                }
            }
        }
        changes.units.extend(audited(units, &stored, self.clock.now()));
        changes.units.append(&mut consents);
        Ok(mistakes)
    }

    /// Which of the changed plugins would not start as the file has them. Each is tried, as it is where they are set one by one.
    async fn unfit(&self, units: &[PluginUnit]) -> Result<Vec<String>> {
        let mut mistakes = Vec::new();
        if units.is_empty() {
            return Ok(mistakes);
        }
        let installer = self.installer()?;
        for unit in units {
            if let PluginUnit::Settings { after, .. } = unit {
                let why = installer.would_fail(after).await?.into_iter();
                mistakes.extend(why.map(|why| format!("plugins.toml: {}: {why}", after.plugin)));
            }
        }
        Ok(mistakes)
    }
}

/// What was done, or would be.
fn told(lines: &[String], plan: &Plan, dry_run: bool) -> String {
    let entries = plan.changes.iter().filter_map(|change| match change {
        Change::New(file) => Some(format!("entry {}, new", file.entry.id)),
        Change::Update(file) => Some(format!("entry {}, changed", file.entry.id)),
        Change::Moved(file) => Some(format!("entry {}, moved to {}", file.entry.id, file.file)),
        Change::Same(_) | Change::Stale { .. } => None,
    });
    let mut text: Vec<String> = lines.iter().cloned().chain(entries).collect();
    let count = |wanted: fn(&Change) -> bool| plan.changes.iter().filter(|change| wanted(change)).count();
    text.push(format!(
        "{}: {}, {} new, {} changed, {} as stored.",
        if dry_run { "Would be" } else { "Applied" },
        counted(lines.len(), "setting", "settings"),
        count(|change| matches!(change, Change::New(_))),
        count(|change| matches!(change, Change::Update(_))),
        count(|change| matches!(change, Change::Same(_) | Change::Moved(_))),
    ));
    text.join("\n")
}
