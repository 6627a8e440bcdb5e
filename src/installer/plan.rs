//! What a package asks for, in sentences: the same ones for the console, the command line and a chat. Pure.

mod sentences;

use std::fmt::Write as _;

pub(super) use self::sentences::allowed;
pub use self::sentences::quoted;
use self::sentences::{changed_commands, commands, keeps, language_model, limits, package, sees, settings, yesterday};
use super::asks::Asks;
use super::index::order;
use super::risks;
use super::signature::Signer;
use super::waits::Waits;
use super::wider::wider;
use crate::dispatcher::chain::Seen;
use crate::plugin_host::{MEMORY_MIB, Machine, Manifest, Package, Permission};

/// The heading of which version takes the place of which.
const VERSION: &str = "Version";

/// The heading of its permissions.
pub(super) const MAY: &str = "What it may do";

/// The heading of what it is told.
pub(super) const SEES: &str = "What it sees";

/// The heading of its data.
pub(super) const KEEPS: &str = "What it keeps";

/// The heading of what people can give it by name.
pub(super) const COMMANDS: &str = "Commands";

/// The heading of what it takes of the machine.
pub(super) const LIMITS: &str = "Limits";

/// A package with what was found out about it.
pub(super) struct Candidate<'a> {
    pub(super) package: &'a Package,
    pub(super) bytes: usize,
    pub(super) source: &'a str,
    pub(super) signer: &'a Signer,
}

/// What stands around it.
pub(super) struct Around<'a> {
    /// What serves now, if the community has the plugin.
    pub(super) now: Option<Serving<'a>>,
    /// The other plugins of the community, in the order of the chain.
    pub(super) others: &'a [Manifest],
    /// What it would have seen yesterday.
    pub(super) seen: Seen,
    /// What no plugin gets here.
    pub(super) forbidden: &'a [Permission],
    /// The machines inside the network that plugins may reach here.
    pub(super) inside: &'a [Machine],
    /// Where the language model is; none where there is none.
    pub(super) model: Option<&'a str>,
}

/// The version of a plugin that serves a community.
pub(super) struct Serving<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) grants: &'a [String],
    /// Why the settings that it has do not suit the new version.
    pub(super) unsuited: Option<String>,
}

/// What a package asks for, in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// `acme/refunds 1.4.0: Answers refund questions`.
    pub title: String,
    /// In the order in which they are read.
    pub sections: Vec<Section>,
    /// Why it cannot be installed, a line each; empty when it can.
    pub obstacles: Vec<String>,
    /// Why somebody has to allow it something that was not allowed before; none where all of it was.
    pub wider: Option<String>,
    /// What it waits for where it is here already.
    pub waits: Waits,
    /// What a yes to it does.
    pub asks: Asks,
}

/// Some sentences under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What they are about.
    pub heading: &'static str,
    /// Each a line.
    pub lines: Vec<String>,
}

impl Plan {
    pub(super) fn of(candidate: &Candidate<'_>, around: &Around<'_>) -> Self {
        let manifest = &candidate.package.manifest;
        let about = &manifest.plugin;
        let sections = match &around.now {
            Some(now) => changes(manifest, now, around),
            None => whole(manifest, around),
        };
        let mut sections: Vec<Section> = sections
            .into_iter()
            .filter(|section| !section.lines.is_empty())
            .collect();
        let only_version = sections.iter().all(|section| section.heading == VERSION);
        if around.now.is_some() && only_version {
            sections.push(Section {
                heading: "What changes",
                lines: vec!["Nothing of what it may do, keep or be told changes.".to_owned()],
            });
        }
        sections.push(package(candidate));
        let asks = manifest.wanted();
        Self {
            title: format!("{} {}: {}", about.id, about.version, about.summary),
            wider: wider(manifest, around.now.as_ref()),
            waits: Waits::of(manifest, around.now.as_ref()),
            obstacles: obstacles(&asks, around),
            asks: match &around.now {
                None => Asks::Install,
                Some(now) if is_older(manifest, now.manifest) => Asks::Downgrade,
                Some(_) => Asks::Update,
            },
            sections,
        }
    }

    /// The same for what stood before an update and is to stand again; `version` says what that is.
    pub(super) fn back(mut self, version: Vec<String>) -> Self {
        self.asks = Asks::Back;
        self.sections.retain(|section| section.heading != VERSION);
        self.sections.insert(0, section(VERSION, version));
        self
    }

    /// The same with one sentence more about its version.
    pub(super) fn with_version(mut self, sentence: String) -> Self {
        match self.sections.iter_mut().find(|section| section.heading == VERSION) {
            Some(version) => version.lines.push(sentence),
            None => self.sections.insert(0, section(VERSION, vec![sentence])),
        }
        self
    }

    /// Whether it takes the place of what serves only once somebody agrees.
    pub fn needs_consent(&self) -> bool {
        self.wider.is_some() || self.asks == Asks::Downgrade
    }

    /// As a terminal shows it.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for (heading, lines) in self.parts() {
            write!(text, "\n{heading}\n").expect("a string takes all");
            for line in lines {
                writeln!(text, "  {line}").expect("a string takes all");
            }
        }
        text
    }

    /// All that stands below the title, obstacles too: a heading, and its lines.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let sections = self.sections.iter();
        let sections = sections.map(|section| (section.heading, section.lines.as_slice()));
        let obstacles = [(self.asks.impossible(), self.obstacles.as_slice())];
        sections.chain(obstacles.into_iter().filter(|(_, lines)| !lines.is_empty()))
    }
}

/// What serves with these permissions, in the sentences of its plan: each with what it is about, in a word.
pub(super) fn serving(
    manifest: &Manifest,
    grants: &[String],
    (inside, model): (&[Machine], Option<&str>),
) -> Vec<(&'static str, String)> {
    let with = |granted: bool| {
        let mut part = manifest.clone();
        part.permissions
            .retain(|asked| grants.iter().any(|grant| grant == asked.name.name()) == granted);
        part
    };
    let (may, asks) = (with(true), with(false));
    let mut takes = limits(manifest);
    if manifest.limits.memory_mib.is_none() {
        takes.push(format!("{MEMORY_MIB} MiB of memory, as it asks for no other limit."));
    }
    let told = [
        ("may", allowed(&may, inside)),
        ("may", language_model(&may, model)),
        ("may", risks::combined(&may)),
        ("asks", allowed(&asks, inside)),
        ("sees", sees(manifest)),
        ("keeps", keeps(&may)),
        ("command", commands(manifest, &[])),
        ("limits", takes),
    ];
    let told = told.into_iter();
    told.flat_map(|(about, lines)| lines.into_iter().map(move |line| (about, line)))
        .collect()
}

pub(super) fn is_older(manifest: &Manifest, than: &Manifest) -> bool {
    order(&manifest.plugin.version) < order(&than.plugin.version)
}

/// All of a package that is new here.
fn whole(manifest: &Manifest, around: &Around<'_>) -> Vec<Section> {
    let permissions = allowed(manifest, around.inside);
    let permissions = if permissions.is_empty() {
        vec!["It asks for no permission: it answers where it is asked, and that is all.".to_owned()]
    } else {
        permissions
    };
    let mut kept = keeps(manifest);
    if kept.is_empty() {
        kept.push("Nothing: it may not keep data.".to_owned());
    }
    vec![
        section(MAY, permissions),
        section("The language model", language_model(manifest, around.model)),
        section("What that allows together", risks::combined(manifest)),
        section(SEES, [sees(manifest), vec![yesterday(manifest, around.seen)]].concat()),
        section(KEEPS, kept),
        section(COMMANDS, commands(manifest, around.others)),
        section(LIMITS, limits(manifest)),
    ]
}

/// What is other than with the version that serves now.
fn changes(manifest: &Manifest, now: &Serving<'_>, around: &Around<'_>) -> Vec<Section> {
    let before = now.manifest;
    let mut version = Vec::new();
    let (new, old) = (&manifest.plugin.version, &before.plugin.version);
    version.push(if new == old {
        format!("{old} is what serves already.")
    } else if is_older(manifest, before) {
        format!(
            "{new} takes the place of {old}. It is a downgrade: an older version, which may not know what {old} has kept."
        )
    } else {
        format!("{new} takes the place of {old}.")
    });
    version.extend(
        now.unsuited
            .iter()
            .map(|why| format!("Its settings do not suit it: {why}. The old version goes on until they do.")),
    );
    let changed = |old: Vec<String>, new: Vec<String>| {
        let gone = old
            .iter()
            .filter(|line| !new.contains(line))
            .map(|line| format!("No longer: {line}"));
        let come = new
            .iter()
            .filter(|line| !old.contains(line))
            .map(|line| format!("New: {line}"));
        come.chain(gone).collect::<Vec<_>>()
    };
    vec![
        section(VERSION, version),
        section(
            MAY,
            changed(allowed(before, around.inside), allowed(manifest, around.inside)),
        ),
        section(
            "The language model",
            changed(
                language_model(before, around.model),
                language_model(manifest, around.model),
            ),
        ),
        section(
            "What that allows together",
            changed(risks::combined(before), risks::combined(manifest)),
        ),
        section(SEES, changed(sees(before), sees(manifest))),
        section(KEEPS, changed(keeps(before), keeps(manifest))),
        section(COMMANDS, changed_commands(before, manifest, around.others)),
        section(LIMITS, changed(limits(before), limits(manifest))),
        section("Settings", changed(settings(before), settings(manifest))),
    ]
}

fn section(heading: &'static str, lines: Vec<String>) -> Section {
    Section { heading, lines }
}

fn obstacles(asks: &[Permission], around: &Around<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for permission in asks {
        let allows = permission.allows();
        if !permission.is_available() {
            lines.push(format!(
                "It wants to {allows} (\"{permission}\"): this release cannot grant it."
            ));
        } else if around.forbidden.contains(permission) {
            lines.push(format!(
                "It wants to {allows} (\"{permission}\"): the owner of this installation forbids that to all plugins."
            ));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
