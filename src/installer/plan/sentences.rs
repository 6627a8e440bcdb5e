//! What a package asks for, keeps and costs, in sentences. Pure.

use super::{Candidate, Section, section};
use crate::dispatcher::chain::Seen;
use crate::model::amount::counted;
use crate::plugin_host::{Asked, Command, Isolation, MEMORY_MIB, Machine, Manifest, Messages, Permission, Rule};

/// Each permission with the author's reason, the riskiest first.
pub(in super::super) fn allowed(manifest: &Manifest, inside: &[Machine]) -> Vec<String> {
    let risk = |permission: Permission| Permission::ALL.iter().position(|known| *known == permission);
    let mut asked: Vec<_> = manifest.permissions.iter().collect();
    asked.sort_by_key(|asked| std::cmp::Reverse(risk(asked.name)));
    let line = |asked: &&Asked| format!("It may {}. It says why: {}", asked.allows(), quoted(&asked.why));
    let barred = manifest.permissions.iter().flat_map(|asked| &asked.allow);
    let barred = barred.filter_map(Rule::machine);
    let barred = barred.filter(|machine| !inside.iter().any(|known| known.covers(machine)));
    let barred = barred.map(|machine| {
        format!("It will not reach {machine} before the owner of this installation adds that to `inside` of [plugins].")
    });
    asked.iter().map(line).chain(barred).collect()
}

/// Whom it asks for words, or that it asks nobody.
pub(super) fn language_model(manifest: &Manifest, model: Option<&str>) -> Vec<String> {
    if !manifest.wanted().contains(&Permission::Model) {
        return Vec::new();
    }
    vec![match model {
        Some(host) => format!("What it hands to the language model goes to {host}."),
        None => "There is no language model here: whatever it asks, it is told that none is there, until the owner of this installation \
                 adds [model] to the configuration."
            .to_owned(),
    }]
}

pub(super) fn sees(manifest: &Manifest) -> Vec<String> {
    let handles = &manifest.handles;
    let mut lines = Vec::new();
    let with = if handles.words.is_empty() {
        String::new()
    } else {
        format!(" that hold one of the words {}", handles.words.join(", "))
    };
    match handles.messages {
        Messages::None => {}
        Messages::Addressed => lines.push(format!("Messages to the bot{with}.")),
        Messages::All => lines.push(format!(
            "Messages to the bot and, where Switchboard reads along, all others{with}."
        )),
    }
    lines.extend(handles.events.iter().map(|kind| format!("{}.", kind.seen())));
    lines.extend(manifest.webhooks.iter().map(|webhook| format!("{webhook}.")));
    if lines.is_empty() && manifest.commands.is_empty() {
        lines.push("Nothing but what follows from what it does itself.".to_owned());
    }
    lines
}

pub(super) fn yesterday(manifest: &Manifest, seen: Seen) -> String {
    let Seen {
        messages,
        others,
        places,
        more,
    } = seen;
    if messages == 0 && others == 0 {
        return "Of the last 24 hours it would have seen nothing.".to_owned();
    }
    let at_least = if more { "at least " } else { "" };
    let mut what = Vec::new();
    if messages > 0 || manifest.handles.messages != Messages::None {
        what.push(counted(messages, "message", "messages"));
    }
    if others > 0 {
        what.push(counted(others, "other event", "other events"));
    }
    format!(
        "Of the last 24 hours it would have seen {at_least}{} in {}.",
        what.join(" and "),
        counted(places, "place", "places")
    )
}

/// Nothing of a plugin that may keep nothing.
pub(super) fn keeps(manifest: &Manifest) -> Vec<String> {
    let data = &manifest.data;
    if !manifest.wanted().contains(&Permission::Kv) {
        return Vec::new();
    }
    let mut lines = vec![if data.keeps.trim().is_empty() {
        "It does not say what it keeps.".to_owned()
    } else {
        ended(&data.keeps)
    }];
    if data.personal {
        lines.push("This is about persons: it goes when somebody asks to be forgotten.".to_owned());
    }
    lines.extend(
        data.retention_days
            .map(|days| format!("For {}.", counted(days, "day", "days"))),
    );
    lines
}

pub(super) fn commands(manifest: &Manifest, others: &[Manifest]) -> Vec<String> {
    let line = |asked: &Command| format!("{}{}", command(asked), clash(asked, others));
    manifest.commands.iter().map(line).collect()
}

/// Which commands come and go. Who else has one that stays is no change.
pub(super) fn changed_commands(before: &Manifest, after: &Manifest, others: &[Manifest]) -> Vec<String> {
    let is_in = |line: &str, manifest: &Manifest| manifest.commands.iter().any(|known| command(known) == line);
    let come = after.commands.iter().filter(|new| !is_in(&command(new), before));
    let come = come.map(|new| format!("New: {}{}", command(new), clash(new, others)));
    let gone = before.commands.iter().map(command);
    let gone = gone.filter(|old| !is_in(old, after));
    come.chain(gone.map(|old| format!("No longer: {old}"))).collect()
}

fn command(asked: &Command) -> String {
    let private = if asked.private {
        " Only who gives it sees the answer."
    } else {
        ""
    };
    format!("/{}: {}{private}", asked.name, ended(&asked.help))
}

/// Who has the command, too.
fn clash(asked: &Command, others: &[Manifest]) -> String {
    let owner = others
        .iter()
        .find(|other| other.commands.iter().any(|theirs| theirs.name == asked.name));
    owner.map_or_else(String::new, |owner| {
        format!(
            " {} has it, too: whichever comes first in the order gets it.",
            owner.plugin.id
        )
    })
}

/// What an author wrote, as a sentence in marks that they cannot close.
pub fn quoted(text: &str) -> String {
    format!("“{}”", ended(text).replace(['“', '”', '„', '‟'], "'"))
}

/// What an author wrote, as a sentence that ends once.
fn ended(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let stop = if text.ends_with(['!', '?', '…']) { "" } else { "." };
    format!("{text}{stop}")
}

pub(super) fn limits(manifest: &Manifest) -> Vec<String> {
    let asked = &manifest.limits;
    let mut lines = Vec::new();
    lines.extend(
        asked
            .memory_mib
            .map(|mib| format!("It asks for {mib} MiB of memory; without asking it would be {MEMORY_MIB}.")),
    );
    if asked.isolation == Isolation::Event {
        lines.push("Each event gets a fresh copy of it, which forgets everything.".to_owned());
    }
    lines
}

/// The options of its settings, so that an update can say which come and go.
pub(super) fn settings(manifest: &Manifest) -> Vec<String> {
    let schema = manifest.config_schema();
    let fields = schema.get("properties").and_then(serde_json::Value::as_object);
    fields
        .into_iter()
        .flatten()
        .map(|(name, _)| format!("The setting “{name}”."))
        .collect()
}

pub(super) fn package(candidate: &Candidate<'_>) -> Section {
    let Candidate {
        package,
        bytes,
        source,
        signer,
    } = candidate;
    let about = &package.manifest.plugin;
    let mut lines = vec![
        signer.to_string(),
        format!(
            "Digest {}, {} KiB, from {source}.",
            package.digest,
            bytes.div_ceil(1024)
        ),
        format!("Licence {}.", about.license),
    ];
    lines.extend(
        about
            .source
            .iter()
            .map(|address| format!("Its source is said to be at {address}.")),
    );
    section("The package", lines)
}
